"""A holder that lost its run sends no more, and its signs of life disturb nobody."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from taste import holding
from taste.holding import BEAT, STALE, Hold, held, let_go, take_hold
from taste.progress import Progress
from taste.runs import open_run, run_study
from taste.simulator.server import Simulator
from taste.spending import StopRun
from taste.study import parse_study
from taste.tables import Run
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError

Go = Callable[..., RunResult]


class Clock:
    """A clock that goes on when told."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def run(db: Db, go: Go) -> Run:
    go(limit=1)
    return db.exec(select(Run)).one()


@pytest.fixture
def other(db: Db) -> Iterator[Db]:
    """Another process's handle on the database."""
    engine: Any = db.get_bind()
    with Db(engine) as handle:
        yield handle


def hold_of(db: Db, run: Run, clock: Clock, lose: Callable[[str], None]) -> Hold:
    assert run.id is not None
    take_hold(db, run, "here 1 a", clock())
    return Hold(db.get_bind(), run.id, "here 1 a", clock, lose, clock())


def test_a_sign_of_life_commits_nothing_of_what_others_have_begun(
    db: Db, other: Db, run: Run, clock: Clock
) -> None:
    hold = hold_of(db, run, clock, lambda _: None)
    run.reason = "half a thought"  # in the shared handle, not yet flushed
    clock.at += BEAT
    asyncio.run(hold.renew(BEAT))
    seen = other.get_one(Run, run.id)
    assert (seen.reason == "half a thought", seen.beat_at) == (False, clock())


def test_a_sign_of_life_waits_for_a_writer_of_the_same_loop(db: Db, run: Run, clock: Clock) -> None:
    hold = hold_of(db, run, clock, lambda _: None)

    async def write_meanwhile() -> None:
        run.reason = "under way"
        db.add(run)
        db.flush()  # the database is locked until this commits
        beating = asyncio.create_task(hold.renew())
        await asyncio.sleep(0.05)
        db.commit()
        await beating

    asyncio.run(write_meanwhile())
    assert (hold.lost, hold.heard) == (None, clock())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(silent=st.integers(0, 7200), checks_first=st.booleans())
def test_of_two_processes_one_may_send(
    db: Db, other: Db, run: Run, now: datetime, silent: int, checks_first: bool
) -> None:
    clock, lost = Clock(now), list[str]()
    hold = hold_of(db, run, clock, lost.append)
    clock.at += timedelta(seconds=silent)
    if checks_first:
        assert may_send(hold)
    took = is_taken(other, run, clock)
    assert may_send(hold) is not took
    assert took is (silent > STALE.total_seconds() and not checks_first)
    assert lost == ([hold.lost] if took else [])
    let_go(db, run, "elsewhere 8 b" if took else hold.me)


def is_taken(other: Db, run: Run, clock: Clock) -> bool:
    theirs = other.get_one(Run, run.id, populate_existing=True)
    try:
        take_hold(other, theirs, "elsewhere 8 b", clock())
    except UserError:
        return False
    return True


def may_send(hold: Hold) -> bool:
    try:
        asyncio.run(hold.check())
    except StopRun:
        return False
    return True


def test_signs_of_life_are_given_while_a_run_is_held(
    db: Db, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LOOK", 0.001)

    async def hold_for_long() -> None:
        async with held(db, run, clock, lambda _: None) as hold:
            clock.at += BEAT
            while hold.heard != clock():
                await asyncio.sleep(0.001)
            clock.at += 10 * STALE
            is_taken(db, run, clock)
            while hold.lost is None:
                await asyncio.sleep(0.001)

    asyncio.run(hold_for_long())
    assert run.holder == "elsewhere 8 b"


def test_a_run_that_another_process_took_over_stops_and_leaves_its_row_alone(
    db: Db, other: Db, simulator: Simulator, study_text: Callable[..., str], clock: Clock
) -> None:
    limits = {"budget_usd": 10, "concurrency": 1}
    text = study_text(simulator.base_url, limits=limits, controls={"arms": []})
    study = parse_study(text, "study.toml")
    asked = list[int]()

    def sleep(_: Progress) -> None:
        clock.at += timedelta(hours=1)
        assert is_taken(other, mine, clock)
        asked.append(simulator.count)

    mine = asyncio.run(open_run(db, study, text, clock()))
    result = asyncio.run(run_study(db, study, mine, clock, None, sleep))
    assert "taken over by process 8 on elsewhere" in str(result.stopped)
    assert set(asked) == {simulator.count}
    db.refresh(mine)
    assert (mine.status, mine.holder) == ("running", "elsewhere 8 b")
