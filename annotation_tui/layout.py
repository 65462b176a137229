"""Where each row of a long transcript stands: wrapping, heights and their prefix sums.

Pure: knows neither the database nor the screen, and never estimates.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import split_graphemes

from transcripts.rendering.text import visible_controls

TAB = 4
"""Columns between tab stops."""

# Characters known to take exactly one cell; a line of these alone needs no table look-up.
_NOT_NARROW = re.compile(
    "[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2800-\u28ff]"
)


def display_text(text: str) -> str:
    """Text as it is laid out: control characters made visible, tabs expanded."""
    # What `visible_controls` replaces is never printable, and this test costs next to nothing.
    if text.replace("\n", "").isprintable():
        return text
    return visible_controls(text).expandtabs(TAB)


def row_starts(text: str, width: int, limit: int | None = None) -> "array[int]":
    """Wrap text into rows of at most `width` cells, losing no character.

    Args:
        text: Display text; a newline belongs to the row that it ends.
        width: Cells of a row, at least 2.
        limit: Stop once there are this many rows.

    Returns:
        The offset at which each row begins; a row reaches up to the next one's beginning, and
        blanks that it ends in may stand beyond the width.
    """
    starts = array("I")
    offset = 0
    for line in text.split("\n"):
        starts.append(offset)
        if len(line) > width or (not line.isascii() and 2 * len(line) > width):
            starts.extend(offset + at for at in _breaks(line, width))
        offset += len(line) + 1
        if limit is not None and len(starts) >= limit:
            return starts[:limit]
    return starts


def row_text(text: str, starts: "array[int]", row: int) -> str:
    """The characters of one row, without its newline."""
    end = starts[row + 1] if row + 1 < len(starts) else len(text)
    return text[starts[row] : end].rstrip("\n")


def _breaks(line: str, width: int) -> Iterator[int]:
    if line.isascii() or _NOT_NARROW.search(line) is None:
        return _narrow_breaks(line, width)
    return _wide_breaks(line, width)


def _narrow_breaks(line: str, width: int) -> Iterator[int]:
    start = 0
    while len(line) - start > width:
        start = _cut_at_blank(line, start, start + width)
        if start >= len(line):
            return
        yield start


def _wide_breaks(line: str, width: int) -> Iterator[int]:
    """Break between what a terminal draws as one character, by measured cells."""
    start = used = 0
    for first, _end, cells in split_graphemes(line)[0]:
        used += cells
        while used > width:
            cut = _cut_at_blank(line, start, first)
            used = cells + _cells(line[cut:first]) if cut < first else cells
            start = min(cut, first)
            yield start


def _cells(text: str) -> int:
    return split_graphemes(text)[1]


def _cut_at_blank(line: str, start: int, end: int) -> int:
    """Offset after the last blank of the row, or `end` where that would leave it near empty."""
    cut = line.rfind(" ", start, end + 1) + 1
    return cut if cut - start > (end - start) // 3 else end


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of an event; row 0 is the header. The anchor for folding and resizing."""

    event: int
    row: int


class Heights:
    """Exact heights of events in rows, and which event stands at a row of the whole."""

    def __init__(self, heights: Iterable[int]) -> None:
        self._heights = array("I", heights)
        self._tops = self._sum()

    def _sum(self) -> "array[int]":
        return array("Q", accumulate(self._heights, initial=0))

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, event: int) -> int:
        return self._heights[event]

    @property
    def total(self) -> int:
        """Rows of the whole."""
        return self._tops[-1]

    def top(self, event: int) -> int:
        """Row of the whole at which an event begins."""
        return self._tops[event]

    def locate(self, y: int) -> Spot:
        """The event and its row at row `y` of the whole, which is brought into range."""
        y = max(0, min(y, self.total - 1))
        event = bisect_right(self._tops, y) - 1
        return Spot(event, y - self._tops[event])

    def row_of(self, spot: Spot) -> int:
        """Row of the whole at which a spot stands, the spot brought into its event."""
        if not len(self):
            return 0
        event = max(0, min(spot.event, len(self) - 1))
        return self._tops[event] + max(0, min(spot.row, self._heights[event] - 1))

    def change(self, event: int, height: int) -> None:
        """Give one event another height."""
        self._heights[event] = height
        self._tops = self._sum()
