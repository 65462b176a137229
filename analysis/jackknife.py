"""Delete-one-cluster jackknife with t(G - 1) for figures that are smooth but not means.

With z_(g) the figure, on its scale, without cluster g of G, its variance is
(G - 1) / G sum_g (z_(g) - mean z)^2 (Efron 1982); the interval z -/+ t sqrt(variance) is brought
back and cut where the figure ends, and the p value is of 0 and agrees with it. Coefficients that
end at 1 are taken to Fisher's z = atanh. There is no interval where a coefficient is exactly 1
or -1 or a figure is undefined without one of the clusters; where a coefficient is 1 or -1 only
without one of them, the scale is the plain one and a warning says so.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import (
    FEWEST_CLUSTERS,
    ClusterSums,
    FloatArray,
    anova_icc,
    reliability_warnings,
    unclustered_variance,
)
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD, Estimate
from analysis.intervals import NO_VARIANCE, check_level, t_quantile, two_sided_p

IntArray = npt.NDArray[np.intp]
Statistic = Callable[[FloatArray], FloatArray]
"""From sums of contributions, shape (B, ...), to B values: NaN where one is undefined."""

AT_THE_END = "no interval: a coefficient of exactly 1 or -1 shows no variance"
LEFT_OUT_UNDEFINED = "no interval: the figure is undefined without one of the clusters"
PLAIN_INSTEAD = "interval on the plain scale: without one cluster the coefficient is 1 or -1"
END = 1 - 1e-12
"""From here to 1 a coefficient is 1 but for rounding; so below -END for -1."""


class Undefined(EstimateError):
    """The figure does not exist for these items; the message says why.

    A report catches this one and prints the reason in place of the figure.
    """


@dataclass(frozen=True)
class Scale:
    """Where the jackknife takes place and where the figure ends."""

    fisher: bool
    """Whether on Fisher's z = atanh(value), else on the figure's own scale."""
    low: float = -1.0
    """The smallest value that the figure can take; the interval is cut there."""
    high: float = 1.0
    """The largest."""


FISHER_Z = Scale(fisher=True)
"""For coefficients in [-1, 1]: kappa, AC1, alpha."""
PLAIN = Scale(fisher=False, low=-math.inf, high=math.inf)
"""For figures on an open scale."""


@dataclass(frozen=True)
class _Replicates:
    """A figure on all items, without each cluster (G,), and without each item (n,) if known."""

    figure: str
    value: float
    without: FloatArray
    without_item: FloatArray | None
    codes: IntArray
    sizes: FloatArray


def cluster_jackknife(
    statistic: Statistic,
    contributions: FloatArray,
    clusters: Sequence[Hashable],
    figure: str,
    scale: Scale = FISHER_Z,
    level: float = 0.95,
) -> Estimate:
    """Estimates a figure that depends on the items only through a sum over them.

    Two calls of the statistic give all that is needed: one on G + 1 sums, and one on n, each
    without one item, for the design effect.

    Args:
        statistic: from sums of shape (B, ...) to the B values, NaN where undefined.
        contributions: what each item adds to the sum, shape (n, ...).
        clusters: n labels.
        figure: its name, for the method and for messages.
        scale: where the interval is built.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels or level are unusable.
        TooFewClusters: all items lie in one cluster.
        Undefined: the figure is undefined on all items.
    """
    codes, sizes = cluster_codes(clusters, len(contributions))
    sums = np.zeros((len(sizes), *contributions.shape[1:]))
    np.add.at(sums, codes, contributions)
    total = sums.sum(axis=0)
    values = statistic(np.concatenate([total[None], total - sums]))
    items = statistic(total - contributions)
    figures = _Replicates(figure, float(values[0]), values[1:], items, codes, sizes)
    return _estimate(figures, scale, level)


def refit_jackknife(
    refit: Callable[[IntArray], float | None],
    clusters: Sequence[Hashable],
    figure: str,
    scale: Scale = PLAIN,
    level: float = 0.95,
) -> Estimate:
    """Estimates a figure that is no function of a sum, such as a regression's prediction.

    ICC, design effect and effective n stay None: they would take n more refits.

    Args:
        refit: from the indices of the kept items, ascending, to the figure or None.
        clusters: n labels.
        figure: its name, for the method and for messages.
        scale: where the interval is built.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels or level are unusable.
        TooFewClusters: all items lie in one cluster.
        Undefined: the figure is undefined on all items.
    """
    codes, sizes = cluster_codes(clusters, len(clusters))
    kept = [np.arange(len(codes)), *(np.flatnonzero(codes != g) for g in range(len(sizes)))]
    fits = [refit(indices) for indices in kept]
    values = np.array([math.nan if fit is None else fit for fit in fits])
    figures = _Replicates(figure, float(values[0]), values[1:], None, codes, sizes)
    return _estimate(figures, scale, level)


def cluster_codes(clusters: Sequence[Hashable], n: int) -> tuple[IntArray, FloatArray]:
    """Returns the number of each item's cluster, shape (n,), and the cluster sizes, shape (G,).

    Raises:
        EstimateError: there is no item, lengths differ, or a label is missing.
        TooFewClusters: all items lie in one cluster.
    """
    if n == 0 or len(clusters) != n:
        raise EstimateError(f"{n} items but {len(clusters)} cluster labels.")
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in clusters], np.intp)
    for label, number in numbers.items():
        if label is None or (isinstance(label, float) and math.isnan(label)):
            index = int(np.argmax(codes == number))
            raise EstimateError(f"clusters[{index}] is missing; every item needs a cluster.")
    if len(numbers) < FEWEST_CLUSTERS:
        raise TooFewClusters(
            f"All {n} items lie in one cluster: no interval can be given. "
            "Add items from another cluster, or cluster at a finer level."
        )
    return codes, np.bincount(codes).astype(np.float64)


def _estimate(figures: _Replicates, scale: Scale, level: float) -> Estimate:
    check_level(level)
    n, count = len(figures.codes), len(figures.sizes)
    if math.isnan(figures.value):
        raise Undefined(f"{figures.figure} is undefined on these {n} items.")
    spread = _spread(figures, scale)
    low, high, p_value = _interval(figures.value, spread, t_quantile(level, count - 1), count - 1)
    icc, effect = _clustering(figures, spread)
    where = "Fisher z" if spread.scale.fisher else "plain"
    return Estimate(
        value=figures.value,
        low=low,
        high=high,
        level=level,
        method=f"{figures.figure}: delete-one-cluster jackknife on the {where} scale, t(G - 1)",
        n=n,
        clusters=count,
        largest_share=float(figures.sizes.max()) / n,
        icc=icc,
        design_effect=effect,
        effective_n=n / effect if effect else None,
        df=float(count - 1),
        p_value=p_value,
        null=0.0,
        warnings=(*reliability_warnings(count, count - 1), *spread.warnings),
    )


@dataclass(frozen=True)
class _Spread:
    """The standard error of a figure, the scale that it is on, and what must be said of it."""

    error: float | None
    scale: Scale
    warnings: tuple[str, ...] = ()


def _spread(figures: _Replicates, scale: Scale) -> _Spread:
    count = len(figures.sizes)
    if np.isnan(figures.without).any():
        return _Spread(None, scale, (LEFT_OUT_UNDEFINED,))
    if scale.fisher and abs(figures.value) >= END:
        return _Spread(None, scale, (AT_THE_END,))
    warnings: tuple[str, ...] = ()
    if scale.fisher and bool(np.any(np.abs(figures.without) >= END)):
        scale, warnings = Scale(fisher=False), (PLAIN_INSTEAD,)
    moved = np.arctanh(figures.without) if scale.fisher else figures.without
    middle = math.fsum(moved) / count
    variance = (count - 1) / count * math.fsum((moved - middle) ** 2)
    if variance <= NO_VARIANCE / len(figures.codes):
        return _Spread(None, scale, (NO_SPREAD,))
    return _Spread(math.sqrt(variance), scale, warnings)


def _interval(
    value: float, spread: _Spread, quantile: float, df: float
) -> tuple[float | None, float | None, float | None]:
    """Returns the ends of the interval on the figure's own scale, and the p value of 0."""
    if spread.error is None:
        return None, None, None
    centre = math.atanh(value) if spread.scale.fisher else value
    low, high = centre - quantile * spread.error, centre + quantile * spread.error
    if spread.scale.fisher:
        low, high = math.tanh(low), math.tanh(high)
    p_value = two_sided_p(centre / spread.error, df)
    return max(low, spread.scale.low), min(high, spread.scale.high), p_value


def _clustering(figures: _Replicates, spread: _Spread) -> tuple[float | None, float | None]:
    """Returns ICC and design effect, of the items' pseudo-values: what each, left out, moves."""
    if spread.error is None or figures.without_item is None:
        return None, None
    usable = np.abs(figures.without_item) < (END if spread.scale.fisher else math.inf)
    if not usable.all():  # NaN compares as unusable too
        return None, None
    moved = np.arctanh(figures.without_item) if spread.scale.fisher else figures.without_item
    pseudo = -(len(moved) - 1) * (moved - moved.mean())
    totals = np.bincount(figures.codes, pseudo).astype(np.float64)
    off = pseudo - (totals / figures.sizes)[figures.codes]
    within = np.bincount(figures.codes, off**2).astype(np.float64)
    sums = ClusterSums(figures.sizes, totals, within)
    alone = unclustered_variance(sums)
    return anova_icc(sums), spread.error**2 / alone if alone > 0 else None
