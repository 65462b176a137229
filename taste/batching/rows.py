"""The rows of batches: what was handed over, what is waited for, what came back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy
from sqlalchemy import func, insert
from sqlmodel import col, select

from taste.batching.notes import Note
from taste.batching.orders import Group, settings_text
from taste.batching.spool import Spool
from taste.bodies import How
from taste.calls import NO_ANSWER, add_call
from taste.replies import Attempt, Outcome
from taste.run_tables import Batch, BatchItem
from taste.tables import Call
from transcripts.db import Db
from transcripts.removal import WITHDRAWN
from transcripts.tables import DecisionPoint, Session

COLLECTED, SUBMITTED, ENDED, LOST = "collected", "submitted", "ended", "lost"
"""Lost is what the endpoint never took: its requests were not paid for."""
ABANDONED = "abandoned"
"""Nobody waits for it; what its endpoint billed for it is not known."""
_OPEN = (COLLECTED, SUBMITTED)
UNPROVEN = (*NO_ANSWER, Outcome.FAILED.value)
"""Outcomes of calls that do not show that such a call is possible."""
_GROUP = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that a batch has still to answer."""

    wish: str
    batch_id: int
    run_id: int
    reserved_usd: float


def add_batch(db: Db, run_id: int, endpoint: str, spool: Spool, now: datetime) -> Batch:
    """The batch that a spool is about to become, with its items; the caller commits."""
    batch = Batch(
        run_id=run_id,
        endpoint=endpoint,
        status=COLLECTED,
        requests=spool.requests,
        bytes=spool.size,
        submitted_at=now,
        simulated=False,
    )
    db.add(batch)
    db.flush()
    notes = spool.notes()
    while group := [_item(batch, note) for note in islice(notes, _GROUP)]:
        db.connection().execute(insert(BatchItem), group)
    return batch


def _item(batch: Batch, note: Note) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "custom_id": note.custom_id,
        "identity": note.key,
        "about": note.as_dict(),
        "reserved_usd": note.reserved_usd,
    }


def find_open_batches(db: Db, run_id: int) -> list[Batch]:
    """A run's batches that may still bring answers, oldest first."""
    query = select(Batch).where(Batch.run_id == run_id, col(Batch.status).in_(_OPEN))
    return list(db.exec(query.order_by(col(Batch.id))))


def find_remote_ids(db: Db, endpoint: str) -> set[str]:
    """The endpoint's batches that are known to be somebody's."""
    query = select(Batch.remote_id).where(Batch.endpoint == endpoint)
    return {name for name in db.exec(query) if name is not None}


def find_waiting(db: Db) -> list[Waiting]:
    """Everything that any run's batch has still to answer."""
    columns: Any = (BatchItem.custom_id, Batch.id, Batch.run_id, BatchItem.reserved_usd)
    query = (
        sqlalchemy.select(*columns)
        .join(Batch, col(Batch.id) == col(BatchItem.batch_id))
        .where(col(Batch.status).in_(_OPEN), col(BatchItem.outcome).is_(None))
    )
    return [
        Waiting(custom_id.split("-")[1], *rest)
        for custom_id, *rest in db.connection().execute(query)
    ]


def find_proven(db: Db, run_id: int) -> set[Group]:
    """What the run's calls have shown to be possible."""
    columns: Any = (Call.endpoint, Call.model, Call.settings, Call.purpose)
    query = sqlalchemy.select(*columns).where(
        col(Call.run_id) == run_id,
        col(Call.outcome).not_in(UNPROVEN),
        col(Call.mode) != "imported",
    )
    return {
        (endpoint, model, settings_text(settings), purpose)
        for endpoint, model, settings, purpose in db.connection().execute(query)
    }


def count_attempts(db: Db, key: str, wish: str) -> int:
    """How many requests of batches have been made for an answer."""
    query = select(func.count(col(BatchItem.id))).where(
        col(BatchItem.identity) == key, col(BatchItem.custom_id).startswith(f"t-{wish}-")
    )
    return int(db.exec(query).one())


def find_items(db: Db, batch: Batch, custom_ids: Sequence[str]) -> dict[str, BatchItem]:
    """The batch's items of these names."""
    query = select(BatchItem).where(
        BatchItem.batch_id == batch.id, col(BatchItem.custom_id).in_(custom_ids)
    )
    return {item.custom_id: item for item in db.exec(query)}


def find_unanswered(db: Db, batch: Batch, most: int | None = None) -> list[BatchItem]:
    """The batch's items without an outcome."""
    query = select(BatchItem).where(
        BatchItem.batch_id == batch.id, col(BatchItem.outcome).is_(None)
    )
    return list(db.exec(query.order_by(col(BatchItem.id)).limit(most)))


def book_item(
    db: Db, batch: Batch, item: BatchItem, kind: str, attempt: Attempt, now: datetime
) -> None:
    """Store what came of an item as a call; the caller commits."""
    note = Note.from_dict(item.about)
    begun = batch.submitted_at or now
    seconds = max(0.0, (now - begun).total_seconds())
    labelled = replace(
        attempt.timed(note.number, seconds),
        mode="batch",
        body_hash=note.body_hash,
        how=How.from_dict(note.how),
        batch_id=batch.id,
    )
    if note.point_id is not None and _is_removed(db, note.point_id):
        # Paid for all the same; the text has to go that a removal could not find yet.
        note = replace(note, point_id=None)
        labelled = replace(
            labelled, raw_reply=labelled.raw_reply and WITHDRAWN, error=labelled.error and WITHDRAWN
        )
    item.outcome = kind
    item.call_id = add_call(db, note.describe(batch.run_id), labelled, now)
    db.add(item)


def _is_removed(db: Db, point_id: int) -> bool:
    """Whether the session that a request was about was withdrawn or deleted since."""
    point = db.get(DecisionPoint, point_id)
    return point is None or db.get_one(Session, point.session_id).withdrawn_at is not None
