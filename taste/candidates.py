"""The points that a set may take: annotated ones, all human acts, or a sample's.

Each comes with the reason if its kind of set does not take it; nothing is frozen here.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from taste.adjudications import Ruled, annotators_annotations, read_ruled
from taste.points import read_act
from taste.set_rules import Candidate, SetRule, eligible, label_fault
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.finding.sampling import RANDOM, find_draws
from transcripts.queries import list_sessions
from transcripts.tables import Annotation, DecisionPoint, Event, Session


def find_candidates(db: Db, rule: SetRule, now: datetime) -> list[Candidate]:
    """All points that the set may take, each with the reason if its kind of set does not take it.

    In the order of sessions and places.
    """
    return [eligible(rule, permitted(candidate, now)) for candidate in _considered(db, rule)]


def _considered(db: Db, rule: SetRule) -> list[Candidate]:
    """All points that the set may take, in the order of sessions and places."""
    if rule.sample is not None:
        return _sampled(db, rule)
    return _drawn(db, rule) if rule.kind == "random" else _labelled(db, rule)


def permitted(candidate: Candidate, now: datetime) -> Candidate:
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
    for annotation in annotators_annotations(db):
        by_point.setdefault(annotation.decision_point_id, []).append(annotation)
    ruled = read_ruled(db) if rule.labels == "adjudicated" else {}
    found = []
    for point_id in sorted({*by_point, *ruled}):
        annotations = by_point.get(point_id, [])
        chosen, reason = _chosen(rule, annotations, ruled.get(point_id))
        point = db.get_one(DecisionPoint, point_id)
        act = read_act(db, point, chosen.quoted if chosen else None)
        session = db.get_one(Session, point.session_id)
        found.append(Candidate(point, session, chosen, act, reason))
    return sorted(found, key=_place)


def _chosen(
    rule: SetRule, annotations: Sequence[Annotation], ruled: Ruled | None
) -> tuple[Annotation | None, str | None]:
    """The label that the rule picks of a point, or why it picks none."""
    if ruled is not None and ruled.annotation is not None:
        return ruled.annotation, None
    first = min(annotations, key=lambda a: a.annotator_id, default=None)
    return first, ruled.reason if ruled else label_fault(rule, annotations)


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
