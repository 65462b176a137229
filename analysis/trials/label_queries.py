"""The queries behind `analysis.trials.labels`: which labels, who handed in, which acts."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from taste.assignment_tables import Adjudication, Assignment, LabelRecord, Reveal, Submission
from transcripts.tables import Annotation, DecisionPoint, Event, Session

SAID = ("kind", "type", "harm", "confidence", "attribution", "knowable", "recovery")
BLIND = "blind"
ALL = "all"
"""Labels as they stand now, whatever their annotators had been shown."""
_NEVER = 2**31 - 1
"""Past every position."""


def labels_query(sessions: Any, condition: str) -> Select[Any]:
    """Selects the labels of a condition that stand, oldest first; no adjudicator's."""
    columns = (
        col(DecisionPoint.id).label("point"), Annotation.annotator_id, Session.lineage,
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, *(getattr(Annotation, name) for name in SAID),
    )  # fmt: skip
    order = (
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, Annotation.created_at, Annotation.id,
    )  # fmt: skip
    query = _standing(select(*columns), sessions, condition)
    if condition != ALL:
        query = query.where(_given_in() == condition)
    return query.order_by(*(col(column) for column in order))


def conditions_query(sessions: Any) -> Select[Any]:
    """Selects how many labels stand now, by the condition that they were given in."""
    columns = (_given_in(), func.count())
    return _standing(select(*columns), sessions, ALL).group_by(LabelRecord.condition)


def _standing(query: Any, sessions: Any, condition: str) -> Select[Any]:
    decided = select(Adjudication.annotation_id).where(col(Adjudication.annotation_id).is_not(None))
    standing: Select[Any] = (
        query.select_from(Annotation)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Annotation.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .outerjoin(LabelRecord, col(LabelRecord.annotation_id) == col(Annotation.id))
        .where(
            col(DecisionPoint.session_id).in_(sessions),
            col(Annotation.withdrawn).is_(False),
            col(Annotation.id).not_in(_replaced(condition)),
            col(Annotation.id).not_in(decided),
        )
    )
    return standing


def _given_in() -> Any:
    """The condition of a label; one that was imported says nothing of it and counts as blind."""
    return func.coalesce(LabelRecord.condition, BLIND)


def _replaced(condition: str) -> Select[Any]:
    """The labels that were replaced: for the first pass, before candidates were shown."""
    later, point, record = aliased(Annotation), aliased(DecisionPoint), aliased(LabelRecord)
    query: Select[Any] = select(later.replaces_id).where(col(later.replaces_id).is_not(None))
    if condition != BLIND:
        return query
    shown = (
        select(Reveal.id)
        .join(Assignment, col(Assignment.id) == col(Reveal.assignment_id))
        .where(
            col(Assignment.annotator_id) == col(later.annotator_id),
            col(Assignment.session_id) == col(point.session_id),
            col(Reveal.at) <= col(later.created_at),
        )
    )
    blind = func.coalesce(record.condition, BLIND) == BLIND
    return (
        query.join(point, col(point.id) == col(later.decision_point_id))
        .outerjoin(record, col(record.annotation_id) == col(later.id))
        .where(blind, ~(col(later.withdrawn) & shown.exists()))
    )


def handed_in_query(sessions: Any, condition: str) -> Select[Any]:
    """Selects who handed in which threads, with labels or without."""
    columns = tuple(
        col(column)
        for column in (
            Assignment.annotator_id, Session.external_id, Session.part, Assignment.thread,
            Session.lineage,
        )
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(Submission)
        .join(Assignment, col(Assignment.id) == col(Submission.assignment_id))
        .join(Session, col(Session.id) == col(Assignment.session_id))
        .where(col(Assignment.session_id).in_(sessions), col(Assignment.mode) == "hindsight")
        .distinct()
        .order_by(*columns[1:4], columns[0])
    )
    return query if condition == ALL else query.where(col(Assignment.condition) == condition)


def acts_query(sessions: Any) -> Select[Any]:
    """Selects the human acts that can be decision points: a response was complete before them.

    Nobody can mark an opening, so it gives nobody anything to agree on: see
    `transcripts.decision_points`.
    """
    thread = col(Event.session_id), col(Event.thread)
    responses = (
        select(
            *thread,
            func.max(Event.position).label("last"),
            func.max(func.coalesce(Event.abandoned_from, _NEVER)).label("abandoned"),
        )
        .where(col(Event.session_id).in_(sessions), col(Event.response).is_not(None))
        .group_by(*thread, col(Event.response))
        .cte("responses")
    )
    before = select(responses.c.last).where(
        responses.c.session_id == Event.session_id,
        responses.c.thread == Event.thread,
        responses.c.last < Event.act,
        responses.c.abandoned >= Event.act,
    )
    columns = tuple(
        col(column) for column in (Session.external_id, Session.part, Event.thread, Event.act)
    )
    query: Select[Any] = (
        select(*columns)
        .select_from(Event)
        .join(Session, col(Session.id) == col(Event.session_id))
        .where(col(Event.session_id).in_(sessions), col(Event.act).is_not(None), before.exists())
        .distinct()
        .order_by(*columns)
    )
    return query
