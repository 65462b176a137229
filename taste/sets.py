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

from taste.manifests import store_set_manifest
from taste.pilots import leave_taken
from taste.points import read_act
from taste.seats import NAME
from taste.set_rules import (
    Candidate,
    SetRule,
    cap,
    counts_of,
    eligible,
    label_fault,
    one_each,
    thread_of,
    without_nested,
)
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.annotations import current_annotations
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.finding.sampling import RANDOM, find_draws
from transcripts.queries import list_sessions
from transcripts.tables import Annotation, DecisionPoint, Event, Session


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
    if not re.fullmatch(NAME, rule.name):
        raise UserError(
            f"{rule.name!r} cannot name a set: use letters, digits, '.', '_' and '-', at most 64."
        )
    candidates = [eligible(rule, _permitted(candidate, now)) for candidate in _considered(db, rule)]
    candidates = leave_taken(db, rule, without_nested(candidates))
    candidates = cap(one_each(candidates), rule.per_session)
    kept = [c for c in candidates if c.reason is None]
    if not kept:
        db.rollback()
        raise UserError(
            f"no decision point qualifies for the set {rule.name!r}: {_why(candidates)}."
        )
    digest = _digest(rule, kept)
    known = db.exec(select(ItemSet).where(ItemSet.name == rule.name)).first()
    if known is not None:
        db.rollback()
        if known.digest != digest:
            raise UserError(
                f"the set {rule.name!r} is frozen with other items; choose another name."
            )
        return Frozen(known, len(kept), counts_of(candidates), created=False)
    item_set = _store(db, rule, digest, candidates, now)
    return Frozen(item_set, len(kept), counts_of(candidates), created=True)


def _considered(db: Db, rule: SetRule) -> list[Candidate]:
    """All points that the set may take, in the order of sessions and places."""
    if rule.sample is not None:
        return _sampled(db, rule)
    return _drawn(db, rule) if rule.kind == "random" else _labelled(db, rule)


def _permitted(candidate: Candidate, now: datetime) -> Candidate:
    """The candidate, with the reason where its session may not be used any more."""
    fault = consent_fault(candidate.session, now.date())
    return candidate.without(f"session {fault}") if fault else candidate


def _sampled(db: Db, rule: SetRule) -> list[Candidate]:
    """The points of a random sample, all of them.

    Raises:
        UserError: if there is no such sample, or it is none of random points alone.
    """
    if rule.kind != "random":
        raise UserError(f"a sample makes a random set: --sample does not go with {rule.kind!r}.")
    draws = find_draws(db, rule.sample or "")
    if not draws:
        raise UserError(f"no sample {rule.sample!r}; `taste sample --random N` draws one.")
    if any(draw.source != RANDOM for draw in draws):
        raise UserError(
            f"{rule.sample!r} is a list of candidates mixed with random points, which stands for "
            "nothing but itself; draw a sample with `taste sample --random N`."
        )
    found = []
    for draw in draws:
        point = db.get_one(DecisionPoint, draw.decision_point_id)
        session = db.get_one(Session, point.session_id)
        found.append(Candidate(point, session, None, read_act(db, point)))
    return sorted(found, key=_place)


def _labelled(db: Db, rule: SetRule) -> list[Candidate]:
    """Points that somebody annotated, each with the annotation that the label rule picks."""
    by_point: dict[int, list[Annotation]] = {}
    for annotation in current_annotations(db):
        by_point.setdefault(annotation.decision_point_id, []).append(annotation)
    found = []
    for point_id, annotations in by_point.items():
        point = db.get_one(DecisionPoint, point_id)
        session = db.get_one(Session, point.session_id)
        reason = label_fault(rule, annotations)
        first = min(annotations, key=lambda a: a.annotator_id)
        act = read_act(db, point, first.quoted)
        found.append(Candidate(point, session, first, act, reason))
    return sorted(found, key=_place)


def _drawn(db: Db, rule: SetRule) -> list[Candidate]:
    """Every human act (or response) that could be chosen, whatever anyone thinks of it."""
    decides = col(Event.act if rule.actor == "human" else Event.response)
    found: list[Candidate] = []
    for session in list_sessions(db):
        query = select(Event.event_id).where(
            Event.session_id == session.id,
            Event.thread == session.thread,
            decides.is_not(None),
        )
        cuts: dict[int, Candidate] = {}
        for event_id in db.exec(query.order_by(col(Event.position))):
            try:
                point = resolve_point(db, session, event_id)
            except UserError:
                continue
            if point.cut not in cuts:
                row = store_point(db, session, point)
                cuts[point.cut] = Candidate(row, session, None, read_act(db, row))
        found.extend(cuts.values())
    return sorted(found, key=_place)


def _place(candidate: Candidate) -> tuple[str, int, int]:
    return (candidate.session.external_id, candidate.session.part, candidate.point.cut)


def _digest(rule: SetRule, kept: Iterable[Candidate]) -> str:
    items = [
        [c.session.lineage, thread_of(c), c.point.cut, c.point.prefix_hash,
         c.annotation.digest if c.annotation else None]
        for c in kept
    ]  # fmt: skip
    what: list[Any] = [rule.kind, rule.labels, rule.actor, rule.per_session, items]
    if rule.sample is not None:
        what.append(rule.sample)
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _store(
    db: Db, rule: SetRule, digest: str, candidates: Sequence[Candidate], now: datetime
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


def _why(candidates: Sequence[Candidate]) -> str:
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
