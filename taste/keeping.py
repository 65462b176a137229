"""The latest results of pure functions of long texts, as many as number and length allow.

A number alone, as `lru_cache` has it, bounds nothing where one text has a thousand characters and
another three million.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Result = TypeVar("Result")
MOST_CHARS = 5_000_000
"""Of the texts whose results are kept."""
MOST_RESULTS = 64
"""Enough for the items that are under way."""


class Kept(Generic[Result]):
    """Results by what they were made from."""

    def __init__(self, most: int = MOST_CHARS) -> None:
        """Keep none yet; the texts of those that are kept may have so many characters."""
        self._most = most
        self._chars = 0
        self._results: OrderedDict[tuple[Hashable, ...], Result] = OrderedDict()

    def get(self, key: tuple[Hashable, ...], make: Callable[[], Result]) -> Result:
        """The result for a key, made if it is not there; the oldest make room, never the newest."""
        if key in self._results:
            self._results.move_to_end(key)
            return self._results[key]
        made = self._results[key] = make()
        self._chars += _length(key)
        while self._is_full():
            oldest, _ = self._results.popitem(last=False)
            self._chars -= _length(oldest)
        return made

    def _is_full(self) -> bool:
        number = len(self._results)
        return number > MOST_RESULTS or (self._chars > self._most and number > 1)


def _length(key: tuple[Hashable, ...]) -> int:
    """Characters of a key; what is no text counts as a few."""
    return sum(len(part) if isinstance(part, str) else 8 for part in key)
