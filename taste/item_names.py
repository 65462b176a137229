"""How people name an item: by set and number, by session and event, or by decision point."""

from collections.abc import Sequence

from sqlmodel import col, select

from taste.sets import get_set
from taste.tables import Item, ItemSet
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.queries import find_sessions, get_session
from transcripts.tables import DecisionPoint

_DIGITS = 18
"""A longer number is no row's."""
FORMS = (
    "name an item as SET:NUMBER (few:1, as `taste sets show` lists them), as SESSION:EVENT (as "
    "`taste points list` does) or by the number of its decision point"
)


def find_item(db: Db, place: str, sets: Sequence[str] = ()) -> tuple[ItemSet, Item]:
    """The item that is meant, and its set: one of `sets` where several hold it.

    Raises:
        UserError: if nothing or no item is named so.
    """
    before, _, after = place.rpartition(":")
    if not after or (":" in place and not before):
        raise UserError(f"{place!r}: {FORMS}.")
    if not before:
        return _of_point(db, place, _numbered_point(db, place), sets)
    if _is_number(after) and _is_set(db, before):
        return _numbered(db, before, int(after))
    return _of_point(db, place, _points_before(db, before, after), sets)


def _numbered(db: Db, name: str, number: int) -> tuple[ItemSet, Item]:
    item_set = get_set(db, name)
    query = select(Item).where(Item.set_id == item_set.id, Item.number == number)
    found = db.exec(query).first()
    if found is None:
        raise UserError(f"the set {name!r} has no item {number}.")
    return item_set, found


def _numbered_point(db: Db, place: str) -> list[int]:
    if not _is_number(place) or db.get(DecisionPoint, int(place)) is None:
        return []
    return [int(place)]


def _points_before(db: Db, session: str, event: str) -> list[int | None]:
    """The decision points of a session's parts that stand before an event."""
    try:
        parts = find_sessions(db, get_session(db, session).external_id)
    except UserError as error:
        raise UserError(f"there is no set {session!r}, and {error} Else {FORMS}.") from error
    query = select(DecisionPoint.id).where(
        col(DecisionPoint.session_id).in_([part.id for part in parts]),
        DecisionPoint.before == event,
    )
    return list(db.exec(query))


def _of_point(
    db: Db, place: str, points: Sequence[int | None], sets: Sequence[str]
) -> tuple[ItemSet, Item]:
    """The item of the first of these sets, else of the newest, that holds one of the points."""
    if not points:
        raise UserError(f"there is no decision point {place!r}: {FORMS}.")
    query = (
        select(ItemSet, Item)
        .join(Item, col(Item.set_id) == col(ItemSet.id))
        .where(col(Item.decision_point_id).in_(points))
        .order_by(col(ItemSet.id).desc())
    )
    found = {item_set.name: (item_set, item) for item_set, item in reversed(db.exec(query).all())}
    for name in (*sets, *reversed(found)):
        if name in found:
            return found[name]
    raise UserError(f"no set has {place!r} as an item; `taste sets freeze` makes items of points.")


def _is_set(db: Db, name: str) -> bool:
    return db.exec(select(ItemSet.id).where(ItemSet.name == name)).first() is not None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
