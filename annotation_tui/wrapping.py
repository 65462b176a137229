"""A text as it is displayed, and where its rows begin: nothing lost, nothing too wide. Pure."""

import re
from array import array
from collections.abc import Iterator
from itertools import islice

from rich.cells import split_graphemes

from transcripts.rendering.text import visible_controls

TAB = 4
"""Columns between tab stops."""

# Characters known to take exactly one cell; a line of these alone needs no table look-up.
_NOT_NARROW = re.compile(
    "[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2800-\u28ff]"
)

# Characters known to take exactly two cells and to join with no neighbour.
_WIDE = (
    "\u26a1\u2705\u2728\u274c\u2753-\u2755\u2757\u3000-\u3029\u3041-\u3096\u309b-\u30ff"
    "\u3105-\u312f\u3131-\u3163\u3250-\ua48c\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6"
    "\U0001f300-\U0001f320\U0001f32d-\U0001f335\U0001f337-\U0001f37c\U0001f37e-\U0001f393"
    "\U0001f3a0-\U0001f3ca\U0001f3e0-\U0001f3f0\U0001f400-\U0001f43e\U0001f442-\U0001f4fc"
    "\U0001f4ff-\U0001f53d\U0001f550-\U0001f567\U0001f5fb-\U0001f64f\U0001f680-\U0001f6c5"
    "\U0001f6eb-\U0001f6ec\U0001f6f4-\U0001f6fc\U0001f7e0-\U0001f7eb\U0001f90c-\U0001f93a"
    "\U0001f93c-\U0001f945\U0001f947-\U0001f9ff"
)
_WIDE_RUN = re.compile(f"[{_WIDE}]+")
_NEITHER = re.compile(f"{_NOT_NARROW.pattern[:-1]}{_WIDE}]")
_PIECE = 512
"""Characters that are measured at once."""

_HALVES = "\ue000\ue001"
"""Stand for the two cells of a wide character while a line of known characters is broken."""


def display_text(text: str) -> str:
    """Text as it is laid out: control characters made visible, tabs expanded."""
    # What `visible_controls` replaces is never printable, and this test costs next to nothing.
    if text.replace("\n", "").isprintable():
        return text
    return visible_controls(text).expandtabs(TAB)


def count_slow(text: str) -> int:
    """Characters of a text that have to be measured one by one, which takes long."""
    return 0 if text.isascii() or _NEITHER.search(text) is None else len(text)


def row_starts(
    text: str, width: int, limit: int | None = None, *, hasty: bool = False
) -> "array[int]":
    """Wrap text into rows of at most `width` cells, losing no character.

    Args:
        text: Display text; a newline belongs to the row that it ends.
        width: Cells of a row, at least 2.
        limit: Stop once there are this many rows.
        hasty: Take characters that would have to be measured for wide: rows get narrower.

    Returns:
        The offset at which each row begins; a row reaches up to the next one's beginning, and
        blanks that it ends in may stand beyond the width.
    """
    starts = array("I")
    offset = 0
    for line in text.split("\n"):
        starts.append(offset)
        if len(line) > width or (not line.isascii() and 2 * len(line) > width):
            breaks = (offset + at for at in _breaks(line, width, hasty=hasty))
            starts.extend(islice(breaks, None if limit is None else limit - len(starts)))
        offset += len(line) + 1
        if limit is not None and len(starts) >= limit:
            return starts[:limit]
    return starts


def row_text(text: str, starts: "array[int]", row: int) -> str:
    """The characters of one row, without its newline."""
    end = starts[row + 1] if row + 1 < len(starts) else len(text)
    return text[starts[row] : end].rstrip("\n")


def _breaks(line: str, width: int, *, hasty: bool) -> Iterator[int]:
    if line.isascii() or _NOT_NARROW.search(line) is None:
        return _narrow_breaks(line, width)
    if _NEITHER.search(line) is None:
        return _known_breaks(line, width)
    if hasty:
        return _narrow_breaks(line, width // 2)
    return _wide_breaks(line, width)


def _narrow_breaks(line: str, width: int) -> Iterator[int]:
    start = 0
    while len(line) - start > width:
        start = _cut_at_blank(line, start, start + width)
        if start >= len(line):
            return
        yield start


def _known_breaks(line: str, width: int) -> Iterator[int]:
    """Break a line of narrow and wide characters, told apart beforehand: fast, however long."""
    cells = _WIDE_RUN.sub(lambda run: _HALVES * len(run.group()), line)
    start = at = 0
    while len(cells) - start > width:
        end = start + width
        cut = _cut_at_blank(cells, start, end - (cells[end] == _HALVES[1]))
        if cut >= len(cells):
            return
        at += cut - start - cells.count(_HALVES[1], start, cut)
        start = cut
        yield at


def _wide_breaks(line: str, width: int) -> Iterator[int]:
    """Break between what a terminal draws as one character, by measured cells."""
    start = used = 0
    for first, cells in _graphemes(line):
        used += cells
        while used > width:
            cut = _cut_at_blank(line, start, first)
            used = cells + _cells(line[cut:first]) if cut < first else cells
            start = min(cut, first)
            yield start


def _graphemes(line: str) -> Iterator[tuple[int, int]]:
    """Beginning and cells of each drawn character, measured a piece at a time, as they are asked.

    Where a piece ends its last character may go on, so that it is measured again with the next.
    """
    at, size = 0, _PIECE
    while at < len(line):
        spans = split_graphemes(line[at : at + size])[0]
        whole = at + size >= len(line)
        if len(spans) == 1 and not whole:
            size *= 2
            continue
        for first, _end, cells in spans if whole else spans[:-1]:
            yield at + first, cells
        if whole:
            return
        at, size = at + spans[-1][0], _PIECE


def _cells(text: str) -> int:
    return split_graphemes(text)[1]


def _cut_at_blank(line: str, start: int, end: int) -> int:
    """Offset after the last blank of the row, or `end` where that would leave it near empty."""
    cut = line.rfind(" ", start, end + 1) + 1
    return cut if cut - start > (end - start) // 3 else end
