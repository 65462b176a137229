"""Removes sessions on request: their text alone (withdrawn) or all their rows (deleted).

Either leaves a tombstone with the hash of every file, and no word in the database file. Knows
the tables of what happened; what an experiment has stored of a session is `taste.removal`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import CursorResult, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.postgres import rewrite_tables
from transcripts.search import text_index
from transcripts.tables import (
    Annotation,
    DecisionPoint,
    Draw,
    Entry,
    Event,
    Evidence,
    PlaceName,
    Screening,
    Session,
    Source,
    Thread,
    Tombstone,
)

WITHDRAWN: Final = "[withdrawn]"
"""Stands where a text was removed."""
_OF_SESSION: Final = (PlaceName, Thread, Source, Screening, DecisionPoint, Event, Entry)
TEXTS: Final = ("better_move", "span", "rationale")
"""Fields of an annotation that tell of the session in somebody's words."""

What = Literal["withdrawn", "deleted"]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What the tables of what happened hold of some sessions."""

    sessions: int
    entries: int
    events: int
    points: int
    labels: int


def count_hanging(db: Db, sessions: Sequence[Session]) -> Hanging:
    """Count what would go with the sessions."""
    ids = ids_of(sessions)
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id).in_(ids))
    labels = select(func.count()).where(col(Annotation.decision_point_id).in_(points))
    return Hanging(
        sessions=len(sessions),
        entries=sum(session.entry_count for session in sessions),
        events=sum(session.event_count for session in sessions),
        points=len(db.execute(points).all()),
        labels=int(db.execute(labels).scalar_one()),
    )


def find_copies(db: Db, sessions: Sequence[Session]) -> list[Session]:
    """Other sessions of the same lineages that still have their text: resumed or forked copies.

    They may hold the same words.
    """
    lineages = {session.lineage for session in sessions}
    query = select(Session).where(
        col(Session.lineage).in_(lineages),
        col(Session.id).not_in(ids_of(sessions)),
        col(Session.withdrawn_at).is_(None),
    )
    order = (col(Session.external_id), col(Session.part))
    return list(db.execute(query.order_by(*order)).scalars().all())


def find_copies_of_withdrawn(db: Db) -> list[Session]:
    """Sessions that still have their text, in lineages of which a session was withdrawn."""
    gone = select(col(Session.lineage)).where(col(Session.withdrawn_at).is_not(None))
    query = select(Session).where(
        col(Session.lineage).in_(gone), col(Session.withdrawn_at).is_(None)
    )
    order = (col(Session.external_id), col(Session.part))
    return list(db.execute(query.order_by(*order)).scalars().all())


def ids_of(sessions: Sequence[Session]) -> list[int]:
    """The row numbers of sessions."""
    return [session.id for session in sessions if session.id is not None]


def delete_sessions(db: Db, sessions: Sequence[Session], reason: str | None, now: datetime) -> None:
    """Delete sessions, their points and labels, in the transaction under way.

    Items and all that an experiment made of the points have to be gone already.
    """
    erase_for_good(db)
    ids = ids_of(sessions)
    for session in sessions:
        _bury(db, session, "deleted", reason, now)
        text_index(db).forget(db, session.id or 0)
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id).in_(ids))
    labels = select(col(Annotation.id)).where(col(Annotation.decision_point_id).in_(points))
    _run(db, delete(Evidence).where(col(Evidence.annotation_id).in_(labels)))
    cut = update(Annotation).where(col(Annotation.replaces_id).in_(labels))
    _run(db, cut.values(replaces_id=None))
    _run(db, delete(Annotation).where(col(Annotation.decision_point_id).in_(points)))
    _run(db, delete(Draw).where(col(Draw.decision_point_id).in_(points)))
    for table in _OF_SESSION:
        _run(db, delete(table).where(col(table.session_id).in_(ids)))
    _run(db, delete(Session).where(col(Session.id).in_(ids)))
    text_index(db).purge(db)
    db.expire_all()


def withdraw_sessions(
    db: Db, sessions: Sequence[Session], reason: str | None, now: datetime
) -> None:
    """Remove the text of sessions in the transaction under way; the rows that numbers need stay.

    Hashes and positions stay, so that the same lines are recognised and labels keep their place.
    """
    erase_for_good(db)
    ids = ids_of(sessions)
    for session in sessions:
        _bury(db, session, "withdrawn", reason, now)
        text_index(db).forget(db, session.id or 0)
        session.withdrawn_at = now
        session.may_send = "none"
        session.warnings = []
        db.add(session)
    db.flush()
    _run(db, update(Event).where(col(Event.session_id).in_(ids)).values(text=""))
    _run(db, update(Entry).where(col(Entry.session_id).in_(ids)).values(raw=b""))
    # Without its place the file is not taken for one that was imported as it is, but refused.
    files = update(Source).where(col(Source.session_id).in_(ids))
    _run(db, files.values(name=WITHDRAWN, place=None, mtime_ns=None))
    _run(db, update(Screening).where(col(Screening.session_id).in_(ids)).values(reason=WITHDRAWN))
    _run(db, delete(PlaceName).where(col(PlaceName.session_id).in_(ids)))
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id).in_(ids))
    _run(db, update(Draw).where(col(Draw.decision_point_id).in_(points)).values(reason=None))
    for name in TEXTS:
        blank_text(db, Annotation, name, col(Annotation.decision_point_id).in_(points))
    text_index(db).purge(db)
    db.expire_all()


def blank_text(db: Db, table: Any, name: str, where: Any) -> None:
    """Put the word for a withdrawn text where there is a text."""
    column = col(getattr(table, name))
    _run(db, update(table).where(where, column.is_not(None)).values({name: WITHDRAWN}))


def erase_for_good(db: Db) -> None:
    """Have SQLite overwrite what it frees from here on."""
    if db.get_bind().dialect.name == "sqlite":
        db.connection().execute(text("PRAGMA secure_delete=ON"))


def fold_in(db: Db) -> None:
    """After the commit, clear away the pages that hold what was removed.

    With SQLite that is the write-ahead log, with PostgreSQL what its tables have freed; a server's
    own log and its backups are not reached from here.

    Raises:
        UserError: if others work in the server's tables, so that they cannot be written anew.
    """
    engine = db.get_bind().engine
    if engine.dialect.name == "sqlite":
        db.connection().execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.rollback()
        return
    db.rollback()
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            rewrite_tables(connection)
    except DBAPIError as error:
        raise UserError(
            "the text is removed, but pages that the server has freed may hold it until its tables "
            "are written anew, and others work in them: run `VACUUM FULL` there when nobody does."
        ) from error


def _bury(db: Db, session: Session, what: What, reason: str | None, now: datetime) -> None:
    """A tombstone for every file of a session, and one without a hash for what had no file."""
    query = select(col(Source.sha256)).where(col(Source.session_id) == session.id)
    hashes = sorted(set(db.execute(query).scalars())) or [""]
    db.add_all(
        Tombstone(
            external_id=session.external_id,
            part=session.part,
            sha256=sha256,
            what=what,
            entries=session.entry_count,
            events=session.event_count,
            reason=reason,
            at=now,
        )
        for sha256 in hashes
    )
    db.flush()


def _run(db: Db, statement: Any) -> int:
    result = db.connection().execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
