"""One figure of several laboratories: random effects with the laboratory as a level.

Each laboratory comes with its own estimate and cluster-robust variance; the estimates differ by
sampling and because laboratories differ (their people, their sessions, their labels).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from analysis.clusters import FloatArray
from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import NO_VARIANCE, check_level, t_quantile, wilson_interval
from analysis.trends.trend_line import Line, paule_mandel

FEWEST_LABORATORIES = 2
FEWEST_FOR_PREDICTION = 3
RATE_SCALE, DIFFERENCE_SCALE = "rate", "difference"
METHOD = (
    "mean over laboratories, weighted by how many items in how many clusters they have and not by "
    "what came out; random effects, tau2 by Paule and Mandel, t(k - 1)"
)


@dataclass(frozen=True)
class Pool:
    """A figure over laboratories."""

    value: float
    """The weighted mean of the laboratories' win rates or differences."""
    low: float
    high: float
    level: float
    method: str
    scale: str
    """What was pooled: a `rate`, with Wilson's interval, or a `difference`, with a t interval."""
    laboratories: int
    df: int
    """Laboratories less one, for the interval and for Q."""
    standard_error: float
    """0 where every laboratory has the same rate of 0 or 1; the interval does not rest on it."""
    tau2: float
    """Variance between laboratories."""
    q: float
    """Cochran's Q."""
    q_p: float
    """Its p value by chi2, as if the laboratories' variances were known."""
    i2: float
    """Share of the spread that sampling does not explain (Higgins and Thompson 2002)."""
    predicted_low: float | None
    """Where the next laboratory's true figure is expected; None below three laboratories."""
    predicted_high: float | None
    weights: tuple[float, ...]
    """Of each laboratory, in the order given; they sum to one."""
    without: tuple["Left", ...] = ()
    """The figure without each laboratory in turn; none below three laboratories."""


@dataclass(frozen=True)
class Left:
    """The figure without one laboratory."""

    place: int
    """Which one, from 0 in the order given."""
    value: float
    low: float
    high: float


def pool_differences(
    values: npt.ArrayLike, variances: npt.ArrayLike, weights: npt.ArrayLike, level: float = 0.95
) -> Pool:
    """Pools differences of rates.

    y_l ~ (mu + u_l, v_l), u_l ~ (0, tau2). mu = sum w y with weights that do not come from what
    is pooled; its variance is sum w^2 (v + tau2), with t(k - 1) (Bakbergenuly, Hoaglin and
    Kulinskaya 2020). tau2 from Q(tau2) = k - 1, or 0 (Paule and Mandel 1982), so laboratories
    that agree by luck have no interval shorter than their own sampling error. With weights
    1 / (v + tau2) it is the interval of Hartung and Knapp with a factor of at least one; such
    weights favour whoever came out with a small variance. Prediction: mu +- t(k - 2)
    sqrt(tau2 + se^2) (Higgins, Thompson and Spiegelhalter 2009).

    Args:
        values: a difference of each laboratory, shape (k,).
        variances: of each, positive, shape (k,).
        weights: of each, positive, on any scale, shape (k,).
        level: nominal coverage, in (0, 1).

    Raises:
        TooFewClusters: fewer than two laboratories.
        EstimateError: values, variances, weights or level are unusable.
    """
    given = _check(values, variances, weights, "variances")
    return _pool(given, level, DIFFERENCE_SCALE)


def pool_rates(
    rates: npt.ArrayLike, sizes: npt.ArrayLike, weights: npt.ArrayLike, level: float = 0.95
) -> Pool:
    """Pools win rates.

    As `pool_differences`, with the variances p (1 - p) / n at the pooled rate p: at its own, a
    laboratory near 0 or 1 has next to none. The interval is Wilson's at the effective size
    p (1 - p) / se^2; where every laboratory is at 0, or at 1, at what the sizes alone give.

    Args:
        rates: in [0, 1], shape (k,).
        sizes: effective n of each, positive, shape (k,).
        weights: of each, positive, on any scale, shape (k,).
        level: nominal coverage, in (0, 1).

    Raises:
        TooFewClusters: fewer than two laboratories.
        EstimateError: a rate is outside [0, 1], or sizes, weights or level are unusable.
    """
    given = _check(rates, sizes, weights, "sizes")
    if np.any((given.y < 0) | (given.y > 1)):
        raise EstimateError("a rate is outside [0, 1].")
    return _pool(given, level, RATE_SCALE)


@dataclass(frozen=True, eq=False)
class _Given:
    y: FloatArray
    spread: FloatArray
    """Variances of differences, effective sizes of rates."""
    w: FloatArray

    def without(self, place: int) -> "_Given":
        return _Given(*(np.delete(each, place) for each in (self.y, self.spread, self.w)))


def _check(
    values: npt.ArrayLike, spreads: npt.ArrayLike, weights: npt.ArrayLike, name: str
) -> _Given:
    y, s, w = (np.asarray(given, dtype=np.float64) for given in (values, spreads, weights))
    if not (y.shape == s.shape == w.shape) or y.ndim != 1:
        raise EstimateError(f"{y.size} values but {s.size} {name} and {w.size} weights.")
    if len(y) < FEWEST_LABORATORIES:
        raise TooFewClusters(f"{len(y)} laboratories: pooling needs {FEWEST_LABORATORIES}.")
    positive = np.concatenate([s, w])
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(positive)) and np.all(positive > 0)):
        raise EstimateError(f"values must be numbers, {name} and weights positive ones.")
    return _Given(y, s, w)


@dataclass(frozen=True)
class _Fit:
    middle: float
    error: float
    tau2: float
    q: float
    span: Callable[[float, float], tuple[float, float]]
    """Quantile and a variance to be added -> ends of an interval."""


def _fit(given: _Given, scale: str) -> _Fit:
    # A sum depends on its order in the last digit; a pool must not depend on that of its files.
    order = np.lexsort((given.w, given.spread, given.y))
    y, spread, w = given.y[order], given.spread[order], given.w[order]
    w = w / math.fsum(w)
    middle = math.fsum(w * y)
    if scale == DIFFERENCE_SCALE:
        error, tau2, q = _spread(y, spread, w)
        return _Fit(middle, error, tau2, q, partial(_even, middle, error))
    middle = min(1.0, max(0.0, middle))
    binary, size = middle * (1 - middle), 1 / math.fsum(w**2 / spread)
    if binary <= NO_VARIANCE:
        return _Fit(middle, 0.0, 0.0, 0.0, partial(_wilson, middle, size, 0.0))
    error, tau2, q = _spread(y, binary / spread, w)
    return _Fit(middle, error, tau2, q, partial(_wilson, middle, binary / error**2, error))


def _spread(y: FloatArray, v: FloatArray, w: FloatArray) -> tuple[float, float, float]:
    """Returns the standard error of the mean, tau2 and Q."""
    line = Line(np.ones((len(y), 1)), y, v, singular=False)
    tau2 = paule_mandel(line)
    return math.sqrt(math.fsum(w**2 * (v + tau2))), tau2, line.fit(0.0)[2]


def _even(middle: float, error: float, quantile: float, more: float) -> tuple[float, float]:
    half = quantile * math.sqrt(error**2 + more)
    return middle - half, middle + half


def _wilson(
    middle: float, size: float, error: float, quantile: float, more: float
) -> tuple[float, float]:
    share = error**2 / (error**2 + more) if more else 1.0
    return wilson_interval(middle, size * share, quantile)


def _pool(given: _Given, level: float, scale: str) -> Pool:
    check_level(level)
    fit, df = _fit(given, scale), len(given.y) - 1
    low, high = fit.span(t_quantile(level, df), 0.0)
    predicted = _predict(fit, df, level)
    return Pool(
        value=fit.middle,
        low=low,
        high=high,
        level=level,
        method=METHOD,
        scale=scale,
        laboratories=len(given.y),
        df=df,
        standard_error=fit.error,
        tau2=fit.tau2,
        q=fit.q,
        q_p=float(chdtrc(df, fit.q)),
        i2=max(0.0, 1 - df / fit.q) if fit.q > 0 else 0.0,
        predicted_low=predicted[0],
        predicted_high=predicted[1],
        weights=tuple((given.w / math.fsum(given.w)).tolist()),
        without=tuple(_leave_out(given, level, scale)),
    )


def _predict(fit: _Fit, df: int, level: float) -> tuple[float, float] | tuple[None, None]:
    if df + 1 < FEWEST_FOR_PREDICTION:
        return None, None
    return fit.span(t_quantile(level, df - 1), fit.tau2)


def _leave_out(given: _Given, level: float, scale: str) -> Iterator[Left]:
    laboratories = len(given.y)
    for place in range(laboratories if laboratories > FEWEST_LABORATORIES else 0):
        fit = _fit(given.without(place), scale)
        yield Left(place, fit.middle, *fit.span(t_quantile(level, laboratories - 2), 0.0))
