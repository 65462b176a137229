"""What sessions hold, in numbers: events, responses, human acts by kind, threads; no text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.records import ActKind, EventKind
from transcripts.tables import Event, Session, Thread


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of one session."""

    session: str
    part: int
    events: int
    responses: int
    acts: dict[str, int]
    """Human acts by how they begin."""
    threads: int
    """Threads that it names or holds, its own among them."""
    compactions: int
    rewinds: int
    """Human acts that begin with one."""
    redactions: int
    warnings: int


def count_contents(db: Db, sessions: Iterable[Session]) -> list[Counts]:
    """The numbers of these sessions, in their order."""
    responses = _by_session(db, func.count(func.distinct(Event.response)))
    compactions = _by_session(db, func.count(), col(Event.kind) == EventKind.COMPACTION.value)
    acts, threads = _acts(db), _threads(db)
    found = []
    for session in sessions:
        number = session.id or 0
        kinds = dict(sorted(acts.get(number, {}).items()))
        found.append(
            Counts(
                session.external_id, session.part, session.event_count, responses.get(number, 0),
                kinds, len(threads.get(number, set()) | {session.thread}),
                compactions.get(number, 0), kinds.get(ActKind.REWIND.value, 0),
                sum(session.redactions.values()), len(session.warnings),
            )
        )  # fmt: skip
    return found


def _by_session(db: Db, what: Any, *where: Any) -> dict[int, int]:
    query = select(Event.session_id, what).where(*where).group_by(col(Event.session_id))
    return dict(db.exec(query).all())


def _acts(db: Db) -> dict[int, dict[str, int]]:
    """Acts by kind; the first event of an act says how it begins."""
    first = (
        select(Event.session_id, Event.act, func.min(Event.position).label("position"))
        .where(col(Event.act).is_not(None))
        .group_by(col(Event.session_id), col(Event.act))
        .subquery()
    )
    query = (
        select(Event.session_id, Event.act_kind, func.count())
        .join(
            first,
            (first.c.session_id == Event.session_id) & (first.c.position == Event.position),
        )
        .group_by(col(Event.session_id), col(Event.act_kind))
    )
    found: dict[int, dict[str, int]] = {}
    for number, kind, count in db.exec(query):
        found.setdefault(number, {})[kind or "unknown"] = count
    return found


def _threads(db: Db) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    named = select(Thread.session_id, Thread.name)
    for number, name in db.exec(named):
        found.setdefault(number, set()).add(name)
    for number, name in db.exec(select(Event.session_id, Event.thread).distinct()):
        found.setdefault(number, set()).add(name)
    return found
