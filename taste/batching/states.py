"""What has become of the batches of the runs, for a person; and canceling one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col, select

from taste.batch_client import BatchClient, Remote
from taste.batching.rows import ABANDONED, COLLECTED, SUBMITTED, find_open_batches
from taste.client import Client
from taste.holding import is_held
from taste.run_tables import Batch, BatchItem
from taste.spending import Budget
from taste.study import parse_study
from taste.tables import Call, Run
from transcripts.db import Db
from transcripts.errors import UserError

_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class BatchState:
    """One batch and what came of its requests."""

    batch_id: int
    run_id: int
    endpoint: str
    remote_id: str | None
    status: str
    requests: int
    results: dict[str, int]
    """Requests by what came of them: succeeded, errored, canceled, expired, waiting."""
    reserved_usd: float
    """The most that what it waits for can cost."""
    cost_usd: float
    submitted_at: datetime | None
    ended_at: datetime | None
    simulated: bool


def batch_states(db: Db, run_id: int | None = None) -> list[BatchState]:
    """Every batch, or those of one run, oldest first."""
    query = select(Batch).order_by(col(Batch.id))
    if run_id is not None:
        query = query.where(Batch.run_id == run_id)
    return [_state(db, batch) for batch in db.exec(query)]


def _state(db: Db, batch: Batch) -> BatchState:
    assert batch.id is not None
    columns: Any = (
        BatchItem.outcome,
        func.count(),
        func.sum(BatchItem.reserved_usd),
        func.sum(Call.cost_usd),
    )
    query = (
        sqlalchemy.select(*columns)
        .select_from(BatchItem)
        .outerjoin(Call, col(Call.id) == col(BatchItem.call_id))
        .where(col(BatchItem.batch_id) == batch.id)
        .group_by(BatchItem.outcome)
    )
    rows = list(db.connection().execute(query))
    is_open = batch.status in {COLLECTED, SUBMITTED}
    return BatchState(
        batch.id,
        batch.run_id,
        batch.endpoint,
        batch.remote_id,
        batch.status,
        batch.requests,
        {outcome or _WAITING: count for outcome, count, _, _ in rows},
        sum(reserved for outcome, _, reserved, _ in rows if outcome is None and is_open),
        sum(cost or 0.0 for *_, cost in rows),
        batch.submitted_at,
        batch.ended_at,
        batch.simulated,
    )


def refuse_waiting(db: Db, run: Run) -> None:
    """Refuse to ask a run's questions one by one while batches of it have the same under way.

    Raises:
        UserError: if there are any.
    """
    assert run.id is not None
    if waiting := len(find_open_batches(db, run.id)):
        raise UserError(
            f"{waiting} batches of run {run.id} have not been read yet, and what they ask would be "
            "paid for twice: go on with --batch (`taste batches cancel` ends them earlier)."
        )


def get_batch(db: Db, batch_id: int) -> Batch:
    """A batch by number.

    Raises:
        UserError: if there is none.
    """
    batch = db.get(Batch, batch_id)
    if batch is None:
        raise UserError(f"there is no batch {batch_id}; `taste batches` lists them.")
    return batch


def abandon_batch(db: Db, batch: Batch, now: datetime) -> None:
    """Wait no longer for a batch: what it has not brought is asked for, and paid for, again.

    Raises:
        UserError: if nothing is waited for, or a process that lives waits for it.
    """
    if batch.status not in {COLLECTED, SUBMITTED}:
        raise UserError(f"batch {batch.id} is {batch.status}: nothing waits for it.")
    if is_held(db.get_one(Run, batch.run_id), now):
        raise UserError(f"run {batch.run_id} is being worked on; stop it first.")
    batch.status = ABANDONED
    db.add(batch)
    db.commit()


async def cancel_batch(db: Db, batch: Batch) -> Remote:
    """Ask a batch's endpoint to answer no more of it; what is answered already is kept.

    Raises:
        UserError: if it is not under way, or its endpoint does not answer.
    """
    if batch.status != SUBMITTED or batch.remote_id is None:
        raise UserError(f"batch {batch.id} is {batch.status}: there is nothing to cancel.")
    study = parse_study(db.get_one(Run, batch.run_id).study_text, f"run {batch.run_id}")
    endpoints = {endpoint.name: endpoint for endpoint in study.endpoints}
    client = Client(endpoints, study.limits, Budget(study.limits.budget_usd))
    try:
        return await BatchClient(client).cancel(batch.endpoint, batch.remote_id)
    finally:
        await client.close()
