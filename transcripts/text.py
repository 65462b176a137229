"""The one rendering of events as text, and the shortening that makes the shown text.

Knows only the prefix and the display settings: no time, no id, no total, no annotation.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transcripts.cut import Shown

_LABELS = {
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
_MARK = "=== "
_FORGED = re.compile(f"(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])(?={_MARK})")
"""A header at the beginning of a line, by any character that a reader may take for its end."""
_ESCAPED = r"\1\\"
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Shortening:
    """Display settings: how much of one event, and of the whole prefix, is shown."""

    event_chars: int = 6_000
    total_chars: int = 400_000
    head_share: float = 0.25
    """Share of the total that the beginning gets when the middle is left out."""


DEFAULT_SHORTENING = Shortening()


@dataclass(frozen=True, slots=True)
class ShownText:
    """What a proposer is shown, and the hash of its bytes."""

    text: str
    shown_hash: str


def render_event(event: Shown, limit: int | None = None) -> str:
    """Render one event: a header line, then the text; a text cannot forge a header."""
    label = _LABELS[event.kind]
    if event.tool:
        label = f"{label} {event.tool}"
    if event.is_error:
        label = f"{label} (error)"
    body = event.text if limit is None else shorten_text(event.text, limit)
    return f"{_MARK}{_one_line(label)}\n{_FORGED.sub(_ESCAPED, body)}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def shorten_text(text: str, limit: int) -> str:
    """Leave out the middle of a text longer than `limit` characters, saying how much."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    left_out = len(text) - limit
    return f"{text[:head]}\n[… {left_out} characters left out …]\n{text[len(text) - tail :]}"


def render_shown(events: Iterable[Shown], shortening: Shortening = DEFAULT_SHORTENING) -> ShownText:
    """Render a prefix as the text that every prefix-bound arm is shown."""
    pieces = [render_event(event, shortening.event_chars) for event in events]
    return join_shown(pieces, shortening)


def join_shown(pieces: Sequence[str], shortening: Shortening = DEFAULT_SHORTENING) -> ShownText:
    """Join rendered events; where they exceed the total, leave out whole ones in the middle."""
    kept = pieces if _size(pieces) <= shortening.total_chars else _ends(pieces, shortening)
    text = "\n".join(kept)
    return ShownText(text, text_hash(text))


def text_hash(text: str) -> str:
    """Hex sha256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def _size(pieces: Sequence[str]) -> int:
    return sum(map(len, pieces)) + max(0, len(pieces) - 1)


def _ends(pieces: Sequence[str], shortening: Shortening) -> list[str]:
    head_room = int(shortening.total_chars * shortening.head_share)
    head = _count(pieces, head_room)
    tail = _count(list(reversed(pieces[head:])), shortening.total_chars - head_room)
    left_out = len(pieces) - head - tail
    return [
        *pieces[:head],
        f"[… {left_out} events left out …]\n",
        *pieces[len(pieces) - tail :],
    ]


def _count(pieces: Sequence[str], room: int) -> int:
    """How many pieces from the start fit into `room` characters."""
    used = 0
    for number, piece in enumerate(pieces):
        used += len(piece) + 1
        if used > room:
            return number
    return len(pieces)


def visible_controls(text: str) -> str:
    """Make control and direction characters visible, for a terminal: newline and tab stay."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
