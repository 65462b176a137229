"""Which events somebody has had in view: ranges of positions, merged. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class SeenRanges:
    """Ranges of positions, both ends included, that neither touch nor overlap."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add(first, last)

    def add(self, first: int, last: int) -> bool:
        """Take in a range; whether anything of it was new."""
        if first > last:
            return False
        low = bisect_left(self._lasts, first - 1)
        high = bisect_right(self._firsts, last + 1)
        if high - low == 1 and self._firsts[low] <= first and last <= self._lasts[low]:
            return False
        if low < high:
            first, last = min(first, self._firsts[low]), max(last, self._lasts[high - 1])
        self._firsts[low:high] = [first]
        self._lasts[low:high] = [last]
        return True

    def __contains__(self, position: object) -> bool:
        """Whether a position was in view."""
        if not isinstance(position, int):
            return False
        at = bisect_right(self._firsts, position) - 1
        return at >= 0 and position <= self._lasts[at]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The ranges, rising."""
        return zip(self._firsts, self._lasts, strict=True)

    @property
    def furthest(self) -> int:
        """The last position that was in view; −1 before there is any."""
        return self._lasts[-1] if self._lasts else -1

    def share(self, positions: Iterable[int]) -> float:
        """Which part of these positions was in view; 1 where there are none."""
        every = [position in self for position in positions]
        return sum(every) / len(every) if every else 1.0
