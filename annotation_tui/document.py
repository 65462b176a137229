"""A session laid out at one width: which rows each event has, what is folded, where hits are.

Fetches texts for the rows asked for and keeps the latest ones; knows nothing of widgets.
"""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from annotation_tui.bodies import Texts
from annotation_tui.finding import Found
from annotation_tui.folds import CAP, FOLD_ROWS, HEAD, Folds
from annotation_tui.index import Index, neighbour
from annotation_tui.layout import Heights, Order, Spot
from annotation_tui.skim import describe_gap
from annotation_tui.wrapping import count_slow, display_text, row_starts, row_text

_SLOW_CHARS = 200_000
"""Characters that are measured one by one; once there are more, events are wrapped hastily."""

_KEEP_EVENTS = 512
_KEEP_CHARS = 8_000_000


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The display text of an event and where its rows begin."""

    text: str
    starts: "array[int]"
    more: bool
    """Whether a part of it is not laid out; one more row says so."""

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
        self.bodies = bodies
        self.subagents: Mapping[int, str] = subagents or {}
        """Number of a call → the subagents that it started, by name."""
        self.width = 0
        self.heights = Heights(())
        self.order = Order(range(len(index.rows)))
        self.folds = Folds()
        self.found = Found()
        self._numbers = {row.position: number for number, row in enumerate(index.rows)}
        self._hasty: set[int] = set()
        """Events that would take too long to be wrapped with care."""
        self._kept: OrderedDict[int, Wrapped] = OrderedDict()
        self._kept_chars = 0

    def measure(self, width: int) -> None:
        """Lay every event out for a width; streams the texts and keeps none."""
        self.width = max(2, width)
        self._forget()
        heights = array("I", bytes(4 * len(self._numbers)))
        slow = 0
        for number, text in self._laid_out():
            if not text.isascii():
                slow += count_slow(text)
                if slow > _SLOW_CHARS:
                    self._hasty.add(number)
            heights[number] = self._wrap(number, text).height
        self.heights = Heights(heights, self.order)

    def _laid_out(self) -> Iterator[tuple[int, str]]:
        """Every event with what is laid out of it."""
        for position, text in self.bodies.stream(folded=not self.folds.all_open):
            number = self._numbers.get(position)
            if number is not None and number not in self.folds.turned:
                yield number, text
        yield from self._read(sorted(self.folds.turned)).items()

    def show(self, order: Order) -> None:
        """Show other events, or other gaps."""
        self.order = order
        self.heights.show(order)

    def is_folded(self, event: int) -> bool:
        """Whether only the first rows of an event are shown."""
        return self.folds.is_folded(event, self.index.rows[event])

    def turn_fold(self, event: int) -> None:
        """Fold an unfolded event, unfold a folded one."""
        self.folds.turn(event)
        self._drop(event)
        self.heights.change(event, self.wrapped(event).height)

    def turn_all_folds(self) -> None:
        """Unfold everything, or fold again what begins folded."""
        self.folds.turn_all()
        self.measure(self.width)

    def fetch(self, events: Iterable[int]) -> None:
        """Make sure that these events are laid out, reading what is missing in one query."""
        missing = [event for event in events if event not in self._kept]
        if missing:
            for event, text in self._read(missing).items():
                self._keep(event, self._wrap(event, text))

    def wrapped(self, event: int) -> Wrapped:
        """The rows of one event."""
        self.fetch([event])
        self._kept.move_to_end(event)
        return self._kept[event]

    def whole(self, event: int) -> str:
        """The stored text of an event."""
        position = self.index.rows[event].position
        return self.bodies.read([position])[position]

    def gap(self, event: int) -> str | None:
        """What the gap that begins here holds; none where an event is shown."""
        last = self.order.gaps.get(event)
        return None if last is None else describe_gap(self.index, event, last)

    def body_row(self, spot: Spot) -> str | None:
        """Text of a row below the header; none for the row that tells what is not laid out."""
        wrapped = self.wrapped(spot.event)
        if spot.row > len(wrapped.starts):
            return None
        return row_text(wrapped.text, wrapped.starts, spot.row - 1)

    def row_hits(self, spot: Spot) -> list[tuple[int, int]]:
        """The parts of a row below the header that belong to hits."""
        if not self.found.needle:
            return []
        wrapped = self.wrapped(spot.event)
        start = wrapped.starts[spot.row - 1]
        end = start + len(row_text(wrapped.text, wrapped.starts, spot.row - 1))
        return self.found.row_spans(spot.event, wrapped.text, start, end)

    def offset_of(self, spot: Spot) -> int:
        """The first character of a row; −1 for the header."""
        if spot.event in self.order.gaps:
            return -1
        starts = self.wrapped(spot.event).starts
        return starts[min(spot.row, len(starts)) - 1] if spot.row else -1

    def spot_at(self, event: int, offset: int) -> Spot:
        """The row of an event that a character stands in, however wide rows now are."""
        if event in self.order.gaps:
            return Spot(event, 0)
        return Spot(event, bisect_right(self.wrapped(event).starts, offset))

    def find(self, needle: str) -> int:
        """Search the whole session for a literal text; returns in how many events it is."""
        found = self.bodies.find(needle) if needle else []
        self.found = Found(needle, [self._numbers[one] for one in found if one in self._numbers])
        return len(self.found.events)

    def texts(self) -> Iterable[tuple[int, str]]:
        """Every event with its stored text, for a search in another thread."""
        for position, text in self.bodies.stream_whole():
            number = self._numbers.get(position)
            if number is not None:
                yield number, text

    def next_hit(self, spot: Spot, way: int) -> Spot | None:
        """The next or previous row with a hit, unfolding its event where folding hides it."""
        hits = self.reachable_hits()
        if not hits:
            return None
        if spot.event in hits:
            rows = [row for row in self._hit_rows(spot.event) if (row - spot.row) * way > 0]
            if rows:
                return Spot(spot.event, rows[0] if way > 0 else rows[-1])
        event = neighbour(hits, spot.event, way)
        if event is None:
            event = hits[0] if way > 0 else hits[-1]
        rows = self._hit_rows(event)
        return Spot(event, rows[0] if way > 0 else rows[-1])

    def reachable_hits(self) -> list[int]:
        """Events with a hit that are shown, or told in a gap."""
        order, heights = self.order, self.heights
        if len(order.events) == len(self.index.rows):
            return list(self.found.events)
        return [
            event
            for event in self.found.events
            if heights.shows(event) or heights.gap_of(event) is not None
        ]

    def _hit_rows(self, event: int) -> list[int]:
        shown = self.wrapped(event)
        hits = self.found.spans(
            event, display_text(self.whole(event)) if shown.more else shown.text
        )
        if shown.more and self.is_folded(event) and hits and hits[-1][1] > len(shown.text):
            self.turn_fold(event)
            shown = self.wrapped(event)
        rows = dict.fromkeys(
            bisect_right(shown.starts, start) if start < len(shown.text) else shown.height - 1
            for start, _ in hits
        )
        # Where a hit runs over what is made visible on screen, the header stands for it.
        return list(rows) or [0]

    def _read(self, events: Iterable[int]) -> dict[int, str]:
        """What is laid out of events, by event."""
        open_ones: dict[int, int] = {}
        folded: dict[int, int] = {}
        for event in events:
            into = folded if self.is_folded(event) else open_ones
            into[self.index.rows[event].position] = event
        texts = self.bodies.read_shown(list(open_ones), list(folded))
        return {(open_ones | folded)[position]: text for position, text in texts.items()}

    def _wrap(self, event: int, text: str) -> Wrapped:
        if not self.is_folded(event):
            shown = display_text(text[:CAP])
            starts = row_starts(shown, self.width, hasty=event in self._hasty)
            return Wrapped(shown, starts, self._chars(event) > CAP)
        shown = display_text(text[:HEAD])
        starts = row_starts(shown, self.width, FOLD_ROWS + 1, hasty=event in self._hasty)
        more = len(starts) > FOLD_ROWS or self._chars(event) > HEAD
        if len(starts) > FOLD_ROWS:
            shown = shown[: starts[FOLD_ROWS]].removesuffix("\n")
        return Wrapped(shown, starts[:FOLD_ROWS], more)

    def _chars(self, event: int) -> int:
        return self.index.rows[event].n_chars

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
        self._hasty.clear()
