"""What a row of the transcript looks like, as pieces of text with a role each. Pure.

A role is a word and a glyph before it is a colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from transcripts.queries import IndexRow
from transcripts.rendering.text import visible_controls

GUTTER = 4
"""Cells before a text: bar, letter, glyph, blank."""

Piece = tuple[str, str]
"""Text and role; the role "" is plain."""

Marked = tuple[int, int, str]
"""Beginning and end of a part of a row, and its role."""

_GLYPHS = {
    "human": "●",
    "steering": "●",
    "answer": "●",
    "interrupt": "■",
    "rejection": "×",
    "agent": "○",
    "thinking": "~",
    "call": "→",
    "result": "←",
    "compaction": "≡",
}
_ROLES = {
    "human": "human",
    "steering": "human",
    "answer": "human",
    "interrupt": "human",
    "rejection": "human",
    "agent": "agent",
    "call": "call",
    "result": "result",
}
_BAR = "▌"
_POINTER = "▶"


def role_of(row: IndexRow) -> str:
    """The role by which an event is coloured."""
    return "error" if row.is_error else _ROLES.get(row.kind, "aside")


def bar_of(*, current: bool, at_cursor: bool) -> str:
    """What stands at the left edge: a pointer at the cursor's row, a bar beside its event."""
    if at_cursor:
        return _POINTER
    return _BAR if current else " "


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an event: marks, a bookmark, a note, the subagents that it started."""

    letters: str = ""
    subagents: str = ""
    note: str = ""
    bookmark: bool = False


def header_pieces(row: IndexRow, number: int, bar: str, beside: Beside) -> list[Piece]:
    """The first row of an event: gutter, number, who or what, and what stands beside it."""
    role = role_of(row)
    words = [row.kind, row.tool, "(error)" if row.is_error else ""]
    if row.act_kind and row.act_kind not in {row.kind, "typed"}:
        words.append(f"· {row.act_kind}")
    title = visible_controls(" ".join(word for word in words if word).replace("\n", " "))
    letters = beside.letters + ("B" if beside.bookmark else "")
    pieces = [
        (bar, "mark"),
        (letters[:1] or " ", "mark"),
        (f"{_GLYPHS.get(row.kind, '·')} {title}", role),
        (f"  {number}", "quiet"),
    ]
    if beside.subagents:
        pieces.append((f"  started {visible_controls(beside.subagents)} · enter opens", "quiet"))
    if letters:
        pieces.append((f"  [{' '.join(letters)}]", "mark"))
    if beside.note:
        pieces.append((f"  note: {visible_controls(' '.join(beside.note.split()))}", "mark"))
    return pieces


def body_pieces(row: IndexRow, text: str, marked: Sequence[Marked], bar: str) -> list[Piece]:
    """A row of text, with the hits of a search and what is selected picked out."""
    return [*_gutter(row, bar), *_split(text, marked)]


def _split(text: str, marked: Sequence[Marked]) -> list[Piece]:
    """A text cut where something begins or ends; of two roles the later one holds."""
    inside = [(max(0, a), min(len(text), b), role) for a, b, role in marked]
    edges = sorted({0, len(text), *(edge for a, b, _ in inside if a < b for edge in (a, b))})
    pieces = []
    for a, b in pairwise(edges):
        roles = [role for first, last, role in inside if first <= a and b <= last]
        pieces.append((text[a:b], roles[-1] if roles else ""))
    return pieces


def more_pieces(row: IndexRow, bar: str, *, folded: bool) -> list[Piece]:
    """The row that tells what is not laid out, and the key that shows it."""
    size = f"… {row.n_lines:,} lines, {row.n_chars:,} characters in all"
    keys = "z unfolds" if folded else "enter opens all"
    return [*_gutter(row, bar), (f"{size} · {keys}", "quiet")]


def gap_pieces(words: str, bar: str) -> list[Piece]:
    """The one line for what the skim view leaves out."""
    return [(bar, "mark"), (" ", ""), (f"⋯ {words} · enter opens", "quiet")]


def _gutter(row: IndexRow, bar: str) -> list[Piece]:
    return [(bar, "mark"), (" ", ""), ("│ ", role_of(row))]
