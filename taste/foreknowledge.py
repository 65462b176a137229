"""Whether what was shown at one place of a lineage tells how it went on at another.

Sessions of a lineage hold the same work under other positions: a copy is known by its prefix.
"""

from dataclasses import dataclass

from sqlmodel import col, select

from transcripts.cut import chain
from transcripts.db import Db
from transcripts.queries import read_prefix
from transcripts.tables import Event


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a thread: everything before the cut is known there."""

    session: int
    thread: str
    cut: int


def is_same_place(db: Db, one: Spot, other: Spot) -> bool:
    """Whether two places are one, be it in copies of a session."""
    if (one.session, one.thread) == (other.session, other.thread):
        return one.cut == other.cut
    return _known(db, one)[-1] == _known(db, other)[-1]


def goes_beyond(db: Db, there: Spot, here: Spot) -> bool:
    """Whether what was shown there holds more than is known here.

    Where neither begins with the other the clock decides, as it was recorded; without one nothing
    is known, and so it may.
    """
    if (there.session, there.thread) == (here.session, here.thread):
        return there.cut > here.cut
    shown, known = _known(db, there), _known(db, here)
    if known[-1] in shown[:-1]:
        return True
    if shown[-1] in known:
        return False
    last, first = _last_time(db, there), _first_time(db, here)
    return last is None or first is None or last >= first


def _known(db: Db, spot: Spot) -> list[bytes]:
    """The chain of hashes of a prefix."""
    return list(chain(read_prefix(db, spot.session, spot.thread, spot.cut)))


def _last_time(db: Db, spot: Spot) -> str | None:
    """When the last thing before a place was recorded."""
    query = select(Event.timestamp).where(
        Event.session_id == spot.session,
        Event.position < spot.cut,
        col(Event.timestamp).is_not(None),
    )
    return db.exec(query.order_by(col(Event.position).desc())).first()


def _first_time(db: Db, spot: Spot) -> str | None:
    """When the first thing after a place was recorded."""
    query = select(Event.timestamp).where(
        Event.session_id == spot.session,
        Event.position >= spot.cut,
        col(Event.timestamp).is_not(None),
    )
    return db.exec(query.order_by(col(Event.position))).first()
