"""A run that is interrupted or killed, as a process of its own against a slow simulator."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from taste.database import open_database
from taste.simulator.server import Simulator
from taste.tables import Call, Run
from taste.workers import RunResult
from transcripts.db import Db

# Processes of their own know nothing of the server that the tests run on.
pytestmark = [pytest.mark.sqlite, pytest.mark.no_cover]

CONCURRENCY = 3
WHOLE = 26
"""Calls of the uninterrupted study; see test_runs."""
AFTER = 9
"""Calls after which it is interrupted."""


@pytest.fixture
def slow(simulate: Callable[..., Simulator]) -> Iterator[Simulator]:
    with simulate(latency=0.2) as server:
        yield server


@pytest.fixture
def study_file(slow: Simulator, study_text: Callable[..., str], tmp_path: Path) -> Path:
    limits = {"budget_usd": 10, "concurrency": CONCURRENCY}
    path = tmp_path / "study.toml"
    path.write_text(study_text(slow.base_url, limits=limits), encoding="utf-8")
    return path


def calls(server: Simulator) -> int:
    return sum(1 for request in server.requests if request.kind)


def begin(study_file: Path, database: Path) -> subprocess.Popen[str]:
    program = "from taste.cli.main import main; main()"
    words = ["run", str(study_file), "--yes", "--db", str(database)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=-1, stderr=-1, text=True
    )


def strike(number: signal.Signals, study_file: Path, database: Path, slow: Simulator) -> str:
    """Start a run, send it a signal in the middle, and give what it said on stderr."""
    process = begin(study_file, database)
    while calls(slow) < AFTER and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 1)
    return said


def stored(database: Path) -> list[str]:
    """Outcomes of the stored calls."""
    engine = open_database(str(database))
    with Db(engine) as db:
        found = list(db.exec(select(Call.outcome)))
    engine.dispose()
    return found


@pytest.fixture
def finish(
    database: Path, study_file: Path, start: Callable[..., RunResult]
) -> Callable[[], RunResult]:
    """finish() does what the run has left."""

    def finishing() -> RunResult:
        engine = open_database(str(database))
        with Db(engine, expire_on_commit=False) as db:
            result = start(db, study_file.read_text(encoding="utf-8"))
        engine.dispose()
        return result

    return finishing


def test_an_interrupted_run_keeps_every_answer_and_repeats_none(
    database: Path, study_file: Path, slow: Simulator, finish: Callable[[], RunResult]
) -> None:
    said = strike(signal.SIGINT, study_file, database, slow)
    assert "taste: interrupted; every answer is kept." in said
    assert "Traceback" not in said
    assert AFTER <= calls(slow) < WHOLE
    assert stored(database) == ["answered"] * calls(slow)
    assert finish().stopped is None
    assert calls(slow) == WHOLE


def check_whole(database: Path) -> None:
    engine = open_database(str(database))
    with Db(engine) as db:
        assert db.connection().exec_driver_sql("pragma integrity_check").scalar() == "ok"
        assert db.connection().exec_driver_sql("pragma foreign_key_check").all() == []
        assert db.exec(select(Run.status)).all() == ["running"]
    engine.dispose()


def test_a_killed_run_repeats_only_the_calls_that_were_under_way(
    database: Path, study_file: Path, slow: Simulator, finish: Callable[[], RunResult]
) -> None:
    strike(signal.SIGKILL, study_file, database, slow)
    check_whole(database)
    before, kept = calls(slow), len(stored(database))
    assert before - CONCURRENCY <= kept <= before
    assert finish().stopped is None
    assert len(stored(database)) == WHOLE
    assert calls(slow) <= WHOLE + CONCURRENCY
