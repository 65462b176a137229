"""What a judge's request shows of two moves: quality (scripted, graded or drawn) and writer."""

from dataclasses import dataclass
from typing import Final, Literal

from taste.simulator.bank import BANK
from taste.simulator.chance import normal
from taste.simulator.fences import read_fence
from taste.simulator.request import Request
from taste.simulator.script import Move, Script, ScriptedItem, fence_key, normalise
from taste.simulator.world import World

ELSEWHERE: Final = -3.2
"""Quality of a move that was written for another item."""

UNKNOWN: Final = (-0.35, 0.5)
"""Mean and deviation for an unwritten move at a scripted item: a stock move, an echo."""

HUMAN: Final = (0.0, 0.6)
"""Mean and deviation for an unwritten move at an unscripted item: most often a person's."""

_BANK_SD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """One of the two moves as it is shown; `move` is None where nobody wrote it."""

    text: str
    quality: float
    move: Move | None
    writer: str = ""
    """`human`, a model or another arm where the script tells, else empty."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both moves, and the item that they belong to where it is a scripted one."""

    first: Seen
    second: Seen
    item: ScriptedItem | None

    @property
    def human(self) -> Literal["first", "second"] | None:
        """Which of the two is the human's move; None where that cannot be told."""
        first, second = (seen.writer == "human" for seen in (self.first, self.second))
        return None if first == second else "first" if first else "second"

    @property
    def margin(self) -> float:
        """Quality of the first move minus quality of the second."""
        return self.first.quality - self.second.quality


def read_pair(request: Request, world: World, script: Script) -> Pair:
    """Return the two moves of a request with their qualities and writers."""
    prefix, texts = request.fence("prefix"), _read_texts(request)
    item = _find_item(prefix, texts, script)
    where = item.prefix_key if item else fence_key(prefix or "")
    first, second = (_see(text, where, item, (world, script)) for text in texts)
    return Pair(first, second, item)


def _read_texts(request: Request) -> tuple[str, str]:
    first, second = (read_fence(request.user, name) or "" for name in ("first", "second"))
    return first.strip(), second.strip()


def _find_item(prefix: str | None, texts: tuple[str, str], script: Script) -> ScriptedItem | None:
    """Return the item by its prefix, else (a view that shows none) one that knows both texts."""
    item = script.find_item(fence_key(prefix)) if prefix is not None else None
    if item is not None:
        return item
    found = [script.find_items_with(text) for text in texts]
    both = [one for one in found[0] if one in found[1]]
    if prefix is None and not both:
        both = [*found[0], *found[1]]
    return both[0] if both else None


def _see(text: str, where: str, item: ScriptedItem | None, truth: tuple[World, Script]) -> Seen:
    world, script = truth
    line = normalise(text.partition("\n")[0])  # what is added below does not make it another move
    parts = (world.seed, "quality", where, line)
    if item is None:
        return Seen(text, _unscripted_quality(line, parts), None)
    move = item.find_move(text)
    if move is not None:
        return Seen(text, move.quality, move, item.writer_of(move))
    if script.find_items_with(text) or script.find_items_with(line):
        return Seen(text, ELSEWHERE, None)
    return Seen(text, normal(*UNKNOWN, *parts), None)


def _unscripted_quality(line: str, parts: tuple[object, ...]) -> float:
    for move in BANK:
        if move.text == line:
            return normal(move.quality, _BANK_SD, *parts)
    return normal(*HUMAN, *parts)
