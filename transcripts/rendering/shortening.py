"""Makes a long text fit a limit, by a policy that knows nothing but the pieces of the text.

Tool outputs go first, of the oldest turns first and of a turn the longest first; then whole early
turns; then the longest texts of the last turn. Every cut leaves a marker that counts what is gone.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from transcripts.rendering.display import LEAST_CHARS
from transcripts.rendering.pieces import (
    GAP,
    LONG_RESULT,
    SHORT_RESULT,
    Piece,
    fit_pieces,
    shorten_text,
    with_gap,
)


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
            limit: at least `LEAST_CHARS`, so that one event always fits.
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

    def fit_aftermath(self, limit: int) -> str:
        """The text of at most `limit` characters, of a text that begins at a decision.

        Where turns have to be left out, the first keeps up to a quarter of the room: what became
        of the decision at once is not to be the first thing that goes.
        """
        text, lost = self.fit(limit)
        share = limit // 4
        if not lost.events or len(self._turns) == 1 or share < LEAST_CHARS:
            return text
        head, _ = self._part(self._turns[:1]).fit(share)
        rest, _ = self._part(self._turns[1:]).fit(limit - len(head) - 1)
        return f"{head}\n{rest}"

    @staticmethod
    def _part(turns: Iterable[Turn]) -> "Turns":
        part = Turns()
        for turn in turns:
            for number, piece in enumerate(turn.pieces):
                part.add(piece, begins_turn=number == 0)
        return part

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
            return self._partly(most, limit, "")
        kept = "\n".join(turn.text(short=True) for turn in self._turns[number:])
        results = self._long[-1] - self._long[number] + len(last.long)
        text = self._marker(number) + kept
        partly, lost = self._partly(number - 1, limit, f"\n{kept}")
        if len(text) < len(partly) <= limit:
            return partly, replace(lost, results=lost.results + results)
        return text, Shortened(results, 0, number, self._events[number])

    def _marker(self, turns: int) -> str:
        """Says that the first turns are left out."""
        if turns == 0:
            return ""
        return f"{GAP}{self._events[turns]} events of {turns} earlier turns left out …]\n\n"

    def _partly(self, turns: int, limit: int, following: str) -> tuple[str, Shortened]:
        """The text without the first `turns` turns, and with as much of the next as has room.

        Args:
            turns: how many are left out.
            limit: characters of the text as a whole; more where one event alone is too long.
            following: the text of the turns after that one.
        """
        marker = self._marker(turns)
        pieces = self._turns[turns].pieces
        kept, cap = fit_pieces(pieces, limit - len(marker) - len(following))
        text = marker + "\n".join(with_gap(pieces, kept, cap)) + following
        cut = [p for p in map(pieces.__getitem__, kept) if len(p.body) > min(p.allowed, cap)]
        results = sum(piece.is_result for piece in cut)
        events = self._events[turns] + len(pieces) - len(kept)
        return text, Shortened(results, len(cut) - results, turns, events)
