"""What is told of a run while it goes on: time left, refusals by category, both again and again."""

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from taste.cli import status
from taste.cli.shared import now as now_
from taste.jobs import find_or_add_run
from taste.run_states import run_detail
from taste.study import parse_study
from taste.tables import Call, Run, Trial
from transcripts.db import Db


@pytest.fixture
def run(db: Db, study_text: Callable[..., str], now: datetime) -> Run:
    """A run of twelve trials, begun now and worked on by this process."""
    text = study_text("http://127.0.0.1:1", sets=["few", "more"], controls={"arms": ["stock"]})
    made = find_or_add_run(db, parse_study(text, "s"), text, now, simulated=True)
    made.status, made.reason, made.holder = (
        "running",
        None,
        f"{socket.gethostname()} {os.getpid()} token",
    )
    db.add(made)
    db.commit()
    return made


def add_calls(db: Db, run: Run, at: datetime, number: int, **values: Any) -> None:
    told: dict[str, Any] = {
        "run_id": run.id,
        "outcome": "answered",
        "model": "m",
        "purpose": "judge",
        **values,
    }
    for _ in range(number):
        db.add(
            Call(
                identity="i", attempt=1, endpoint="e", settings={}, seconds=1.0,
                prompt_hash="p", request_hash="r", started_at=at, simulated=True, **told,
            )
        )  # fmt: skip
    db.commit()


def finish(db: Db, number: int) -> None:
    for trial in db.exec(select(Trial).order_by(col(Trial.id)).limit(number)):
        trial.done = True
        db.add(trial)
    db.commit()


def test_the_time_left_is_what_open_trials_take_at_the_pace_of_late(
    db: Db, run: Run, now: datetime
) -> None:
    add_calls(db, run, now - timedelta(minutes=10), 6)
    add_calls(db, run, now - timedelta(minutes=1), 12)
    assert run_detail(db, run, now).seconds_left is None
    finish(db, 6)
    # Six trials at three calls each, of which twelve come in two minutes.
    assert run_detail(db, run, now).seconds_left == pytest.approx(180)
    assert run_detail(db, run, now + timedelta(hours=1)).seconds_left is None


def test_refusals_are_told_by_category(db: Db, run: Run, now: datetime) -> None:
    add_calls(db, run, now, 1)
    add_calls(db, run, now, 2, outcome="refused", stop_reason="refusal", error="refused (bio)")
    add_calls(db, run, now, 1, outcome="refused", stop_reason="refusal", error="refused")
    add_calls(db, run, now, 3, outcome="truncated", stop_reason="max_tokens", error="cut")
    found = {one.reason: one.calls for one in run_detail(db, run, now).failed}
    assert found == {"refusal:bio": 2, "refusal": 1, "max_tokens": 3}


def test_a_run_is_watched_until_nobody_works_on_it(
    taste: Callable[..., Any], database: Path, db: Db, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.beat_at = now_()
    db.commit()

    def end(seconds: float) -> None:
        assert seconds >= status.EVERY
        run.status = "done"
        db.commit()

    monkeypatch.setattr("time.sleep", end)
    said = taste("status", run.id, "--watch", "--db", database)
    seen = [line for line in said.out.splitlines() if line.startswith("run ")]
    assert [line.split("  ")[2].split()[0] for line in seen] == ["running", "done"]
    assert "say which run" in taste("status", "--watch", "--db", database).err
