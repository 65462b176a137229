"""Labels of the same units by several annotators or judges, as counts for each category.

Beside it the weights of near misses between ordered categories. No coefficient stands here.
"""

import math
from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.jackknife import IntArray

Ratings = Sequence[Sequence[Hashable]]
"""One row for each annotator or judge, one column for each unit; None or NaN where missing."""
Weights = Literal["linear", "quadratic"] | None
"""What a near miss counts: nothing (None), or less the further it is off."""

MISSING = -1
FEWEST_CATEGORIES = 2


def rating_codes(ratings: Ratings, categories: Sequence[Hashable]) -> IntArray:
    """Returns the number of the category of each label, -1 where missing, shape (rows, units).

    Raises:
        EstimateError: fewer than two categories or a repeated one, rows of different length,
            no unit, or a label that is not among the categories.
    """
    numbers = {category: number for number, category in enumerate(categories)}
    unusable = len(numbers) < max(FEWEST_CATEGORIES, len(categories))
    if unusable or any(is_missing(category) for category in categories):
        raise EstimateError(f"categories must be two or more, all different: {categories!r}.")
    lengths = [len(row) for row in ratings]
    if not lengths or min(lengths) == 0:
        raise EstimateError("ratings are empty: there is no unit to compare.")
    for row, length in enumerate(lengths):
        if length != lengths[0]:
            raise EstimateError(f"ratings[{row}] has {length} units but ratings[0] {lengths[0]}.")
    codes = np.array([[numbers.get(label, MISSING) for label in row] for row in ratings])
    for row, unit in np.argwhere(codes == MISSING).tolist():
        if not is_missing(ratings[row][unit]):
            raise EstimateError(
                f"ratings[{row}][{unit}] is {ratings[row][unit]!r}, which is no category."
            )
    return codes


def category_counts(ratings: Ratings, categories: Sequence[Hashable]) -> FloatArray:
    """Returns how many labels each unit has in each category, shape (units, K).

    Raises:
        EstimateError: as `rating_codes`.
    """
    codes = rating_codes(ratings, categories)
    counts = np.zeros((codes.shape[1], len(categories)))
    rows, units = np.nonzero(codes != MISSING)
    np.add.at(counts, (units, codes[rows, units]), 1)
    return counts


def clusters_of(clusters: Sequence[Hashable], units: IntArray, among: int) -> list[Hashable]:
    """Returns the cluster labels of some units.

    Args:
        clusters: one label for each unit.
        units: the numbers of the units that are wanted.
        among: how many units there are in all.

    Raises:
        EstimateError: there is not one label for each unit.
    """
    if len(clusters) != among:
        raise EstimateError(f"{among} units but {len(clusters)} cluster labels.")
    return [clusters[unit] for unit in units.tolist()]


def agreement_weights(weights: Weights, count: int) -> FloatArray:
    """Returns what each pair of categories counts as agreement, shape (count, count).

    With K = count: 1 on the diagonal and 0 elsewhere, or linear 1 - |k - l| / (K - 1), or
    quadratic 1 - (k - l)^2 / (K - 1)^2.

    Raises:
        EstimateError: the weights have another name.
    """
    if weights is None:
        return np.eye(count)
    if weights not in ("linear", "quadratic"):
        raise EstimateError(f"weights is {weights!r}; give None, 'linear' or 'quadratic'.")
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) / (count - 1)
    matrix: FloatArray = 1 - (apart if weights == "linear" else apart**2)
    return matrix


def is_missing(label: Hashable) -> bool:
    """Returns whether a label is None or NaN."""
    return label is None or (isinstance(label, float) and math.isnan(label))
