"""First looks at results: when one is recorded, and what counts as added after it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from taste.looks import Added, describe_own_look, find_added, find_look, record_look
from taste.run_tables import Look
from taste.sets import get_set, read_items
from taste.tables import Run, TrialVerdict, Verdict
from taste.workers import RunResult
from transcripts.db import Db

Go = Callable[..., RunResult]
PLAIN: dict[str, Any] = {"controls": {"arms": []}}
DAY = timedelta(days=1)


def run_of(db: Db, result: RunResult, later: int = 0) -> Run:
    """The run, as if it had been started so many days later."""
    run = db.get_one(Run, result.run_id)
    run.started_at += later * DAY
    db.add(run)
    db.commit()
    return run


def grown(db: Db, go: Go, later: int, **more: Any) -> Added:
    """What a second study adds; it is started so many days after the first was looked at."""
    first = run_of(db, go(**PLAIN))
    assert record_look(db, first, first.started_at + DAY) is None
    return find_added(db, run_of(db, go(**{**PLAIN, **more}), 1 + later))


def test_the_first_look_is_recorded_and_no_other(db: Db, go: Go, now: datetime) -> None:
    run = run_of(db, go(**PLAIN))
    assert find_look(db, run.id or 0) is None
    for days in (1, 2):
        assert record_look(db, run, now + days * DAY) is None
    (look,) = db.exec(select(Look)).all()
    assert (look.run_id, look.created_at) == (run.id, now + DAY)


def test_a_run_without_a_verdict_has_nothing_to_look_at(db: Db, go: Go, now: datetime) -> None:
    run = run_of(db, go(limit=1, **PLAIN))
    for row in db.exec(select(TrialVerdict)):
        db.delete(row)
    db.commit()
    assert record_look(db, run, now) is None
    assert db.exec(select(Look)).first() is None


@pytest.mark.sqlite
def test_a_database_that_cannot_be_written_is_still_read(db: Db, go: Go, now: datetime) -> None:
    run = run_of(db, go(**PLAIN))
    db.execute(text("PRAGMA query_only = ON"))
    said = record_look(db, run, now)
    assert said is not None
    assert "could not be recorded" in said
    assert "\n" not in said
    assert find_added(db, run) == Added()
    db.execute(text("PRAGMA query_only = OFF"))


def test_what_a_study_adds_after_a_look_is_named(db: Db, go: Go, seat: Callable[..., Any]) -> None:
    added = grown(
        db, go, 1, sets=["few", "more"],
        proposers=[seat("simulated-late"), seat("simulated-early")],
        judges=[seat("simulated-judge"), seat("simulated-second")],
    )  # fmt: skip
    assert added.models == ("simulated-early",)
    assert added.judges == ("simulated-second",)
    assert added.items == tuple(("more", number) for number in range(1, 5))
    said = added.sentence or ""
    assert "the model simulated-early; the judge simulated-second; 4 items" in said
    assert "models are simulated" in said


def test_what_was_under_way_before_the_look_is_not_added(
    db: Db, go: Go, seat: Callable[..., Any]
) -> None:
    added = grown(db, go, -1, proposers=[seat("simulated-late"), seat("simulated-early")])
    assert not added
    assert added.look is not None
    assert added.sentence is None


def test_a_study_without_anything_new_adds_nothing(db: Db, go: Go) -> None:
    assert not grown(db, go, 1, name="other")


def test_a_look_at_other_sessions_marks_nothing(db: Db, go: Go) -> None:
    first = run_of(db, go(**PLAIN))
    record_look(db, first, first.started_at + DAY)
    second = run_of(db, go(sets=["more"], **PLAIN), 2)
    assert find_added(db, second).items
    for item in read_items(db, get_set(db, "few")):
        item.lineage = f"elsewhere {item.lineage}"
    db.commit()
    assert find_added(db, second) == Added()


def test_a_study_that_cannot_be_read_any_more_makes_nothing_known(db: Db, go: Go) -> None:
    first = run_of(db, go(**PLAIN))
    record_look(db, first, first.started_at + DAY)
    second = run_of(db, go(name="second", **PLAIN), 2)
    first.study_text = "no study"
    db.commit()
    assert find_added(db, second).models == ("simulated-late",)


def test_a_real_run_is_measured_against_a_look_at_real_results(db: Db, go: Go) -> None:
    first = run_of(db, go(**PLAIN))
    record_look(db, first, first.started_at + DAY)
    second = run_of(db, go(name="second", **PLAIN), 2)
    second.simulated = False
    db.commit()
    record_look(db, second, second.started_at + DAY)
    third = run_of(db, go(name="third", **PLAIN), 4)
    third.simulated = False
    db.commit()
    found = find_added(db, third).look
    assert found is not None
    assert (found.run_id, found.simulated) == (second.id, False)


def test_a_look_before_the_end_says_how_much_was_there(db: Db, go: Go, now: datetime) -> None:
    run = run_of(db, go(**PLAIN))
    for verdict in db.exec(select(Verdict).order_by(col(Verdict.id)).limit(3)):
        verdict.created_at = now + 2 * DAY
    record_look(db, run, now + DAY)
    assert "when 1 of its 4 verdicts" in (describe_own_look(db, run) or "")


def test_a_look_at_the_end_says_nothing(db: Db, go: Go, now: datetime) -> None:
    run = run_of(db, go(**PLAIN))
    record_look(db, run, now + DAY)
    assert describe_own_look(db, run) is None


@pytest.mark.parametrize("simulated", [True, False])
def test_a_look_says_whether_its_models_were_simulated(
    db: Db, go: Go, now: datetime, *, simulated: bool
) -> None:
    run = run_of(db, go(**PLAIN))
    run.simulated = simulated
    db.commit()
    record_look(db, run, now + DAY)
    look = find_added(db, run).look
    assert look is not None
    assert ("simulated" in look.sentence) is simulated
