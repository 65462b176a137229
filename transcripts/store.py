"""Records to rows, in bulk: the same file twice changes nothing, a longer copy appends."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col, select

from transcripts.acts import find_acts
from transcripts.db import Db
from transcripts.errors import NotATranscript, UserError
from transcripts.formats.registry import read_session
from transcripts.records import EntryRecord, EventRecord, SessionRecord
from transcripts.tables import Entry, Event, Session, Source

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person who imports says about the sessions."""

    researcher: str | None = None
    project: str | None = None
    may_send: str = "none"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file."""

    file: str
    session: str
    part: int
    outcome: str
    """new, grown, unchanged, shorter (a copy of which more is stored), part."""
    entries: int
    events: int
    """Rows that were added."""
    warnings: tuple[str, ...]


def import_file(db: Db, path: Path, options: ImportOptions, now: datetime) -> Imported:
    """Read a file and store it in one transaction.

    Raises:
        UserError: if the file cannot be read or stored; the database is as it was.
    """
    sha256 = _file_hash(path)
    known = db.exec(select(Source).where(Source.sha256 == sha256)).first()
    if known is not None:
        session = db.get_one(Session, known.session_id)
        return Imported(
            path.name, session.external_id, session.part, "unchanged", 0, 0, tuple(session.warnings)
        )
    record = read_session(path)
    if not record.recognised:
        raise NotATranscript(path.name)
    source = Source(
        session_id=0, name=path.name, sha256=sha256, size=path.stat().st_size, imported_at=now
    )
    try:
        imported = store_session(db, record, options, source)
        db.commit()
    except Exception:
        db.rollback()
        raise
    return imported


def store_session(
    db: Db, record: SessionRecord, options: ImportOptions, source: Source
) -> Imported:
    """Store a record as a new session, as more of a known one, or as a further part of it.

    Raises:
        UserError: if two of its events have one id.
    """
    _check_ids(record, source.name)
    digests = [hashlib.sha256(entry.raw).hexdigest() for entry in record.entries]
    parts = db.exec(
        select(Session).where(Session.external_id == record.external_id).order_by(col(Session.part))
    ).all()
    for session in parts:
        stored = _stored_digests(db, session)
        common = _common(stored, digests)
        if common == min(len(stored), len(digests)) and (common or not stored):
            others = [part for part in parts if part is not session]
            record = _with_overlaps(db, record, others)
            return _append(db, session, record, digests, len(stored), source)
    record = _with_overlaps(db, record, parts)
    session = _new_session(record, options, len(parts) + 1, source.imported_at)
    db.add(session)
    db.flush()
    result = _append(db, session, record, digests, 0, source)
    outcome = "part" if parts else "new"
    return Imported(
        source.name, session.external_id, session.part, outcome,
        result.entries, result.events, tuple(session.warnings),
    )  # fmt: skip


def _check_ids(record: SessionRecord, name: str) -> None:
    seen: set[str] = set()
    for event in record.events:
        if event.id in seen:
            raise UserError(f"{name!r}: two events have the id {event.id!r}; it was not imported.")
        seen.add(event.id)


def _new_session(
    record: SessionRecord, options: ImportOptions, part: int, now: datetime
) -> Session:
    return Session(
        external_id=record.external_id,
        part=part,
        lineage=record.external_id.partition("/")[0],
        format=record.format,
        thread=record.thread,
        researcher=options.researcher,
        project=options.project,
        version=record.version,
        agent_models=list(record.models),
        started=record.first_timestamp,
        warnings=list(record.warnings),
        cuts_reliable=record.cuts_reliable,
        may_send=options.may_send,
        imported_at=now,
    )


def _append(
    db: Db,
    session: Session,
    record: SessionRecord,
    digests: Sequence[str],
    stored: int,
    source: Source,
) -> Imported:
    """Add the entries from number `stored` on, and what they changed about earlier events."""
    assert session.id is not None
    entries = record.entries[stored:]
    start = entries[0].position if entries else 1 << 62
    events = [event for event in record.events if event.position >= start]
    acts = {p: act for act in find_acts(record.events, record.thread) for p in act.positions}
    gone = record.abandoned_from()
    _insert(db, Entry, [_entry_row(session.id, e, digests[e.ordinal - 1]) for e in entries])
    _insert(db, Event, [_event_row(session.id, e, gone, acts.get(e.position)) for e in events])
    if stored and entries:
        _abandon(db, session.id, {p: at for p, at in gone.items() if p < start <= at})
    session.entry_count = max(len(record.entries), session.entry_count)
    session.event_count += len(events)
    if entries and stored:
        session.warnings = list(record.warnings)
        session.cuts_reliable = record.cuts_reliable
        session.agent_models = list(record.models)
        session.version = session.version or record.version
        session.started = session.started or record.first_timestamp
    source.session_id = session.id
    db.add_all([session, source])
    db.flush()
    outcome = "grown" if entries else "shorter"
    return Imported(
        source.name, session.external_id, session.part, outcome,
        len(entries), len(events), tuple(session.warnings),
    )  # fmt: skip


def _abandon(db: Db, session_id: int, gone: dict[int, int]) -> None:
    for position, at in gone.items():
        db.exec(
            update(Event)
            .where(
                col(Event.session_id) == session_id,
                col(Event.position) == position,
                col(Event.abandoned_from).is_(None),
            )
            .values(abandoned_from=at)
        )


def _insert(db: Db, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        db.connection().execute(insert(table.__table__), rows[start : start + _BATCH])


def _entry_row(session_id: int, entry: EntryRecord, digest: str) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "ordinal": entry.ordinal,
        "position": entry.position,
        "line": entry.line,
        "offset": entry.offset,
        "uuid": entry.uuid,
        "type": entry.type,
        "raw": zlib.compress(entry.raw, 1),
        "digest": digest,
    }


def _event_row(
    session_id: int, event: EventRecord, gone: dict[int, int], act: Any
) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "position": event.position,
        "event_id": event.id,
        "ordinal": event.ordinal,
        "kind": event.kind.value,
        "thread": event.thread,
        "response": event.response,
        "tool": event.tool,
        "is_error": event.is_error,
        "shown": event.shown,
        "visible_from": event.position,
        "abandoned_from": gone.get(event.position),
        "act": act.cut if act else None,
        "act_kind": act.kind.value if act else None,
        "timestamp": event.timestamp,
        "text": event.text,
        "n_lines": event.text.count("\n") + 1,
        "n_chars": len(event.text),
    }


def _stored_digests(db: Db, session: Session) -> list[str]:
    query = select(Entry.digest).where(Entry.session_id == session.id).order_by(col(Entry.ordinal))
    return list(db.exec(query).all())


def _with_overlaps(db: Db, record: SessionRecord, parts: Sequence[Session]) -> SessionRecord:
    """The record, with a warning for every other part of the session that shares its entries."""
    found = _overlaps(db, record, parts)
    return replace(
        record,
        warnings=(*record.warnings, *found),
        cuts_reliable=record.cuts_reliable and not found,
    )


def _overlaps(db: Db, record: SessionRecord, parts: Sequence[Session]) -> list[str]:
    """Say which stored parts of the session share entries with the file."""
    own = {entry.uuid for entry in record.entries if entry.uuid}
    found = []
    for session in parts:
        stored = db.exec(select(Entry.uuid).where(Entry.session_id == session.id)).all()
        if shared := own.intersection(stored):
            found.append(
                f"overlaps part {session.part} of the session in {len(shared)} entries; "
                "cuts unreliable"
            )
    return found


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
