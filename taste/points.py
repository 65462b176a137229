"""What the experiment needs to know of a decision point: its prefix, its act, its aftermath.

Everything comes from event rows through the one cut; nothing here talks to a model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlmodel import col, select

from taste.study import StudyDisplay
from taste.tables import Item
from transcripts.cut import Prefix, Shown, cut_names, is_visible, shown
from transcripts.db import Db
from transcripts.prefixes import END
from transcripts.queries import EventRow, read_events, read_places
from transcripts.records import EventKind
from transcripts.rendering.display import Display, Masks
from transcripts.rendering.text import (
    Pieces,
    ShownText,
    first_time,
    render_aftermath,
    render_shown,
)
from transcripts.tables import Annotation, DecisionPoint, Event, PlaceName, Session

TAIL_CHARS = 6_000
"""How much of the prefix's end the restater sees."""
DEFAULT_STUDY_DISPLAY = StudyDisplay()
MOVES = frozenset({EventKind.AGENT, EventKind.CALL})
"""What of a response is the agent's move."""
_MEDIA_ONLY = ("[image ", "[document ")


@dataclass(frozen=True, slots=True)
class PointText:
    """A decision point as the arms and the judge need it."""

    point: DecisionPoint
    session: Session
    prefix: ShownText
    act: str
    """The human move, verbatim but for masked names: the act's text, or the annotated span."""
    aftermath: str
    """The rest of the session, shortened likewise; but some of its first turn is always kept."""
    display: StudyDisplay = DEFAULT_STUDY_DISPLAY
    span: str | None = None
    """The annotated span of the act, as it was recorded."""
    quoted: str | None = None
    """Id of the later event that quotes a move which was not recorded itself."""
    recovered: str | None = None
    """Id of the later event at which the session was back on track; for hindsight arms alone."""
    annotation_id: int | None = None
    """The annotation that span, quoted and recovered are from."""

    def source(self, **more: Any) -> dict[str, Any]:
        """What a request at this point is built from, for its call's row."""
        return {"annotation": self.annotation_id, **more}

    @property
    def tail(self) -> str:
        """The end of the shown text."""
        return self.prefix.text[-TAIL_CHARS:]


@dataclass(slots=True)
class PointReader:
    """Reads decision points; those of one thread that are read in a row share its events."""

    db: Db
    display: StudyDisplay
    _thread: tuple[int, str] | None = None
    _events: Sequence[EventRow] = ()
    _shown: Sequence[Shown] = ()
    _places: Sequence[PlaceName] = ()
    _rendered: dict[tuple[object, ...], Pieces] = field(default_factory=dict)
    """Names that are masked, and time of the first event -> the thread's events as rendered so."""

    def read(self, item: Item) -> PointText:
        """Everything about an item's decision point, displayed as the study says."""
        point = self.db.get_one(DecisionPoint, item.decision_point_id)
        return self.read_annotated(point, item.annotation_id)

    def read_annotated(self, point: DecisionPoint, annotation_id: int | None) -> PointText:
        """Everything about a decision point as one annotation marks it."""
        if self._thread != (point.session_id, point.thread):
            self._open(point)
        session = self.db.get_one(Session, point.session_id)
        annotation = self.db.get(Annotation, annotation_id) if annotation_id else None
        return self._text(point, session, annotation)

    def _open(self, point: DecisionPoint) -> None:
        self._rendered = {}
        self._events = read_events(self.db, point.session_id, point.thread)
        self._shown = [shown(event) for event in self._events]
        self._places = read_places(self.db, point.session_id)
        self._thread = point.session_id, point.thread

    def _text(
        self, point: DecisionPoint, session: Session, annotation: Annotation | None
    ) -> PointText:
        cut, thread = point.cut, point.thread
        before: list[Shown] = []
        after: list[Shown] = []
        for event, content in zip(self._events, self._shown, strict=True):
            if is_visible(event, cut, thread):
                before.append(content)
            elif event.shown and event.position >= cut:
                after.append(content)
        prefix = Prefix(tuple(before), cut_names(self._places, cut))
        aftermath = Prefix(tuple(after), cut_names(self._places, END))
        first = first_time(before)
        span = annotation.span if annotation and annotation.span else None
        return PointText(
            point,
            session,
            render_shown(prefix, self.display, self._pieces(prefix, first)),
            mask_names(span or act_text(self._events, point), prefix, self.display),
            render_aftermath(
                aftermath,
                self.display.of_aftermath,
                first,
                self._pieces(aftermath, first or first_time(after)),
            ),
            self.display,
            span,
            annotation.quoted if annotation else None,
            annotation.recovered if annotation else None,
            annotation.id if annotation else None,
        )

    def _pieces(self, part: Prefix, first: str | None) -> Pieces:
        return self._rendered.setdefault((part.names, first), {})


def read_point(db: Db, item: Item, display: StudyDisplay = DEFAULT_STUDY_DISPLAY) -> PointText:
    """Read everything about an item's decision point, displayed as the study says."""
    return PointReader(db, display).read(item)


def read_aftermath_without_act(db: Db, text: PointText) -> str:
    """The aftermath without the events in which the human's move is made, as it is displayed."""
    point = text.point
    events = read_events(db, point.session_id, point.thread)
    made = act_positions(events, point)
    before = [shown(e) for e in events if is_visible(e, point.cut, point.thread)]
    after = tuple(
        shown(event)
        for event in events
        if event.shown
        and event.position >= point.cut
        and event.position not in made
        and event.event_id != text.quoted
        and not is_visible(event, point.cut, point.thread)
    )
    rest = Prefix(after, cut_names(read_places(db, point.session_id), END))
    return render_aftermath(rest, text.display.of_aftermath, first_time(before))


def mask_names(text: str, prefix: Prefix, display: Display) -> str:
    """A text from the session with the names masked that are masked in the shown text."""
    return text if display.names else Masks(prefix.names).apply(text)


def act_text(events: Sequence[EventRow], point: DecisionPoint) -> str:
    """The texts of a point's act (or of the agent's response), one after the other."""
    cut = point.cut
    if point.actor == "human":
        return "\n".join(e.text for e in events if e.act == cut).strip()
    return response_text(events, cut)


def act_positions(events: Sequence[EventRow], point: DecisionPoint) -> frozenset[int]:
    """Where a point's act (or the agent's response) stands."""
    if point.actor == "human":
        return frozenset(e.position for e in events if e.act == point.cut)
    later = [e for e in events if e.position >= point.cut]
    response = later[0].response if later else None
    return frozenset(
        e.position for e in later if e.response == response and EventKind(e.kind) in MOVES
    )


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
    later = [event for event in events if event.position >= start]
    response = later[0].response if later else None
    return "\n".join(
        e.text for e in later if e.response == response and EventKind(e.kind) in MOVES
    ).strip()


def is_media_only(text: str) -> bool:
    """Whether an act consists of pictures or documents alone, which cannot be restated."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(_MEDIA_ONLY) for line in lines)


def read_act(db: Db, point: DecisionPoint, quoted: str | None = None) -> str:
    """The verbatim text of an act, of the agent's response, or of the event that quotes an act."""
    query = select(Event).where(Event.session_id == point.session_id)
    if quoted is not None:
        query = query.where(Event.event_id == quoted)
    elif point.actor == "agent":
        first = select(Event.response).where(
            Event.session_id == point.session_id, Event.position == point.cut
        )
        query = query.where(
            Event.thread == point.thread,
            col(Event.response).in_(first),
            col(Event.kind).in_(MOVES),
        )
    else:
        query = query.where(Event.thread == point.thread, col(Event.act) == point.cut)
    return "\n".join(e.text for e in db.exec(query.order_by(col(Event.position)))).strip()
