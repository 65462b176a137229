"""A session laid out at one width: which rows each event has, what is folded, where hits are.

Fetches texts for the rows asked for and keeps the latest ones; knows nothing of widgets.
"""

import re
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotation_tui.bodies import HEAD, Texts
from annotation_tui.index import Index, neighbour
from annotation_tui.layout import Heights, Spot, display_text, row_starts, row_text

FOLDED_KINDS = ("result", "thinking")
"""Kinds that begin folded."""

FOLD_ROWS = 8
"""Rows of a folded event."""

_KEEP_EVENTS = 512
_KEEP_CHARS = 8_000_000


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The display text of an event and where its rows begin."""

    text: str
    starts: "array[int]"
    more: bool
    """Whether folding hides a part of it; one more row says so."""

    @property
    def height(self) -> int:
        """Rows with the header."""
        return 1 + len(self.starts) + self.more


class Document:
    """The events of a session as rows."""

    def __init__(
        self, index: Index, bodies: Texts, subagents: Mapping[int, str] | None = None
    ) -> None:
        self.index = index
        self.subagents: Mapping[int, str] = subagents or {}
        """Number of a call → the subagents that it started, by name."""
        self.width = 0
        self.heights = Heights(())
        self.hits: tuple[int, ...] = ()
        self.needle: re.Pattern[str] | None = None
        self._bodies = bodies
        self._folds: tuple[str, ...] = FOLDED_KINDS
        self._turned: set[int] = set()
        self._kept: OrderedDict[int, Wrapped] = OrderedDict()
        self._kept_chars = 0

    def measure(self, width: int) -> None:
        """Lay every event out for a width; streams the texts and keeps none."""
        self.width = max(2, width)
        self._forget()
        numbers = {row.position: number for number, row in enumerate(self.index.rows)}
        heights = array("I", bytes(4 * len(numbers)))
        for position, text in self._bodies.stream(self._folds):
            number = numbers.get(position)
            if number is not None and number not in self._turned:
                heights[number] = self._wrap(number, text).height
        for number in self._turned:
            self.fetch([number])
            heights[number] = self._kept[number].height
        self.heights = Heights(heights)

    def is_folded(self, event: int) -> bool:
        """Whether only the first rows of an event are shown."""
        return (self.index.rows[event].kind in self._folds) != (event in self._turned)

    def turn_fold(self, event: int) -> None:
        """Fold an unfolded event, unfold a folded one."""
        self._turned ^= {event}
        self._drop(event)
        self.heights.change(event, self.wrapped(event).height)

    def turn_all_folds(self) -> None:
        """Unfold everything, or fold again what begins folded."""
        self._folds = () if self._folds else FOLDED_KINDS
        self._turned.clear()
        self.measure(self.width)

    def fetch(self, events: Iterable[int]) -> None:
        """Make sure that these events are laid out, reading what is missing in one query."""
        missing = [event for event in events if event not in self._kept]
        if not missing:
            return
        positions = {event: self.index.rows[event].position for event in missing}
        texts = self._bodies.read(list(positions.values()))
        for event, position in positions.items():
            self._keep(event, self._wrap(event, texts[position]))

    def wrapped(self, event: int) -> Wrapped:
        """The rows of one event."""
        self.fetch([event])
        self._kept.move_to_end(event)
        return self._kept[event]

    def body_row(self, spot: Spot) -> str | None:
        """Text of a row below the header; none for the row that tells what is folded away."""
        wrapped = self.wrapped(spot.event)
        if spot.row > len(wrapped.starts):
            return None
        return row_text(wrapped.text, wrapped.starts, spot.row - 1)

    def offset_of(self, spot: Spot) -> int:
        """The first character of a row; −1 for the header."""
        starts = self.wrapped(spot.event).starts
        return starts[min(spot.row, len(starts)) - 1] if spot.row else -1

    def spot_at(self, event: int, offset: int) -> Spot:
        """The row of an event that a character stands in, however wide rows now are."""
        return Spot(event, bisect_right(self.wrapped(event).starts, offset))

    def find(self, needle: str) -> int:
        """Search the whole session for a literal text; returns in how many events it is."""
        numbers = {row.position: number for number, row in enumerate(self.index.rows)}
        found = self._bodies.find(needle) if needle else []
        self.hits = tuple(numbers[position] for position in found if position in numbers)
        self.needle = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        return len(self.hits)

    def next_hit(self, spot: Spot, way: int) -> Spot | None:
        """The next or previous row with a hit, unfolding its event where folding hides it."""
        if not self.hits:
            return None
        if spot.event in self.hits:
            rows = [row for row in self._hit_rows(spot.event) if (row - spot.row) * way > 0]
            if rows:
                return Spot(spot.event, rows[0] if way > 0 else rows[-1])
        event = neighbour(self.hits, spot.event, way)
        if event is None:
            event = self.hits[0] if way > 0 else self.hits[-1]
        rows = self._hit_rows(event)
        return Spot(event, rows[0] if way > 0 else rows[-1])

    def _hit_rows(self, event: int) -> list[int]:
        if self._has_hidden_hit(event):
            self.turn_fold(event)
        wrapped = self.wrapped(event)
        assert self.needle is not None
        offsets = (found.start() for found in self.needle.finditer(wrapped.text))
        rows = dict.fromkeys(bisect_right(wrapped.starts, offset) for offset in offsets)
        # Where a hit runs over what is made visible on screen, the header stands for it.
        return list(rows) or [0]

    def _has_hidden_hit(self, event: int) -> bool:
        wrapped = self.wrapped(event)
        if not wrapped.more or self.needle is None:
            return False
        position = self.index.rows[event].position
        whole = display_text(self._bodies.read([position])[position])
        start = max(0, len(wrapped.text) - len(self.needle.pattern))
        return self.needle.search(whole, start) is not None

    def _wrap(self, event: int, text: str) -> Wrapped:
        if not self.is_folded(event):
            shown = display_text(text)
            return Wrapped(shown, row_starts(shown, self.width), more=False)
        shown = display_text(text[:HEAD])
        starts = row_starts(shown, self.width, FOLD_ROWS + 1)
        more = len(starts) > FOLD_ROWS or self.index.rows[event].n_chars > HEAD
        if len(starts) > FOLD_ROWS:
            shown = shown[: starts[FOLD_ROWS]].removesuffix("\n")
        return Wrapped(shown, starts[:FOLD_ROWS], more)

    def _keep(self, event: int, wrapped: Wrapped) -> None:
        self._kept[event] = wrapped
        self._kept_chars += len(wrapped.text)
        while len(self._kept) > _KEEP_EVENTS or (
            self._kept_chars > _KEEP_CHARS and len(self._kept) > 1
        ):
            self._kept_chars -= len(self._kept.popitem(last=False)[1].text)

    def _drop(self, event: int) -> None:
        if wrapped := self._kept.pop(event, None):
            self._kept_chars -= len(wrapped.text)

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_chars = 0
