"""Worlds of known truth: items in sessions that differ, drawn for many replicates at once.

They know nothing of estimators. Everything is kept as session sums of shape (R, G), replicates
by sessions; `unfold` gives one replicate's items back for an estimator that wants them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

CALIBRATION = 20_000
"""Replicates from which the rate of a world with informative sizes is computed."""


@dataclass(frozen=True)
class World:
    """Items in sessions; each session has its own chances of a win, a tie and a loss.

    The chances are Dirichlet with the world's shares as mean, so that `icc` is the intra-class
    correlation of the scores, with ties or without.
    """

    sessions: int
    items: int
    win: float
    """Share of wins among the items that are not ties."""
    icc: float
    tie: float = 0.0
    size_cv: float = 0.9
    """Coefficient of variation of the session sizes beyond the first item, before rounding."""
    informative: bool = False
    """Whether sessions of a better than average rate get twice the items."""

    @property
    def rate(self) -> float:
        """The mean score over sessions."""
        return self.tie / 2 + (1 - self.tie) * self.win

    @property
    def shares(self) -> Floats:
        """The mean chances of a win, a tie and a loss."""
        decided = 1 - self.tie
        return np.array([decided * self.win, self.tie, decided * (1 - self.win)])

    @property
    def name(self) -> str:
        """Words for a table."""
        return f"n={self.items} G={self.sessions} ICC={self.icc:g} rate={self.rate:.2f}"


@dataclass(frozen=True)
class Sums:
    """What one set of items leaves of each session, all of shape (R, G)."""

    sizes: Counts
    wins: Counts
    ties: Counts

    @property
    def scores(self) -> Floats:
        """Sum of the scores, a tie counting one half."""
        return self.wins + self.ties / 2


def all_worlds() -> list[World]:
    """Returns the 90 worlds of the coverage table; a session holds 1.5 items or more."""
    shares = ((0.5, 0.2), (0.2, 0.18), (0.1, 0.0))  # wins and ties of all items
    return [
        World(sessions, items, win / (1 - tie), icc, tie)
        for items in (30, 60, 129)
        for sessions in (8, 15, 25, 40)
        if items >= 1.5 * sessions
        for icc in (0.0, 0.1, 0.3)
        for win, tie in ((0.5 - shares[0][1] / 2, shares[0][1]), *shares[1:])
    ]


def true_rate(world: World) -> float:
    """Returns what the item-weighted mean estimates in this world."""
    return _weighted_rate(world) if world.informative and world.icc else world.rate


def _weighted_rate(world: World) -> float:
    beyond = _rate_beyond_the_first(replace(world, items=2 * world.sessions))
    return (world.sessions * world.rate + (world.items - world.sessions) * beyond) / world.items


@cache
def _rate_beyond_the_first(world: World) -> float:
    rng = np.random.default_rng(20_260_101)
    rates = _rates(draw_chances((world,), 0, CALIBRATION, rng)[0])
    return float(np.mean((_shares(world, rates, rng) * rates).sum(axis=1)))


def draw_chances(
    worlds: Sequence[World], shared: float, replicates: int, rng: np.random.Generator
) -> list[Floats]:
    """Draws each session's chances of win, tie and loss, shape (R, G, 3), one array per set.

    Every Dirichlet is made of gammas; sets have the fraction `shared` of the smaller gamma in
    common, which correlates them and leaves each set's own distribution as it is.
    """
    shape = (replicates, worlds[0].sessions, 3)
    if worlds[0].icc == 0:
        return [np.broadcast_to(world.shares, shape) for world in worlds]
    strengths = [(1 - world.icc) / world.icc * world.shares for world in worlds]
    together = shared * np.min(strengths, axis=0)
    common = rng.gamma(together, size=shape)
    gammas = [common + rng.gamma(strength - together, size=shape) for strength in strengths]
    return [gamma / gamma.sum(axis=2, keepdims=True) for gamma in gammas]


def draw_sizes(world: World, rates: Floats, rng: np.random.Generator, least: int = 1) -> Counts:
    """Draws session sizes that add up to the world's items, each of them `least` or more."""
    return least + rng.multinomial(world.items - least * world.sessions, _shares(world, rates, rng))


def draw_set(world: World, replicates: int, rng: np.random.Generator) -> Sums:
    """Draws one set; every session has an item."""
    return draw_sets((world,), 0, replicates, rng, least=1)[0]


def draw_sets(
    worlds: Sequence[World],
    shared: float,
    replicates: int,
    rng: np.random.Generator,
    least: int = 0,
) -> list[Sums]:
    """Draws sets over the same sessions, in which a session may have no item of a set."""
    drawn = []
    for world, chances in zip(worlds, draw_chances(worlds, shared, replicates, rng), strict=True):
        sizes = draw_sizes(world, _rates(chances), rng, least)
        wins = rng.binomial(sizes, chances[:, :, 0])
        left = chances[:, :, 1] + chances[:, :, 2]
        tied = np.divide(chances[:, :, 1], left, out=np.zeros_like(left), where=left > 0)
        drawn.append(Sums(sizes, wins, rng.binomial(sizes - wins, np.minimum(tied, 1))))
    return drawn


def draw_paired(
    world: World, lean: tuple[float, float], replicates: int, rng: np.random.Generator
) -> tuple[Counts, Counts, Counts]:
    """Draws a comparison of two arms on the same items, 35 % of them discordant.

    Args:
        world: gives sizes only.
        lean: mean and standard deviation of a session's log odds that A wins a discordant item.
        replicates: R.
        rng: the source of every draw.

    Returns:
        sizes, discordant items, and those of them that A wins, each of shape (R, G).
    """
    sizes = draw_sizes(world, np.zeros((replicates, world.sessions)), rng)
    discordant = rng.binomial(sizes, 0.35)
    odds = lean[0] + lean[1] * rng.normal(size=sizes.shape)
    return sizes, discordant, rng.binomial(discordant, 1 / (1 + np.exp(-odds)))


def true_difference(lean: tuple[float, float]) -> float:
    """Returns the mean difference of the two arms of `draw_paired`."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    chance = weights @ (1 / (1 + np.exp(-(lean[0] + lean[1] * nodes)))) / weights.sum()
    return float(0.35 * (2 * chance - 1))


def unfold(sums: Sums, replicate: int) -> tuple[list[float], list[int]]:
    """Returns item scores and their sessions that have one replicate's sums."""
    scores: list[float] = []
    rows = (sums.sizes[replicate], sums.wins[replicate], sums.ties[replicate])
    for size, won, tied in zip(*(row.tolist() for row in rows), strict=True):
        scores += [1.0] * won + [0.5] * tied + [0.0] * (size - won - tied)
    sessions = np.repeat(np.arange(sums.sizes.shape[1]), sums.sizes[replicate])
    return scores, [int(session) for session in sessions]


def unfold_all(sums: Sums) -> tuple[Floats, Counts]:
    """Returns what `unfold` does for every replicate: scores and sessions, both (R, n)."""
    replicates, sessions = sums.sizes.shape
    every = np.repeat(np.arange(replicates * sessions), sums.sizes.ravel())
    starts = np.cumsum(sums.sizes.ravel()) - sums.sizes.ravel()
    place = np.arange(len(every)) - starts[every]
    wins, ties = sums.wins.ravel()[every], sums.ties.ravel()[every]
    scores = np.where(place < wins, 1.0, np.where(place < wins + ties, 0.5, 0.0))
    shape = (replicates, -1)
    return scores.reshape(shape), (every % sessions).reshape(shape)


def near_equal(world: World) -> World:
    """Returns the world with session sizes that differ by chance only."""
    return replace(world, size_cv=0.0)


def _rates(chances: Floats) -> Floats:
    rates: Floats = chances[:, :, 0] + chances[:, :, 1] / 2
    return rates


def _shares(world: World, rates: Floats, rng: np.random.Generator) -> Floats:
    """Draws the sessions' shares of the items beyond the least."""
    cv = world.size_cv
    weights = rng.gamma(1 / cv**2, size=rates.shape) if cv else np.ones(rates.shape)
    if world.informative:
        weights = weights * (1 + (rates > world.rate))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
