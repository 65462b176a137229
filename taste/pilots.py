"""Keeps a pilot set and the sets that a study is tested on apart: no item is in both.

What was picked on the pilot set would otherwise be tested on what it was picked for.
"""

from collections.abc import Sequence

from sqlmodel import col, select

from taste.set_rules import Candidate, SetRule
from taste.tables import Item, ItemSet
from transcripts.db import Db

PILOT = "pilot"
RANDOM = "random"


def leave_taken(db: Db, rule: SetRule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out of a pilot set what other sets hold, and of other sets what a pilot set holds.

    A random set stands for all decisions and so leaves out none. Sets that were frozen after the
    one of the rule's name do not count: frozen again, it is the same.
    """
    taken = {} if rule.kind == RANDOM else _find_taken(db, rule)
    return [
        candidate.without(f"in the set {name}")
        if candidate.reason is None and (name := taken.get(_place(candidate)))
        else candidate
        for candidate in candidates
    ]


def _place(candidate: Candidate) -> tuple[str, str]:
    return (candidate.session.lineage, candidate.point.prefix_hash)


def _find_taken(db: Db, rule: SetRule) -> dict[tuple[str, str], str]:
    """Lineage and prefix of every item that the set may not take -> a set that holds it."""
    theirs = col(ItemSet.kind) != PILOT if rule.kind == PILOT else col(ItemSet.kind) == PILOT
    query = (
        select(Item.lineage, Item.prefix_hash, ItemSet.name)
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .where(theirs)
    )
    own = db.exec(select(ItemSet.id).where(ItemSet.name == rule.name)).first()
    if own is not None:
        query = query.where(col(ItemSet.id) < own)
    found = db.exec(query.order_by(col(ItemSet.id).desc())).all()
    return {(lineage, prefix): name for lineage, prefix, name in found}
