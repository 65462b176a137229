"""Full disk, locked database, lost network: one sentence, nothing corrupted, and it goes on."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

from taste.holding import let_go
from taste.progress import Progress
from taste.runs import open_run, run_study
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Call, Run
from taste.workers import RunResult
from transcripts.db import Db

CONCURRENCY = 4
Start = Callable[..., RunResult]


@pytest.fixture
def begin(db: Db, now: Any, monkeypatch: pytest.MonkeyPatch) -> Start:
    """begin(text, report) does what a study has open, and has `report` told all the time."""
    monkeypatch.setattr("taste.workers.TICK", 0)

    def run(text: str, report: Callable[[Progress], None] = lambda _: None) -> RunResult:
        study = parse_study(text, "study.toml")

        async def starting() -> RunResult:
            opened = await open_run(db, study, text, now)
            return await run_study(db, study, opened, lambda: now, None, report)

        return asyncio.run(starting())

    return run


def set_pragma(db: Db, pragma: str) -> None:
    """Set one of the connection that the handle gets again and again."""
    db.connection().exec_driver_sql(f"pragma {pragma}")
    db.rollback()


def unstored(db: Db, server: Simulator) -> int:
    """Calls that the simulator answered and the ledger does not know."""
    asked = sum(tally.asked for tally in server.tallies.values())
    return asked - db.exec(select(func.count()).select_from(Call)).one()


def check_whole(db: Db, server: Simulator) -> None:
    """Nothing is broken, and every question has its answer in the ledger."""
    assert db.connection().exec_driver_sql("pragma integrity_check").scalar() == "ok"
    assert db.connection().exec_driver_sql("pragma foreign_key_check").all() == []
    assert set(db.exec(select(col(Call.body_hash)))) == set(server.tallies)
    assert db.exec(select(Run.status)).all() == ["done"]


@pytest.mark.sqlite
@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_full_disk_stops_the_run_and_loses_only_what_was_in_flight(
    db: Db, begin: Start, simulator: Simulator, study_text: Callable[..., str], after: int
) -> None:
    text = study_text(simulator.base_url, limits={"budget_usd": 10, "concurrency": CONCURRENCY})

    def fill(progress: Progress) -> None:
        used = db.connection().exec_driver_sql("pragma page_count").scalar()
        if progress.done >= after:
            db.connection().exec_driver_sql(f"pragma max_page_count={used}")

    stopped = str(begin(text, fill).stopped)
    assert "the database cannot be written (database or disk is full): make room" in stopped
    lost = unstored(db, simulator)
    assert 0 < lost <= CONCURRENCY
    set_pragma(db, "max_page_count=1000000")
    assert begin(text).stopped is None
    assert unstored(db, simulator) == lost
    assert f" {lost} calls ($" in stopped
    check_whole(db, simulator)


@pytest.mark.sqlite
def test_a_database_that_stays_locked_stops_the_run_and_counts_what_was_paid(
    db: Db, database: Path, begin: Start, simulator: Simulator, study_text: Callable[..., str]
) -> None:
    text = study_text(
        simulator.base_url, limits={"budget_usd": 10, "concurrency": 1}, controls={"arms": []}
    )
    with closing(sqlite3.connect(database, isolation_level=None)) as other:

        def lock(progress: Progress) -> None:
            if progress.done and not other.in_transaction:
                db.connection().exec_driver_sql("pragma busy_timeout=1")
                other.execute("begin immediate")

        stopped = str(begin(text, lock).stopped)
    assert "database is locked): another process is writing; wait until it ends" in stopped
    assert "1 calls ($0." in stopped
    set_pragma(db, "busy_timeout=10000")
    run = db.exec(select(Run)).one()
    let_go(db, run, str(run.holder))  # as if its process had ended
    assert begin(text).stopped is None
    assert unstored(db, simulator) == 1
    check_whole(db, simulator)


def test_a_network_that_is_lost_stops_the_run_and_a_later_start_goes_on(
    db: Db, begin: Start, study_text: Callable[..., str]
) -> None:
    limits = {"budget_usd": 10, "concurrency": 2, "attempts": 2, "max_wait": 0.01}
    with Simulator(World(seed=1)) as server:
        port = int(server.base_url.rpartition(":")[2])
        text = study_text(server.base_url, limits=limits)
        result = begin(text, lambda _: server.__exit__(None, None, None))
        assert "got no answer (last: " in str(result.stopped)
    with Simulator(World(seed=1), port=port) as second:
        assert begin(text).stopped is None
    answered = db.exec(select(func.count()).where(Call.outcome == "answered")).one()
    assert len(calls(server)) + len(calls(second)) == answered


def calls(server: Simulator) -> list[str]:
    return [request.kind for request in server.requests if request.kind]
