"""A run is worked on by one process at a time."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from taste.batching.sender import BatchSender
from taste.calls import spent_usd
from taste.holding import STALE, let_go, take_hold
from taste.runs import run_study
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Run
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError

Go = Callable[..., RunResult]


@pytest.fixture
def run(db: Db, go: Go) -> Run:
    go(limit=1)
    return db.exec(select(Run)).one()


def test_a_finished_start_lets_go_of_its_run(run: Run) -> None:
    assert (run.holder, run.beat_at) == (None, None)


def test_a_second_process_is_refused_until_the_first_lets_go(db: Db, run: Run, now: Any) -> None:
    take_hold(db, run, "elsewhere 7 a", now)
    with pytest.raises(UserError, match="worked on by process 7 on elsewhere"):
        take_hold(db, run, "elsewhere 8 b", now + STALE)
    let_go(db, run, "elsewhere 7 a")
    take_hold(db, run, "elsewhere 8 b", now)


def test_a_holder_that_was_silent_for_long_is_taken_over(db: Db, run: Run, now: Any) -> None:
    take_hold(db, run, "elsewhere 7 a", now)
    take_hold(db, run, "elsewhere 8 b", now + STALE + timedelta(seconds=1))
    let_go(db, run, "elsewhere 7 a")  # no longer its own
    db.refresh(run)
    assert run.holder == "elsewhere 8 b"


def test_a_dead_process_of_this_machine_is_taken_over_at_once(db: Db, run: Run, now: Any) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    take_hold(db, run, f"{socket.gethostname()} {dead.pid} a", now)
    take_hold(db, run, "elsewhere 8 b", now)
    db.refresh(run)
    assert run.holder == "elsewhere 8 b"


def test_batches_are_not_taken_up_beside_a_process_that_works_on_the_run(
    db: Db, run: Run, now: Any, simulator: Simulator, study_text: Callable[..., str]
) -> None:
    study, opened = parse_study(study_text(simulator.base_url), "study.toml"), []

    class Sender(BatchSender):
        async def open(self) -> None:
            opened.append(self.budget.spent)

    def start() -> RunResult:
        made = lambda client: Sender(client, db, run, lambda: now, frozenset())  # noqa: E731
        return asyncio.run(
            run_study(db, study, run, lambda: now, 1, lambda _: None, make_sender=made)
        )

    take_hold(db, run, "elsewhere 7 a", now)
    with pytest.raises(UserError, match="worked on by process 7"):
        start()
    let_go(db, run, "elsewhere 7 a")
    spent = spent_usd(db, run.id or 0)
    assert (start().done, opened) == (1, [spent])
