"""How far runs have got and what they have cost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from taste.calls import spent_usd
from taste.jobs import open_jobs
from taste.looks import Added, find_added, find_look
from taste.tables import Call, Run, Trial
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run has got."""

    run_id: int
    purpose: str
    study: str
    status: str
    reason: str | None
    simulated: bool
    trials: int
    finished: int
    excluded: int
    calls: int
    spent_usd: float
    looked_at: datetime | None = None
    """When outcomes of it were first looked at."""
    added: Added = field(default_factory=Added)
    """What it has that was added after results on its sessions were first looked at."""


def run_states(db: Db) -> Iterator[RunState]:
    """Every run, newest first."""
    for run in db.exec(select(Run).order_by(col(Run.id).desc())):
        assert run.id is not None
        trials = _count(db, Trial, run.id)
        excluded = select(func.count()).where(
            Trial.run_id == run.id, col(Trial.exclusion).is_not(None)
        )
        yield RunState(
            run_id=run.id,
            purpose=run.purpose,
            study=run.study,
            status=run.status,
            reason=run.reason,
            simulated=run.simulated,
            trials=trials,
            finished=trials - len(open_jobs(db, run)),
            excluded=db.exec(excluded).one(),
            calls=_count(db, Call, run.id),
            spent_usd=spent_usd(db, run.id),
            looked_at=look.created_at if (look := find_look(db, run.id)) else None,
            added=find_added(db, run),
        )


def _count(db: Db, table: type[Trial] | type[Call], run_id: int) -> int:
    return db.exec(select(func.count()).where(col(table.run_id) == run_id)).one()
