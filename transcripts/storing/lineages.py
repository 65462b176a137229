"""Ties sessions that share recorded work: a copy of history is not an independent session.

Two sessions belong together if they share an entry's id, if one is a part or a subagent of
the other, or if one names the other, or both name a third, as what they go on from. The
lineage's name depends on its members alone, never on the order in which they were imported.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import String, bindparam, cast, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.queries import main_id
from transcripts.tables import Entry, Session

_CHUNK = 200
_ESCAPE: Final = "!"
_OURS: Final = aliased(Entry)
# Made once: every import asks them, and to make and compile one takes longer than to ask it.
_SHARING: Final = (
    select(col(Entry.session_id))
    .join(_OURS, col(_OURS.uuid) == col(Entry.uuid))
    .where(col(_OURS.session_id) == bindparam("session"))
    .where(col(Entry.session_id) != bindparam("session"))
    .distinct()
)
_MENTIONS: Final = (
    select(col(Session.external_id), col(Session.origins), col(Session.lineage))
    .where(col(Session.id) != bindparam("session"))
    .where(
        or_(
            col(Session.external_id) == bindparam("name"),
            col(Session.external_id).like(bindparam("below"), escape=_ESCAPE),
            cast(col(Session.origins), String).like(bindparam("quoted"), escape=_ESCAPE),
        )
    )
)
"""Lets through every session that has the name in its id or its origins."""


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
    return db.connection().execute(_SHARING, {"session": session.id}).scalars().all()


def _lineages(db: Db, session_ids: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(session_ids), _CHUNK):
        chunk = session_ids[start : start + _CHUNK]
        yield from db.exec(select(Session.lineage).where(col(Session.id).in_(chunk)))


def _related(db: Db, session: Session) -> Iterator[str]:
    """Lineages of sessions that are tied to this one by what they are called or name."""
    names = {main_id(session.external_id), session.external_id, *session.origins}
    names |= {main_id(name) for name in session.origins}
    for name in names:
        begun = name.replace(_ESCAPE, _ESCAPE * 2).replace("%", "!%").replace("_", "!_")
        asked = {"session": session.id, "name": name}
        patterns = {"below": f"{begun}/%", "quoted": f'%"{begun}%'}
        for external_id, origins, lineage in db.connection().execute(_MENTIONS, asked | patterns):
            if names & {external_id, main_id(external_id), *origins, *map(main_id, origins)}:
                yield lineage
