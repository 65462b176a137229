"""When a plan was fixed against the first verdict, as the runs in the database have it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, update
from sqlmodel import col, delete, select

from analysis.report.plan_age import read_plan_age
from taste.tables import Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db

HOUR = timedelta(hours=1)


def first_verdict(db: Db) -> datetime:
    found = db.exec(select(func.min(col(Verdict.created_at)))).one()
    assert found is not None
    return found


def another(db: Db, run: Run, started_at: datetime, **changes: str) -> Run:
    """A run of the study that uses the verdicts of the first run, as a rerun does."""
    values = run.model_dump(exclude={"id"}) | {"started_at": started_at} | changes
    found = Run(**values)
    db.add(found)
    db.flush()
    return found


@pytest.fixture
def shifted(world: Db, run: Run) -> Run:
    """The simulated run, begun an hour before its first verdict."""
    run.started_at = first_verdict(world) - HOUR
    world.add(run)
    world.flush()
    return run


def move_trials(db: Db, to: Run) -> None:
    db.exec(update(Trial).values(run_id=to.id))
    db.flush()


def test_a_plan_of_a_run_that_made_its_verdicts_is_earlier(world: Db, shifted: Run) -> None:
    age = read_plan_age(world, shifted)
    assert (age.fixed, age.first_verdict) == (shifted.started_at, first_verdict(world))
    assert age.state == "before"


def test_another_plan_after_the_first_verdict_is_later(world: Db, shifted: Run) -> None:
    second = another(world, shifted, first_verdict(world) + HOUR, plan_hash="other")
    move_trials(world, second)
    age = read_plan_age(world, second)
    assert age.state == "later"
    assert "after the first verdict" in age.sentence


def test_the_same_plan_was_fixed_by_the_earlier_run(world: Db, shifted: Run) -> None:
    second = another(world, shifted, first_verdict(world) + HOUR)
    move_trials(world, second)
    age = read_plan_age(world, second)
    assert age.fixed == shifted.started_at
    assert age.state == "before"


def test_the_same_plan_of_another_study_fixed_nothing(world: Db, shifted: Run) -> None:
    second = another(world, shifted, first_verdict(world) + HOUR, study="another")
    move_trials(world, second)
    assert read_plan_age(world, second).state == "later"


def test_without_a_verdict_nothing_could_be_seen(world: Db, shifted: Run) -> None:
    world.exec(delete(TrialVerdict))
    age = read_plan_age(world, shifted)
    assert (age.first_verdict, age.state) == (None, "before")
    assert "before the first verdict" in age.sentence
