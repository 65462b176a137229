"""How a session of another database stands to what is here: the same, more, less, or another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlmodel import col

from transcripts.db import Db
from transcripts.tables import Entry, Session, Tombstone

Outcome = Literal["new", "part", "grown", "unchanged", "shorter", "refused"]
"""part: a further one; shorter: more of it is here."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a session of the other database stands to what is here."""

    outcome: Outcome
    here: Session | None = None
    stored: int = 0
    """Entries that are here already."""
    reason: str | None = None


def match_session(db: Db, other: Db, theirs: Session) -> Match:
    """Find the session among those here: the same entries, or one a beginning of the other."""
    query = select(Session).where(col(Session.external_id) == theirs.external_id)
    parts = db.execute(query.order_by(col(Session.part))).scalars().all()
    if reason := _removed(db, theirs, is_here=bool(parts)):
        return Match("refused", reason=reason)
    digests = _digests(other, theirs)
    for here in parts:
        stored = _digests(db, here)
        shorter = min(len(stored), len(digests))
        if stored[:shorter] == digests[:shorter] and (shorter or not stored):
            return _longer(here, len(stored), len(digests))
    shared = [here.part for here in parts if _share_entries(db, other, here, theirs)]
    if shared or (parts and _redacted_otherwise(parts, theirs)):
        return Match("refused", reason=_differs(parts, theirs))
    return Match("part" if parts else "new")


def _longer(here: Session, stored: int, brought: int) -> Match:
    if brought == stored:
        return Match("unchanged", here, stored)
    return Match("grown" if brought > stored else "shorter", here, stored)


def _removed(db: Db, theirs: Session, *, is_here: bool) -> str | None:
    """Why a session that was removed here or there is not brought in.

    One that was deleted here and imported again since is here by choice.
    """
    if theirs.withdrawn_at is not None:
        return (
            f"was withdrawn there on {theirs.withdrawn_at.date()}; if it is here: "
            f"taste session withdraw {theirs.external_id}"
        )
    query = select(Tombstone).where(col(Tombstone.external_id) == theirs.external_id)
    if is_here:
        query = query.where(col(Tombstone.what) == "withdrawn")
    found = db.execute(query.order_by(col(Tombstone.id).desc())).scalars().first()
    return f"was {found.what} here on {found.at.date()}" if found is not None else None


def _redacted_otherwise(parts: Sequence[Session], theirs: Session) -> bool:
    return all(here.redactor != theirs.redactor for here in parts)


def _differs(parts: Sequence[Session], theirs: Session) -> str:
    if _redacted_otherwise(parts, theirs):
        return (
            f"is here redacted with {parts[0].redactor!r} and there with {theirs.redactor!r}, so "
            "its lines cannot be compared"
        )
    return "is here with other entries, neither a beginning of the other"


def _digests(db: Db, session: Session) -> list[str]:
    query = select(col(Entry.digest)).where(col(Entry.session_id) == session.id)
    return list(db.execute(query.order_by(col(Entry.ordinal))).scalars())


def _share_entries(db: Db, other: Db, here: Session, theirs: Session) -> bool:
    return not _uuids(db, here).isdisjoint(_uuids(other, theirs))


def _uuids(db: Db, session: Session) -> set[str | None]:
    query = select(col(Entry.uuid)).where(
        col(Entry.session_id) == session.id, col(Entry.uuid).is_not(None)
    )
    return set(db.execute(query).scalars())
