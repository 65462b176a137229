"""A band around the base-rate curve that holds for every base rate at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri

from analysis.clusters import FloatArray
from analysis.estimates import Variance, estimate_rate
from analysis.population.set_pair import SetPair
from analysis.rates import METHOD

SCHEFFE = "simultaneous for all base rates: Scheffe, 2 df, Hotelling quantile"
BONFERRONI = "simultaneous for all base rates: between cluster-Wilson ends, Bonferroni"
ALL_RATES = 101
"""Base rates at which the two bands are compared, whatever grid is asked for."""


@dataclass(frozen=True)
class Band:
    """Ends that hold for all base rates at once, in the order of the curve's grid."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    method: str


def simultaneous_band(pair: SetPair, grid: Sequence[float], level: float) -> Band:
    """Returns the narrower, on average over [0, 1], of two bands that are both valid.

    Scheffe (1953) for all weighted means of two rates, with Hotelling's T^2 quantile
    sqrt(2 df / (df - 1) F(2, df - 1)) since their covariance is estimated, df the smaller of
    the two sets'; or the line between the two sets' cluster-Wilson intervals, each at level
    1 - (1 - level) / 2. The choice looks at variances and not at the truth; a set without
    variance leaves only the second.

    Args:
        pair: the two sets.
        grid: base rates in [0, 1].
        level: joint coverage, in (0, 1).
    """
    spread = np.linspace(0, 1, ALL_RATES)
    low, high = _bonferroni(pair, spread, level)
    df = min(pair.df(0.0), pair.df(1.0))
    chosen, method = _bonferroni, BONFERRONI
    if df > 1 and not pair.flat_sets:
        other_low, other_high = _scheffe(pair, spread, level)
        if np.sum(other_high - other_low) < np.sum(high - low):
            chosen, method = _scheffe, SCHEFFE
    low, high = chosen(pair, np.asarray(grid, dtype=np.float64), level)
    return Band(tuple(low.tolist()), tuple(high.tolist()), method)


def _scheffe(pair: SetPair, grid: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    df = min(pair.df(0.0), pair.df(1.0))
    quantile = math.sqrt(2 * df / (df - 1) * float(fdtri(2, df - 1, level)))
    mixed = np.outer(grid, pair.terms[0]) + np.outer(1 - grid, pair.terms[1])
    errors = np.sqrt(np.sum(mixed**2, axis=1))
    middle = grid * pair.means[0] + (1 - grid) * pair.means[1]
    if not math.isfinite(quantile):
        return np.zeros_like(middle), np.ones_like(middle)
    return np.maximum(0, middle - quantile * errors), np.minimum(1, middle + quantile * errors)


def _bonferroni(pair: SetPair, grid: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    each = 1 - (1 - level) / 2
    ends = []
    for p, sums in ((1.0, pair.suboptimal), (0.0, pair.strong)):
        variance = Variance(pair.variance(p), pair.df(p))
        rate = estimate_rate(sums.mean, variance, sums, level=each, method=METHOD)
        ends.append(np.array([rate.low, rate.high], dtype=np.float64))
    sub, strong = ends
    return grid * sub[0] + (1 - grid) * strong[0], grid * sub[1] + (1 - grid) * strong[1]
