"""What a row of somebody's table may not say, each told with its row; and what gaps become."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.errors import TableError
from analysis.trials.columns import NOT_JUDGED
from analysis.trials.files import read_trial_file
from analysis.trials.table import TrialTable

Row = dict[str, Any]
Read = Callable[..., TrialTable]
PLAIN: Row = {
    "set": "suboptimal", "item": "1", "arm": "m", "repeat": "1", "judge": "j", "view": "full",
    "judge_kind": "model", "form": "restated", "provenance": "blind", "order": "human",
    "sample": "1", "score": "1", "lineage": "L",
}  # fmt: skip


@pytest.fixture
def read(write: Callable[..., Path]) -> Read:
    """read({"item": "2"}) is a table of a plain row and, below it, one with another item."""

    def _read(*changes: Row, first: Row | None = None) -> TrialTable:
        plain = {**PLAIN, **(first or {})}
        rows = [plain, *({**plain, **change} for change in changes)]
        kept = [{k: v for k, v in row.items() if v is not ...} for row in rows]
        return read_trial_file(write(kept))

    return _read


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"score": "1.2"}, "score '1.2' is not a number from 0 to 1.", id="score"),
        pytest.param({"score": "-.1"}, "score '-.1' is not a number from 0 to 1.", id="negative"),
        pytest.param({"score": "inf"}, "score 'inf' is not", id="infinite"),
        pytest.param({"score": "1e400"}, "score '1e400' is not", id="too large"),
        pytest.param({"score": "won"}, "score 'won' is not", id="a word as score"),
        pytest.param({"repeat": "-1"}, "repeat '-1' is not a whole number from 0 up.", id="-1"),
        pytest.param({"repeat": "1.5"}, "repeat '1.5' is not a whole number", id="1.5"),
        pytest.param({"repeat": "inf"}, "repeat 'inf' is not a whole number", id="inf"),
        pytest.param({"sample": "x"}, "sample 'x' is not a whole number", id="sample"),
        pytest.param({"repeat": ""}, "repeat is empty.", id="no repeat"),
        pytest.param({"set": ""}, "set is empty.", id="no set"),
        pytest.param({"item": ""}, "item is empty.", id="no item"),
        pytest.param({"arm": ""}, "arm is empty.", id="no arm"),
        pytest.param({"lineage": ""}, "lineage is empty.", id="no lineage"),
        pytest.param({"judge": ""}, "judge is empty.", id="no judge"),
        pytest.param({"view": ""}, "view is empty.", id="no view"),
        pytest.param({"form": ""}, "form is empty.", id="no form"),
        pytest.param({"order": ""}, "order is empty; give one of human, proposal.", id="no order"),
        pytest.param({"order": "left"}, "order 'left' is none of human, proposal.", id="order"),
        pytest.param({"set": "subopt"}, "set 'subopt' is none of suboptimal, strong,", id="set"),
        pytest.param({"view": "all"}, "view 'all' is none of full, digest,", id="view"),
        pytest.param({"form": "raw"}, "form 'raw' is none of restated, verbatim.", id="form"),
        pytest.param({"provenance": "x"}, "provenance 'x' is none of blind,", id="provenance"),
        pytest.param({"judge_kind": "human"}, "judge_kind 'human' is none of model", id="judge"),
        pytest.param({}, "the same key as row 1 (set 'suboptimal', item 'suboptimal/1',", id="key"),
        pytest.param(
            {"lineage": "M", "repeat": 2},
            "item 'suboptimal/1' has another lineage here than in an earlier row.", id="lineages",
        ),
        pytest.param({"set": "x" * 10_000}, "x…' is none of suboptimal", id="10 kB"),
        pytest.param({"set": "\x1b[31m\u202e"}, r"set '\x1b[31m\u202e' is none of", id="hidden"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told_with_its_number(read: Read, change: Row, said: str) -> None:
    with pytest.raises(TableError) as raised:
        read({"item": "0"}, change)
    assert str(raised.value).startswith("'t.csv', row 3: ")
    assert said in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        pytest.param("session", "a", "b", id="session of an item"),
        pytest.param("researcher", "a", "b", id="researcher of an item"),
        pytest.param("confidence", "3", "4", id="confidence of an item"),
        pytest.param("label_kind", "detour", "strong", id="label of an item"),
        pytest.param("minutes", "3", "4.5", id="minutes of an item"),
        pytest.param("released", "2026-01-02", "2026-01-03", id="release of an arm"),
        pytest.param("proposer_family", "a", "b", id="family of an arm"),
        pytest.param("judge_family", "a", "b", id="family of a judge"),
    ],
)
def test_what_has_one_value_has_no_other(read: Read, column: str, one: str, other: str) -> None:
    with pytest.raises(TableError, match=f"row 2: .* has another {column} here than"):
        read({column: other, "repeat": 2}, first={column: one})
    assert read({column: "", "repeat": 2}, first={column: one})


def test_a_set_is_of_one_kind(read: Read) -> None:
    with pytest.raises(TableError, match="row 2: set 'a' has another set_kind"):
        read({"item": "2", "set_kind": "strong"}, first={"set": "a", "set_kind": "pilot"})


def test_a_judge_is_of_one_kind(read: Read) -> None:
    with pytest.raises(TableError, match="row 2: judge 'j' has another judge_kind"):
        read({"item": "2", "judge_kind": "person"})


def test_a_set_may_have_a_name_beside_its_kind(read: Read) -> None:
    table = read({"item": "2"}, first={"set": "mine", "set_kind": "strong"})
    assert set(table.frame["set_kind"]) == {"strong"}
    with pytest.raises(TableError, match="set_kind 'weak' is none of"):
        read(first={"set": "mine", "set_kind": "weak"})


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


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        pytest.param("arm", "has no column arm; it has 'set', 'item',", id="arm"),
        pytest.param("score", "no column score (or outcome, or verdict with order);", id="score"),
    ],
)
def test_a_column_that_is_missing_is_named(read: Read, dropped: str, said: str) -> None:
    with pytest.raises(TableError) as raised:
        read(first={dropped: ...})
    assert said in str(raised.value)


def test_a_verdict_needs_an_order(read: Read) -> None:
    with pytest.raises(TableError, match="no column order, which a verdict needs"):
        read(first={"score": ..., "order": ..., "verdict": "first"})


def test_a_table_of_many_columns_is_not_listed_in_full(read: Read) -> None:
    with pytest.raises(TableError) as raised:
        read(first={"score": ..., **{f"column{n}": "" for n in range(500)}})
    assert str(raised.value).endswith(", ….")
    assert len(str(raised.value)) < 1000


def test_what_a_table_leaves_out_is_noted(read: Read) -> None:
    bare = dict.fromkeys(set(PLAIN) - {"set", "item", "arm", "score"}, ...)
    table = read({"item": "2"}, first=bare)
    assert "no column 'view': taken as 'full' in every row" in table.notes
    assert any(note.startswith("no column 'order': a score counts") for note in table.notes)
    assert any("clusters unknown, each item is its own cluster" in note for note in table.notes)
    assert (table.clusters_known, table.orders_known) == (False, False)
    assert table.frame["lineage"].tolist() == table.frame["item"].tolist()


def test_a_full_table_has_nothing_to_note(read: Read) -> None:
    assert read().notes == ()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("linage", "column 'linage' is not known and not used (did you mean 'lineage'?)"),
        ("zzzz", "column 'zzzz' is not known and not used"),
        ("\x1b[31m", r"column '\x1b[31m' is not known and not used"),
    ],
)
def test_a_column_that_is_not_known_is_noted(read: Read, column: str, said: str) -> None:
    assert read(first={column: "1"}).notes == (said,)


def test_a_day_is_written_as_a_day(read: Read) -> None:
    with pytest.raises(TableError, match="released 'soon' is no day as YYYY-MM-DD"):
        read(first={"released": "soon"})
    frame = read({"arm": "stock", "released": ""}, first={"released": "2026-01-02"}).frame
    assert [str(day) for day in frame["released"]] == ["2026-01-02", "None"]


def test_flags_are_words_and_make_a_table_simulated(read: Read) -> None:
    assert read(first={"simulated": "true"}).simulated
    assert not read(first={"simulated": "no"}).simulated
    assert read(first={"hidden_context": "YES"}).frame["hidden_context"].tolist() == [1.0]
    with pytest.raises(TableError, match="hidden_context 'perhaps' is not true or false"):
        read(first={"hidden_context": "perhaps"})


def test_a_chance_of_zero_is_no_chance(read: Read) -> None:
    with pytest.raises(TableError, match="probability '0' is not a number from 1e-12 to 1"):
        read(first={"probability": "0"})


def test_rows_stand_in_one_order_whatever_order_they_came_in(read: Read) -> None:
    changes: list[Row] = [{"item": "3"}, {"item": "2"}, {"order": "proposal", "score": "0"}]
    one, other = read(*changes), read(*reversed(changes))
    pd.testing.assert_frame_equal(one.frame, other.frame)
