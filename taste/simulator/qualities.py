"""The latent quality of the two moves that a judge's request shows: scripted, graded or drawn."""

from dataclasses import dataclass
from typing import Final

from taste.simulator.bank import BANK
from taste.simulator.chance import normal
from taste.simulator.fences import read_fence
from taste.simulator.request import Request
from taste.simulator.script import Move, Script, ScriptedItem, fence_key, normalise
from taste.simulator.world import World

ELSEWHERE: Final = -1.8
"""Quality of a move that was written for another item."""

UNKNOWN: Final = (-0.35, 0.5)
"""Mean and deviation for an unwritten move at a scripted item: a stock move, an echo."""

HUMAN: Final = (0.0, 0.6)
"""Mean and deviation for an unwritten move at an unscripted item: most often a person's."""

_BANK_SD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """One of the two moves as the judge sees it; `move` is None where nobody wrote it."""

    text: str
    quality: float
    move: Move | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Both moves and the margin (first minus second) that the judge's view leaves visible."""

    first: Seen
    second: Seen
    margin: float


def read_pair(request: Request, world: World, script: Script) -> Pair:
    """Return the two moves of a judge's request with their qualities."""
    prefix, texts = request.fence("prefix"), _read_texts(request)
    item = _find_item(prefix, texts, script)
    where = item.prefix_key if item else fence_key(prefix or "")
    first, second = (_see(text, where, item, (world, script)) for text in texts)
    margin = (first.quality - second.quality) * _visible(request, world)
    return Pair(first, second, margin)


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
    parts = (world.seed, "quality", where, normalise(text))
    if item is None:
        return Seen(text, _unscripted_quality(text, parts), None)
    move = item.find_move(text)
    if move is not None:
        return Seen(text, move.quality, move)
    if script.find_items_with(text):
        return Seen(text, ELSEWHERE, None)
    return Seen(text, normal(*UNKNOWN, *parts), None)


def _unscripted_quality(text: str, parts: tuple[object, ...]) -> float:
    wanted = normalise(text)
    for move in BANK:
        if move.text == wanted:
            return normal(move.quality, _BANK_SD, *parts)
    return normal(*HUMAN, *parts)


def _visible(request: Request, world: World) -> float:
    """Return the share of a margin that shows in the view: less without aftermath or prefix."""
    if request.fence("aftermath") is not None:
        return 1.0
    return world.wording if request.fence("prefix") is None else world.foresight
