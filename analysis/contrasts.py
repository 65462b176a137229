"""Differences on the item score scale: between arms, between sets, between orders.

CR2 variance and a t quantile at Satterthwaite df throughout; clusters that sets share are kept
together, so their covariance is not lost. Intervals are symmetric and may pass the scale's ends.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import (
    ClusterSums,
    FloatArray,
    check_values,
    cluster_sums,
    cr2_terms,
    satterthwaite_df,
    unclustered_variance,
)
from analysis.errors import EstimateError
from analysis.estimates import Estimate, Variance, estimate_difference

METHOD_MEAN = "mean per item, CR2 variance, Satterthwaite t"
METHOD_PAIRED = "mean difference per item, CR2 variance, Satterthwaite t"
METHOD_SETS = "difference of set means stacked by cluster, CR2 variance, Satterthwaite t"


@dataclass(frozen=True)
class _Stack:
    """Sets over the same clusters with their weights in the contrast, and all items pooled."""

    sets: tuple[ClusterSums, ...]
    weights: tuple[float, ...]
    pooled: ClusterSums
    """Deviations of every item from the mean of its set."""


def paired_difference(
    scores_a: npt.ArrayLike,
    scores_b: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> Estimate:
    """Estimates how much arm A scores above arm B on the same items.

    Args:
        scores_a: item scores of A in [0, 1], shape (n,).
        scores_b: item scores of B on the same items in the same order, shape (n,).
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items lie in one cluster.
    """
    a = check_values(scores_a, "scores_a", 0, 1)
    b = check_values(scores_b, "scores_b", 0, 1)
    if len(a) != len(b):
        raise EstimateError(f"{len(a)} scores of A but {len(b)} of B; pair them by item.")
    return _estimate(_single(a - b, clusters), level, METHOD_PAIRED)


def mean_effect(
    effects: npt.ArrayLike, clusters: Sequence[Hashable], level: float = 0.95
) -> Estimate:
    """Estimates the mean of an effect measured on each item, such as the position effect.

    Args:
        effects: in [-1, 1], shape (n,).
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: effects or labels are unusable.
        TooFewClusters: all items lie in one cluster.
    """
    values = check_values(effects, "effects", -1, 1)
    return _estimate(_single(values, clusters), level, METHOD_MEAN)


def set_contrast(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    level: float = 0.95,
) -> Estimate:
    """Estimates how much an arm scores on set A above set B, for instance suboptimal on strong.

    The sets are stacked as a regression of the score on the set would be; a label that occurs
    in both sets is one cluster.

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
    a = check_values(scores_a, "scores_a", 0, 1)
    b = check_values(scores_b, "scores_b", 0, 1)
    labels = dict.fromkeys([*clusters_a, *clusters_b])
    sums_a, sums_b = cluster_sums(a, clusters_a, labels), cluster_sums(b, clusters_b, labels)
    pooled = cluster_sums(
        np.concatenate([a - sums_a.mean, b - sums_b.mean]), [*clusters_a, *clusters_b]
    )
    return _estimate(_Stack((sums_a, sums_b), (1.0, -1.0), pooled), level, METHOD_SETS)


def _single(values: FloatArray, clusters: Sequence[Hashable]) -> _Stack:
    sums = cluster_sums(values, clusters)
    return _Stack((sums,), (1.0,), sums)


def _estimate(stack: _Stack, level: float, method: str) -> Estimate:
    weighted = list(zip(stack.sets, stack.weights, strict=True))
    value = math.fsum(weight * sums.mean for sums, weight in weighted)
    terms = np.sum([weight * cr2_terms(sums) for sums, weight in weighted], axis=0)
    variance = Variance(
        math.fsum(terms**2),
        satterthwaite_df(stack.sets, stack.weights),
        _unclustered(weighted),
    )
    return estimate_difference(value, variance, stack.pooled, level=level, method=method)


def _unclustered(weighted: Sequence[tuple[ClusterSums, float]]) -> float:
    """Returns the variance that the contrast would have if every item were its own cluster."""
    return math.fsum(weight**2 * unclustered_variance(sums) for sums, weight in weighted)
