"""What a header says of a session's events, threads and places, written to rows.

A longer copy of a session says more: what was known stays, and the rest is added.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Final

from sqlalchemy import bindparam, insert, update
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.records import Header
from transcripts.tables import Event, PlaceName, Session, Thread

_ADD_PLACES: Final = insert(PlaceName)


def store_threads(db: Db, row: Session, header: Header) -> None:
    """Add threads that are new, and what a longer file says more about known ones."""
    assert row.id is not None
    if not header.threads:
        return
    known = {t.name: t for t in db.exec(select(Thread).where(Thread.session_id == row.id))}
    for record in header.threads:
        thread = known.get(record.name)
        if thread is None:
            thread = Thread(session_id=row.id, name=record.name, role=record.role.value)
            known[record.name] = thread
        thread.call = thread.call or record.call
        thread.call_id = thread.call_id or record.call_id
        thread.agent_type = thread.agent_type or record.agent_type
        db.add(thread)
    db.flush()


def store_places(db: Db, row: Session, header: Header, *, grown: bool) -> None:
    """Add the names of places that are new; all are, unless the session has grown."""
    if not header.places:
        return
    known: set[tuple[str, str]] = set()
    if grown:
        query = select(PlaceName.kind, PlaceName.name).where(PlaceName.session_id == row.id)
        known.update(db.exec(query).all())
    places = {
        (place.kind.value, place.name): place.position
        for place in reversed(header.places)
        if (place.kind.value, place.name) not in known
    }
    rows = [
        {"session_id": row.id, "position": position, "kind": kind, "name": name}
        for (kind, name), position in reversed(places.items())
    ]
    if rows:
        db.connection().execute(_ADD_PLACES, rows)


def finish_events(db: Db, row: Session, header: Header, threads_with_acts: Set[str]) -> None:
    """Mark what was abandoned; only acts of the thread on which cuts are made are acts."""
    ranges = [
        {"low": low, "high": high, "gone": gone}
        for low, high, gone in abandoned_ranges(header.abandoned_from())
    ]
    mine = col(Event.session_id) == row.id
    if ranges:
        db.connection().execute(
            update(Event)
            .where(mine, col(Event.position).between(bindparam("low"), bindparam("high")))
            .where(col(Event.abandoned_from).is_(None))
            .values(abandoned_from=bindparam("gone")),
            ranges,
        )
    if threads_with_acts - {row.thread}:
        elsewhere = (mine, col(Event.thread) != row.thread, col(Event.act).is_not(None))
        db.exec(update(Event).where(*elsewhere).values(act=None, act_kind=None))


def abandoned_ranges(gone: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """Runs of neighbouring positions that are abandoned from the same position: (low, high, at)."""
    low = high = at = -1
    for position in sorted(gone):
        if position == high + 1 and gone[position] == at:
            high = position
            continue
        if low >= 0:
            yield low, high, at
        low, high, at = position, position, gone[position]
    if low >= 0:
        yield low, high, at
