"""Do the intervals cover a known truth? Simulated worlds, 2,000 replicates, fixed seeds.

Replicates are vectorised on session sums by a second implementation of the closed forms, which
the first two tests tie to the estimators. Monte Carlo standard error at .95 is .005.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import norm
from scipy.stats import t as student_t

from analysis.contrasts import set_contrast
from analysis.rates import win_rate

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

REPLICATES = 2_000


@dataclass(frozen=True)
class World:
    """Items in sessions of uneven size (CV .9); each session has its own chance of a win."""

    sessions: int
    items: int
    win: float
    icc: float
    tie: float = 0.0

    @property
    def truth(self) -> float:
        return self.tie / 2 + (1 - self.tie) * self.win


@dataclass(frozen=True)
class Moments:
    """Value, CR2 variance and Satterthwaite df of each replicate, all of shape (R,)."""

    value: Floats
    variance: Floats
    df: Floats


def draw_sizes(world: World, rng: np.random.Generator, least: int = 1) -> Counts:
    weights = rng.gamma(1 / 0.9**2, size=(REPLICATES, world.sessions))
    shares = weights / weights.sum(axis=1, keepdims=True)
    return least + rng.multinomial(world.items - least * world.sessions, shares)


def draw_chances(world: World, rng: np.random.Generator) -> Floats:
    if world.icc == 0:
        return np.full((REPLICATES, world.sessions), world.win)
    strength = (1 - world.icc) / world.icc
    shape = (REPLICATES, world.sessions)
    return rng.beta(world.win * strength, (1 - world.win) * strength, size=shape)


def draw_sums(world: World, sizes: Counts, chances: Floats, rng: np.random.Generator) -> Floats:
    ties = rng.binomial(sizes, world.tie)
    return ties / 2 + rng.binomial(sizes - ties, chances)


def moments(*sets: tuple[Counts, Floats, float]) -> Moments:
    """Literal M = sum_s c_s^2 (diag(d_s) - t_s t_s' / n_s), one matrix for each replicate."""
    replicates, sessions = sets[0][0].shape
    value, terms = np.zeros(replicates), np.zeros((replicates, sessions))
    working = np.zeros((replicates, sessions, sessions))
    for sizes, sums, weight in sets:
        n = sizes.sum(axis=1, keepdims=True)
        mean, outside = sums.sum(axis=1, keepdims=True) / n, 1 - sizes / n
        value = value + weight * mean[:, 0]
        terms = terms + weight * (sums - sizes * mean) / (n * np.sqrt(outside))
        d, t = sizes / (n**2 * outside), sizes / (n * np.sqrt(outside))
        outer = t[:, :, None] * t[:, None, :] / n[:, :, None]
        working = working + weight**2 * (np.eye(sizes.shape[1]) * d[:, None, :] - outer)
    trace = np.trace(working, axis1=1, axis2=2)
    return Moments(value, (terms**2).sum(axis=1), trace**2 / (working**2).sum(axis=(1, 2)))


def wilson_covers(truth: float, rate: Floats, n: Floats, quantile: Floats) -> float:
    shrink, spread = 1 + quantile**2 / n, rate * (1 - rate) / n
    centre = (rate + quantile**2 / (2 * n)) / shrink
    half = quantile / shrink * np.sqrt(spread + quantile**2 / (4 * n**2))
    return float(np.mean(abs(truth - centre) <= half))


def cluster_wilson_coverage(world: World, seed: int) -> float:
    rng = np.random.default_rng(seed)
    sizes, chances = draw_sizes(world, rng), draw_chances(world, rng)
    found = moments((sizes, draw_sums(world, sizes, chances, rng), 1.0))
    binary = found.value * (1 - found.value)
    flat = found.variance <= 1e-12 * binary / world.items
    n = np.where(flat, world.sessions, binary / np.where(flat, 1, found.variance))
    return wilson_covers(world.truth, found.value, n, np.asarray(student_t.isf(0.025, found.df)))


def naive_wilson_coverage(world: World, seed: int) -> float:
    rng = np.random.default_rng(seed)
    sizes, chances = draw_sizes(world, rng), draw_chances(world, rng)
    rate = draw_sums(world, sizes, chances, rng).sum(axis=1) / world.items
    quantile = np.full(REPLICATES, norm.isf(0.025))
    return wilson_covers(world.truth, rate, np.full(REPLICATES, world.items), quantile)


def rejections(found: Moments) -> float:
    """Returns the share of replicates in which a true null of zero is rejected at .05."""
    return float(np.mean(abs(found.value) > student_t.isf(0.025, found.df) * found.variance**0.5))


def paired_arms_type_one(sessions: int, sigma: float, seed: int) -> float:
    """Two equal arms on 129 items, 35 % discordant, sessions leaning to either arm."""
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(World(sessions, 129, 0.5, 0), rng)
    discordant = rng.binomial(sizes, 0.35)
    lean = 1 / (1 + np.exp(-sigma * rng.normal(size=sizes.shape)))
    sums = np.asarray(2 * rng.binomial(discordant, lean) - discordant, dtype=np.float64)
    return rejections(moments((sizes, sums, 1.0)))


def two_sets_type_one(sessions: int, seed: int) -> float:
    """129 and 127 items of equal rate; half of a session's chance is common to both sets."""
    rng = np.random.default_rng(seed)
    worlds = (World(sessions, 129, 0.4, 0.1), World(sessions, 127, 0.4, 0.1))
    sets: list[tuple[Counts, Floats, float]] = []
    common = draw_chances(worlds[0], rng)
    for world, weight in zip(worlds, (1.0, -1.0), strict=True):
        sizes, chances = draw_sizes(world, rng, least=0), (common + draw_chances(world, rng)) / 2
        sets.append((sizes, draw_sums(world, sizes, chances, rng), weight))
    return rejections(moments(*sets))


def draw_one_world() -> tuple[Counts, Floats]:
    rng, world = np.random.default_rng(1), World(15, 60, 0.4, 0.2)
    sizes = draw_sizes(world, rng)
    return sizes, draw_sums(world, sizes, draw_chances(world, rng), rng)


def test_the_vectorised_rate_is_that_of_the_estimator() -> None:
    sizes, wins = draw_one_world()
    found = moments((sizes, wins, 1.0))
    for row in range(25):
        rate = win_rate(*unfold(sizes[row], wins[row]))
        n = found.value[row] * (1 - found.value[row]) / found.variance[row]
        assert (rate.effective_n, rate.df) == pytest.approx((n, found.df[row]))


def test_the_vectorised_contrast_is_that_of_the_estimator() -> None:
    sizes, wins = draw_one_world()
    found = moments((sizes, wins, 1.0), (sizes[::-1], wins[::-1], -1.0))
    for row in range(25):
        a, b = unfold(sizes[row], wins[row]), unfold(sizes[-1 - row], wins[-1 - row])
        contrast = set_contrast(*a, *b)
        half = student_t.isf(0.025, found.df[row]) * found.variance[row] ** 0.5
        assert (contrast.value, contrast.df) == pytest.approx((found.value[row], found.df[row]))
        assert contrast.high == pytest.approx(contrast.value + half)


def unfold(sizes: Counts, wins: Floats) -> tuple[list[float], list[int]]:
    """Returns items and their sessions that have these sums."""
    items = [float(i < won) for size, won in zip(sizes, wins, strict=True) for i in range(size)]
    return items, [int(session) for session in np.repeat(np.arange(len(sizes)), sizes)]


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(8, 129, 0.5, 0.1, tie=0.3), id="few-sessions-with-ties"),
        pytest.param(World(25, 129, 0.3, 0.1), id="typical"),
        pytest.param(World(25, 129, 0.1, 0.1), id="rare-wins"),
        pytest.param(World(40, 60, 0.5, 0.0), id="no-clustering"),
    ],
)
def test_cluster_wilson_covers_the_truth(world: World) -> None:
    assert 0.93 <= cluster_wilson_coverage(world, seed=2025) <= 0.985


def test_naive_wilson_undercovers_where_sessions_matter() -> None:
    world = World(8, 129, 0.5, 0.3)
    assert naive_wilson_coverage(world, seed=2025) < 0.90
    assert cluster_wilson_coverage(world, seed=2025) > 0.90


@pytest.mark.parametrize("sessions", [8, 25])
@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.0])
def test_paired_arms_of_equal_worth_are_seldom_told_apart(sessions: int, sigma: float) -> None:
    assert paired_arms_type_one(sessions, sigma, seed=2025) <= 0.065


@pytest.mark.parametrize("sessions", [8, 25])
def test_sets_of_equal_rate_are_seldom_told_apart(sessions: int) -> None:
    assert two_sets_type_one(sessions, seed=2025) <= 0.065
