"""One rendered event of a text, and how much of it and of its turn fits into a given room."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

MARK = "=== "
"""How the header of an event begins."""
GAP = "[… "
"""How a line begins that says what is missing."""
LONG_RESULT = 2_000
"""Characters above which a tool output is shortened where the text does not fit."""
SHORT_RESULT = 1_500
"""Characters that are then left of it, with its marker."""
SHORT_TEXT = 500
"""Characters that are at least left of a text of the last turn."""


class Piece(NamedTuple):
    """One rendered event: its header line and its text, which can forge neither mark."""

    header: str
    body: str
    is_result: bool

    @property
    def size(self) -> int:
        """Characters, with the line break that sets it off from the next."""
        return len(self.header) + len(self.body) + 3

    def cut(self, limit: int) -> str:
        """Header and text, the text of at most `limit` characters."""
        return f"{self.header}\n{shorten_text(self.body, limit)}\n"

    @property
    def allowed(self) -> int:
        """Characters that are left of the text once tool outputs are shortened."""
        long = self.is_result and len(self.body) > LONG_RESULT
        return SHORT_RESULT if long else len(self.body)


def shorten_text(text: str, limit: int) -> str:
    """Leave out the middle of a text, so that with its marker it has at most `limit` characters.

    Two thirds of what is kept are the beginning.
    """
    if len(text) <= limit:
        return text
    kept = max(0, limit - len(_gap(len(text))))
    tail = kept // 3
    head = kept - tail
    end = text[len(text) - tail :]
    if end.startswith((MARK, GAP)):
        end = f"\\{end[1:]}"
    return f"{text[:head]}{_gap(len(text) - kept)}{end}"


def _gap(characters: int) -> str:
    return f"\n{GAP}{characters} characters left out …]\n"


def fit_pieces(pieces: Sequence[Piece], room: int) -> tuple[list[int], int]:
    """Which pieces of a turn are kept, and how many characters of each text at most.

    The longest texts are cut first. Where every text is down to `SHORT_TEXT`, events are left out
    after the first one; the last is always kept.
    """
    lengths = sorted(min(piece.allowed, len(piece.body)) for piece in pieces)
    sums = [0, *accumulate(lengths)]
    for_texts = room - sum(len(piece.header) + 3 for piece in pieces) + 1

    def texts(cap: int) -> int:
        fitting = bisect_right(lengths, cap)
        return sums[fitting] + (len(lengths) - fitting) * cap

    longest = lengths[-1]
    if texts(SHORT_TEXT) > for_texts:
        return _latest(pieces, room), SHORT_TEXT
    caps = range(SHORT_TEXT, max(longest, SHORT_TEXT) + 1)
    return list(range(len(pieces))), caps[bisect_right(caps, for_texts, key=texts) - 1]


def _latest(pieces: Sequence[Piece], room: int) -> list[int]:
    """The last piece, the first, and as many before the last as fit, in order."""
    left = room - len(_left_out(len(pieces))) - 1
    kept: list[int] = []
    for index in _by_worth(len(pieces)):
        piece = pieces[index]
        left -= len(piece.header) + 3 + min(piece.allowed, SHORT_TEXT)
        if left < 0 and kept:
            break
        kept.append(index)
    return sorted(kept)


def _by_worth(number: int) -> Iterator[int]:
    yield number - 1
    if number > 1:
        yield 0
        yield from range(number - 2, 0, -1)


def _left_out(events: int) -> str:
    return f"{GAP}{events} events of this turn left out …]\n"


def with_gap(pieces: Sequence[Piece], kept: Iterable[int], cap: int) -> Iterator[str]:
    """The kept pieces cut to size, with a marker where some are missing between them."""
    expected = 0
    for index in kept:
        if index > expected:
            yield _left_out(index - expected)
        yield pieces[index].cut(min(pieces[index].allowed, cap))
        expected = index + 1
