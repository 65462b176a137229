"""Raw agreement and Gwet's AC1 of any number of rows of labels, over clusters of units.

Labels may be missing. Of the coefficients corrected for chance, AC1 is the one that a skewed
choice of categories leaves near the raw agreement.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.estimates import Estimate
from analysis.jackknife import Statistic, Undefined, cluster_jackknife
from analysis.labels.ratings import (
    Ratings,
    Weights,
    agreement_weights,
    category_counts,
    clusters_of,
)
from analysis.rates import win_rate

TOO_FEW_LABELS = "fewer than two labels"
NO_LABEL = "no label"


def raw_agreement(
    ratings: Ratings,
    clusters: Sequence[Hashable],
    categories: Sequence[Hashable],
    weights: Weights = None,
    level: float = 0.95,
) -> Estimate:
    """Estimates the mean over units of the share of pairs of labels that agree.

    A mean in [0, 1], so it has the cluster-Wilson interval of a rate.

    Args:
        ratings: rows of labels of the same units; a unit with fewer than two is an exclusion.
        clusters: one cluster label for each unit.
        categories: every category there is, in order; at least two.
        weights: for ordered categories: a pair then counts its weight.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels, categories or level are unusable.
        TooFewClusters: all units with two labels lie in one cluster.
        Undefined: no unit has two labels.
    """
    counts = category_counts(ratings, categories)
    paired = _paired(counts)
    labels = clusters_of(clusters, np.flatnonzero(paired), len(counts))
    shares = _pair_shares(counts[paired], agreement_weights(weights, len(categories)))
    # One half, the null of a win rate, is no landmark of agreement.
    estimate = replace(win_rate(shares, labels, level), p_value=None)
    left_out = int(np.count_nonzero(~paired))
    return estimate.with_exclusions({TOO_FEW_LABELS: left_out} if left_out else {})


def gwet_ac1(
    ratings: Ratings,
    clusters: Sequence[Hashable],
    categories: Sequence[Hashable],
    weights: Weights = None,
    level: float = 0.95,
) -> Estimate:
    """Estimates Gwet's AC1, or AC2 with weights, of two rows or more with labels missing.

    Observed agreement is the mean, over units with two labels or more, of
    sum_k r_k (r*_k - 1) / (r (r - 1)): r_k of r labels are k and r*_k = sum_l w_kl r_l. Chance is
    sum_kl w_kl / (K (K - 1)) times sum_k pi_k (1 - pi_k) with pi_k the mean over units of r_k / r
    (Gwet 2008; Gwet 2014, chapters 2 to 4). A unit with one label enters pi_k only.

    Args:
        ratings: rows of labels of the same units; a unit without any is an exclusion.
        clusters: one cluster label for each unit.
        categories: every category there is, in order, used or not; at least two.
        weights: for ordered categories.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels, categories or level are unusable.
        TooFewClusters: all labelled units lie in one cluster.
        Undefined: no unit has two labels.
    """
    every = category_counts(ratings, categories)
    labelled = every.any(axis=1)
    labels = clusters_of(clusters, np.flatnonzero(labelled), len(every))
    counts, matrix = every[labelled], agreement_weights(weights, len(categories))
    paired = _paired(counts)
    shared = np.zeros(len(counts))
    shared[paired] = _pair_shares(counts[paired], matrix)
    shares = counts / counts.sum(axis=1, keepdims=True)
    terms = np.column_stack([paired, shared, np.ones(len(counts)), shares])
    name = "Gwet's AC1" if weights is None else f"Gwet's AC2 ({weights} weights)"
    estimate = cluster_jackknife(_gwet(matrix), terms, labels, name, level=level)
    left_out = int(np.count_nonzero(~labelled))
    return estimate.with_exclusions({NO_LABEL: left_out} if left_out else {})


def beyond_chance(observed: FloatArray, chance: FloatArray) -> FloatArray:
    """Returns (observed - chance) / (1 - chance), NaN where chance alone agrees always."""
    room = 1 - chance
    none = np.full_like(room, np.nan)
    found: FloatArray = np.divide(observed - chance, room, out=none, where=room > 0)
    return found


def _paired(counts: FloatArray) -> npt.NDArray[np.bool_]:
    """Returns which units have two labels or more.

    Raises:
        Undefined: none has.
    """
    paired: npt.NDArray[np.bool_] = counts.sum(axis=1) > 1
    if not paired.any():
        raise Undefined("No unit has two labels: there is no agreement to measure.")
    return paired


def _pair_shares(counts: FloatArray, matrix: FloatArray) -> FloatArray:
    """Returns the share of the pairs of labels of each unit that agree, or their mean weight."""
    totals = counts.sum(axis=1)
    shares: FloatArray = (counts * (counts @ matrix - 1)).sum(axis=1) / (totals * (totals - 1))
    return np.clip(shares, 0, 1)


def _gwet(matrix: FloatArray) -> Statistic:
    count = len(matrix)

    def statistic(terms: FloatArray) -> FloatArray:
        paired, shared, units, shares = np.split(terms, [1, 2, 3], axis=1)
        none = np.full_like(paired, np.nan)
        observed = np.divide(shared, paired, out=none, where=paired > 0)[:, 0]
        pi = shares / units
        chance = matrix.sum() / (count * (count - 1)) * (pi * (1 - pi)).sum(axis=1)
        return beyond_chance(observed, chance)

    return statistic
