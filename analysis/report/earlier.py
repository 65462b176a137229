"""What else was run on the same sessions: pilots, tries, attacks, studies, with models and prompts.

Reads rows only. Whoever has seen one of them may have chosen the rest by it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, union
from sqlmodel import col, select

from taste.looks import find_look
from taste.probe_tables import AttackVerdict
from taste.run_tables import Review
from taste.tables import Call, Item, Run, Trial
from transcripts.db import Db


@dataclass(frozen=True)
class OtherRun:
    """Another run on the same sessions."""

    number: int
    purpose: str
    study: str
    status: str
    simulated: bool
    started: str
    came_first: bool
    """Whether it was started before the run that is reported."""
    looked_at: str | None
    """When its outcomes were first looked at."""
    trials: int
    """Its trials, on whichever sessions."""
    judged: int
    """Those that are done; of attacks, the verdicts."""
    models: tuple[str, ...]
    """As asked for, sorted."""
    prompts: tuple[tuple[str, str], ...]
    """Purpose and prompt sha256 of all its calls, sorted."""
    accepted: int
    """Restatements and verdicts that a person accepted in review."""
    rejected: int


def show_time(time: datetime) -> str:
    """Returns a stored time to the second, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def read_other_runs(db: Db, run: Run) -> tuple[OtherRun, ...]:
    """Finds runs that were on any of the same sessions, whatever they were for."""
    lineages = (
        select(col(Item.lineage))
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
    )
    items = select(col(Item.id)).where(col(Item.lineage).in_(lineages))
    numbers = union(
        select(col(Trial.run_id)).where(col(Trial.item_id).in_(items)),
        select(col(AttackVerdict.run_id)).where(col(AttackVerdict.item_id).in_(items)),
    )
    query = select(Run).where(col(Run.id).in_(numbers), col(Run.id) != run.id)
    return tuple(_other_run(db, run, each) for each in db.exec(query.order_by(col(Run.id))))


def _other_run(db: Db, run: Run, other: Run) -> OtherRun:
    assert other.id is not None
    look = find_look(db, other.id)
    asked = select(Call.purpose, Call.prompt_hash).where(col(Call.run_id) == other.id).distinct()
    models = select(Call.model).where(col(Call.run_id) == other.id).distinct()
    trials, judged = _counts(db, other.id)
    return OtherRun(
        number=other.id,
        purpose=other.purpose,
        study=other.study,
        status=other.status,
        simulated=other.simulated,
        started=show_time(other.started_at),
        came_first=other.started_at < run.started_at,
        looked_at=show_time(look.created_at) if look else None,
        trials=trials,
        judged=judged,
        models=tuple(sorted(db.exec(models))),
        prompts=tuple(sorted((purpose, prompt) for purpose, prompt in db.exec(asked))),
        accepted=_count_reviews(db, other.id, "accept"),
        rejected=_count_reviews(db, other.id, "reject"),
    )


def _counts(db: Db, run_id: int) -> tuple[int, int]:
    """Trials, and how many of them have their verdicts; of attacks, the verdicts."""
    of = select(func.count()).select_from(Trial).where(col(Trial.run_id) == run_id)
    attacks = select(func.count()).select_from(AttackVerdict)
    attacked = db.exec(attacks.where(col(AttackVerdict.run_id) == run_id)).one()
    return db.exec(of).one(), db.exec(of.where(col(Trial.done))).one() + attacked


def _count_reviews(db: Db, run_id: int, decision: str) -> int:
    """The things whose latest review says so."""
    latest = select(func.max(col(Review.id))).where(col(Review.run_id) == run_id)
    numbers = latest.group_by(col(Review.identity))
    query = select(func.count()).select_from(Review)
    said = (col(Review.id).in_(numbers), col(Review.decision) == decision)
    return db.exec(query.where(*said)).one()
