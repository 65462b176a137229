"""Ties sessions that share recorded work: a copy of history is not an independent session.

Two sessions belong together if they share an entry's id, if one is a part or a subagent of
the other, or if one names the other, or both name a third, as what they go on from. The
lineage's name depends on its members alone, never on the order in which they were imported.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, String, cast, or_
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.queries import main_id
from transcripts.tables import Entry, Session

_CHUNK = 200


def tie_lineages(db: Db, session_ids: Iterable[int]) -> None:
    """Give these sessions, and all that share work with one of them, one lineage each.

    To be called in the transaction that stored them; commits nothing.
    """
    db.flush()
    for session_id in session_ids:
        session = db.get_one(Session, session_id)
        _name(db, _members(db, session))


def _members(db: Db, session: Session) -> Sequence[Session]:
    """All sessions of the lineages that the session touches, and itself."""
    touched = {*_lineages(db, _sharing(db, session)), *_related(db, session)}
    if not touched:
        return [session]
    touched.add(session.lineage)
    query = select(Session).where(col(Session.lineage).in_(touched))
    return db.exec(query).all()


def _name(db: Db, members: Sequence[Session]) -> None:
    """Name the lineage for its earliest session; of copies that began alike, for the original."""
    name = min((s.started or "~", bool(s.origins), main_id(s.external_id)) for s in members)[-1]
    for session in members:
        if session.lineage != name:
            session.lineage = name
            db.add(session)
    db.flush()


def _sharing(db: Db, session: Session) -> Sequence[int]:
    """Ids of sessions that share an entry's id with this one."""
    ours = select(Entry.uuid).where(Entry.session_id == session.id).correlate(None)
    query = (
        select(Entry.session_id)
        .where(col(Entry.uuid).in_(ours), col(Entry.session_id) != session.id)
        .distinct()
    )
    return db.exec(query).all()


def _lineages(db: Db, session_ids: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(session_ids), _CHUNK):
        chunk = session_ids[start : start + _CHUNK]
        yield from db.exec(select(Session.lineage).where(col(Session.id).in_(chunk)))


def _related(db: Db, session: Session) -> Iterator[str]:
    """Lineages of sessions that are tied to this one by what they are called or name."""
    names = {main_id(session.external_id), session.external_id, *session.origins}
    names |= {main_id(name) for name in session.origins}
    query = select(Session.external_id, Session.origins, Session.lineage).where(
        or_(*(condition for name in names for condition in _mentions(name))),
        col(Session.id) != session.id,
    )
    for external_id, origins, lineage in db.exec(query):
        if names & {external_id, main_id(external_id), *origins, *map(main_id, origins)}:
            yield lineage


def _mentions(name: str) -> Iterator[ColumnElement[bool]]:
    """Conditions that let through every session that has the name in its id or its origins."""
    yield col(Session.external_id) == name
    yield col(Session.external_id).startswith(f"{name}/", autoescape=True)
    yield cast(col(Session.origins), String).contains(f'"{name}', autoescape=True)
