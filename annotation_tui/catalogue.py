"""What the session list shows of each session: sizes and own marks, nothing of how it ended.

What was withdrawn, or may not be used any more, is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, func
from sqlmodel import col, select

from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.finding.listing import count_marks
from transcripts.queries import list_sessions
from transcripts.tables import Event, Session

SHORT = 8
"""Characters of an external id that are shown, where they suffice to tell sessions apart."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the session list."""

    session: Session
    name: str
    """Shortest unambiguous beginning of the external id, and the part if there are several."""
    acts: int
    marks: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is to read on a day."""

    listed: tuple[Listed, ...]
    withheld: int
    """Sessions that were withdrawn, or whose last day is over."""


def read_catalogue(engine: Engine, annotator: str, today: date) -> Catalogue:
    """The sessions that may be used, with their human acts and this annotator's marks."""
    with Db(engine) as db:
        known = list_sessions(db)
        sessions = [session for session in known if not consent_fault(session, today)]
        acts, marks = _count_acts(db), count_marks(db, annotator)
        names = short_names([session.external_id for session in sessions])
        listed = tuple(
            Listed(
                session=session,
                name=names[session.external_id] + (f"·{session.part}" if session.part > 1 else ""),
                acts=acts.get((session.id or 0, session.thread), 0),
                marks=marks.get(session.id or 0, 0),
            )
            for session in sessions
        )
        return Catalogue(listed, len(known) - len(sessions))


def find_refusal(engine: Engine, session: Session, today: date) -> str | None:
    """Why a session cannot be opened now, whatever held when it was listed."""
    with Db(engine) as db:
        row = db.get(Session, session.id)
        if row is None:
            return "this session is not in the database any more."
        fault = consent_fault(row, today)
        return f"this session {fault}." if fault else None


def _count_acts(db: Db) -> dict[tuple[int, str], int]:
    query = (
        select(Event.session_id, Event.thread, func.count(func.distinct(Event.act)))
        .where(col(Event.act).is_not(None))
        .group_by(col(Event.session_id), col(Event.thread))
    )
    return {(session, thread): count for session, thread, count in db.exec(query)}


def short_names(ids: Sequence[str]) -> dict[str, str]:
    """Beginnings that tell the ids apart; a subagent's id is `<session>/<agent>`."""
    heads = _beginnings({external_id.partition("/")[0] for external_id in ids})
    tails = _beginnings({external_id.partition("/")[2] for external_id in ids})
    names: dict[str, str] = {}
    for external_id in ids:
        head, slash, tail = external_id.partition("/")
        names[external_id] = heads[head] + slash + tails[tail]
    return names


def _beginnings(texts: set[str]) -> dict[str, str]:
    """The shortest beginning of each text, of at least `SHORT` characters, that is its own."""
    return {text: text[: _own_length(text, texts - {text})] for text in texts}


def _own_length(text: str, others: set[str]) -> int:
    length = SHORT
    while length < len(text) and any(other.startswith(text[:length]) for other in others):
        length += 1
    return length
