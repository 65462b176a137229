"""The queries behind `analysis.trials.labels`: labels as they stand, who handed in, which acts."""

from typing import Any

from sqlalchemy import Select
from sqlmodel import col, func, select

from taste.assignment_tables import Adjudication, Assignment, Submission
from transcripts.tables import Annotation, DecisionPoint, Event, Session

SAID = ("kind", "type", "harm", "confidence", "attribution", "knowable", "recovery")
_NEVER = 2**31 - 1
"""Past every position."""


def labels_query(sessions: Any) -> Select[Any]:
    """Selects labels that nobody replaced or withdrew and no adjudicator decided, oldest first."""
    replaced = select(Annotation.replaces_id).where(col(Annotation.replaces_id).is_not(None))
    decided = select(Adjudication.annotation_id).where(col(Adjudication.annotation_id).is_not(None))
    columns = (
        col(DecisionPoint.id).label("point"), Annotation.annotator_id, Session.lineage,
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, *(getattr(Annotation, name) for name in SAID),
    )  # fmt: skip
    order = (
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, Annotation.created_at, Annotation.id,
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(Annotation)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Annotation.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .where(
            col(DecisionPoint.session_id).in_(sessions),
            col(Annotation.withdrawn).is_(False),
            col(Annotation.id).not_in(replaced),
            col(Annotation.id).not_in(decided),
        )
        .order_by(*(col(column) for column in order))
    )
    return query


def handed_in_query(sessions: Any) -> Select[Any]:
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
    return query


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
