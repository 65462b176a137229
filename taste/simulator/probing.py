"""What the simulated model says to the probes of a restatement: its loading, its faithfulness."""

from collections.abc import Mapping
from typing import Any, Final

from taste.simulator.chance import fraction
from taste.simulator.request import Request
from taste.simulator.script import Script, fence_key, normalise
from taste.simulator.wording import overlap
from taste.simulator.world import World

_SAME: Final = 0.5
_PARTLY: Final = 0.25
_ACCEPTING: Final = 5
"""Most words of a move that may be no more than a yes."""


def guess_kind(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    """Return the kind of the human move as guessed from its words; by a coin if unscripted."""
    move = request.fence("move") or ""
    kinds = {
        item.kind
        for item in script.find_items_with(move)
        if item.kind and normalise(item.human.restated) == normalise(move)
    }
    u = fraction(world.seed, "loading", request.whole_text(), request.model)
    kind = min(kinds, default="detour")
    right = u < (0.5 + 0.5 * world.loading if kinds else 0.5)
    other = "strong" if kind == "detour" else "detour"
    return {"kind": kind if right else other}


def compare_meaning(request: Request, script: Script) -> Mapping[str, Any]:
    """Return whether the restated move says the same, by the words that it does not make up."""
    tail, move = request.fence("tail") or "", request.fence("move") or ""
    restated = request.fence("restated") or ""
    known = script.find_restatement(move, fence_key(tail))
    if known is not None and normalise(known.restated) == normalise(restated):
        return {"same": "same", "reason": "Both direct the same step."}
    # an acceptance says little itself: what it accepts stands in the tail
    accepts = len(move.split()) <= _ACCEPTING
    share = overlap(restated, [move, tail] if accepts else [move])
    if share >= _SAME:
        return {"same": "same", "reason": "Both direct the same step."}
    if share >= _PARTLY:
        return {"same": "partly", "reason": "A part of what is directed is missing or new."}
    return {"same": "different", "reason": "The two have hardly a word in common."}
