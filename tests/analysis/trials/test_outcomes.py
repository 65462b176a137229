"""What a row scores, from whichever of outcome, verdict and score it has; and what gaps become."""

from collections.abc import Callable
from typing import Any

import pytest

from analysis.errors import TableError
from analysis.trials.columns import NOT_JUDGED
from analysis.trials.table import TrialTable

Row = dict[str, Any]
Read = Callable[..., TrialTable]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"verdict": "frist"}, "verdict 'frist' is none of first,", id="word"),
        pytest.param({"outcome": "won"}, "outcome 'won' is none of win, tie, loss,", id="outcome"),
        pytest.param(
            {"verdict": "first", "order": ""}, "verdict 'first' without an order", id="no order"
        ),
        pytest.param(
            {"verdict": "first", "outcome": "win"},
            "outcome 'win' contradicts the verdict, which is a loss.", id="verdict",
        ),
        pytest.param(
            {"outcome": "loss", "score": "1"},
            "score 1 contradicts the outcome, which scores 0.", id="score",
        ),
    ],
)  # fmt: skip
def test_words_that_contradict_each_other_are_told(read: Read, change: Row, said: str) -> None:
    blank = {"verdict": "", "outcome": "tie", "score": ""}
    with pytest.raises(TableError, match="row 2: ") as raised:
        read({"item": "2", **blank, "outcome": "", **change}, first=blank)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("verdict", "order", "score"),
    [
        ("first", "proposal", 1), ("first", "human", 0), ("second", "human", 1),
        ("tie", "human", 0.5),
    ],
)  # fmt: skip
def test_a_verdict_with_its_order_scores(
    read: Read, verdict: str, order: str, score: float
) -> None:
    frame = read(first={"verdict": verdict, "order": order, "score": ...}).frame
    assert frame["score"].tolist() == [score]


def test_what_has_no_score_says_why(read: Read) -> None:
    changes = [
        {"item": "2", "outcome": "unscored", "reason": "no JSON"},
        {"item": "3", "outcome": "unscored", "reason": ""},
        {"item": "4", "outcome": "", "judge": "", "view": "", "order": ""},
        {"item": "5", "outcome": "", "exclusion": "refused"},
        {"item": "6", "outcome": "", "score": "NaN"},
    ]
    first = {"outcome": "win", "score": "", "reason": "", "exclusion": ""}
    frame = read(*changes, first=first).frame
    told = ["unscored: no JSON", "unscored: no reason given", NOT_JUDGED, "refused", NOT_JUDGED]
    assert frame["gap"].tolist()[1:] == told
    assert frame["judged"].tolist() == [True, True, True, False, False, False]


def test_a_verdict_needs_an_order(read: Read) -> None:
    with pytest.raises(TableError, match="no column order, which a verdict needs"):
        read(first={"score": ..., "order": ..., "verdict": "first"})
