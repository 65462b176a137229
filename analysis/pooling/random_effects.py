"""One figure of several laboratories: random effects with the laboratory as a level.

Each laboratory comes with its own estimate and cluster-robust variance; the estimates differ by
sampling and because laboratories differ (their people, their sessions, their labels).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, expit

from analysis.clusters import FloatArray
from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import check_level, t_quantile
from analysis.trends.trend_line import Line, paule_mandel

FEWEST_LABORATORIES = 2
FEWEST_FOR_PREDICTION = 3
LEAST_SIDE = 0.5
"""Effective items won, and lost: below, the logit of a rate near 0 or 1 has no end."""
RATE_SCALE, DIFFERENCE_SCALE = "logit", "difference"
METHOD = (
    "random effects over laboratories: tau2 by Paule and Mandel, Hartung-Knapp-Sidik-Jonkman "
    "interval with a factor of at least 1, t(k - 1)"
)


@dataclass(frozen=True)
class Pool:
    """A figure over laboratories."""

    value: float
    """A win rate or a difference: for a rate that of the middle laboratory."""
    low: float
    high: float
    level: float
    method: str
    scale: str
    """What was pooled: `logit` of the rate, or the `difference` as it is."""
    laboratories: int
    df: int
    """Laboratories less one, for the interval and for Q."""
    standard_error: float
    """On the scale."""
    factor: float
    """Hartung and Knapp's factor of the variance as it came out; below 1 it is not used."""
    tau2: float
    """Variance between laboratories, on the scale."""
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


def pool_differences(values: npt.ArrayLike, variances: npt.ArrayLike, level: float = 0.95) -> Pool:
    """Pools differences of rates as they are.

    y_l ~ (mu + u_l, v_l), u_l ~ (0, tau2). tau2 from Q(tau2) = k - 1, or 0 (Paule and Mandel
    1982); weights 1 / (v_l + tau2); variance of mu times max(1, q), q = Q(tau2) / (k - 1), with
    t(k - 1) (Hartung and Knapp 2001; Sidik and Jonkman 2002; IntHout 2014). q differs from 1
    only where tau2 is cut at 0, and there it is not let below 1: laboratories that agree by luck
    would have an interval shorter than their own sampling error. Prediction: mu +- t(k - 2)
    sqrt(tau2 + se^2) (Higgins, Thompson and Spiegelhalter 2009).

    Args:
        values: a difference of each laboratory, shape (k,).
        variances: of each, positive, shape (k,).
        level: nominal coverage, in (0, 1).

    Raises:
        TooFewClusters: fewer than two laboratories.
        EstimateError: values, variances or level are unusable.
    """
    y, v = _check(values, variances, "variances")
    return _pool(y, v, level, DIFFERENCE_SCALE)


def pool_rates(
    rates: npt.ArrayLike, sizes: npt.ArrayLike, items: npt.ArrayLike, level: float = 0.95
) -> Pool:
    """Pools win rates on the logit scale, told as a rate.

    On their own scale a rate near an end has a small variance because it is near that end, draws
    the weights, and one at the end has none; the interval passes 0 or 1. So y = log(won / lost)
    with variance 1 / won + 1 / lost, where won = n p and lost = n (1 - p) at the effective size
    n of the cluster-Wilson interval, neither below half an item (after Haldane 1956). n is no
    more than the items: a few clusters may agree by luck, and six items would outweigh six
    hundred. The rest is `pool_differences`. As a rate the value is that of the middle
    laboratory, not the mean.

    Args:
        rates: in [0, 1], shape (k,).
        sizes: effective n of each, positive, shape (k,).
        items: of each, shape (k,).
        level: nominal coverage, in (0, 1).

    Raises:
        TooFewClusters: fewer than two laboratories.
        EstimateError: a rate is outside [0, 1], or sizes or level are unusable.
    """
    p, n = _check(rates, np.minimum(sizes, items), "sizes")
    if np.any((p < 0) | (p > 1)):
        raise EstimateError("a rate is outside [0, 1].")
    won, lost = np.maximum(n * p, LEAST_SIDE), np.maximum(n * (1 - p), LEAST_SIDE)
    return _pool(np.log(won / lost), 1 / won + 1 / lost, level, RATE_SCALE)


def _check(
    values: npt.ArrayLike, spreads: npt.ArrayLike, name: str
) -> tuple[FloatArray, FloatArray]:
    y, v = (np.asarray(given, dtype=np.float64) for given in (values, spreads))
    if y.shape != v.shape or y.ndim != 1:
        raise EstimateError(f"{y.size} values but {v.size} {name}.")
    if len(y) < FEWEST_LABORATORIES:
        raise TooFewClusters(f"{len(y)} laboratories: pooling needs {FEWEST_LABORATORIES}.")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(v)) and np.all(v > 0)):
        raise EstimateError(f"values must be numbers and {name} positive ones.")
    return y, v


@dataclass(frozen=True)
class _Fit:
    middle: float
    error: float
    half: float
    """Of the interval."""
    factor: float
    tau2: float
    q: float

    @property
    def ends(self) -> tuple[float, float, float]:
        return self.middle, self.middle - self.half, self.middle + self.half


def _fit(y: FloatArray, v: FloatArray, level: float) -> _Fit:
    # A sum depends on its order in the last digit; a pool must not depend on that of its files.
    order = np.lexsort((v, y))
    line = Line(np.ones((len(y), 1)), y[order], v[order], singular=False)
    tau2 = paule_mandel(line)
    mean, inverse, spread = line.fit(tau2)
    factor = spread / line.df
    error = math.sqrt(float(inverse[0, 0]) * max(1.0, factor))
    half = t_quantile(level, line.df) * error
    return _Fit(float(mean[0]), error, half, factor, tau2, line.fit(0.0)[2])


def _pool(y: FloatArray, v: FloatArray, level: float, scale: str) -> Pool:
    check_level(level)
    fit, df = _fit(y, v, level), len(y) - 1
    weights = 1 / (v + fit.tau2)
    value, low, high = _told(fit.ends, scale)
    predicted = _predict(fit, df, level, scale)
    return Pool(
        value=value,
        low=low,
        high=high,
        level=level,
        method=METHOD,
        scale=scale,
        laboratories=len(y),
        df=df,
        standard_error=fit.error,
        factor=fit.factor,
        tau2=fit.tau2,
        q=fit.q,
        q_p=float(chdtrc(df, fit.q)),
        i2=max(0.0, 1 - df / fit.q) if fit.q > 0 else 0.0,
        predicted_low=predicted[0],
        predicted_high=predicted[1],
        weights=tuple((weights / math.fsum(weights)).tolist()),
        without=tuple(_leave_out(y, v, level, scale)),
    )


def _told(values: Sequence[float], scale: str) -> list[float]:
    return [float(expit(x)) for x in values] if scale == RATE_SCALE else list(values)


def _predict(
    fit: _Fit, df: int, level: float, scale: str
) -> tuple[float, float] | tuple[None, None]:
    if df + 1 < FEWEST_FOR_PREDICTION:
        return None, None
    half = t_quantile(level, df - 1) * math.sqrt(fit.tau2 + fit.error**2)
    low, high = _told((fit.middle - half, fit.middle + half), scale)
    return low, high


def _leave_out(y: FloatArray, v: FloatArray, level: float, scale: str) -> Iterator[Left]:
    for place in range(len(y) if len(y) > FEWEST_LABORATORIES else 0):
        fit = _fit(np.delete(y, place), np.delete(v, place), level)
        yield Left(place, *_told(fit.ends, scale))
