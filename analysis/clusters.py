"""Cluster sums and what follows from them for a mean: CR2 variance, Satterthwaite df, ICC.

Closed forms for an intercept-only model with working independence (Bell and McCaffrey 2002;
Pustejovsky and Tipton 2018). It knows nothing of scores, win rates or intervals.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import EstimateError, TooFewClusters

FloatArray = npt.NDArray[np.float64]

FEWEST_CLUSTERS = 2
FEWEST_RELIABLE_CLUSTERS = 8
FEWEST_RELIABLE_DF = 4.0


@dataclass(frozen=True)
class ClusterSums:
    """What the estimators need of the items, one entry per cluster, all of shape (G,)."""

    sizes: FloatArray
    """Items in each cluster; zero where a stacked set has none."""
    sums: FloatArray
    """Sum of the values in each cluster."""
    within: FloatArray
    """Squared deviations from the cluster's own mean, summed."""

    @property
    def n(self) -> int:
        """Items in all clusters."""
        return int(self.sizes.sum())

    @property
    def clusters(self) -> int:
        """Clusters with at least one item."""
        return int(np.count_nonzero(self.sizes))

    @property
    def mean(self) -> float:
        """Item-weighted mean."""
        return math.fsum(self.sums) / self.n

    @property
    def largest_share(self) -> float:
        """Share of the items in the largest cluster."""
        return float(self.sizes.max()) / self.n


def check_values(values: npt.ArrayLike, name: str, low: float, high: float) -> FloatArray:
    """Returns the values as an array of shape (n,), all of them numbers in [low, high].

    Raises:
        EstimateError: they are empty, not one-dimensional, or one is missing or out of range.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise EstimateError(f"{name} must be one-dimensional, not of shape {array.shape}.")
    if array.size == 0:
        raise EstimateError(f"{name} is empty: there is no item to estimate from.")
    missing = np.flatnonzero(np.isnan(array))
    if missing.size:
        raise EstimateError(f"{name}[{missing[0]}] is missing (NaN); exclude it and count it.")
    outside = np.flatnonzero((array < low) | (array > high))
    if outside.size:
        at = outside[0]
        raise EstimateError(f"{name}[{at}] is {array[at]:g}, outside [{low:g}, {high:g}].")
    return array


def cluster_sums(
    values: FloatArray, clusters: Sequence[Hashable], among: Iterable[Hashable] = ()
) -> ClusterSums:
    """Groups values by cluster.

    Values are added in order of size, and clusters by `math.fsum`, so neither the order of the
    items nor the names of the clusters changes a digit of what is estimated from them.

    Args:
        values: shape (n,).
        clusters: n labels.
        among: labels that get an entry, in this order, even without an item here.

    Raises:
        EstimateError: lengths differ, or a label is missing.
    """
    if len(values) != len(clusters):
        raise EstimateError(f"{len(values)} values but {len(clusters)} cluster labels.")
    numbers: dict[Hashable, int] = {label: number for number, label in enumerate(among)}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in clusters], dtype=np.intp)
    for label, number in numbers.items():
        if label is None or (isinstance(label, float) and math.isnan(label)):
            at = int(np.flatnonzero(codes == number)[0])
            raise EstimateError(f"clusters[{at}] is missing; every item needs a cluster.")
    order = np.lexsort((values, codes))
    value, code = values[order], codes[order]
    sizes = np.bincount(code, minlength=len(numbers)).astype(np.float64)
    sums = np.asarray(np.bincount(code, value, len(numbers)), dtype=np.float64)
    means = sums / np.maximum(sizes, 1)
    within = np.bincount(code, (value - means[code]) ** 2, len(numbers))
    return ClusterSums(sizes=sizes, sums=sums, within=np.asarray(within, dtype=np.float64))


def cr2_terms(sums: ClusterSums) -> FloatArray:
    """Returns each cluster's bias-reduced share of the error of the mean, shape (G,).

    Their squares add up to the CR2 variance: e_g / (n sqrt(1 - w_g)) with residual sum
    e_g = S_g - N_g p and share w_g = N_g / n.

    Raises:
        TooFewClusters: one cluster holds all items.
    """
    residuals = sums.sums - sums.sizes * sums.mean
    terms: FloatArray = residuals / (sums.n * np.sqrt(_left_outside(sums)))
    return terms


def cr2_variance(sums: ClusterSums) -> float:
    """Returns the CR2 variance of the mean.

    Raises:
        TooFewClusters: one cluster holds all items.
    """
    return math.fsum(cr2_terms(sums) ** 2)


def satterthwaite_df(sets: Sequence[ClusterSums], weights: Sequence[float] = (1.0,)) -> float:
    """Returns the degrees of freedom of the CR2 variance of a weighted sum of set means.

    tr(M)^2 / ||M||^2 with M = sum_s c_s^2 (diag(d_s) - t_s t_s' / n_s), never formed: a mean over
    thousands of clusters would need a matrix of that size squared. The working model is
    independent items of equal variance.

    Args:
        sets: one entry per set, over the same clusters in the same order.
        weights: c_s, one for each set.

    Raises:
        TooFewClusters: one cluster holds all items of a set.
    """
    diagonal = np.zeros_like(sets[0].sizes)
    columns: list[FloatArray] = []
    for sums, weight in zip(sets, weights, strict=True):
        outside = _left_outside(sums)
        diagonal = diagonal + weight**2 * sums.sizes / (sums.n**2 * outside)
        columns.append(weight * sums.sizes / (sums.n**1.5 * np.sqrt(outside)))
    trace = math.fsum(diagonal) - math.fsum(math.fsum(a**2) for a in columns)
    squares = (
        math.fsum(diagonal**2)
        - 2 * math.fsum(math.fsum(diagonal * a**2) for a in columns)
        + math.fsum(math.fsum(a * b) ** 2 for a in columns for b in columns)
    )
    return trace**2 / squares


def anova_icc(sums: ClusterSums) -> float | None:
    """Returns the one-way ANOVA intra-class correlation for unequal cluster sizes.

    It may be negative. None when it is undefined: fewer than two clusters, no cluster with two
    items, or no variance at all.
    """
    clusters, n = sums.clusters, sums.n
    if clusters < FEWEST_CLUSTERS or clusters == n:
        return None
    held = sums.sizes > 0
    means = sums.sums[held] / sums.sizes[held]
    between = math.fsum(sums.sizes[held] * (means - sums.mean) ** 2) / (clusters - 1)
    within = math.fsum(sums.within) / (n - clusters)
    typical_size = (n - math.fsum(sums.sizes**2) / n) / (clusters - 1)
    total = between + (typical_size - 1) * within
    return (between - within) / total if total > 0 else None


def unclustered_variance(sums: ClusterSums) -> float:
    """Returns the variance that the mean would have if every item were its own cluster."""
    held = sums.sizes > 0
    means = sums.sums[held] / sums.sizes[held]
    squares = math.fsum(sums.within) + math.fsum(sums.sizes[held] * (means - sums.mean) ** 2)
    return squares / (sums.n * (sums.n - 1))


def reliability_warnings(clusters: int, df: float) -> tuple[str, ...]:
    """Returns what a reader must be told when too few clusters carry the interval."""
    if clusters < FEWEST_RELIABLE_CLUSTERS:
        return (f"unreliable: fewer than {FEWEST_RELIABLE_CLUSTERS} clusters",)
    if df < FEWEST_RELIABLE_DF:
        return (f"unreliable: fewer than {FEWEST_RELIABLE_DF:g} degrees of freedom",)
    return ()


def _left_outside(sums: ClusterSums) -> FloatArray:
    """Returns the share of the items outside each cluster, 1 - w_g, all of them positive."""
    if sums.clusters < FEWEST_CLUSTERS:
        raise TooFewClusters(
            f"All {sums.n} items lie in one cluster: no interval can be given. "
            "Add items from another cluster, or cluster at a finer level."
        )
    share: FloatArray = 1 - sums.sizes / sums.n
    return share
