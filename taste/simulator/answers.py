"""From a request to the text of its answer: what the simulated model says. Pure, no server.

The same world, script and request give the same text on every machine.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from taste.simulator.bank import BANK, BankMove
from taste.simulator.chance import fraction, pick
from taste.simulator.digests import check_leak, write_digest
from taste.simulator.probing import compare_meaning, guess_kind
from taste.simulator.request import Kind, Request
from taste.simulator.restatement import imperative, last_command, restate, strip_markup
from taste.simulator.schema import fill_schema
from taste.simulator.script import Move, Script, ScriptedItem, fence_key
from taste.simulator.verdicts import identify, judge
from taste.simulator.world import World

PLAIN: Final = "This is a simulated reply; no model was asked."
_HINDSIGHT: Final = 4.0
_TILT: Final = 1.5


def answer(request: Request, world: World, script: Script) -> str:
    """Return the text of the answer: JSON where the request gives a schema, else a sentence."""
    if request.schema is None:
        return PLAIN
    return fit(_values(request, world, script), request.schema)


def _values(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    answers: dict[Kind, Callable[[], Mapping[str, Any]]] = {
        "propose": lambda: _propose(request, world, script),
        "placebo": lambda: _propose(request, world, script),
        "oracle": lambda: _propose(request, world, script),
        "restate": lambda: _restate(request, script),
        "recovery": lambda: _recover(request, script),
        "judge": lambda: judge(request, world, script),
        "digest": lambda: write_digest(request, world, script),
        "leak": lambda: check_leak(request),
        "loading": lambda: guess_kind(request, world, script),
        "identity": lambda: identify(request, world, script),
        "faithfulness": lambda: compare_meaning(request, script),
    }
    return answers[request.kind]() if request.kind in answers else {}


def fit(values: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return the values as JSON with the schema's keys in its order; what lacks is filled in."""
    plain = fill_schema(schema)
    if not isinstance(plain, dict):
        return orjson.dumps(plain).decode()
    return orjson.dumps({name: values.get(name, plain[name]) for name in plain}).decode()


def strength(model: str, world: World) -> float:
    """Return how strongly a model leans to good moves: its margin, else by its name's hash."""
    margins = world.margins.get("suboptimal", {})
    return margins[model] if model in margins else 2.0 * fraction("strength", model) - 0.5


def _propose(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    item = script.find_item(fence_key(request.fence("prefix") or ""))
    if item is not None:
        return _as_proposal(_scripted_move(request, item))
    act = request.fence("act")
    if act is not None:
        return _write_up(act)
    lean = _HINDSIGHT if request.kind == "oracle" else strength(request.model, world)
    weights = [math.exp(_TILT * lean * move.quality) for move in BANK]
    parts = (world.seed, "propose", request.model, request.whole_text())
    return _as_proposal(pick(BANK, weights, *parts))


def _scripted_move(request: Request, item: ScriptedItem) -> Move:
    """Return the move written for the request's arm; hindsight takes the best of the models'."""
    if request.kind == "placebo":
        return item.placebo
    if request.kind == "oracle":
        # not the further ones: those are arms of their own, which no proposer repeats word by word
        known = (item.human, item.placebo, *item.moves.values())
        return max(known, key=lambda move: move.quality)
    if request.model in item.moves:
        return item.moves[request.model]
    names = sorted(item.moves)
    return item.moves[pick(names, [1.0] * len(names), "arm", request.model, item.prefix_key)]


def _as_proposal(move: Move | BankMove) -> Mapping[str, Any]:
    return {"move": move.text, "why": move.why, "wrong_if": move.wrong_if}


def _write_up(act: str) -> Mapping[str, Any]:
    return {
        "move": imperative(strip_markup(act)) or "Continue with the step that was last proposed.",
        "why": "It is the step that was asked for here.",
        "wrong_if": "Its result leaves the question where it was.",
    }


def _restate(request: Request, script: Script) -> Mapping[str, Any]:
    tail, verbatim = request.fence("tail") or "", request.fence("move") or ""
    known = script.find_restatement(verbatim, fence_key(tail))
    if known is not None:
        return _as_restatement(known.restated, "human", "")
    made = restate(verbatim, tail)
    return _as_restatement(made.move, made.initiator, made.reason)


def _as_restatement(move: str, initiator: str, reason: str) -> Mapping[str, Any]:
    return {
        "status": "restated" if move else "unresolvable",
        "move": move,
        "initiator": initiator,
        "compound": False,
        "reason": reason,
    }


def _recover(request: Request, script: Script) -> Mapping[str, Any]:
    item = script.find_item_by_tail(fence_key(request.fence("tail") or ""))
    if item is not None and "recovery" in item.further:
        return _found(item.further["recovery"].text)
    return _found(last_command(request.fence("work") or ""))


def _found(move: str) -> Mapping[str, Any]:
    if not move:
        return {"status": "unresolvable", "move": "", "reason": "nothing there directs a step"}
    return {"status": "restated", "move": move, "reason": ""}
