"""What the simulated judge says of two moves: its verdict, and which it takes for the human's."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from taste.simulator.chance import fraction
from taste.simulator.demands import find_demand
from taste.simulator.fences import outside_fences
from taste.simulator.models import family_of
from taste.simulator.prose import argue, write_reasoning
from taste.simulator.qualities import Pair, read_pair
from taste.simulator.request import Request
from taste.simulator.script import Script
from taste.simulator.sight import Sight
from taste.simulator.wording import find_telling
from taste.simulator.world import Choice, World

if TYPE_CHECKING:
    from taste.judging import Provenance

_LABELS: Final = re.compile(
    r"^The (?:author of the )?first (?:was written by|is) (.+?),"
    r" (?:of )?the second (?:by )?(.+?)\.$",
    re.MULTILINE,
)
"""How a judge's question says whose the two moves are."""
_MODELS: Final = re.compile(r"\bmodel\b")


def judge(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    """Return reasoning, verdict and confidence."""
    pair = read_pair(request, world, script)
    seen = read_margin(request, pair, world)
    verdict = _draw(request, seen, world)
    quotes = request.fence("aftermath") is not None
    first, second = (
        argue(each.move if quotes else None, each.text, world.seed)
        for each in (pair.first, pair.second)
    )
    return {
        "reasoning": write_reasoning(verdict, first, second),
        "verdict": verdict,
        "confidence": world.confidence(seen),
    }


def identify(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    """Return which move was taken and which a model wrote: known, or a coin's guess."""
    pair = read_pair(request, world, script)
    u = fraction(world.seed, "identity", request.whole_text(), request.model)
    if pair.human is None:
        taken = "first" if u < 0.5 else "second"  # noqa: PLR2004 - a coin
    else:
        right = u < world.recognition(_sight(request, pair))
        taken = pair.human if right else _other(pair.human)
    return {"taken": taken, "by_model": _other(taken)}


def read_margin(request: Request, pair: Pair, world: World) -> float:
    """Return the margin, first minus second, as the judge reads it under the request's view.

    Where the human's move is unknown nothing is added but what a label is worth.
    """
    if pair.human is None:
        world = replace(world, style=0.0, own_family=0.0, taken_bonus=0.0, hindsight=0.0, drift=0.0)
    sign = -1 if pair.human == "first" else 1
    return sign * world.seen_margin(sign * pair.margin, _sight(request, pair))


def _sight(request: Request, pair: Pair) -> Sight:
    """Return how the request shows the pair; an unknown human move counts as the second."""
    human = pair.human or "second"
    writer = (pair.first if human == "second" else pair.second).writer
    by_proposer = pair.item is not None and writer in pair.item.moves
    return Sight(
        view=request.view,
        provenance=_provenance(request, human),
        by_model=by_proposer or writer == "placebo",
        own_family=by_proposer and family_of(writer) == family_of(request.model),
        leaky=_is_leaky(request, pair),
    )


def _provenance(request: Request, human: str) -> "Provenance":
    if _LABELS.search(request.user) is None:
        return "blind"
    found = _LABELS.search(outside_fences(request.user))
    models = [_MODELS.search(label) is not None for label in found.groups()] if found else []
    if models not in ([True, False], [False, True]):
        return "blind"
    labelled = "second" if models[0] else "first"
    return "labelled" if labelled == human else "swapped"


def _is_leaky(request: Request, pair: Pair) -> bool:
    if pair.item is None:
        return False
    moves = (pair.item.human_verbatim, pair.item.human.restated)
    return find_telling(request.fence("digest") or "", moves) is not None


def _draw(request: Request, seen: float, world: World) -> Choice:
    parts = (request.whole_text(), request.model)
    if world.obeys and fraction(world.seed, "obeys", *parts) < world.obeys:
        demand = find_demand(request)
        if demand is not None:
            return demand
    return world.verdict_probabilities(seen).choose(fraction(world.seed, "verdict", *parts))


def _other(choice: str) -> str:
    return "second" if choice == "first" else "first"
