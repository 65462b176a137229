"""Restatements that do not fit the form are asked for again and then excluded."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from taste.answers import RestatementAnswer
from taste.restater import Form, count_words
from taste.seats import ModelSeat, Price
from taste.tables import Call, Restatement, Trial
from taste.workers import RunResult
from transcripts.db import Db

SEAT = ModelSeat(name="m", model="m", price=Price(input=1, output=1))


def answer(words: int, status: str = "restated") -> RestatementAnswer:
    move = " ".join(["word"] * words)
    return RestatementAnswer(status=status, move=move, initiator="human", compound=False, reason="")


@pytest.mark.parametrize(("words", "fits"), [(1, False), (2, True), (45, True), (46, False)])
def test_a_restatement_has_a_band_of_words(words: int, fits: bool) -> None:
    fault = Form(SEAT, 2, 45).fault(answer(words))
    assert fault == (None if fits else f"restated in {words} words, 2 to 45 are allowed")


def test_a_language_without_blanks_has_words_too() -> None:
    assert count_words("先验证基线结果。") == 4
    assert count_words("Check the baseline first.") == 4


def test_what_cannot_be_restated_has_no_length() -> None:
    assert Form(SEAT, 2, 45).fault(answer(0, "unresolvable")) is None


def test_a_move_out_of_the_band_is_asked_for_three_times_and_then_excluded(
    db: Db, go: Callable[..., RunResult]
) -> None:
    go(judging={"words": [40, 45]}, controls={"arms": []})
    assert {row.outcome for row in db.exec(select(Restatement))} == {"excluded"}
    reasons = {str(row.exclusion) for row in db.exec(select(Trial))}
    assert all(reason.startswith("human move not restated: restated in") for reason in reasons)
    asked = [call for call in db.exec(select(Call)) if call.purpose == "restate"]
    assert len(asked) == 3 * len(list(db.exec(select(Restatement))))


def test_features_of_both_wordings_are_stored(db: Db, go: Callable[..., Any]) -> None:
    go(controls={"arms": []})
    for row in db.exec(select(Restatement)):
        assert row.surface["verbatim"]["words"] >= 1
        assert row.surface["restated"]["chars"] == len(str(row.move))
