"""What the simulated judge writes: two to four sentences for the verdict that was drawn.

It speaks of "the first move" and "the second move" and never of who wrote them.
"""

import re
from dataclasses import dataclass
from typing import Final

from taste.simulator.chance import pick
from taste.simulator.script import Move
from taste.simulator.world import Choice

PROS: Final = (
    "It goes straight for the point that is most in doubt.",
    "It costs little and its result would decide what to do next.",
    "It tests the explanation that everything else leans on.",
    "It is concrete enough to be carried out at once.",
    "It keeps the work on the question that was asked.",
    "It would bring a fault to light early, if there is one.",
)
CONS: Final = (
    "It spends effort where the answer would change little.",
    "It takes an earlier result on trust.",
    "It is broader than the question needs.",
    "It puts off the check that matters most.",
    "Its result would leave the main question open.",
    "It treats a symptom and leaves the cause alone.",
)
_AUTHORS: Final = re.compile(r"\b(?:humans?|annotators?|proposers?)\b|\bsimulated-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Argument:
    """One sentence for a move and one against it."""

    pro: str
    con: str


def argue(move: Move | None, text: str, seed: int) -> Argument:
    """Return the arguments about a move: hand-written where they name no author, else generic."""
    generic = Argument(
        pick(PROS, [1.0] * len(PROS), seed, "pro", text),
        pick(CONS, [1.0] * len(CONS), seed, "con", text),
    )
    if move is None:
        return generic
    return Argument(
        move.pro if _is_quotable(move.pro) else generic.pro,
        move.con if _is_quotable(move.con) else generic.con,
    )


def _is_quotable(sentence: str) -> bool:
    return bool(sentence) and _AUTHORS.search(sentence) is None


def write_reasoning(verdict: Choice, first: Argument, second: Argument) -> str:
    """Return a short justification that argues for the verdict."""
    if verdict == "first":
        return (
            f"On the first move: {first.pro} On the second move: {second.con} "
            "On balance the first move serves the investigation better."
        )
    if verdict == "second":
        return (
            f"On the first move: {first.con} On the second move: {second.pro} "
            "On balance the second move serves the investigation better."
        )
    return (
        f"On the first move: {first.pro} On the second move: {second.pro} "
        "Neither move is clearly ahead of the other."
    )
