"""Hand-written answers for known items, and how to find them again by the text of a request.

It only looks up; which answer a request gets is decided in `taste.simulator.answers`.
"""

import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_LONG: Final = 20
"""Fewest characters by which a move is known inside of a longer text."""


@dataclass(frozen=True, slots=True)
class Move:
    """One hand-written move; `quality` is latent, on the logit scale."""

    text: str
    why: str
    wrong_if: str
    restated: str
    quality: float
    pro: str
    con: str


@dataclass(frozen=True, slots=True)
class ScriptedItem:
    """All moves written for one decision point; `kind` is `detour`, `strong` or unknown.

    `prefix_key` is `fence_key` of the shown text. `tail_key`, the same of the text in a
    restatement's <tail>, is needed only where two items share a verbatim text ("go on").
    """

    prefix_key: str
    human_verbatim: str
    human: Move
    placebo: Move
    moves: Mapping[str, Move]
    tail_key: str = ""
    kind: str = ""
    further: Mapping[str, Move] = field(default_factory=dict)
    """Arm -> its move: the `recovery`, or what another `person` wrote."""

    def all_moves(self) -> Iterator[Move]:
        """Yield the human's move, the placebo, every model's move and what else there is."""
        yield self.human
        yield self.placebo
        yield from self.moves.values()
        yield from self.further.values()

    def writer_of(self, move: Move) -> str:
        """Return who wrote a move of this item: `human`, a model or another arm."""
        written = {"human": self.human, "placebo": self.placebo, **self.moves, **self.further}
        return next(name for name, known in written.items() if known is move)

    def spoken(self) -> Iterator[tuple[str, Move]]:
        """Yield (verbatim text, move) for everything a restater may be asked about."""
        yield self.human_verbatim, self.human
        for move in self.all_moves():
            yield move.text, move

    def find_move(self, text: str) -> Move | None:
        """Return the move of this item that reads `text`, restated or verbatim.

        Where none does, the longest that the text repeats: something was added to it.
        """
        wanted = normalise(text)
        restated = ((move.restated, move) for move in self.all_moves())
        known = [(normalise(words), move) for words, move in (*restated, *self.spoken())]
        for words, move in known:
            if words == wanted:
                return move
        held = [(words, move) for words, move in known if len(words) >= _LONG and words in wanted]
        return max(held, key=lambda pair: len(pair[0]))[1] if held else None


def fence_key(text: str) -> str:
    """Return the sha256 (hex) of a fenced text as `read_fence` gives it, escapes included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def normalise(text: str) -> str:
    """Return the text with escapes undone and white space made single, for comparing."""
    return " ".join(html.unescape(text).split())


class Script:
    """An index over scripted items.

    Raises:
        ValueError: two items share a prefix, or share a verbatim text whose restatements
            differ and that their `tail_key` cannot tell apart.
    """

    def __init__(self, items: Iterable[ScriptedItem]) -> None:
        """Index the items by prefix, by verbatim text and by restated text."""
        self.items = tuple(items)
        self._by_prefix = {item.prefix_key: item for item in self.items}
        if len(self._by_prefix) < len(self.items):
            raise ValueError("two scripted items have the same prefix_key")
        self._spoken: dict[str, dict[str, Move]] = {}
        self._written: dict[str, list[ScriptedItem]] = {}
        self._by_tail = {item.tail_key: item for item in self.items if item.tail_key}
        for item in self.items:
            self._index(item)

    def find_item(self, prefix_key: str) -> ScriptedItem | None:
        """Return the item with this prefix."""
        return self._by_prefix.get(prefix_key)

    def find_item_by_tail(self, tail_key: str) -> ScriptedItem | None:
        """Return the item whose prefix has this end, or the last of several."""
        return self._by_tail.get(tail_key)

    def find_restatement(self, verbatim: str, tail_key: str = "") -> Move | None:
        """Return the move that was put into these words, by the tail where it is ambiguous."""
        known = self._spoken.get(normalise(verbatim), {})
        if tail_key in known:
            return known[tail_key]
        restated = {move.restated for move in known.values()}
        return next(iter(known.values())) if len(restated) == 1 else None

    def find_items_with(self, text: str) -> tuple[ScriptedItem, ...]:
        """Return the items at which a move reads `text`, restated or verbatim."""
        return tuple(self._written.get(normalise(text), ()))

    def _index(self, item: ScriptedItem) -> None:
        for text, move in item.spoken():
            known = self._spoken.setdefault(normalise(text), {})
            clash = known.get(item.tail_key)
            if clash is not None and clash.restated != move.restated:
                raise ValueError(f"the verbatim text {text[:80]!r} stands for two moves")
            known.setdefault(item.tail_key, move)
        texts = {text for text, _ in item.spoken()} | {move.restated for move in item.all_moves()}
        for text in sorted({normalise(text) for text in texts}):
            self._written.setdefault(text, []).append(item)
