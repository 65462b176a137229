"""Latent margins of a simulated study's trials, and verdicts on them; no server, no text.

For checking estimators against a known truth; nothing here may enter a real result.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from taste.conditions import Condition
from taste.judging import Confidence
from taste.seats import Judge
from taste.simulator.sight import Sight
from taste.simulator.world import Choice, World
from taste.study import Study

Order = Literal["proposal_first", "human_first"]
ORDERS: Final[tuple[Order, Order]] = ("proposal_first", "human_first")

SIZES: Final = MappingProxyType({"suboptimal": 129, "strong": 127})
SESSIONS: Final = 30
_SIZE_CV: Final = 0.9


@dataclass(frozen=True, slots=True)
class SimulatedItem:
    """What is drawn once for an item, whoever proposes."""

    in_share: bool
    leaky: bool = False
    """Its digest gives the human's move away."""
    refused: bool = False
    """That was found out, so that the digest is shown to nobody."""


@dataclass(frozen=True, slots=True)
class SimulatedVerdict:
    """One drawn verdict on a trial."""

    judge: str
    condition: Condition
    order: Order
    sample: int
    verdict: Choice | Literal["unscored"]
    confidence: Confidence | None
    """None where the verdict is unscored."""


@dataclass(frozen=True, slots=True)
class SimulatedTrial:
    """One item × arm with its verdicts; `margin` is proposal minus human whatever the order."""

    set: str
    item: int
    """Index within its set, from 0."""
    session: int
    """Index of its session, from 0."""
    arm: str
    margin: float
    verdicts: tuple[SimulatedVerdict, ...] = ()
    escalation: float | None = None
    """Probability with which the strong judge was asked; None where the study has none."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What a session adds to every margin, for all arms and for each arm, in deviations."""

    shared: float
    by_arm: Mapping[str, float]


def draw_margins(
    world: World,
    rng: random.Random,
    sizes: Mapping[str, int] = SIZES,
    sessions: int = SESSIONS,
) -> Iterator[SimulatedTrial]:
    """Yield a trial without verdicts for every (set, item, arm), the arms of an item together.

    A margin is the arm's mean plus a session effect (shared by the sets, and in part by the
    arms) plus an item effect (in part shared by the arms). Its variance is
    session_sd² + item_sd², so `World.true_rate` of the arm's mean is the win rate to be found.
    Session sizes are unequal and say nothing about the margins.

    Args:
        world: the truth.
        rng: consumed in a fixed order, as the trials are taken.
        sizes: set -> number of items; the sets must be among the world's margins.
        sessions: number of sessions that the items of all sets come from, at least 1.

    Raises:
        KeyError: a set has no margins in this world.
    """
    arms = sorted({arm for name in sizes for arm in world.margins[name]})
    weights = [_gamma(rng) for _ in range(sessions)]
    effects = [_draw_session(arms, rng) for _ in range(sessions)]
    for name, size in sizes.items():
        for item, session in enumerate(assign_sessions(size, weights, rng)):
            margins = _draw_item(world, name, effects[session], rng)
            for arm, margin in margins.items():
                yield SimulatedTrial(name, item, session, arm, margin)


def assign_sessions(size: int, weights: Sequence[float], rng: random.Random) -> list[int]:
    """Return the session index of each of `size` items, in order of session.

    Every session gets one item as far as they go round; the rest follow the weights.
    """
    first = list(range(len(weights)))[:size]
    rest = rng.choices(range(len(weights)), weights=weights, k=size - len(first))
    return sorted(first + rest)


def draw_orders(world: World, seen: float, rng: random.Random) -> tuple[Choice, Choice]:
    """Return a verdict with the proposal first and one with the human move first.

    Args:
        world: how its judges err.
        seen: proposal minus human, as the judge reads it.
        rng: two numbers are taken of it.
    """
    first, second = (
        world.verdict_probabilities(of_first).choose(rng.random()) for of_first in (seen, -seen)
    )
    return first, second


def sight_of(
    study: Study, judge: Judge, arm: str, condition: Condition, *, leaky: bool = False
) -> Sight:
    """Return how a judge of a study sees a proposal of an arm under a condition.

    Args:
        study: for its proposers; a placebo and an oracle are written by the one they name.
        judge: who compares.
        arm: who wrote the proposal.
        condition: how the verdict is come by.
        leaky: whether the item's digest gives the human's move away.
    """
    families = {seat.name: seat.family for seat in study.proposers}
    writer = arm.rpartition(":")[2]
    return Sight(
        view=condition.view,
        provenance=condition.provenance,
        by_model=writer in families,
        own_family=writer in families and families[writer] == judge.family,
        leaky=leaky,
    )


def _gamma(rng: random.Random) -> float:
    shape = 1.0 / _SIZE_CV**2
    return rng.gammavariate(shape, 1.0 / shape)


def _draw_session(arms: Sequence[str], rng: random.Random) -> _Session:
    return _Session(rng.gauss(0.0, 1.0), {arm: rng.gauss(0.0, 1.0) for arm in arms})


def _draw_item(world: World, name: str, session: _Session, rng: random.Random) -> dict[str, float]:
    shared = rng.gauss(0.0, 1.0)
    margins = {}
    for arm, mean in world.margins[name].items():
        of_session = _mix(session.shared, session.by_arm[arm], world.session_shared)
        of_item = _mix(shared, rng.gauss(0.0, 1.0), world.item_shared)
        margins[arm] = mean + world.session_sd * of_session + world.item_sd * of_item
    return margins


def _mix(shared: float, own: float, share: float) -> float:
    """Return a unit-variance sum of two unit-variance effects; `share` is the common variance."""
    return math.sqrt(share) * shared + math.sqrt(1.0 - share) * own
