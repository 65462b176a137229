"""Makes a long text fit a limit, by a policy that knows nothing but the pieces of the text.

Tool outputs go first, of the oldest turns first and of a turn the longest first; then whole early
turns; then the longest texts of the last turn. Every cut leaves a marker that counts what is gone.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
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


@dataclass(frozen=True, slots=True)
class Shortened:
    """What a text that did not fit has lost."""

    results: int = 0
    """Tool outputs that were shortened."""
    texts: int = 0
    """Other texts that were shortened."""
    turns: int = 0
    """Turns that were left out."""
    events: int = 0
    """Events that were left out."""
    characters: int = 0
    """By how many characters the text is shorter."""
    of: int = 0
    """Characters of the text in full."""

    def as_dict(self) -> dict[str, int]:
        """The counts by name; empty if nothing was left out."""
        return asdict(self) if self.characters else {}


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


@dataclass(slots=True)
class Turn:
    """The pieces of one turn, with what shortening its tool outputs would save."""

    pieces: list[Piece] = field(default_factory=list)
    size: int = 0
    saving: int = 0
    long: list[tuple[int, int]] = field(default_factory=list)
    """Long tool outputs: minus the length, and the index; sorted."""
    _texts: dict[bool, str] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        """Append a piece."""
        length = len(piece.body)
        self.size += piece.size
        self._texts.clear()
        if piece.is_result and length > LONG_RESULT:
            insort(self.long, (-length, len(self.pieces)))
            self.saving += length - len(shorten_text(piece.body, SHORT_RESULT))
        self.pieces.append(piece)

    def text(self, *, short: bool) -> str:
        """All of the turn, with its tool outputs shortened or in full."""
        if short not in self._texts:
            pieces = (p.cut(p.allowed if short else len(p.body)) for p in self.pieces)
            self._texts[short] = "\n".join(pieces)
        return self._texts[short]

    def text_saving(self, need: int) -> tuple[str, int]:
        """The turn with as many outputs shortened, longest first, as save `need` characters."""
        chosen: set[int] = set()
        for _, index in self.long:
            if need <= 0:
                break
            body = self.pieces[index].body
            need -= len(body) - len(shorten_text(body, SHORT_RESULT))
            chosen.add(index)
        limits = (p.allowed if n in chosen else len(p.body) for n, p in enumerate(self.pieces))
        pieces = [p.cut(limit) for p, limit in zip(self.pieces, limits, strict=True)]
        return "\n".join(pieces), len(chosen)


class Turns:
    """The turns of a text, to which pieces are added in order; fits them into a limit."""

    def __init__(self) -> None:
        """Start without a piece."""
        self._turns: list[Turn] = [Turn()]
        self._sizes = [0]
        self._savings = [0]
        self._long = [0]
        self._events = [0]

    def add(self, piece: Piece, *, begins_turn: bool) -> None:
        """Append a piece, which may begin a turn."""
        last = self._turns[-1]
        if begins_turn and last.pieces:
            self._sizes.append(self._sizes[-1] + last.size)
            self._savings.append(self._savings[-1] + last.saving)
            self._long.append(self._long[-1] + len(last.long))
            self._events.append(self._events[-1] + len(last.pieces))
            self._turns.append(Turn())
        self._turns[-1].add(piece)

    def fit(self, limit: int) -> tuple[str, Shortened]:
        """The text of at most `limit` characters, and what it has lost.

        Args:
            limit: at least 1,000, so that one event always fits.
        """
        last = self._turns[-1]
        size = max(0, self._sizes[-1] + last.size - 1)
        need = size - limit
        if need <= 0:
            return "\n".join(t.text(short=False) for t in self._turns if t.pieces), Shortened()
        if need <= self._savings[-1] + last.saving:
            text, lost = self._with_results_shortened(need)
        else:
            text, lost = self._without_turns(limit)
        return text, replace(lost, characters=size - len(text), of=size)

    def _with_results_shortened(self, need: int) -> tuple[str, Shortened]:
        number = bisect_left(self._savings, need) - 1
        partly, results = self._turns[number].text_saving(need - self._savings[number])
        before = (turn.text(short=True) for turn in self._turns[:number])
        after = (turn.text(short=False) for turn in self._turns[number + 1 :])
        text = "\n".join((*before, partly, *after))
        return text, Shortened(results=self._long[number] + results)

    def _without_turns(self, limit: int) -> tuple[str, Shortened]:
        last = self._turns[-1]
        whole = self._sizes[-1] - self._savings[-1] + last.size - last.saving - 1
        most = len(self._turns) - 1

        def rest(number: int) -> int:
            left_out = self._sizes[number] - self._savings[number]
            return whole - left_out + len(self._marker(number))

        number = bisect_left(range(1, most + 1), -limit, key=lambda n: -rest(n)) + 1
        if number > most:
            return self._last_turn(limit)
        kept = (turn.text(short=True) for turn in self._turns[number:])
        text = self._marker(number) + "\n".join(kept)
        results = self._long[-1] - self._long[number] + len(last.long)
        return text, Shortened(results, 0, number, self._events[number])

    def _marker(self, turns: int) -> str:
        """Says that the first turns are left out."""
        if turns == 0:
            return ""
        return f"{GAP}{self._events[turns]} events of the first {turns} turns left out …]\n\n"

    def _last_turn(self, limit: int) -> tuple[str, Shortened]:
        turns = len(self._turns) - 1
        marker = self._marker(turns)
        pieces = self._turns[-1].pieces
        kept, cap = fit_pieces(pieces, limit - len(marker))
        text = marker + "\n".join(_with_gap(pieces, kept, cap))
        cut = [p for p in map(pieces.__getitem__, kept) if len(p.body) > min(p.allowed, cap)]
        results = sum(piece.is_result for piece in cut)
        events = self._events[turns] + len(pieces) - len(kept)
        return text, Shortened(results, len(cut) - results, turns, events)


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


def _with_gap(pieces: Sequence[Piece], kept: Iterable[int], cap: int) -> Iterator[str]:
    """The kept pieces cut to size, with a marker where some are missing between them."""
    expected = 0
    for index in kept:
        if index > expected:
            yield _left_out(index - expected)
        yield pieces[index].cut(min(pieces[index].allowed, cap))
        expected = index + 1
