"""The contrast of two win rates near 0 or 1, from their own intervals (MOVER).

A symmetric interval of a difference fails where a rate cannot go further; here the interval of
each rate, cluster-Wilson, decides how far its side of the difference may reach.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import stdtrit

from analysis.clusters import check_values, cluster_sums, cr2_terms
from analysis.contrasts import set_contrast
from analysis.errors import EstimateError
from analysis.estimates import NO_SPREAD, Estimate
from analysis.intervals import NO_VARIANCE, t_quantile, wilson_interval
from analysis.rates import win_rate

METHOD = "MOVER of the two cluster-Wilson intervals with the CR2 correlation of the rates"
NEAR_END = 0.1
"""A rate this near to 0 or 1 makes the symmetric interval of a difference too narrow."""
SMALLEST_P = 1e-300
WIDEST = 1e100
"""Standard errors; a wider interval is the same, and its square would overflow."""

Bounds = tuple[float, float, float]
"""A figure, the lower and the upper end of its interval."""


@dataclass(frozen=True)
class MoverContrast:
    """Difference of two rates with an interval that respects their ends."""

    value: float
    """Rate A less rate B."""
    low: float
    high: float
    level: float
    """Nominal coverage of the interval."""
    p_value: float
    """Two-sided p value of 0: the level at which the interval just reaches it."""
    correlation: float
    """Of the two rates, as it entered."""
    method: str = METHOD


def mover_bounds(a: Bounds, b: Bounds, correlation: float) -> tuple[float, float]:
    """Returns the MOVER interval of a difference of two correlated figures.

    With (a, l, u) and (b, m, v): a - b - sqrt((a-l)² + (v-b)² - 2 r (a-l)(v-b)) to
    a - b + sqrt((u-a)² + (b-m)² - 2 r (u-a)(b-m)) (Zou and Donner 2008; Zou 2007).

    Args:
        a: the first figure with its interval.
        b: the second, on the same scale, with an interval of the same level.
        correlation: of the two figures, in [-1, 1].

    Raises:
        EstimateError: the correlation is unusable.
    """
    if not -1 <= correlation <= 1:
        raise EstimateError(f"correlation is {correlation!r}, outside [-1, 1].")
    (value_a, low_a, high_a), (value_b, low_b, high_b) = a, b
    difference = value_a - value_b
    below = _hypotenuse(value_a - low_a, high_b - value_b, correlation)
    above = _hypotenuse(high_a - value_a, value_b - low_b, correlation)
    return difference - below, difference + above


def mover_contrast(rate_a: Estimate, rate_b: Estimate, correlation: float) -> MoverContrast:
    """Estimates how much win rate A exceeds win rate B by MOVER.

    Args:
        rate_a: from `win_rate`.
        rate_b: from `win_rate` at the same level.
        correlation: of the two rates, from `set_correlation`; 0 if no cluster holds both.

    Raises:
        EstimateError: the levels differ, the correlation is unusable, or a rate has no
            effective n.
    """
    if rate_a.level != rate_b.level:
        raise EstimateError(f"rate_a has level {rate_a.level!r} but rate_b {rate_b.level!r}.")
    quantiles = (t_quantile(rate_a.level, rate_a.df), t_quantile(rate_b.level, rate_b.df))
    low, high = _interval((rate_a, rate_b), quantiles, correlation)
    return MoverContrast(
        value=rate_a.value - rate_b.value,
        low=low,
        high=high,
        level=rate_a.level,
        p_value=_p_value((rate_a, rate_b), correlation),
        correlation=correlation,
    )


def set_correlation(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
) -> float:
    """Returns the correlation of two set means from their CR2 covariance.

    It is 0 where no cluster holds items of both sets, or a set shows no variance.

    Args:
        scores_a: item scores on set A in [0, 1], shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1], shape (n_b,).
        clusters_b: n_b labels.

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    labels = dict.fromkeys([*clusters_a, *clusters_b])
    a = cluster_sums(check_values(scores_a, "scores_a", 0, 1), clusters_a, labels)
    b = cluster_sums(check_values(scores_b, "scores_b", 0, 1), clusters_b, labels)
    terms_a, terms_b = cr2_terms(a), cr2_terms(b)
    variances = [math.fsum(terms_a**2), math.fsum(terms_b**2)]
    if variances[0] <= NO_VARIANCE / a.n or variances[1] <= NO_VARIANCE / b.n:
        return 0.0
    found = math.fsum(terms_a * terms_b) / math.sqrt(variances[0] * variances[1])
    return float(np.clip(found, -1, 1))


def set_contrast_near_ends(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    level: float = 0.95,
) -> Estimate:
    """Estimates a set contrast, by MOVER where a rate lies within .1 of 0 or 1.

    Elsewhere it is `set_contrast`; `method` says which. With MOVER, value, interval and p value
    are those of `mover_contrast`, the rest (df, design effect, ICC) describes the CR2 contrast.

    Args:
        scores_a: item scores on set A in [0, 1], shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1], shape (n_b,).
        clusters_b: n_b labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    plain = set_contrast(scores_a, clusters_a, scores_b, clusters_b, level)
    rates = win_rate(scores_a, clusters_a, level), win_rate(scores_b, clusters_b, level)
    if all(NEAR_END < rate.value < 1 - NEAR_END for rate in rates):
        return plain
    correlation = set_correlation(scores_a, clusters_a, scores_b, clusters_b)
    found = mover_contrast(*rates, correlation)
    told = [text for text in plain.warnings if text != NO_SPREAD]
    told += [
        f"set {n}: {text}" for n, rate in zip("AB", rates, strict=True) for text in rate.warnings
    ]
    return replace(
        plain,
        value=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        method=f"{METHOD} (r = {correlation:.2f}), as a rate lies within {NEAR_END} of 0 or 1",
        warnings=tuple(told),
    )


def _hypotenuse(first: float, second: float, correlation: float) -> float:
    return math.sqrt(max(first**2 + second**2 - 2 * correlation * first * second, 0.0))


def _interval(
    rates: tuple[Estimate, Estimate], quantiles: tuple[float, float], correlation: float
) -> tuple[float, float]:
    bounds: list[Bounds] = []
    for rate, quantile in zip(rates, quantiles, strict=True):
        if rate.effective_n is None:
            raise EstimateError(f"The rate {rate.value!r} has no effective n: no Wilson interval.")
        bounds.append((rate.value, *wilson_interval(rate.value, rate.effective_n, quantile)))
    return mover_bounds(bounds[0], bounds[1], correlation)


def _p_value(rates: tuple[Estimate, Estimate], correlation: float) -> float:
    """Returns the p value at which the end of the interval nearer to 0 lies on 0."""
    if rates[0].value == rates[1].value:
        return 1.0

    def reach(log_p: float) -> float:
        p = math.exp(log_p)
        quantiles = tuple(min(WIDEST, -float(stdtrit(rate.df, p / 2))) for rate in rates)
        low, high = _interval(rates, (quantiles[0], quantiles[1]), correlation)
        return low if rates[0].value > rates[1].value else -high

    smallest = math.log(SMALLEST_P)
    if reach(smallest) > 0:
        return SMALLEST_P
    return math.exp(brentq(reach, smallest, 0.0, xtol=1e-12))
