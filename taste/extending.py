"""Extending a frozen set: a larger one that holds its items and what its rule takes now besides.

The old set stays as it is. Its items keep the labels that they were frozen with.
"""

from datetime import datetime
from typing import cast

from taste.candidates import find_candidates, permitted
from taste.pilots import leave_taken
from taste.points import read_act
from taste.set_rules import Candidate, Labels, SetKind, SetRule, cap, one_each, without_nested
from taste.sets import (
    Frozen,
    get_set,
    read_items,
    say_why,
    store_set,
)
from taste.tables import ItemSet
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, DecisionPoint, Session


def extend_set(db: Db, name: str, larger: str, now: datetime) -> Frozen:
    """Freeze all items of a set, with what the same rule takes besides, under another name.

    Raises:
        UserError: if there is no such set, it stands for a sample, the new name is taken, or
            nothing new qualifies.
    """
    parent = get_set(db, name)
    if parent.sample is not None:
        raise UserError(
            f"the set {name!r} stands for the sample {parent.sample!r}, whose probabilities hold "
            "for it alone: draw another sample with `taste sample` and freeze a set of it."
        )
    rule = _rule_of(parent, larger)
    held = [permitted(candidate, now) for candidate in _held(db, parent)]
    points = frozenset(candidate.point.id for candidate in held)
    fresh = [c for c in find_candidates(db, rule, now) if c.point.id not in points]
    fresh = without_nested([*fresh, *held])[: len(fresh)]
    fresh = one_each([*held, *leave_taken(db, rule, fresh)])[len(held) :]
    chosen = cap([*held, *fresh], rule.per_session, points)
    added = chosen[len(held) :]
    if all(candidate.reason is not None for candidate in added):
        db.rollback()
        raise UserError(f"nothing new qualifies for a set that extends {name!r}: {say_why(added)}.")
    return store_set(db, rule, chosen, now, parent)


def _rule_of(parent: ItemSet, name: str) -> SetRule:
    """The rule that a set was frozen by, under another name."""
    return SetRule(
        name,
        cast("SetKind", parent.kind),
        cast("Labels", parent.labels),
        "agent" if parent.actor == "agent" else "human",
        parent.per_session,
    )


def _held(db: Db, parent: ItemSet) -> list[Candidate]:
    """The items of a set as candidates, each with the annotation that it was frozen with."""
    found = []
    for item in read_items(db, parent):
        point = db.get_one(DecisionPoint, item.decision_point_id)
        label = db.get_one(Annotation, item.annotation_id) if item.annotation_id else None
        act = read_act(db, point, label.quoted if label else None)
        found.append(Candidate(point, db.get_one(Session, point.session_id), label, act))
    return found
