"""What a session that was just written is: new, a further part, or more or less of a known one.

Its rows stand under a provisional session until the file has said which session it is. Rows
that were stored before are never replaced: of a longer copy only the further ones are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.formats.documents import WITHHELD
from transcripts.queries import main_id
from transcripts.records import Header
from transcripts.storing.headers import finish_events, store_places, store_threads
from transcripts.storing.sources import Refused, check_session
from transcripts.tables import Entry, Event, PlaceName, Session, Thread

_KNOWN: Final = (
    select(col(Session.id)).where(col(Session.external_id) == bindparam("name")).limit(1)
)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a session is imported."""

    researcher: str | None
    project: str | None
    may_send: str
    usable_until: date | None
    named: bool
    """Whether its file was named itself, not found in a folder."""


@dataclass(frozen=True, slots=True)
class Written:
    """A session whose rows are written under a provisional session."""

    row: Session
    name: str
    """Names the file in messages."""
    header: Header
    entries: int
    events: int
    threads_with_acts: frozenset[str]
    redactor: str
    redactions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of it, and how many rows were added."""

    session: Session
    outcome: str
    entries: int
    events: int


def open_provisional(db: Db, sha256: str, now: datetime) -> Session:
    """A session row for entries to stand under while they are read."""
    row = Session(
        external_id=f"importing {sha256}", part=0, lineage="", format="", thread="",
        imported_at=now, origins=[], agent_models=[], warnings=[], redactions={},
    )  # fmt: skip
    db.add(row)
    db.flush()
    return row


def settle(db: Db, written: Written, terms: Terms) -> Settled:
    """Make the provisional session what it is.

    Raises:
        UserError: if it is more of a session that was withdrawn or stored in another way.
    """
    parts = _parts(db, written, terms)
    read = written.entries - _withheld(db, written.row) if parts else 0
    for session in parts:
        common = _common(db, session, written)
        stored = session.entry_count - _withheld(db, session)
        if common >= min(stored, read) and (common or not stored):
            keep = stored if read > stored else session.entry_count
            others = [part for part in parts if part is not session]
            return _grow(db, session, written, keep, others)
        if session.redactor != written.redactor and _shared(db, session, written.row):
            raise _other_way(session, written)
    _settle_new(db, written, terms, parts)
    return Settled(written.row, "part" if parts else "new", written.entries, written.events)


def _parts(db: Db, written: Written, terms: Terms) -> Sequence[Session]:
    """Sessions with this external id.

    Raises:
        Refused: if the session was withdrawn, or deleted and its file is not named.
    """
    name = written.header.external_id
    parts: Sequence[Session] = ()
    if db.connection().execute(_KNOWN, {"name": name}).first() is not None:
        mine = col(Session.external_id) == name
        parts = db.exec(select(Session).where(mine).order_by(col(Session.part))).all()
    check_session(db, name, named=terms.named or bool(parts))
    for part in parts:
        if part.withdrawn_at is not None:
            raise Refused(f"{name!r} was withdrawn on {part.withdrawn_at.date()}; not imported.")
    return parts


def _common(db: Db, session: Session, written: Written) -> int:
    """How many entries the two have in common from the first on."""
    ours, theirs = aliased(Entry), aliased(Entry)
    query = (
        select(ours.ordinal)
        .join(theirs, col(theirs.ordinal) == col(ours.ordinal))
        .where(
            col(ours.session_id) == session.id,
            col(theirs.session_id) == written.row.id,
            col(theirs.digest) != col(ours.digest),
        )
        .order_by(col(ours.ordinal))
        .limit(1)
    )
    first = db.exec(query).first()
    return min(session.entry_count, written.entries) if first is None else first - 1


def _withheld(db: Db, session: Session) -> int:
    """1 where the last entry only sums up a document, which a longer recording sums up anew."""
    last = select(Entry.type).where(col(Entry.session_id) == session.id)
    return int(db.exec(last.order_by(col(Entry.ordinal).desc()).limit(1)).first() == WITHHELD)


def _drop_superseded(db: Db, session: Session, stored: int) -> None:
    """Make room for what a document holds now where it had been summed up before."""
    if session.entry_count > stored:
        beyond = (col(Entry.session_id) == session.id, col(Entry.ordinal) > stored)
        db.exec(delete(Entry).where(*beyond))


def _shared(db: Db, session: Session, row: Session) -> int:
    """How many entries with an id of their own stand in both sessions."""
    ours, theirs = aliased(Entry), aliased(Entry)
    query = (
        select(func.count(func.distinct(ours.uuid)))
        .join(theirs, col(theirs.uuid) == col(ours.uuid))
        .where(col(ours.session_id) == row.id, col(theirs.session_id) == session.id)
    )
    return db.exec(query).one()


def _other_way(session: Session, written: Written) -> UserError:
    return UserError(
        f"{written.name!r}: session {session.external_id!r} is stored with redaction "
        f"{session.redactor!r}, not {written.redactor!r}: import it in the same way, "
        "or delete the session first."
    )


def _settle_new(db: Db, written: Written, terms: Terms, parts: Sequence[Session]) -> None:
    """Turn the provisional session into a session of its own."""
    row, header = written.row, written.header
    row.external_id = header.external_id
    row.part = 1 + max((part.part for part in parts), default=0)
    row.lineage = main_id(header.external_id)
    row.format = header.format
    row.thread = header.thread
    row.researcher = terms.researcher
    row.project = terms.project
    row.may_send = terms.may_send
    row.usable_until = terms.usable_until
    row.entry_count, row.event_count = written.entries, written.events
    row.redactor = written.redactor
    _tell(db, row, written, parts)


def _grow(
    db: Db, session: Session, written: Written, stored: int, others: Sequence[Session]
) -> Settled:
    """Keep the first `stored` entries of the session, and add the further ones of the file.

    Raises:
        UserError: if the further ones would not fit the stored ones; nothing was changed.
    """
    if written.entries > stored and (session.redactor == "none") != (written.redactor == "none"):
        raise _other_way(session, written)
    events = _drop_known(db, written.row, stored)
    outcome = "unchanged" if written.entries == stored else "shorter"
    added = Settled(session, outcome, max(0, written.entries - stored), written.events - events)
    if added.entries:
        if events != session.event_count:
            raise UserError(
                f"{written.name!r}: another version of this program stored "
                f"{session.external_id!r} and read it differently; delete the session and "
                "import it again."
            )
        _drop_superseded(db, session, stored)
        _move(db, written, session)
        added = replace(added, outcome="grown")
        session.entry_count = written.entries
        session.event_count += added.events
        if written.redactor not in session.redactor.split("; "):
            session.redactor = f"{session.redactor}; {written.redactor}"
        _tell(db, session, written, others)
    db.delete(written.row)
    db.flush()
    return added


def _drop_known(db: Db, row: Session, stored: int) -> int:
    """Remove the provisional rows of entries that are stored already; how many events it were."""
    events = db.exec(
        delete(Event).where(col(Event.session_id) == row.id, col(Event.ordinal) <= stored)
    ).rowcount
    db.exec(delete(Entry).where(col(Entry.session_id) == row.id, col(Entry.ordinal) <= stored))
    return events


def _move(db: Db, written: Written, session: Session) -> None:
    """Give the further rows to the session that has grown.

    Raises:
        Collision: if they collide with stored ones.
    """
    try:
        for table in (Entry, Event):
            db.exec(
                update(table)
                .where(col(table.session_id) == written.row.id)
                .values(session_id=session.id)
            )
    except IntegrityError as error:
        raise Collision(
            f"{written.name!r}: what follows in session {session.external_id!r} repeats the id of "
            "an event that is stored; it was not imported."
        ) from error


class Collision(UserError):
    """Rows that fit in only by half: the whole transaction has to be undone."""


def drop_provisional(db: Db, session_id: int) -> None:
    """Remove a provisional session with all that stands under it."""
    for table in (Event, Entry, Thread, PlaceName):
        db.exec(delete(table).where(col(table.session_id) == session_id))
    db.exec(delete(Session).where(col(Session.id) == session_id))


def _tell(db: Db, row: Session, written: Written, others: Sequence[Session]) -> None:
    """Write down what the whole file says about the session, its threads and its places."""
    header = written.header
    overlaps = [
        f"overlaps part {part.part} of the session in {shared} entries; cuts unreliable"
        for part in others
        if (shared := _shared(db, part, row))
    ]
    row.warnings = [*header.warnings, *overlaps]
    row.cuts_reliable = header.cuts_reliable and not overlaps
    row.agent_models = list(header.models)
    row.origins = list(header.origins)
    row.version = row.version or header.version
    row.started = row.started or header.first_timestamp
    row.redactions = written.redactions
    db.add(row)
    db.flush()
    store_threads(db, row, header)
    store_places(db, row, header, grown=row is not written.row)
    finish_events(db, row, header, written.threads_with_acts)
