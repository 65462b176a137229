"""What a row of the transcript looks like, as pieces of text with a role each. Pure.

A role is a word and a glyph before it is a colour.
"""

from collections.abc import Iterable

from transcripts.queries import IndexRow
from transcripts.rendering.text import visible_controls

GUTTER = 4
"""Cells before a text: bar, letter, glyph, blank."""

Piece = tuple[str, str]
"""Text and role; the role "" is plain."""

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


def header_pieces(
    row: IndexRow, number: int, letters: str, bar: str, subagents: str = ""
) -> list[Piece]:
    """The first row of an event: gutter, number, who or what, and the marks that stand here."""
    role = role_of(row)
    words = [row.kind, row.tool, "(error)" if row.is_error else ""]
    if row.act_kind and row.act_kind not in {row.kind, "typed"}:
        words.append(f"· {row.act_kind}")
    title = visible_controls(" ".join(word for word in words if word).replace("\n", " "))
    pieces = [
        (bar, "mark"),
        (letters[:1] or " ", "mark"),
        (f"{_GLYPHS.get(row.kind, '·')} {title}", role),
        (f"  {number}", "quiet"),
    ]
    if subagents:
        pieces.append((f"  started {visible_controls(subagents)}", "quiet"))
    if letters:
        pieces.append((f"  [{' '.join(letters)}]", "mark"))
    return pieces


def body_pieces(row: IndexRow, text: str, hits: Iterable[tuple[int, int]], bar: str) -> list[Piece]:
    """A row of text, with the hits of a search picked out."""
    pieces = _gutter(row, bar)
    at = 0
    for start, end in hits:
        pieces += [(text[at:start], ""), (text[max(at, start) : end], "hit")]
        at = max(at, end)
    pieces.append((text[at:], ""))
    return [piece for piece in pieces if piece[0]]


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
