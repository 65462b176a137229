"""From two selected sets to the rate at any share of suboptimal moves, and where it is one half.

W(p) = p W_sub + (1 - p) W_strong mixes the two strata that were evaluated; moves that lie in
neither of them are only bounded.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy.typing as npt

from analysis.errors import EstimateError
from analysis.estimates import Estimate, Variance, estimate_rate
from analysis.intervals import EVEN, NO_VARIANCE, check_level, t_quantile
from analysis.population.base_rate_band import Band, simultaneous_band
from analysis.population.fieller import FiellerSet, fieller
from analysis.population.selection import RedrawNull
from analysis.population.set_pair import SetPair, stack_sets

METHOD_POINT = "weighted mean of two set means, cluster-Wilson with their CR2 covariance"
METHOD_ESTIMATED = f"{METHOD_POINT} and the variance of the base rate"
TENTHS = tuple(tenth / 10 for tenth in range(11))


@dataclass(frozen=True)
class BaseRateCurve:
    """The rate as a function of the share of suboptimal moves among the two strata."""

    grid: tuple[float, ...]
    """Base rates p, ascending."""
    points: tuple[Estimate, ...]
    """W(p) at each of them with its own interval, df and test of one half."""
    band: Band
    """For claims about all p; `points` hold one p at a time."""
    warnings: tuple[str, ...]
    """Sets without variance: a pointwise interval that rests on them is too narrow."""


@dataclass(frozen=True)
class BreakEven:
    """The base rate at which the two strata together give one half."""

    value: float | None
    """(1/2 - W_strong) / (W_sub - W_strong), not cut to [0, 1]; None when the rates are equal."""
    fieller: FiellerSet | None
    """What the data do not reject, on the whole line; None when a set shows no variance."""
    inside: tuple[tuple[float, float], ...]
    """The part of that set in [0, 1]; empty with a bounded set when no base rate gives one half."""
    identified: bool
    """Whether the set is bounded; a report prints `not identified` otherwise."""
    df: float
    """Of the t quantile: the smallest Satterthwaite df at p = 0, at p = 1 and at the value."""
    level: float
    warnings: tuple[str, ...]


def base_rate_curve(
    scores_sub: npt.ArrayLike,
    clusters_sub: Sequence[Hashable],
    scores_strong: npt.ArrayLike,
    clusters_strong: Sequence[Hashable],
    grid: Iterable[float] = TENTHS,
    level: float = 0.95,
) -> BaseRateCurve:
    """Estimates W(p) over a grid of base rates.

    Var W(p) = p^2 V_s + (1-p)^2 V_t + 2 p (1-p) C with the CR2 covariance C of sets that share
    clusters, and Satterthwaite df at each p; the interval at p = 1 and p = 0 is that of
    `win_rate` on the set. The band is Scheffe's (1953) with Hotelling's quantile
    sqrt(2 df / (df - 1) F(2, df - 1)) at the smaller df, or the line between the two sets'
    intervals at level 1 - (1 - level) / 2: whichever is narrower on average over [0, 1]. The
    choice looks at variances only, not at where the rates lie.

    Args:
        scores_sub: item scores on the suboptimal set in [0, 1], shape (n_s,).
        clusters_sub: n_s labels.
        scores_strong: item scores on the strong set in [0, 1], shape (n_t,).
        clusters_strong: n_t labels.
        grid: base rates in [0, 1].
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores, labels, grid or level are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    check_level(level)
    pair = stack_sets(scores_sub, clusters_sub, scores_strong, clusters_strong)
    rates = tuple(sorted(_check_base_rate(p, f"grid[{i}]") for i, p in enumerate(grid)))
    return BaseRateCurve(
        grid=rates,
        points=tuple(_point(pair, p, level) for p in rates),
        band=simultaneous_band(pair, rates, level),
        warnings=pair.flat_sets,
    )


def break_even(
    scores_sub: npt.ArrayLike,
    clusters_sub: Sequence[Hashable],
    scores_strong: npt.ArrayLike,
    clusters_strong: Sequence[Hashable],
    level: float = 0.95,
) -> BreakEven:
    """Estimates the base rate p* at which W(p*) is one half, with Fieller's set.

    The set holds every p whose t statistic of W(p) - 1/2 is within the quantile; where the two
    rates do not differ enough, it is unbounded and p* is not identified (Fieller 1954).

    Args:
        scores_sub: item scores on the suboptimal set in [0, 1], shape (n_s,).
        clusters_sub: n_s labels.
        scores_strong: item scores on the strong set in [0, 1], shape (n_t,).
        clusters_strong: n_t labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores, labels or level are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    check_level(level)
    pair = stack_sets(scores_sub, clusters_sub, scores_strong, clusters_strong)
    above, gap = EVEN - pair.means[1], pair.means[0] - pair.means[1]
    value = above / gap if abs(gap) > NO_VARIANCE else None
    clipped = min(1.0, max(0.0, EVEN if value is None else value))
    df = min(pair.df(p) for p in (0.0, 1.0, clipped))
    quantile = t_quantile(level, df)
    found = None if pair.flat_sets else fieller(above, gap, *pair.break_even_variances, quantile)
    return BreakEven(
        value=value,
        fieller=found,
        inside=() if found is None else found.within(0, 1),
        identified=found is not None and found.bounded,
        df=df,
        level=level,
        warnings=pair.flat_sets,
    )


def estimate_at_base_rate(
    scores_sub: npt.ArrayLike,
    clusters_sub: Sequence[Hashable],
    scores_strong: npt.ArrayLike,
    clusters_strong: Sequence[Hashable],
    base_rate: Estimate | tuple[float, Variance],
    level: float = 0.95,
) -> Estimate:
    """Estimates W(p) at a base rate that is itself estimated, such as from the random set.

    Adds (W_sub - W_strong)^2 Var(p). No product term follows: the squared difference of the
    estimates exceeds that of the truths by its own variance, which is what the term would add.
    The df combine as Satterthwaite (1946) has it. The base rate counts as independent of the
    scores on the two sets.

    Args:
        scores_sub: item scores on the suboptimal set in [0, 1], shape (n_s,).
        clusters_sub: n_s labels.
        scores_strong: item scores on the strong set in [0, 1], shape (n_t,).
        clusters_strong: n_t labels.
        base_rate: share of suboptimal moves among moves of the two strata: an estimated rate, or
            a value in [0, 1] with its variance.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores, labels, base rate or level are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    pair = stack_sets(scores_sub, clusters_sub, scores_strong, clusters_strong)
    p, spread = _with_variance(base_rate)
    scores, base = pair.variance(p), (pair.means[0] - pair.means[1]) ** 2 * spread.value
    total = scores + base
    parts = scores**2 / pair.df(p) + base**2 / spread.df
    variance = Variance(total, total**2 / parts if parts > 0 else pair.df(p), pair.unclustered(p))
    return estimate_rate(pair.mean(p), variance, pair.pooled, level=level, method=METHOD_ESTIMATED)


def symmetric_index(
    scores_sub: npt.ArrayLike,
    clusters_sub: Sequence[Hashable],
    scores_strong: npt.ArrayLike,
    clusters_strong: Sequence[Hashable],
    null: RedrawNull,
    level: float = 0.95,
) -> Estimate:
    """Estimates (W_sub + W_strong) / 2, which selection leaves at one half if it is symmetric.

    Args:
        scores_sub: item scores on the suboptimal set in [0, 1], shape (n_s,).
        clusters_sub: n_s labels.
        scores_strong: item scores on the strong set in [0, 1], shape (n_t,).
        clusters_strong: n_t labels.
        null: the stated selection of the two sets.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: the stated shares of the sets differ, or the input is unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    if not null.symmetric:
        raise EstimateError(
            f"The sets are the bottom {null.bottom_share:g} and the top {null.top_share:g}: "
            "selection alone moves their average, so there is no symmetric index."
        )
    pair = stack_sets(scores_sub, clusters_sub, scores_strong, clusters_strong)
    return _point(pair, EVEN, level)


def _point(pair: SetPair, p: float, level: float) -> Estimate:
    variance = Variance(pair.variance(p), pair.df(p), pair.unclustered(p))
    return estimate_rate(pair.mean(p), variance, pair.pooled, level=level, method=METHOD_POINT)


def _check_base_rate(p: float, name: str) -> float:
    if not 0 <= p <= 1:
        raise EstimateError(f"{name} is {p!r}; a base rate lies in [0, 1].")
    return float(p)


def _with_variance(base_rate: Estimate | tuple[float, Variance]) -> tuple[float, Variance]:
    if isinstance(base_rate, Estimate):
        p = _check_base_rate(base_rate.value, "base_rate.value")
        if base_rate.effective_n is None:
            raise EstimateError("base_rate has no effective n; give its value with a Variance.")
        return p, Variance(p * (1 - p) / base_rate.effective_n, base_rate.df)
    p, spread = base_rate
    if not (0 <= spread.value < math.inf and spread.df > 0):
        raise EstimateError(
            f"base_rate has the variance {spread!r}; give one that is not negative."
        )
    return _check_base_rate(p, "base_rate"), spread
