"""Files to rows: a file in one transaction; the same file twice changes nothing, a longer appends.

What a file holds is streamed: no session is ever in memory as a whole.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from transcripts.db import Db
from transcripts.errors import BrokenFile, NotATranscript, UserError
from transcripts.formats.reading import Reading
from transcripts.formats.registry import open_readings
from transcripts.redaction.redactor import NoRedaction, Redactor
from transcripts.rows import RowWriter
from transcripts.storing.lineages import tie_lineages
from transcripts.storing.settling import (
    Collision,
    Settled,
    Terms,
    Written,
    drop_provisional,
    open_provisional,
    settle,
)
from transcripts.storing.sources import (
    FileFacts,
    Known,
    KnownSource,
    Refused,
    check_content,
    find_known,
    hash_as_read,
    hash_file,
    is_as_imported,
    note_unchanged,
    read_facts,
    read_known,
    store_source,
)
from transcripts.tables import Session, Source


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person who imports says about the sessions."""

    researcher: str | None = None
    project: str | None = None
    may_send: str = "none"
    usable_until: date | None = None
    redactor: Callable[[], Redactor] = NoRedaction
    """Makes a fresh redactor for each session."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one session of a file."""

    file: str
    session: str
    part: int
    outcome: str
    """new, grown, unchanged, shorter (a copy of which more is stored), part, failed, refused."""
    entries: int
    events: int
    """Rows that were added."""
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    """Why it failed or was refused."""
    redactor: str = "none"
    """What replaced secrets in the stored text."""
    redactions: dict[str, int] = field(default_factory=dict)
    """Placeholders by kind, in all of the session."""


class CannotStore(UserError):
    """The database takes nothing: a full disk, a file that may not be written."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to be stored."""

    facts: FileFacts
    digest: str
    options: ImportOptions
    now: datetime
    named: bool

    @property
    def terms(self) -> Terms:
        chosen = self.options
        return Terms(
            chosen.researcher, chosen.project, chosen.may_send, chosen.usable_until, self.named
        )


def import_file(
    db: Db,
    path: Path,
    options: ImportOptions,
    now: datetime,
    *,
    known: Known | None = None,
    named: bool = True,
) -> list[Imported]:
    """Read a file and store it in one transaction: one result for each session that it holds.

    Args:
        db: the database, without an open transaction.
        path: the file.
        options: what is said about its sessions.
        now: time of the import.
        known: `read_known(db)`, where many files are imported; else it is looked up.
        named: whether the file was named itself, not found in a folder.

    Raises:
        CannotStore: if the database cannot be written to.
        Refused: if it was withdrawn, or deleted and is not named.
        UserError: if nothing of the file can be read or stored; the database is as it was.
    """
    try:
        facts = read_facts(path)
        here = (read_known(db, facts.place) if known is None else known).get(facts.place, ())
        if is_as_imported(facts, here):
            return [_unchanged(facts, source) for source in here]
        digest = hash_file(path, facts.size)
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror or error}.") from error
    with _transaction(db, facts):
        check_content(db, digest, facts.name, named=named)
        sources = find_known(db, digest)
        if sources:
            note_unchanged(db, facts, sources, now)
            return [_unchanged(facts, source) for source in sources]
        return _store_file(db, _Job(facts, digest, options, now, named))


@contextmanager
def _transaction(db: Db, facts: FileFacts) -> Iterator[None]:
    """All of a file, or nothing of it."""
    try:
        yield
        db.commit()
    except DBAPIError as error:
        db.rollback()
        raise CannotStore(
            f"cannot store {facts.name!r}: the database says {str(error.orig)!r}. "
            "What was imported before is kept; nothing of this file was stored."
        ) from error
    except BaseException:
        db.rollback()
        raise


def _unchanged(facts: FileFacts, source: KnownSource) -> Imported:
    return Imported(
        facts.name, source.external_id, source.part, "unchanged", 0, 0, redactor=source.redactor
    )


def _store_file(db: Db, job: _Job) -> list[Imported]:
    """Store every session of a file; one that cannot be read does not stop the others."""
    stored: list[tuple[Settled, Written]] = []
    lost: list[tuple[str, UserError]] = []
    read = 0
    with open_readings(job.facts.path, job.options.redactor) as readings:
        for reading in readings:
            row = open_provisional(db, job.digest, job.now)
            assert row.id is not None
            try:
                stored.append(_store_reading(db, reading, row, job))
            except Collision:
                raise
            except UserError as error:
                drop_provisional(db, row.id)
                db.expunge(row)
                lost.append((reading.name, error))
            read = max(read, reading.size)
    if not stored:
        raise lost[0][1] if lost else NotATranscript(job.facts.name)
    _store_sources(db, job, stored, read, whole=not lost)
    tie_lineages(db, [_id(s.session) for s, _ in stored if s.entries])
    return [_imported(job, *one) for one in stored] + [_lost(job, *one) for one in lost]


def _store_reading(db: Db, reading: Reading, row: Session, job: _Job) -> tuple[Settled, Written]:
    """Stream one session into its provisional row, and settle what it is."""
    writer = RowWriter(db, _id(row), reading.name)
    try:
        _stream(reading, writer)
    except BrokenFile as error:
        # Any text may be called .json; a .jsonl that breaks off is more likely a broken recording.
        if job.facts.path.suffix == ".jsonl" or reading.header.recognised:
            raise
        raise NotATranscript(reading.name) from error
    header = reading.header
    if not header.recognised:
        raise NotATranscript(reading.name)
    written = Written(
        row, reading.name, header, writer.entries, writer.events,
        frozenset(writer.threads_with_acts), reading.redactor.version,
        dict(sorted(reading.redactor.counts.items())),
    )  # fmt: skip
    return settle(db, written, job.terms), written


def _stream(reading: Reading, writer: RowWriter) -> None:
    """Read everything into rows; what is still unknown after a batch is not read to its end."""
    unknown = True
    for entry, events in reading:
        if writer.add(entry, events) and unknown:
            unknown = not reading.header.recognised
            if unknown:
                raise NotATranscript(reading.name)
    writer.flush()


def _id(row: Session) -> int:
    assert row.id is not None
    return row.id


def _store_sources(
    db: Db, job: _Job, stored: list[tuple[Settled, Written]], read: int, *, whole: bool
) -> None:
    """Remember the file as the source of its sessions."""
    facts, redactor = job.facts, job.options.redactor()
    digest, size = hash_as_read(facts, job.digest, read)
    facts = replace(
        facts,
        name=redactor.redact_text(facts.name),
        mtime_ns=facts.mtime_ns if whole else None,
    )
    for settled, _ in stored:
        mine = (Source.session_id == settled.session.id, Source.sha256 == digest)
        query = select(Source.id).where(*mine, Source.place == facts.place)
        if settled.outcome == "new" or db.exec(query).first() is None:
            store_source(db, facts, _id(settled.session), (digest, size), job.now)


def _imported(job: _Job, settled: Settled, written: Written) -> Imported:
    session = settled.session
    return Imported(
        job.facts.name, session.external_id, session.part, settled.outcome,
        settled.entries, settled.events, tuple(session.warnings),
        redactor=session.redactor, redactions=written.redactions,
    )  # fmt: skip


def _lost(job: _Job, name: str, error: UserError) -> Imported:
    outcome = "refused" if isinstance(error, Refused) else "failed"
    return Imported(job.facts.name, name, 0, outcome, 0, 0, reason=str(error))
