"""Freezing sets: which decision points become items, and why the others do not.

A set is immutable and hashed. One item per lineage, thread and cut.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from taste.candidates import find_candidates
from taste.manifests import store_set_manifest
from taste.pilots import leave_taken
from taste.seats import NAME
from taste.set_rules import (
    Candidate,
    SetRule,
    cap,
    counts_of,
    one_each,
    thread_of,
    without_nested,
)
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.db import Db
from transcripts.errors import UserError

Where = tuple[str, str, int]
"""Lineage, thread and cut: what makes two items of two sets the same."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A set as frozen: its row, its size, and the exclusions by reason."""

    item_set: ItemSet
    items: int
    excluded: dict[str, int]
    created: bool


def freeze_set(db: Db, rule: SetRule, now: datetime) -> Frozen:
    """Freeze a set by its rule; the same rule over the same labels is the same set.

    Raises:
        UserError: if the name stands for another set already or is none that a study can say,
            or no point qualifies.
    """
    candidates = leave_taken(db, rule, without_nested(find_candidates(db, rule, now)))
    return store_set(db, rule, cap(one_each(candidates), rule.per_session), now)


def store_set(
    db: Db,
    rule: SetRule,
    candidates: Sequence[Candidate],
    now: datetime,
    parent: ItemSet | None = None,
) -> Frozen:
    """Freeze what was chosen, or find it frozen by that name.

    Raises:
        UserError: if the name cannot name a set or stands for other items, or nothing was chosen.
    """
    if not re.fullmatch(NAME, rule.name):
        raise UserError(
            f"{rule.name!r} cannot name a set: use letters, digits, '.', '_' and '-', at most 64."
        )
    kept = [c for c in candidates if c.reason is None]
    if not kept:
        db.rollback()
        raise UserError(
            f"no decision point qualifies for the set {rule.name!r}: {say_why(candidates)}."
        )
    digest = _digest(rule, kept)
    known = db.exec(select(ItemSet).where(ItemSet.name == rule.name)).first()
    if known is not None:
        db.rollback()
        if known.digest != digest or known.parent_id != (parent.id if parent else None):
            raise UserError(
                f"the set {rule.name!r} is frozen with other items; choose another name."
            )
        return Frozen(known, len(kept), counts_of(candidates), created=False)
    item_set = _store(db, rule, digest, candidates, now, parent)
    return Frozen(item_set, len(kept), counts_of(candidates), created=True)


def _digest(rule: SetRule, kept: Iterable[Candidate]) -> str:
    return digest_of_set(
        rule,
        [
            (c.session.lineage, thread_of(c), c.point.cut, c.point.prefix_hash,
             c.annotation.digest if c.annotation else None)
            for c in kept
        ],
    )  # fmt: skip


def digest_of_set(rule: SetRule, items: Iterable[tuple[str, str, int, str, str | None]]) -> str:
    """sha256 over a rule and its items: lineage, thread, cut, prefix, hash of the label."""
    what: list[Any] = [rule.kind, rule.labels, rule.actor, rule.per_session, list(items)]
    if rule.sample is not None:
        what.append(rule.sample)
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _store(
    db: Db,
    rule: SetRule,
    digest: str,
    candidates: Sequence[Candidate],
    now: datetime,
    parent: ItemSet | None,
) -> ItemSet:
    item_set = ItemSet(
        name=rule.name,
        kind=rule.kind,
        labels=rule.labels,
        actor=rule.actor,
        per_session=rule.per_session,
        sample=rule.sample,
        size=sum(candidate.reason is None for candidate in candidates),
        digest=digest,
        parent_id=parent.id if parent else None,
        created_at=now,
    )
    db.add(item_set)
    db.flush()
    assert item_set.id is not None
    number = 0
    for candidate in candidates:
        assert candidate.point.id is not None
        if candidate.reason is not None:
            db.add(
                SetExclusion(
                    set_id=item_set.id,
                    decision_point_id=candidate.point.id,
                    reason=candidate.reason,
                )
            )
            continue
        number += 1
        db.add(_item(item_set.id, number, candidate))
    db.flush()
    store_set_manifest(db, item_set.id, now)
    db.commit()
    return item_set


def _item(set_id: int, number: int, candidate: Candidate) -> Item:
    assert candidate.point.id is not None
    return Item(
        set_id=set_id,
        number=number,
        decision_point_id=candidate.point.id,
        annotation_id=candidate.annotation.id if candidate.annotation else None,
        lineage=candidate.session.lineage,
        thread=thread_of(candidate),
        cut=candidate.point.cut,
        prefix_hash=candidate.point.prefix_hash,
    )


def say_why(candidates: Sequence[Candidate]) -> str:
    """Why no candidate was taken."""
    if not candidates:
        return "nothing is annotated; mark points with `taste annotate` or `taste points import`"
    return ", ".join(f"{count} {reason}" for reason, count in counts_of(candidates).items())


def get_set(db: Db, name: str) -> ItemSet:
    """The set of that name.

    Raises:
        UserError: if there is none.
    """
    found = db.exec(select(ItemSet).where(ItemSet.name == name)).first()
    if found is None:
        names = ", ".join(db.exec(select(ItemSet.name).order_by(col(ItemSet.name)))) or "none yet"
        raise UserError(
            f"no set {name!r} (there are: {names}); freeze it with `taste sets freeze`."
        )
    return found


def read_items(db: Db, item_set: ItemSet) -> list[Item]:
    """The items of a set in order."""
    query = select(Item).where(Item.set_id == item_set.id).order_by(col(Item.number))
    return list(db.exec(query).all())


def place_of(item: Item) -> Where:
    """Which place an item stands for, whatever set it is in."""
    return (item.lineage, item.thread, item.cut)
