"""Reading rows: sessions, their events, their stored lines. Writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, NamedTuple

from sqlmodel import col, select

from transcripts.cut import Prefix, cut_prefix
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.rows import unpack_raw
from transcripts.tables import Entry, Event, PlaceName, Session

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An event without its text, for a reader that fetches bodies as it needs them."""

    position: int
    event_id: str
    kind: str
    tool: str
    is_error: bool
    shown: bool
    n_lines: int
    n_chars: int
    act: int | None
    act_kind: str | None
    response: str | None


class PrefixRow(NamedTuple):
    """What the cut and the rendering need of an event; plain, for speed."""

    visible_from: int
    abandoned_from: int | None
    thread: str
    shown: bool
    kind: str
    tool: str
    text: str
    is_error: bool
    timestamp: str | None


class EventRow(NamedTuple):
    """An event as it is stored; plain, for speed: a session has thousands."""

    position: int
    event_id: str
    ordinal: int
    kind: str
    thread: str
    response: str | None
    tool: str
    is_error: bool
    shown: bool
    visible_from: int
    abandoned_from: int | None
    act: int | None
    act_kind: str | None
    timestamp: str | None
    text: str
    n_lines: int
    n_chars: int


def list_sessions(db: Db) -> list[Session]:
    """All sessions by project, researcher and id."""
    order = (col(Session.project), col(Session.researcher), col(Session.external_id))
    return list(db.exec(select(Session).order_by(*order, col(Session.part))).all())


def find_sessions(db: Db, beginning: str) -> list[Session]:
    """Sessions whose external id is, or begins with, the text."""
    exact = db.exec(
        select(Session).where(Session.external_id == beginning).order_by(col(Session.part))
    ).all()
    if exact:
        return list(exact)
    matches = select(Session).where(col(Session.external_id).startswith(beginning, autoescape=True))
    found = db.exec(matches.order_by(col(Session.external_id), col(Session.part))).all()
    return [session for session in found if not _is_subagent_of(session, found)]


def _is_subagent_of(session: Session, found: Sequence[Session]) -> bool:
    """Whether its own main session is among those found: then that one is meant."""
    main = main_id(session.external_id)
    return main != session.external_id and any(other.external_id == main for other in found)


def get_session(db: Db, external_id: str) -> Session:
    """The one session with this external id or a unique beginning of it.

    Raises:
        UserError: if there is none, or more than one.
    """
    found = find_sessions(db, external_id)
    if not found:
        raise UserError(f"no session {external_id!r}; `taste sessions` lists them.")
    if len({session.external_id for session in found}) > 1:
        some = ", ".join(session.external_id for session in found[:4])
        raise UserError(f"{external_id!r} fits {len(found)} sessions ({some}); name more of it.")
    return found[0]


def get_part(db: Db, external_id: str, before: str, part: int | None) -> Session:
    """The session with this very id, or the part of it that holds an event.

    Raises:
        UserError: if there is none, or several parts hold it and `part` does not say which.
    """
    every = [s for s in find_sessions(db, external_id) if s.external_id == external_id]
    parts = [one for one in every if part in (None, one.part)]
    if not parts:
        which = f"part {part} of session" if every else "session"
        raise UserError(f"{which} {external_id!r} is not in the database; import it first.")
    holding = [one for one in parts if find_event(db, one, before) is not None]
    if len(holding) > 1:
        raise UserError(
            f"{len(holding)} parts of session {external_id!r} have an event {before!r}: "
            "say which with the key 'part'."
        )
    return (holding or parts)[0]


def main_id(external_id: str) -> str:
    """The id of the main session that a session or one of its subagents belongs to."""
    return external_id.partition("/")[0]


def find_family(db: Db, session: Session) -> list[Session]:
    """A session with all its parts and its subagents; of a subagent, its own parts."""
    name = col(Session.external_id)
    mine = (name == session.external_id) | name.startswith(
        f"{session.external_id}/", autoescape=True
    )
    return list(db.exec(select(Session).where(mine).order_by(name, col(Session.part))).all())


def read_index(db: Db, session_id: int, thread: str) -> list[IndexRow]:
    """Every event of a thread without its text, by position."""
    columns = [getattr(Event, name) for name in IndexRow.__slots__]
    query = (
        select(*columns)
        .where(Event.session_id == session_id, Event.thread == thread)
        .order_by(col(Event.position))
        .execution_options(yield_per=_CHUNK)
    )
    # One string for each word, and never all rows twice: half of the memory of a long session.
    return [IndexRow(*map(_shared, row)) for row in db.exec(query)]


def _shared(value: Any) -> Any:
    return intern(value) if isinstance(value, str) else value


def read_texts(db: Db, session_id: int, positions: Sequence[int]) -> dict[int, str]:
    """Texts of the events at these positions."""
    found: dict[int, str] = {}
    for start in range(0, len(positions), _CHUNK):
        chunk = positions[start : start + _CHUNK]
        query = select(Event.position, Event.text).where(
            Event.session_id == session_id, col(Event.position).in_(chunk)
        )
        found.update(db.exec(query).all())
    return found


def read_events(db: Db, session_id: int, thread: str) -> list[EventRow]:
    """All events of a thread in order."""
    query = (
        select(*(getattr(Event, name) for name in EventRow._fields))
        .where(Event.session_id == session_id, Event.thread == thread)
        .order_by(col(Event.position))
    )
    return list(map(EventRow._make, db.exec(query)))


def find_event(db: Db, session: Session, event_id: str) -> Event | None:
    """The event with this id, in any thread of the session."""
    query = select(Event).where(Event.session_id == session.id, Event.event_id == event_id)
    return db.exec(query).first()


def read_prefix(db: Db, session_id: int, thread: str, cut: int) -> Prefix:
    """The prefix at a cut, from the event rows."""
    query = (
        select(*(getattr(Event, name) for name in PrefixRow._fields))
        .where(Event.session_id == session_id, Event.thread == thread, Event.position < cut)
        .order_by(col(Event.position))
    )
    rows = map(PrefixRow._make, db.exec(query))
    return cut_prefix(rows, cut, thread, read_places(db, session_id))


def read_places(db: Db, session_id: int) -> Sequence[PlaceName]:
    """Names of branches and directories that the session's file recorded."""
    return db.exec(select(PlaceName).where(PlaceName.session_id == session_id)).all()


def read_stored_lines(db: Db, session_id: int, before: int) -> Iterator[bytes]:
    """The stored lines of a session whose entries stand before position `before`, in order."""
    query = (
        select(Entry.raw)
        .where(Entry.session_id == session_id, Entry.position < before)
        .order_by(col(Entry.ordinal))
    )
    for raw in db.exec(query):
        yield unpack_raw(raw)
