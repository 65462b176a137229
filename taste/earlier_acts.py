"""What a session's earlier acts say, for the arm that borrows one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from taste.points import DEFAULT_STUDY_DISPLAY, MOVES, is_media_only, mask_names
from transcripts.cut import Prefix, cut_names, is_visible
from transcripts.db import Db
from transcripts.queries import read_places
from transcripts.rendering.display import Display
from transcripts.tables import DecisionPoint, Event


@dataclass(frozen=True, slots=True)
class EarlierAct:
    """An act of the same session, by whoever decides at a point, that came before it."""

    before: str
    text: str


def earlier_acts(
    db: Db, point: DecisionPoint, display: Display = DEFAULT_STUDY_DISPLAY
) -> list[EarlierAct]:
    """Acts that the prefix of the point holds, in order, with their texts as displayed.

    They are human acts, or responses where the decision is the agent's.
    """
    prefix = Prefix((), cut_names(read_places(db, point.session_id), point.cut))
    acts: dict[object, list[Event]] = {}
    for event in _decided(db, point):
        if is_visible(event, point.cut, point.thread):
            acts.setdefault(event.act if point.actor == "human" else event.response, []).append(
                event
            )
    found = [
        EarlierAct(
            events[0].event_id,
            mask_names("\n".join(e.text for e in events).strip(), prefix, display),
        )
        for events in acts.values()
    ]
    return [act for act in found if act.text and not is_media_only(act.text)]


def _decided(db: Db, point: DecisionPoint) -> Iterable[Event]:
    """Events of earlier acts of the point's actor, by position."""
    query = select(Event).where(
        Event.session_id == point.session_id,
        Event.thread == point.thread,
        Event.position < point.cut,
    )
    if point.actor == "human":
        query = query.where(col(Event.act).is_not(None), col(Event.act) < point.cut)
    else:
        query = query.where(col(Event.response).is_not(None), col(Event.kind).in_(MOVES))
    return db.exec(query.order_by(col(Event.position)))
