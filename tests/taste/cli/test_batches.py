"""`taste batches`: what a person reads of batches, and canceling one."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from taste.batching.states import batch_states, refuse_waiting
from taste.run_tables import Batch, BatchItem
from taste.simulator.server import Simulator
from taste.tables import Run
from transcripts.db import Db
from transcripts.errors import UserError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def batch(db: Db) -> Batch:
    """A batch of two requests that waits for one."""
    run = Run(
        study="tried", study_text="", study_hash="h", plan_hash="p", simulated=True, seed=1,
        status="running", started_at=NOW,
    )  # fmt: skip
    db.add(run)
    db.flush()
    row = Batch(
        run_id=run.id or 0, endpoint="local", remote_id="msgbatch_1", status="submitted",
        requests=2, bytes=10, submitted_at=NOW, simulated=True,
    )  # fmt: skip
    db.add(row)
    db.flush()
    for number, outcome in enumerate((None, "expired")):
        db.add(
            BatchItem(
                batch_id=row.id or 0,
                custom_id=f"t-{number}",
                identity="i",
                reserved_usd=0.25,
                outcome=outcome,
            )
        )
    db.commit()
    return row


@pytest.mark.usefixtures("batch")
def test_a_batch_is_listed_with_what_came_of_it(taste: Callable[..., Any], database: Path) -> None:
    result = taste("batches", "--db", str(database))
    assert "1 expired, 1 waiting" in result.out
    assert "local (simulated)" in result.out
    assert "$0.25" in result.out


@pytest.mark.usefixtures("batch")
def test_batches_are_json_lines_for_machines(taste: Callable[..., Any], database: Path) -> None:
    result = taste("batches", "--json", "--db", str(database))
    (found,) = map(json.loads, result.out.splitlines())
    assert found["results"] == {"waiting": 1, "expired": 1}
    assert found["remote_id"] == "msgbatch_1"


def test_a_batch_that_is_not_there_cannot_be_canceled(
    taste: Callable[..., Any], database: Path
) -> None:
    result = taste("batches", "cancel", "7", "--db", str(database))
    assert result.code == 1
    assert "there is no batch 7" in result.err


def test_an_ended_batch_cannot_be_canceled(
    taste: Callable[..., Any], database: Path, db: Db, batch: Batch
) -> None:
    batch.status = "ended"
    db.commit()
    result = taste("batches", "cancel", "1", "--db", str(database))
    assert "batch 1 is ended: there is nothing to cancel" in result.err


def test_a_run_with_batches_under_way_is_not_asked_one_by_one(
    taste: Callable[..., Any], database: Path, batch: Batch, db: Db
) -> None:
    run = db.get_one(Run, batch.run_id)
    with pytest.raises(
        UserError, match=r"1 batches of run 1 .* paid for twice: go on with --batch"
    ):
        refuse_waiting(db, run)
    db.rollback()
    assert taste("batches", "abandon", "1", "--db", str(database)).code == 0
    refuse_waiting(db, run)
    assert "$0.00 and what is not known" in taste("batches", "--db", str(database)).out
    again = taste("batches", "abandon", "1", "--db", str(database))
    assert (again.code, "batch 1 is abandoned: nothing waits for it" in again.err) == (1, True)


@pytest.mark.usefixtures("batch")
def test_batches_of_a_run_that_is_not_there_are_an_error(
    taste: Callable[..., Any], database: Path
) -> None:
    said = taste("batches", "--run", "9", "--db", str(database))
    assert (said.code, "there is no run 9" in said.err) == (1, True)


@pytest.fixture
def in_batches(
    folder: Path, simulate: Callable[..., Simulator], study_text: Callable[..., str], database: Path
) -> Iterator[tuple[Any, ...]]:
    """The words that run a study in batches; no result of the first can be read whole in one go."""
    with simulate("results_dropped:1x2") as server:
        limits = {"budget_usd": 10, "max_wait": 0.01, "attempts": 2}
        text = study_text(server.base_url, limits=limits, controls={"arms": []})
        (folder / "s.toml").write_text(text, encoding="utf-8")
        yield "run", "s.toml", "--db", database, "--yes", "--batch", "--poll", "0.01"


def test_a_run_whose_batch_is_gone_makes_its_requests_again_once_it_is_given_up(
    taste: Callable[..., Any], database: Path, db: Db, in_batches: tuple[Any, ...]
) -> None:
    assert taste(*in_batches).code == 1
    one_by_one = taste(*in_batches[:-3])
    assert (one_by_one.code, "go on with --batch" in one_by_one.err) == (1, True)
    batch = db.get_one(Batch, 1)
    batch.remote_id = "msgbatch_gone"
    db.commit()
    gone = taste(*in_batches)
    assert (gone.code, "`taste batches abandon` lets the requests" in gone.err) == (1, True)
    assert taste("batches", "abandon", "1", "--db", database).code == 0
    assert taste(*in_batches).code == 0
    db.expire_all()
    states = [(state.status, state.reserved_usd) for state in batch_states(db)]
    assert states == [("abandoned", 0), *[("ended", 0)] * (len(states) - 1)]
