"""Sessions against their stored lines: the lines' own hashes, and all that was read from them."""

import io
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from taste.auditing.found import UNREADABLE, Audit, say_fault
from transcripts.acts import ActFinder
from transcripts.cut import prefix_hash
from transcripts.db import Db
from transcripts.formats.registry import replay
from transcripts.prefixes import record_prefix
from transcripts.queries import EventRow
from transcripts.records import SessionRecord
from transcripts.rows import unpack_raw
from transcripts.tables import DecisionPoint, Entry, Event, PlaceName, Session, Thread

_ENTRY = ("position", "uuid", "type")


def check_sessions(db: Db, found: Audit, report: Callable[[], None]) -> Iterator[str]:
    """What of the sessions is not what their stored lines say."""
    numbers = db.execute(select(col(Session.id)).order_by(col(Session.id))).scalars().all()
    for number in numbers:
        report()
        try:
            yield from _session(db, found, db.get_one(Session, number))
        except UNREADABLE as error:
            yield f"row {number} of session cannot be read again: {say_fault(error)}"
        db.expunge_all()


def _session(db: Db, found: Audit, session: Session) -> Iterator[str]:
    assert session.id is not None
    if session.withdrawn_at is not None or _is_elsewhere(db, session):
        return
    found.count("sessions")
    lines: list[bytes] = []
    bad = list(_lines(db, session.id, lines))
    yield from bad
    if bad:
        return
    record = replay(session.format, io.BytesIO(b"\n".join(lines)))
    yield from _entries(db, session, record)
    yield from _events(db, session, record)
    yield from _header(db, session, record)
    yield from _points(db, found, session.id, record)


def _is_elsewhere(db: Db, session: Session) -> bool:
    """Whether a bundle told no more of a session than that it is there."""
    lines = select(col(Entry.id)).where(col(Entry.session_id) == session.id).limit(1)
    return not session.format and db.execute(lines).first() is None


def _lines(db: Db, session_id: int, lines: list[bytes]) -> Iterator[str]:
    """Yield the stored lines that do not have their hash; keep all."""
    mine = select(col(Entry.id), col(Entry.raw), col(Entry.digest))
    rows = mine.where(col(Entry.session_id) == session_id).order_by(col(Entry.ordinal))
    for number, raw, digest in db.connection().execute(rows):
        try:
            line = unpack_raw(raw)
        except Exception as error:
            yield f"row {number} of entry cannot be unpacked: {say_fault(error)}"
            continue
        lines.append(line)
        if sha256(line).hexdigest() != digest:
            yield f"row {number} of entry is not what was written: its line's hash differs"


def _entries(db: Db, session: Session, record: SessionRecord) -> Iterator[str]:
    columns = [getattr(Entry, name) for name in ("id", "ordinal", *_ENTRY)]
    mine = select(*columns).where(col(Entry.session_id) == session.id)
    rows = db.connection().execute(mine.order_by(col(Entry.ordinal))).mappings().all()
    if len(rows) != len(record.entries):
        yield _counts(session, "entry", len(rows), len(record.entries))
    for number, (row, entry) in enumerate(zip(rows, record.entries, strict=False), 1):
        said = {"ordinal": number, **{name: getattr(entry, name) for name in _ENTRY}}
        yield from _differs("entry", {**row}, said)


def _events(db: Db, session: Session, record: SessionRecord) -> Iterator[str]:
    columns = [col(Event.id), *(getattr(Event, name) for name in EventRow._fields)]
    mine = select(*columns).where(col(Event.session_id) == session.id)
    rows = db.connection().execute(mine.order_by(col(Event.position))).mappings()
    count = 0
    for row, said in zip(rows, _read_events(record), strict=False):
        count += 1
        yield from _differs("event", {**row}, said)
    left = db.execute(select(col(Event.id)).where(col(Event.session_id) == session.id)).all()
    if len(left) != len(record.events) or count != len(left):
        yield _counts(session, "event", len(left), len(record.events))


def _read_events(record: SessionRecord) -> Iterator[dict[str, Any]]:
    """Yield the columns of each event as the stored lines give them."""
    acts, gone = ActFinder(), record.abandoned_from()
    for event in record.events:
        act = acts.feed(event)
        if event.thread != record.thread:
            act = None
        yield {
            "position": event.position, "event_id": event.id, "ordinal": event.ordinal,
            "kind": event.kind.value, "thread": event.thread, "response": event.response,
            "tool": event.tool, "is_error": event.is_error, "shown": event.shown,
            "visible_from": event.position, "abandoned_from": gone.get(event.position),
            "act": act.cut if act else None, "act_kind": act.kind.value if act else None,
            "timestamp": event.timestamp, "text": event.text,
            "n_lines": event.text.count("\n") + 1, "n_chars": len(event.text),
        }  # fmt: skip


def _header(db: Db, session: Session, record: SessionRecord) -> Iterator[str]:
    """Yield what of the session, its threads and places is not what the whole of it says."""
    # Its id is not among them: of a subagent's file the folder tells it.
    said = {
        "format": record.format, "thread": record.thread,
        "agent_models": list(record.models), "origins": list(record.origins),
        "entry_count": len(record.entries), "event_count": len(record.events),
    }  # fmt: skip
    told = {"version": record.version, "started": record.first_timestamp}
    said |= {name: value for name, value in told.items() if value is not None}
    warned = session.warnings[: len(record.warnings)] == list(record.warnings)
    beyond = session.warnings[len(record.warnings) :]
    said["cuts_reliable"] = record.cuts_reliable and not beyond
    yield from _differs("session", session.model_dump(), said)
    if not warned or any(" overlaps " not in f" {each}" for each in beyond):
        yield f"row {session.id} of session is not what its stored lines say: see 'warnings'"
    yield from _threads(db, session, record)
    yield from _places(db, session, record)


def _threads(db: Db, session: Session, record: SessionRecord) -> Iterator[str]:
    threads: dict[str, dict[str, Any]] = {}
    for told in record.threads:  # what is told of one at several places adds up
        said = threads.setdefault(told.name, {"role": told.role.value})
        for name in ("call", "call_id", "agent_type"):
            said[name] = said.get(name) or getattr(told, name)
    rows = db.execute(select(Thread).where(col(Thread.session_id) == session.id)).scalars().all()
    for thread in rows:
        if thread.name not in threads:
            yield f"row {thread.id} of thread is of no thread that the stored lines name"
            continue
        said = {name: told for name, told in threads.pop(thread.name).items() if told is not None}
        if "agent_type" not in said:
            said.pop("role")  # a file beside a subagent's may have told its type
        yield from _differs("thread", thread.model_dump(), said)
    yield from (f"row missing from thread: {name!r} of session {session.id}" for name in threads)


def _places(db: Db, session: Session, record: SessionRecord) -> Iterator[str]:
    said = {(place.kind.value, place.name): place.position for place in reversed(record.places)}
    mine = col(PlaceName.session_id) == session.id
    for row in db.execute(select(PlaceName).where(mine)).scalars().all():
        if said.pop((row.kind, row.name), None) != row.position:
            yield f"row {row.id} of place_name is not what the stored lines say"
    yield from (f"row missing from place_name: {key} of session {session.id}" for key in said)


def _points(db: Db, found: Audit, session_id: int, record: SessionRecord) -> Iterator[str]:
    """Yield the decision points whose prefix is not the one that the stored lines give."""
    mine = select(DecisionPoint).where(col(DecisionPoint.session_id) == session_id)
    for point in db.execute(mine.order_by(col(DecisionPoint.id))).scalars().all():
        found.count("prefixes")
        fresh = prefix_hash(record_prefix(record, point.cut, point.thread))
        if fresh != point.prefix_hash:
            yield f"row {point.id} of decision_point has another prefix than the stored lines give"


def _differs(table: str, row: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    names = [name for name, value in said.items() if row[name] != value]
    if names:
        which = ", ".join(map(repr, names))
        yield f"row {row['id']} of {table} is not what the stored lines say: see {which}"


def _counts(session: Session, table: str, rows: int, read: int) -> str:
    return f"session {session.id} has {rows} rows of {table}, its stored lines give {read}"
