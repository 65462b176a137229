"""A judge's scores on all items with people's on a part of them, checked, with their weights.

It estimates nothing.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError

LABELS_AT_LEAST = 4


@dataclass(frozen=True)
class LabelledSample:
    """Scores of a judge on all items and of people on some."""

    judge: FloatArray
    """Shape (n,), as all arrays here."""
    people: FloatArray
    """Zero where there is no label."""
    labelled: npt.NDArray[np.bool_]
    weights: FloatArray
    """Shares of the labelled items that add up to one, 1 / pi in proportion; zero elsewhere."""
    clusters: Sequence[Hashable]
    level: float

    @property
    def m(self) -> int:
        """Labelled items."""
        return int(np.count_nonzero(self.labelled))

    @property
    def labelled_clusters(self) -> list[Hashable]:
        """Returns the clusters of the labelled items, shape (m,)."""
        return [
            label
            for label, labelled in zip(self.clusters, self.labelled.tolist(), strict=True)
            if labelled
        ]

    @property
    def inflation(self) -> FloatArray:
        """What a labelled item stands for, n w; zero where there is no label."""
        inflation: FloatArray = len(self.judge) * self.weights
        return inflation

    def mean(self, values: FloatArray) -> float:
        """Returns the weighted mean of the labelled items."""
        return math.fsum(self.weights * values)


def labelled_sample(
    judge_scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    clusters: Sequence[Hashable],
    probabilities: npt.ArrayLike | None,
    level: float,
) -> LabelledSample:
    """Checks the scores and labels and gives every label its weight.

    Raises:
        EstimateError: an argument is unusable, or fewer than 4 items are labelled.
    """
    judge = check_values(judge_scores, "judge_scores", 0, 1)
    people = np.asarray(labels, dtype=np.float64)
    if people.shape != judge.shape:
        raise EstimateError(
            f"{len(judge)} judge_scores but labels of shape {people.shape}; "
            "give every item a label or NaN."
        )
    labelled = ~np.isnan(people)
    people = _inside(np.where(labelled, people, 0.0), labelled, "labels")
    m = int(np.count_nonzero(labelled))
    if m < LABELS_AT_LEAST:
        raise EstimateError(f"labels holds {m} verdicts of people; at least {LABELS_AT_LEAST}.")
    weights = np.where(labelled, 1.0, 0.0)
    if probabilities is not None:
        weights[labelled] = 1 / _probabilities(probabilities, labelled)[labelled]
    cluster_sums(judge, clusters)
    return LabelledSample(judge, people, labelled, weights / math.fsum(weights), clusters, level)


def _probabilities(probabilities: npt.ArrayLike, labelled: npt.NDArray[np.bool_]) -> FloatArray:
    array = np.asarray(probabilities, dtype=np.float64)
    if array.shape != labelled.shape:
        raise EstimateError(f"probabilities has shape {array.shape}, not {labelled.shape}.")
    missing = np.flatnonzero(labelled & (np.isnan(array) | (array == 0)))
    if missing.size:
        raise EstimateError(
            f"probabilities[{missing[0]}] is {array[missing[0]]:g}, but the item is labelled."
        )
    return _inside(array, labelled, "probabilities")


def _inside(array: FloatArray, labelled: npt.NDArray[np.bool_], name: str) -> FloatArray:
    outside = np.flatnonzero(labelled & ((array < 0) | (array > 1)))
    if outside.size:
        raise EstimateError(f"{name}[{outside[0]}] is {array[outside[0]]:g}, outside [0, 1].")
    return array
