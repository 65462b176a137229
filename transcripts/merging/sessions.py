"""Brings another database's sessions, points and labels in, by identity; twice without harm.

What is here is never replaced: of a session that both hold, a longer recording adds its further
entries, and one with other entries is reported and left out.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlmodel import col

from transcripts.db import Db
from transcripts.merging.labels import Labels, merge_labels, merge_screenings
from transcripts.merging.matching import Match, Outcome, match_session
from transcripts.storing.lineages import tie_lineages
from transcripts.tables import (
    Entry,
    Event,
    PlaceName,
    Session,
    Source,
    Thread,
    Tombstone,
)

_BATCH: Final = 1_000
_KEPT: Final = ("id", "external_id", "part", "lineage", "imported_at")
"""Columns that a session brought in does not take over as they are."""
_GROWING: Final = (
    "entry_count", "event_count", "warnings", "cuts_reliable", "agent_models", "redactions",
)  # fmt: skip
"""Columns that a longer recording brings up to date."""


@dataclass(frozen=True, slots=True)
class MergedSession:
    """What became of one session of the other database."""

    session: str
    part: int
    outcome: Outcome
    """new, part (a further one), grown, unchanged, shorter (more is here), refused."""
    entries: int
    labels: Labels
    reason: str | None = None
    redactor: str = "none"
    """What replaced secrets in the other database's text."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of another database."""

    sessions: tuple[MergedSession, ...]
    screenings: int
    tombstones: int

    @property
    def outcomes(self) -> Counter[str]:
        """How many sessions came to what."""
        return Counter(one.outcome for one in self.sessions)

    @property
    def labels(self) -> int:
        """Labels brought in."""
        return sum(one.labels.labels for one in self.sessions)


def merge_sessions(db: Db, other: Db, now: datetime) -> Merged:
    """Bring in everything of another database of the same revision, in the transaction under way.

    Args:
        db: takes it in; the caller commits.
        other: is only read.
        now: when sessions count as imported here.
    """
    pairs: dict[int, Session] = {}
    added: list[int] = []
    done = []
    order = (col(Session.external_id), col(Session.part))
    for theirs in other.execute(select(Session).order_by(*order)).scalars().all():
        match = match_session(db, other, theirs)
        if match.outcome in {"new", "part"}:
            match = Match(match.outcome, _add_session(db, theirs, match.outcome, now))
        if match.here is None:
            done.append(_told(theirs, match, 0, Labels()))
            continue
        entries = _copy_rows(db, other, theirs, match)
        pairs[_id(theirs)] = match.here
        added.extend([_id(match.here)] if entries or match.outcome == "new" else [])
        done.append(_told(theirs, match, entries, merge_labels(db, other, theirs, match.here)))
    screenings = merge_screenings(db, other, pairs)
    tombstones = _merge_tombstones(db, other)
    tie_lineages(db, added)
    return Merged(tuple(done), screenings, tombstones)


def _id(session: Session) -> int:
    assert session.id is not None
    return session.id


def _told(theirs: Session, match: Match, entries: int, labels: Labels) -> MergedSession:
    part = match.here.part if match.here else theirs.part
    return MergedSession(
        theirs.external_id, part, match.outcome, entries, labels, match.reason, theirs.redactor
    )


def _add_session(db: Db, theirs: Session, outcome: Outcome, now: datetime) -> Session:
    """A session like theirs, under the next free number where it is a further part."""
    part = 1
    if outcome == "part":
        same = col(Session.external_id) == theirs.external_id
        part = 1 + (db.execute(select(func.max(Session.part)).where(same)).scalar_one() or 0)
    row = Session(
        external_id=theirs.external_id,
        part=part,
        lineage=theirs.lineage,
        imported_at=now,
        **theirs.model_dump(exclude=set(_KEPT)),
    )
    db.add(row)
    db.flush()
    return row


def _copy_rows(db: Db, other: Db, theirs: Session, match: Match) -> int:
    """Copy what is not here yet of a session's rows; return how many entries."""
    here = match.here
    assert here is not None
    entries = _copy(db, other, Entry, theirs, here, after=match.stored)
    if entries:
        _copy(db, other, Event, theirs, here, after=match.stored)
        if match.outcome == "grown":
            _leave_behind(db, other, theirs, here, match.stored)
            for name in _GROWING:
                setattr(here, name, getattr(theirs, name))
            db.add(here)
            db.flush()
    _copy_named(db, other, Thread, theirs, here, ("name",))
    _copy_named(db, other, PlaceName, theirs, here, ("kind", "name"))
    _copy_named(db, other, Source, theirs, here, ("sha256",))
    return entries


def _copy(db: Db, other: Db, table: Any, theirs: Session, here: Session, *, after: int) -> int:
    """Copy the rows of entries after a number, in batches."""
    columns = [column for column in table.__table__.columns if column.name != "id"]
    query = (
        select(*columns)
        .where(table.session_id == theirs.id, table.ordinal > after)
        .order_by(table.ordinal, table.id)
        .execution_options(yield_per=_BATCH)
    )
    copied = 0
    for batch in other.connection().execute(query).mappings().partitions(_BATCH):
        rows = [{**row, "session_id": here.id} for row in batch]
        db.connection().execute(insert(table.__table__), rows)
        copied += len(rows)
    return copied


def _leave_behind(db: Db, other: Db, theirs: Session, here: Session, stored: int) -> None:
    """What the further entries say of earlier events: that a rewind left them behind."""
    query = select(col(Event.position), col(Event.abandoned_from)).where(
        col(Event.session_id) == theirs.id,
        col(Event.ordinal) <= stored,
        col(Event.abandoned_from).is_not(None),
    )
    for position, at in other.execute(query):
        db.execute(
            update(Event)
            .where(
                col(Event.session_id) == here.id,
                col(Event.position) == position,
                col(Event.abandoned_from).is_(None),
            )
            .values(abandoned_from=at)
        )


def _copy_named(
    db: Db, other: Db, table: Any, theirs: Session, here: Session, key: tuple[str, ...]
) -> None:
    """Copy rows whose key the session does not have here; a file's place stays with its machine."""
    rows = db.execute(select(table).where(table.session_id == here.id)).scalars()
    known = {tuple(getattr(row, name) for name in key) for row in rows}
    query = select(table).where(table.session_id == theirs.id).order_by(table.id)
    for row in other.execute(query).scalars().all():
        if tuple(getattr(row, name) for name in key) not in known:
            values = row.model_dump(exclude={"id", "session_id"})
            values |= {name: None for name in ("place", "mtime_ns") if name in values}
            db.add(table(session_id=here.id, **values))
    db.flush()


def _merge_tombstones(db: Db, other: Db) -> int:
    """Bring in that sessions were withdrawn there, so that their files are refused here too."""
    known = {_grave(row) for row in db.execute(select(Tombstone)).scalars()}
    added = 0
    withdrawn = select(Tombstone).where(col(Tombstone.what) == "withdrawn")
    for row in other.execute(withdrawn.order_by(col(Tombstone.id))).scalars().all():
        if _grave(row) not in known:
            known.add(_grave(row))
            db.add(Tombstone(**row.model_dump(exclude={"id"})))
            added += 1
    db.flush()
    return added


def _grave(row: Tombstone) -> tuple[str, int, str, str]:
    return (row.external_id, row.part, row.sha256, row.what)
