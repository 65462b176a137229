"""Decision points: which place an event id stands for, whether it has a prefix, and its row."""

from dataclasses import dataclass

from sqlmodel import col, select

from transcripts.cut import prefix_hash
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.queries import find_event, read_prefix
from transcripts.tables import DecisionPoint, Event, Session


class NoPrefix(UserError):
    """Nothing that the agent completed precedes a point."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place that can be a decision point."""

    cut: int
    before: str
    actor: str
    act_kind: str | None


def resolve_point(db: Db, session: Session, before: str, *, human: bool = False) -> Point:
    """Find the decision point that an event id stands for, and check that it has a prefix.

    Args:
        db: the database.
        session: the session, or the part of it that holds the event.
        before: id of the event.
        human: whether a human's move that was not recorded is meant; it stands before a
            response, which is then not the agent's decision but what followed.

    Raises:
        UserError: as `locate_point`.
        NoPrefix: if no response precedes the point.
    """
    point = locate_point(db, session, before)
    if human:
        point = Point(point.cut, point.before, "human", point.act_kind)
    if not _has_response(db, session, point.cut):
        raise NoPrefix(f"{before!r} precedes every response of the agent: there is no prefix.")
    return point


def locate_point(db: Db, session: Session, before: str) -> Point:
    """Find the place that an event id stands for.

    Any event of an act stands for the act, any event of a response for its first line.

    Raises:
        UserError: if there is no such event, or it belongs to neither.
    """
    event = find_event(db, session, before)
    if event is None:
        raise UserError(f"session {session.external_id!r} has no event {before!r}.")
    if event.thread != session.thread:
        raise UserError(f"event {before!r} belongs to the subagent thread {event.thread!r}.")
    return _act_point(db, event) if event.act is not None else _response_point(db, event)


def _act_point(db: Db, event: Event) -> Point:
    query = select(Event).where(Event.session_id == event.session_id, Event.act == event.act)
    first = db.exec(query.order_by(col(Event.position))).first()
    assert first is not None
    assert first.act is not None
    return Point(first.act, first.event_id, "human", first.act_kind)


def _response_point(db: Db, event: Event) -> Point:
    if event.response is None:
        raise UserError(
            f"event {event.event_id!r} ({event.kind}) is neither part of a human act nor of a "
            "response; name an event of the act or response that follows."
        )
    query = select(Event).where(
        Event.session_id == event.session_id,
        Event.thread == event.thread,
        Event.response == event.response,
    )
    first = db.exec(query.order_by(col(Event.position))).first()
    assert first is not None
    return Point(first.position, first.event_id, "agent", None)


def _has_response(db: Db, session: Session, cut: int) -> bool:
    """Whether a response was complete at the cut: none of its lines comes later."""
    going_on = select(Event.response).where(
        Event.session_id == session.id,
        Event.thread == session.thread,
        col(Event.response).is_not(None),
        Event.position >= cut,
    )
    query = select(Event.id).where(
        Event.session_id == session.id,
        Event.thread == session.thread,
        col(Event.response).is_not(None),
        col(Event.response).not_in(going_on),
        Event.position < cut,
        (col(Event.abandoned_from).is_(None)) | (col(Event.abandoned_from) >= cut),
    )
    return db.exec(query).first() is not None


def store_point(db: Db, session: Session, point: Point) -> DecisionPoint:
    """The row of a decision point, made if it is not there yet."""
    assert session.id is not None
    query = select(DecisionPoint).where(
        DecisionPoint.session_id == session.id,
        DecisionPoint.thread == session.thread,
        DecisionPoint.cut == point.cut,
        DecisionPoint.actor == point.actor,
    )
    row = db.exec(query).first()
    if row is None:
        prefix = read_prefix(db, session.id, session.thread, point.cut)
        row = DecisionPoint(
            session_id=session.id,
            thread=session.thread,
            cut=point.cut,
            before=point.before,
            actor=point.actor,
            prefix_hash=prefix_hash(prefix),
        )
        db.add(row)
        db.flush()
    return row
