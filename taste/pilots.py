"""Keeps a pilot set and the sets that a study is tested on apart: no item is in both.

What was picked on the pilot set would otherwise be tested on what it was picked for.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from taste.set_rules import Candidate, SetRule
from taste.tables import Call, Item, ItemSet, Run, Trial
from transcripts.db import Db

PILOT = "pilot"
RANDOM = "random"


def leave_taken(db: Db, rule: SetRule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out of a pilot set what other sets hold, and of other sets what a pilot set holds.

    A random set stands for all decisions and so leaves out none. Sets that were frozen after the
    one of the rule's name do not count: frozen again, it is the same.
    """
    if rule.kind == RANDOM:
        return list(candidates)
    taken, piloted = _find_taken(db, rule), _find_piloted(db, rule)

    def left(candidate: Candidate) -> Candidate:
        if candidate.reason is not None:
            return candidate
        if candidate.session.lineage in piloted:
            return candidate.without("session was piloted")
        name = taken.get(_place(candidate))
        return candidate.without(f"in the set {name}") if name else candidate

    return [left(candidate) for candidate in candidates]


def _find_piloted(db: Db, rule: SetRule) -> set[str]:
    """Lineages that `taste pilot` has run on: none of their items may be in a set to test on.

    A pilot of which nothing was sent or used yet has told nobody anything.
    """
    if rule.kind == PILOT:
        return set()
    query = (
        select(Item.lineage)
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .join(Run, col(Run.id) == col(Trial.run_id))
        .where(col(Run.purpose) == PILOT, _is_begun())
    )
    own = db.exec(select(ItemSet.created_at).where(ItemSet.name == rule.name)).first()
    return set(db.exec(query if own is None else query.where(col(Run.started_at) < own)))


def _is_begun() -> Any:
    """Whether a trial's item was asked about in its run, or answers about it were used."""
    asked = (Call.run_id == Run.id) & (Call.decision_point_id == Item.decision_point_id)
    used = col(Trial.proposal_id).is_not(None) | col(Trial.exclusion).is_not(None)
    return used | select(Call.id).where(asked).exists()


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
