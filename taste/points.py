"""What the experiment needs to know of a decision point: its prefix, its act, its aftermath.

Everything comes from event rows through the one cut; nothing here talks to a model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import col, select

from taste.tables import Item
from transcripts.cut import Shown, is_visible, shown
from transcripts.db import Db
from transcripts.queries import read_events
from transcripts.records import EventKind
from transcripts.tables import Annotation, DecisionPoint, Event, Session
from transcripts.text import ShownText, render_shown

TAIL_CHARS = 6_000
"""How much of the prefix's end the restater sees."""
_MEDIA_ONLY = ("[image ", "[document ")


@dataclass(frozen=True, slots=True)
class PointText:
    """A decision point as the arms and the judge need it."""

    point: DecisionPoint
    session: Session
    prefix: ShownText
    act: str
    """The human move, verbatim: the act's text, or the annotated span of it."""
    aftermath: str
    """The rest of the session, rendered and shortened like the prefix."""

    @property
    def tail(self) -> str:
        """The end of the shown text."""
        return self.prefix.text[-TAIL_CHARS:]


def read_point(db: Db, item: Item) -> PointText:
    """Read everything about an item's decision point."""
    point = db.get_one(DecisionPoint, item.decision_point_id)
    session = db.get_one(Session, point.session_id)
    events = read_events(db, point.session_id, point.thread)
    before: list[Shown] = []
    after: list[Shown] = []
    for event in events:
        if is_visible(event, point.cut, point.thread):
            before.append(shown(event))
        elif event.shown and event.position >= point.cut:
            after.append(shown(event))
    annotation = db.get(Annotation, item.annotation_id) if item.annotation_id else None
    act = annotation.span if annotation and annotation.span else act_text(events, point)
    return PointText(point, session, render_shown(before), act, render_shown(after).text)


def act_text(events: list[Event], point: DecisionPoint) -> str:
    """The texts of a point's act (or of the agent's response), one after the other."""
    if point.actor == "human":
        return "\n".join(e.text for e in events if e.act == point.cut).strip()
    return response_text(events, point.cut)


class _Worked(Protocol):
    """What `response_text` needs of an event, be it a row or a record."""

    @property
    def position(self) -> int:
        """Order within the session."""

    @property
    def response(self) -> str | None:
        """The reply it belongs to."""

    @property
    def kind(self) -> str:
        """The event's kind."""

    @property
    def text(self) -> str:
        """Whitelisted text."""


def response_text(events: Iterable[_Worked], start: int) -> str:
    """Text and calls of the agent's response that begins at `start`, for agents' decisions."""
    kinds = {EventKind.AGENT, EventKind.CALL}
    later = [event for event in events if event.position >= start]
    response = later[0].response if later else None
    return "\n".join(
        e.text for e in later if e.response == response and EventKind(e.kind) in kinds
    ).strip()


def is_media_only(text: str) -> bool:
    """Whether an act consists of pictures or documents alone, which cannot be restated."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(_MEDIA_ONLY) for line in lines)


def read_act(db: Db, point: DecisionPoint) -> str:
    """The verbatim text of a human act."""
    query = select(Event).where(
        Event.session_id == point.session_id,
        Event.thread == point.thread,
        col(Event.act) == point.cut,
    )
    return "\n".join(e.text for e in db.exec(query.order_by(col(Event.position)))).strip()


@dataclass(frozen=True, slots=True)
class EarlierAct:
    """A human act of the same session that came before a point."""

    before: str
    text: str


def earlier_acts(db: Db, point: DecisionPoint) -> list[EarlierAct]:
    """Human acts that the prefix of the point holds, in order, with their texts."""
    query = (
        select(Event)
        .where(
            Event.session_id == point.session_id,
            Event.thread == point.thread,
            col(Event.act).is_not(None),
            col(Event.act) < point.cut,
        )
        .order_by(col(Event.position))
    )
    acts: dict[int, list[Event]] = {}
    for event in db.exec(query):
        if is_visible(event, point.cut, point.thread) and event.act is not None:
            acts.setdefault(event.act, []).append(event)
    found = [
        EarlierAct(events[0].event_id, "\n".join(e.text for e in events).strip())
        for events in acts.values()
    ]
    return [act for act in found if act.text and not is_media_only(act.text)]
