"""What was sought in a session and where it is: events, and characters of their displayed text.

Pure. A literal is found again wherever a row is drawn; of a regular expression, which might never
end, only what a search found is known.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

REGEX = "\\v"
"""What a needle begins with that is a regular expression."""


class Found:
    """The hits of one search."""

    def __init__(
        self,
        needle: str = "",
        events: Sequence[int] = (),
        spans: "Mapping[int, array[int]] | None" = None,
    ) -> None:
        """Keep the hits.

        Args:
            needle: as it was typed.
            events: numbers of the events that have it, rising.
            spans: of a regular expression, where it is in each of them.
        """
        self.needle = needle
        self.events = tuple(events)
        self._spans = spans
        literal = needle and spans is None
        self._pattern = re.compile(re.escape(needle), re.IGNORECASE) if literal else None

    def spans(self, event: int, text: str) -> list[tuple[int, int]]:
        """Where the needle is in an event with this displayed text."""
        if self._pattern is not None:
            return [found.span() for found in self._pattern.finditer(text)]
        return list(_pairs(self._spans[event])) if self._spans and event in self._spans else []

    def row_spans(self, event: int, text: str, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of a row that belong to hits, as offsets into the row."""
        every: Iterable[tuple[int, int]] = ()
        if self._pattern is not None:
            low, high = max(0, start - len(self.needle) + 1), end + len(self.needle) - 1
            every = (found.span() for found in self._pattern.finditer(text, low, high))
        elif self._spans and event in self._spans:
            every = _near(self._spans[event], start, end)
        return [
            (max(a, start) - start, min(b, end) - start) for a, b in every if a < end and b > start
        ]


def _pairs(told: "array[int]") -> list[tuple[int, int]]:
    return list(zip(told[::2], told[1::2], strict=True))


def _near(told: "array[int]", start: int, end: int) -> list[tuple[int, int]]:
    low = bisect_left(told, start) // 2 * 2
    return _pairs(told[low : (bisect_left(told, end) + 1) // 2 * 2])
