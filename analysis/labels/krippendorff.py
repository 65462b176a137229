"""Krippendorff's alpha for nominal, ordinal and interval labels, over clusters of units.

Written from the definition; labels may be missing, and any number of annotators or judges may
have labelled a unit.
"""

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.jackknife import Statistic, Undefined, cluster_jackknife
from analysis.labels.gwet import TOO_FEW_LABELS
from analysis.labels.ratings import (
    FEWEST_CATEGORIES,
    Ratings,
    category_counts,
    clusters_of,
    is_missing,
)

Metric = Literal["nominal", "ordinal", "interval"]

UNDEFINED = "Alpha is undefined: units with two labels or more hold fewer than two categories."


def krippendorff_alpha(
    ratings: Ratings,
    clusters: Sequence[Hashable],
    metric: Metric = "nominal",
    categories: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimates Krippendorff's alpha = 1 - observed / expected disagreement.

    A unit with m labels, r_c of them c, adds (r_c r_k - [c = k] r_c) / (m - 1) to the coincidence
    o_ck; n_c = sum_k o_ck, n = sum_c n_c, and alpha = 1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck.
    The difference d_ck is [c != k] for nominal, (sum_{g=c..k} n_g - (n_c + n_k) / 2)^2 for ordinal
    and (c - k)^2 for interval labels (Krippendorff 2011, "Computing Krippendorff's
    Alpha-Reliability"). Clusters are left out as sums of coincidences, with Fisher's z.

    Args:
        ratings: rows of labels of the same units, None or NaN where missing; a unit with fewer
            than two labels is an exclusion.
        clusters: one cluster label for each unit.
        metric: how far two labels are apart.
        categories: in their order; when None, the labels that occur, which must be numbers unless
            the metric is nominal. A category that does not occur changes nothing.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels, categories, metric or level are unusable.
        TooFewClusters: all units with two labels lie in one cluster.
        Undefined: no unit has two labels, or all such labels are the same.
    """
    categories = _occurring(ratings, metric) if categories is None else categories
    statistic = _alpha(metric, categories)
    counts = category_counts(ratings, categories)
    totals = counts.sum(axis=1)
    paired = totals > 1
    if np.count_nonzero(counts[paired].any(axis=0)) < FEWEST_CATEGORIES:
        raise Undefined(UNDEFINED)
    labels = clusters_of(clusters, np.flatnonzero(paired), len(counts))
    coincidences = _coincidences(counts[paired], totals[paired])
    name = f"Krippendorff's alpha ({metric})"
    estimate = cluster_jackknife(statistic, coincidences, labels, name, level=level)
    left_out = int(np.count_nonzero(~paired))
    return estimate.with_exclusions({TOO_FEW_LABELS: left_out} if left_out else {})


def _coincidences(counts: FloatArray, totals: FloatArray) -> FloatArray:
    """Returns what each unit adds to the coincidence matrix, shape (units, K, K)."""
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    added: FloatArray = pairs / (totals - 1)[:, None, None]
    return added


def _alpha(metric: Metric, categories: Sequence[Hashable]) -> Statistic:
    difference = _difference(metric, categories)

    def statistic(coincidences: FloatArray) -> FloatArray:
        margins = coincidences.sum(axis=2)
        apart = difference(margins)
        observed = (coincidences * apart).sum(axis=(1, 2))
        expected = (margins[:, :, None] * margins[:, None, :] * apart).sum(axis=(1, 2))
        scaled = (margins.sum(axis=1) - 1) * observed
        none = np.full_like(expected, np.nan)
        found: FloatArray = 1 - np.divide(scaled, expected, out=none, where=expected > 0)
        return found

    return statistic


def _difference(metric: Metric, categories: Sequence[Hashable]) -> Statistic:
    """Returns what gives the squared differences of the categories from margins (B, K)."""
    if metric == "nominal":
        return lambda margins: 1 - np.eye(margins.shape[1])[None]
    if metric == "ordinal":
        return _ordinal
    if metric == "interval":
        numbers = _numbers(categories)
        return lambda _: np.subtract.outer(numbers, numbers)[None] ** 2
    raise EstimateError(f"metric is {metric!r}; give 'nominal', 'ordinal' or 'interval'.")


def _ordinal(margins: FloatArray) -> FloatArray:
    # From the middle of one category's labels to the middle of the other's.
    middles = np.cumsum(margins, axis=1) - margins / 2
    squared: FloatArray = (middles[:, :, None] - middles[:, None, :]) ** 2
    return squared


def _occurring(ratings: Ratings, metric: Metric) -> list[Hashable]:
    """Returns the labels that occur, in their order where the metric needs one."""
    found = dict.fromkeys(label for row in ratings for label in row if not is_missing(label))
    if len(found) < FEWEST_CATEGORIES:
        raise Undefined(UNDEFINED)
    return list(found) if metric == "nominal" else sorted(_numbers(list(found)).tolist())


def _numbers(categories: Sequence[Hashable]) -> FloatArray:
    """Returns the categories as numbers, whose order and distance are meant."""
    numbers = []
    for category in categories:
        if not isinstance(category, int | float | np.integer):
            raise EstimateError(f"{category!r} is no number; give categories in their order.")
        numbers.append(float(category))
    return np.array(numbers)
