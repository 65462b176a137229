"""Latent margins and verdicts of a whole simulated study, without a server or any text.

For checking estimators against a known truth; nothing here may enter a real result.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from taste.simulator.world import Choice, World

Order = Literal["proposal_first", "human_first"]

SIZES: Final = MappingProxyType({"suboptimal": 129, "strong": 127})
SESSIONS: Final = 30
_SIZE_CV: Final = 0.9


@dataclass(frozen=True, slots=True)
class SimulatedVerdict:
    """One drawn verdict; `margin` is proposal minus human whatever the order."""

    set: str
    item: int
    session: int
    arm: str
    order: Order
    verdict: Choice
    margin: float


@dataclass(frozen=True, slots=True)
class _Session:
    """What a session adds to every margin, for all arms and for each arm, in deviations."""

    shared: float
    by_arm: Mapping[str, float]


def draw_verdicts(
    world: World,
    rng: random.Random,
    sizes: Mapping[str, int] = SIZES,
    sessions: int = SESSIONS,
) -> Iterator[SimulatedVerdict]:
    """Yield a verdict for every (set, item, arm, order).

    A margin is the arm's mean plus a session effect (shared by the sets, and in part by the
    arms) plus an item effect (in part shared by the arms). Its variance is
    session_sd² + item_sd², so `World.true_rate` of the arm's mean is the win rate to be found.
    Session sizes are unequal and say nothing about the margins.

    Args:
        world: the truth.
        rng: consumed in a fixed order.
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
            margins = _draw_margins(world, name, effects[session], rng)
            for arm, margin in margins.items():
                yield from _draw_orders(world, (name, item, session, arm), margin, rng)


def assign_sessions(size: int, weights: Sequence[float], rng: random.Random) -> list[int]:
    """Return the session index of each of `size` items, in order of session.

    Every session gets one item as far as they go round; the rest follow the weights.
    """
    first = list(range(len(weights)))[:size]
    rest = rng.choices(range(len(weights)), weights=weights, k=size - len(first))
    return sorted(first + rest)


def _gamma(rng: random.Random) -> float:
    shape = 1.0 / _SIZE_CV**2
    return rng.gammavariate(shape, 1.0 / shape)


def _draw_session(arms: Sequence[str], rng: random.Random) -> _Session:
    return _Session(rng.gauss(0.0, 1.0), {arm: rng.gauss(0.0, 1.0) for arm in arms})


def _draw_margins(
    world: World, name: str, session: _Session, rng: random.Random
) -> dict[str, float]:
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


def _draw_orders(
    world: World, key: tuple[str, int, int, str], margin: float, rng: random.Random
) -> Iterator[SimulatedVerdict]:
    orders: tuple[tuple[Order, float], ...] = (("proposal_first", margin), ("human_first", -margin))
    for order, of_first in orders:
        verdict = world.verdict_probabilities(of_first).choose(rng.random())
        name, item, session, arm = key
        yield SimulatedVerdict(name, item, session, arm, order, verdict, margin)
