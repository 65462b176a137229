"""The one rendering of events as text: what a header and an escaped text look like.

Knows only the prefix and the display settings: no id, no total, no absolute time, no annotation.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from transcripts.cut import Name, Prefix, Shown
from transcripts.rendering.display import DEFAULT_DISPLAY, Display, Masks
from transcripts.rendering.pieces import GAP, MARK, Piece
from transcripts.rendering.shortening import Shortened, Turns

LABELS = {
    "human": "human",
    "agent": "agent",
    "thinking": "agent thinking",
    "call": "agent calls",
    "result": "result",
    "steering": "human, while the agent worked",
    "interrupt": "human interrupts",
    "rejection": "human rejects the call",
    "answer": "human answers",
    "compaction": "summary of the session so far",
    "notice": "notice",
}
_HUMAN = frozenset({"human", "steering", "interrupt", "rejection", "answer"})
_WORK = frozenset({"agent", "call"})
_LABEL_CHARS = 120
_FORGED = re.compile(f"(^|[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029])(?={MARK}|{re.escape(GAP)})")
"""A header or gap at the beginning of a line, by any character that may be taken for its end."""
_ESCAPED = r"\1\\"
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


Pieces = dict[int, Piece]
"""Rendered events by the identity of the event, for whoever renders the same objects many times
with the same names, times and beginning, and keeps them alive meanwhile."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """What a proposer is shown, the hash of its bytes, and what it leaves out."""

    text: str
    shown_hash: str
    shortened: Shortened = field(default_factory=Shortened)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the rendering of one event depends on beside the event."""

    display: Display
    masks: Masks
    origin: datetime | None = None
    """Time of the first event, from which minutes are counted."""
    known: "Pieces | None" = None

    @classmethod
    def of(
        cls,
        display: Display,
        names: Iterable[Name],
        first: str | None = None,
        known: "Pieces | None" = None,
    ) -> "Rendering":
        """The rendering of a prefix: its names, and when its first event was recorded."""
        origin = _parse_time(first) if display.times == "relative" else None
        return cls(display, Masks(() if display.names else names), origin, known)

    def hides(self, event: Shown) -> bool:
        """Whether the settings leave an event out."""
        return event.kind == "thinking" and not self.display.thinking

    def piece(self, event: Shown) -> Piece:
        """Render one event, or find it rendered."""
        if self.known is None:
            return self._piece(event)
        found = self.known.get(id(event))
        if found is None:
            found = self.known[id(event)] = self._piece(event)
        return found

    def _piece(self, event: Shown) -> Piece:
        """A header line and the event's text, which cannot forge a header or gap."""
        label = LABELS[event.kind]
        if event.tool:
            label = f"{label} {self.masks.apply(event.tool)}"
        if event.is_error:
            label = f"{label} (error)"
        label = " ".join(label.split())[:_LABEL_CHARS]
        body = _escape(self.masks.apply(event.text))
        return Piece(f"{MARK}{label}{self._age(event)}", body, event.kind == "result")

    def _age(self, event: Shown) -> str:
        time = _parse_time(event.timestamp) if self.origin is not None else None
        if time is None or self.origin is None:
            return ""
        return f" +{max(0, int((time - self.origin).total_seconds() // 60))} min"


_BARE = Rendering(DEFAULT_DISPLAY, Masks(()))


def render_event(event: Shown) -> str:
    """Render one event in full and unmasked."""
    piece = _BARE.piece(event)
    return piece.cut(len(piece.body))


def _escape(text: str) -> str:
    if MARK not in text and GAP not in text:
        return text
    return _FORGED.sub(_ESCAPED, text)


def _parse_time(timestamp: str | None) -> datetime | None:
    """A recorded time; none where there is none, or none that can be read."""
    try:
        time = datetime.fromisoformat(timestamp or "")
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def first_time(events: Iterable[Shown]) -> str | None:
    """When the first event was recorded that says so."""
    return next((event.timestamp for event in events if _parse_time(event.timestamp)), None)


class TurnsOf:
    """Puts pieces into turns: a turn begins where a human acts after work of the agent."""

    def __init__(self) -> None:
        """Start before the first event."""
        self.turns = Turns()
        self._worked = False

    def add(self, event: Shown, piece: Piece) -> None:
        """Append an event with its piece."""
        acts = event.kind in _HUMAN
        self.turns.add(piece, begins_turn=acts and self._worked)
        self._worked = event.kind in _WORK or (self._worked and not acts)


def render_shown(
    prefix: Prefix, display: Display = DEFAULT_DISPLAY, known: Pieces | None = None
) -> ShownText:
    """Render a prefix as the text that every prefix-bound arm is shown.

    Args:
        prefix: events, and names to be masked.
        display: the settings.
        known: what was rendered of the same events.
    """
    return fit_shown(_build(prefix, display, first_time(prefix.events), known), display)


def render_aftermath(
    aftermath: Prefix, display: Display, first: str | None, known: Pieces | None = None
) -> str:
    """Render what came after a cut, for those who may see it.

    Args:
        aftermath: its events, and the names that are to be masked in them.
        display: the settings, with the limit for the aftermath.
        first: when the session began.
        known: what was rendered of the same events.
    """
    turns = _build(aftermath, display, first or first_time(aftermath.events), known)
    return turns.fit_aftermath(display.chars)


def _build(events: Prefix, display: Display, first: str | None, known: Pieces | None) -> Turns:
    """The turns of what is displayed of these events."""
    rendering = Rendering.of(display, events.names, first, known)
    built = TurnsOf()
    for event in events:
        if not rendering.hides(event):
            built.add(event, rendering.piece(event))
    return built.turns


def fit_shown(turns: Turns, display: Display) -> ShownText:
    """The shown text of turns, within the limit of the display."""
    text, shortened = turns.fit(display.chars)
    return ShownText(text, text_hash(text), shortened)


def text_hash(text: str) -> str:
    """Hex sha256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def visible_controls(text: str) -> str:
    """Make control and direction characters visible, for a terminal: newline and tab stay."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
