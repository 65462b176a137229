"""Power by simulation, to hold the formula against: sessions drawn, figures tested as reported.

Every session has a propensity from a beta distribution; only session sums are kept, for all
replicates at once.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr

from analysis.clusters import FloatArray, satterthwaite_df
from analysis.errors import EstimateError
from analysis.intervals import EVEN, NO_VARIANCE, t_quantile
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import AIM, Planned, aligned_sizes
from analysis.power.sizes import as_sums

MOST_CELLS = 4_000_000
ROUNDING = 1e-9
GRID = np.linspace(0, 1, 4001)
"""Where quantiles of a beta distribution are computed; between them they are interpolated."""


@dataclass(frozen=True)
class Simulated:
    """The share of simulated studies that find the effect, in its own direction."""

    power: float
    monte_carlo_error: float
    effect: float
    replicates: int
    seed: int


def simulate_rate(
    planned: Planned, effect: float, seed: int, replicates: int = 4000, aim: Aim = AIM
) -> Simulated:
    """Simulates the test of one win rate against one half.

    Score test of cluster-Wilson with CR2 variance. Ties are as frequent as the spread says at
    a rate of one half, 1 - 4 sd^2, and stay so as the rate moves away from it.

    Args:
        planned: items, clusters and the spread of item scores, sd at most .5.
        effect: true rate minus one half.
        seed: of the draws.
        replicates: studies simulated.
        aim: the level.

    Raises:
        EstimateError: no wins, ties and losses have such rate, spread and ICC.
    """
    sizes = planned.sizes
    world = _world(EVEN + effect, planned.spread, 1 - 4 * planned.spread.sd**2)
    rng = _begin(aim, planned, replicates, seed)
    sums = _draw(rng, sizes, world, _propensities(rng, world, (replicates, len(sizes))))
    n = planned.items
    rates, variance = _moments(sums, sizes)
    binary = rates * (1 - rates)
    flat = variance <= NO_VARIANCE * binary / n
    effective = np.where(flat, len(sizes), binary / np.where(flat, 1.0, variance))
    statistics = (rates - EVEN) * np.sqrt(effective) / EVEN
    df = satterthwaite_df([as_sums(sizes)])
    return _count(statistics, t_quantile(aim.level, df), effect, seed)


def simulate_difference(
    planned: Planned, effect: float, seed: int, replicates: int = 4000, aim: Aim = AIM
) -> Simulated:
    """Simulates the t test of a paired difference: items won, equal or lost by one arm.

    Args:
        planned: items, clusters and the spread of differences.
        effect: true difference.
        seed: of the draws.
        replicates: studies simulated.
        aim: the level.

    Raises:
        EstimateError: no differences of 1, 0 and -1 have such mean, spread and ICC.
    """
    sizes = planned.sizes
    half = Spread(planned.spread.sd / 2, planned.spread.icc)
    world = _world_of_sd(EVEN + effect / 2, half)
    rng = _begin(aim, planned, replicates, seed)
    sums = _draw(rng, sizes, world, _propensities(rng, world, (replicates, len(sizes))))
    rates, variance = _moments(2 * sums - sizes, sizes)
    df = satterthwaite_df([as_sums(sizes)])
    return _count(_studentised(rates, variance), t_quantile(aim.level, df), effect, seed)


def simulate_contrast(
    sets: tuple[Planned, Planned],
    effect: float,
    seed: int,
    replicates: int = 4000,
    correlation: float = 0.0,
    aim: Aim = AIM,
) -> Simulated:
    """Simulates the t test of a set contrast, the sets lying around one half on either side.

    Args:
        sets: the two sets, over the same sessions.
        effect: true rate on the first set minus that on the second.
        seed: of the draws.
        replicates: studies simulated.
        correlation: of a session's propensities, through a normal copula.
        aim: the level.

    Raises:
        EstimateError: no wins, ties and losses have such rates, spreads and ICCs.
    """
    sizes = aligned_sizes(sets)
    worlds = [
        _world_of_sd(EVEN + sign * effect / 2, planned.spread)
        for sign, planned in zip((1, -1), sets, strict=True)
    ]
    rng = _begin(aim, sets[0], replicates, seed)
    propensities = _joint_propensities(rng, worlds, (replicates, len(sizes[0])), correlation)
    drawn = [_draw(rng, *each) for each in zip(sizes, worlds, propensities, strict=True)]
    (mean_a, terms_a), (mean_b, terms_b) = map(_terms, drawn, sizes)
    variance = ((terms_a - terms_b) ** 2).sum(axis=1)
    df = satterthwaite_df([as_sums(size) for size in sizes], (1.0, -1.0))
    statistics = _studentised(mean_a - mean_b, variance)
    return _count(statistics, t_quantile(aim.level, df), effect, seed)


@dataclass(frozen=True)
class _World:
    """Scores are 1/2 with chance `ties`, else 1 with the session's beta(a, b) propensity."""

    ties: float
    mean: float
    """Of the propensities."""
    icc: float
    """Of wins and losses given the propensities."""


def _world_of_sd(rate: float, spread: Spread) -> _World:
    """Returns the world whose scores have this spread at this rate.

    Where wins and losses cannot vary so much there, they vary as much as they can.
    """
    if spread.sd > EVEN + ROUNDING:
        raise EstimateError(f"No scores in [0, 1] have an sd of {spread.sd:.3g}; at most .5.")
    return _world(rate, spread, max(0.0, 4 * (rate * (1 - rate) - spread.sd**2)))


def _world(rate: float, spread: Spread, ties: float) -> _World:
    said = f"a mean score of {rate:.3g}, an sd of {spread.sd:.3g} and an ICC of {spread.icc:.3g}"
    if not -ROUNDING <= ties < 1:
        raise EstimateError(f"No wins, ties and losses have {said}; lower the effect or the sd.")
    ties = max(ties, 0.0)
    mean = (rate - ties / 2) / (1 - ties)
    if not 0 < mean < 1:
        raise EstimateError(f"No wins, ties and losses have {said}; lower the effect.")
    between = spread.icc * (rate * (1 - rate) - ties / 4)
    icc = between / ((1 - ties) ** 2 * mean * (1 - mean))
    if icc >= 1:
        raise EstimateError(f"No wins, ties and losses have {said}; lower effect or ICC.")
    return _World(ties, mean, icc)


def _begin(aim: Aim, planned: Planned, replicates: int, seed: int) -> np.random.Generator:
    aim.check()
    planned.check("the scores")
    most = max(MOST_CELLS // len(planned.sizes), 1)
    if not 1 <= replicates <= most:
        raise EstimateError(
            f"replicates is {replicates}; give 1 to {most} for {len(planned.sizes)} clusters."
        )
    if seed < 0:
        raise EstimateError(f"seed is {seed}; give 0 or more.")
    return np.random.default_rng(seed)


def _shapes(world: _World) -> tuple[float, float]:
    total = 1 / world.icc - 1
    return world.mean * total, (1 - world.mean) * total


def _propensities(rng: np.random.Generator, world: _World, shape: tuple[int, int]) -> FloatArray:
    if world.icc == 0:
        return np.full(shape, world.mean)
    return rng.beta(*_shapes(world), size=shape)


def _joint_propensities(
    rng: np.random.Generator,
    worlds: list[_World],
    shape: tuple[int, int],
    correlation: float,
) -> list[FloatArray]:
    if correlation == 0 or any(world.icc == 0 for world in worlds):
        return [_propensities(rng, world, shape) for world in worlds]
    first, second = rng.standard_normal(shape), rng.standard_normal(shape)
    second = correlation * first + math.sqrt(1 - correlation**2) * second
    return [
        np.interp(ndtr(normal), GRID, betaincinv(*_shapes(world), GRID))
        for world, normal in zip(worlds, (first, second), strict=True)
    ]


def _draw(
    rng: np.random.Generator, sizes: FloatArray, world: _World, propensities: FloatArray
) -> FloatArray:
    """Returns the score sums of every session in every replicate, shape (replicates, G)."""
    counts = np.broadcast_to(sizes.astype(np.int64), propensities.shape)
    ties = rng.binomial(counts, world.ties)
    sums: FloatArray = rng.binomial(counts - ties, np.clip(propensities, 0, 1)) + ties / 2
    return sums


def _terms(sums: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Returns the means, shape (replicates,), and what `cr2_terms` gives for each of them."""
    n = sizes.sum()
    means = sums.sum(axis=1) / n
    terms = (sums - means[:, None] * sizes) / (n * np.sqrt(1 - sizes / n))
    return means, terms


def _moments(sums: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
    means, terms = _terms(sums, sizes)
    return means, (terms**2).sum(axis=1)


def _studentised(means: FloatArray, variance: FloatArray) -> FloatArray:
    """Returns t statistics; 0, which finds nothing, where there is no variance to go by."""
    flat = variance <= NO_VARIANCE
    return np.where(flat, 0.0, means / np.sqrt(np.where(flat, 1.0, variance)))


def _count(statistics: FloatArray, quantile: float, effect: float, seed: int) -> Simulated:
    found = statistics * (1 if effect >= 0 else -1) > quantile
    power = float(found.mean())
    error = math.sqrt(power * (1 - power) / len(found))
    return Simulated(power, error, effect, len(found), seed)
