"""Selecting a span of a displayed text by words, characters and lines. Pure."""

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, replace

_WORD = re.compile(r"\S+")
_NAME = re.compile(r"\w+")
_NEAR = 20_000
"""Characters in which the next word is looked for."""


def next_word(text: str, at: int, way: int) -> int | None:
    """Where the next (way 1) or previous (way −1) word begins."""
    if way > 0:
        found = _WORD.search(text, _word_end(text, at))
        return found.start() if found else None
    begun = [found.start() for found in _WORD.finditer(text, max(0, at - _NEAR), at)]
    return begun[-1] if begun else None


def word_at(text: str, at: int) -> str:
    """The name that holds a character, or the next one of its line."""
    line = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    for found in _NAME.finditer(text, max(line, at - _NEAR), len(text) if end < 0 else end):
        if found.end() > at:
            return found.group()
    return ""


def _word_end(text: str, at: int) -> int:
    found = _WORD.match(text, at)
    return found.end() if found else at


@dataclass(frozen=True, slots=True)
class Span:
    """A selection that begins with a word and reaches as far as its head was moved."""

    start: int
    end: int
    """Start and end of the word that it began with, which it always holds."""
    head: int

    @classmethod
    def begin(cls, text: str, at: int) -> "Span":
        """Select the word at a character, or the next one."""
        found = _WORD.search(text, at)
        start, end = found.span() if found else (at, min(len(text), at + 1))
        return cls(start, end, end)

    @property
    def ends(self) -> tuple[int, int]:
        """First character, and the one after the last."""
        return min(self.start, self.head), max(self.end, self.head)

    def text(self, text: str) -> str:
        """What is selected."""
        first, last = self.ends
        return text[first:last]

    def extend(self, text: str, starts: "array[int]", by: str, way: int) -> "Span":
        """Move the head.

        Args:
            text: displayed text of the event.
            starts: where its rows begin.
            by: word, sign, line or all.
            way: 1 onwards, −1 back.
        """
        if by == "all":
            head = len(text) if way > 0 else 0
        elif by == "line":
            head = self._by_line(text, starts, way)
        elif by == "sign":
            head = self._from(way) + way
        else:
            head = self._by_word(text, way)
        head = max(0, min(len(text), head))
        # Inside the word that it began with there is nothing to select less.
        if self.start < head < self.end:
            head = self.end if way < 0 or self.head <= self.start else self.start
        return replace(self, head=head if head != self.start else self.end)

    def _from(self, way: int) -> int:
        """Where the head stands; back out of the first word it goes from its beginning."""
        return self.start if way < 0 and self.head == self.end else self.head

    def _by_word(self, text: str, way: int) -> int:
        at = self._from(way)
        onwards = at >= self.end
        words = list(_WORD.finditer(text, max(0, at - _NEAR), min(len(text), at + _NEAR)))
        edges = [word.end() if onwards else word.start() for word in words]
        if way > 0:
            return next((edge for edge in edges if edge > at), len(text) if onwards else self.end)
        return next((edge for edge in reversed(edges) if edge < at), 0)

    def _by_line(self, text: str, starts: "array[int]", way: int) -> int:
        at = self._from(way)
        row = bisect_right(starts, max(0, at - (at == self.ends[1]))) - 1
        target = row + way
        if not 0 <= target < len(starts):
            return len(text) if way > 0 else 0
        end = starts[target + 1] - 1 if target + 1 < len(starts) else len(text)
        return min(starts[target] + at - starts[row], end)
