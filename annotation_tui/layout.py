"""Where each row of a long transcript stands: heights, their prefix sums, and what is left out.

Pure: knows neither the database nor the screen, and never estimates.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of an event; row 0 is the header. The anchor for folding and resizing."""

    event: int
    row: int


@dataclass(frozen=True, slots=True)
class Order:
    """Which events are shown, and where a run of them is told in one line."""

    events: Sequence[int]
    """Numbers of events, rising; a gap stands under its first."""
    gaps: Mapping[int, int] = field(default_factory=dict)
    """First event of a gap → its last."""


def run_around(events: Sequence[int], event: int) -> tuple[int, int] | None:
    """First and last of the run of successive numbers that holds an event, or is next to it."""
    if not events:
        return None
    at = min(bisect_left(events, event), len(events) - 1)
    first = last = at
    while first and events[first - 1] == events[first] - 1:
        first -= 1
    while last + 1 < len(events) and events[last + 1] == events[last] + 1:
        last += 1
    return events[first], events[last]


class Heights:
    """Exact heights of events in rows, and which event stands at a row of the whole."""

    def __init__(self, heights: Iterable[int], order: Order | None = None) -> None:
        self._heights = array("I", heights)
        self.show(order or Order(range(len(self._heights))))

    def show(self, order: Order) -> None:
        """Show these events only."""
        self.order = order
        self._events = order.events
        self._sum()

    def _sum(self) -> None:
        heights, gaps = self._heights, self.order.gaps
        shown = (
            heights
            if len(self._events) == len(heights) and not gaps
            else (1 if event in gaps else heights[event] for event in self._events)
        )
        self._tops = array("Q", accumulate(shown, initial=0))

    def __len__(self) -> int:
        """How many events and gaps are shown."""
        return len(self._events)

    def __getitem__(self, event: int) -> int:
        """Rows of an event as it is shown."""
        return 1 if event in self.order.gaps else self._heights[event]

    @property
    def total(self) -> int:
        """Rows of the whole."""
        return self._tops[-1]

    def shows(self, event: int) -> bool:
        """Whether an event stands on rows of its own."""
        at = bisect_left(self._events, event)
        return at < len(self._events) and self._events[at] == event and event not in self.order.gaps

    def gap_of(self, event: int) -> int | None:
        """The first event of the gap that an event is told in, if it is."""
        at = bisect_right(self._events, event) - 1
        if at < 0:
            return None
        first = self._events[at]
        return first if event <= self.order.gaps.get(first, -1) else None

    def nearest(self, event: int) -> int:
        """The event itself, the gap that tells it, the next one that is shown, or the last."""
        gap = self.gap_of(event)
        if gap is not None:
            return gap
        at = bisect_left(self._events, event)
        return self._events[min(at, len(self._events) - 1)]

    def step(self, event: int, way: int) -> int | None:
        """The next (way 1) or previous (way −1) event or gap."""
        at = bisect_right(self._events, event) if way > 0 else bisect_left(self._events, event) - 1
        return self._events[at] if 0 <= at < len(self._events) else None

    def between(self, first: int, last: int) -> Sequence[int]:
        """The events shown from one to another, gaps left out."""
        events = self._events[bisect_left(self._events, first) : bisect_right(self._events, last)]
        return [event for event in events if event not in self.order.gaps]

    def top(self, event: int) -> int:
        """Row of the whole at which a shown event begins."""
        return self._tops[bisect_left(self._events, event)]

    def locate(self, y: int) -> Spot:
        """The event and its row at row `y` of the whole, which is brought into range."""
        if not len(self):
            return Spot(0, 0)
        y = max(0, min(y, self.total - 1))
        at = bisect_right(self._tops, y) - 1
        return Spot(self._events[at], y - self._tops[at])

    def row_of(self, spot: Spot) -> int:
        """Row of the whole at which a spot stands, the spot brought to what is shown."""
        if not len(self):
            return 0
        event = self.nearest(max(0, spot.event))
        row = min(spot.row, self[event] - 1) if event == spot.event else 0
        return self._tops[bisect_left(self._events, event)] + max(0, row)

    def change(self, event: int, height: int) -> None:
        """Give one event another height."""
        self._heights[event] = height
        self._sum()
