"""How far each annotator is: for whoever assigned the work, never for annotators."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import col, func, select

from taste.assignment_tables import Activity, Assignment, PersonVerdict
from taste.tables import Verdict
from transcripts.db import Db
from transcripts.tables import Annotator


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one annotator is in one mode."""

    annotator: str
    mode: str
    todo: int
    draft: int
    submitted: int
    returned: int
    flagged: int
    skipped: int
    overdue: int
    """Not handed in though their day is over."""
    active_minutes: float
    gold_right: int
    """Gold pairs that were judged as they are known to be."""
    gold_judged: int
    held: int
    """Assignments that are open for writing now."""


def read_progress(db: Db, now: datetime) -> list[Progress]:
    """Annotators and modes, by name."""
    query = (
        select(Annotator.name, Assignment)
        .join(Assignment, col(Assignment.annotator_id) == Annotator.id)
        .order_by(Annotator.name, Assignment.mode, col(Assignment.id))
    )
    groups: dict[tuple[str, str], list[Assignment]] = {}
    for name, work in db.exec(query):
        groups.setdefault((name, work.mode), []).append(work)
    active, judged = _active(db), _judged(db)
    return [_progress(key, works, active, judged, now) for key, works in groups.items()]


def _progress(
    key: tuple[str, str],
    works: list[Assignment],
    active: dict[int, int],
    judged: dict[int, str],
    now: datetime,
) -> Progress:
    states = Counter(work.state for work in works)
    gold = [(work.gold, judged[work.id or 0]) for work in works if work.gold and work.id in judged]
    return Progress(
        annotator=key[0],
        mode=key[1],
        todo=states["todo"],
        draft=states["draft"],
        submitted=states["submitted"],
        returned=states["returned"],
        flagged=states["flagged"],
        skipped=states["skipped"],
        overdue=sum(_is_overdue(work, now.date()) for work in works),
        active_minutes=round(sum(active.get(work.id or 0, 0) for work in works) / 60_000, 1),
        gold_right=sum(right == said for right, said in gold),
        gold_judged=len(gold),
        held=sum(is_held(work, now) for work in works),
    )


def _is_overdue(work: Assignment, today: date) -> bool:
    return work.due is not None and work.due < today and work.state not in {"submitted", "skipped"}


def is_held(work: Assignment, now: datetime) -> bool:
    """Whether a process has it open for writing."""
    until = work.held_until
    if work.holder is None or until is None:
        return False
    return (until if until.tzinfo else until.replace(tzinfo=UTC)) >= now


def _active(db: Db) -> dict[int, int]:
    query = select(Activity.assignment_id, func.sum(Activity.active_ms))
    return dict(db.exec(query.group_by(col(Activity.assignment_id))).all())


def _judged(db: Db) -> dict[int, str]:
    """Assignment -> what its annotator said last."""
    query = (
        select(PersonVerdict.assignment_id, Verdict.verdict)
        .join(Verdict, col(Verdict.id) == PersonVerdict.verdict_id)
        .order_by(col(Verdict.created_at), col(Verdict.id))
    )
    return dict(db.exec(query).all())
