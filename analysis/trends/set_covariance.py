"""Win rates of models that share items, with the full covariance that the sharing gives them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, cluster_sums, cr2_terms
from analysis.errors import EstimateError

AXES = 2
"""Items and models."""


@dataclass(frozen=True, eq=False)
class ModelRates:
    """Win rates of M models on one set and their covariance."""

    rates: FloatArray
    """Item-weighted mean scores, shape (M,)."""
    covariance: FloatArray
    """CR2 covariance of the rates, shape (M, M); its rank is below the number of clusters."""
    n: tuple[int, ...]
    """Items that each model has a score for."""
    clusters: int
    """Clusters with a score of any model."""


def set_covariance(scores: npt.ArrayLike, clusters: Sequence[Hashable]) -> ModelRates:
    """Estimates each model's rate and the CR2 covariance of all of them.

    That of the stacked regression of the score on the model, clustered: its design is diagonal
    by model, so each entry is the sum over clusters of the product of two models' terms
    e_gm / (n_m sqrt(1 - w_gm)) (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018).

    Args:
        scores: item scores in [0, 1], NaN where a model has none, shape (n, M).
        clusters: n labels.

    Raises:
        EstimateError: scores or labels are unusable, or a model has no score.
        TooFewClusters: all items of a model lie in one cluster.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != AXES or table.size == 0:
        raise EstimateError(f"scores must be items by models, not of shape {table.shape}.")
    if len(table) != len(clusters):
        raise EstimateError(f"{len(table)} items but {len(clusters)} cluster labels.")
    outside = np.argwhere((table < 0) | (table > 1))
    if outside.size:
        row, column = outside[0]
        raise EstimateError(f"scores[{row}, {column}] is {table[row, column]:g}, outside [0, 1].")
    present = ~np.isnan(table)
    without = np.flatnonzero(~present.any(axis=0))
    if without.size:
        raise EstimateError(f"Model {without[0]} has no score on this set; leave it out.")
    labels = dict.fromkeys(clusters)
    sums = [
        cluster_sums(column[held], [clusters[row] for row in np.flatnonzero(held).tolist()], labels)
        for column, held in zip(table.T, present.T, strict=True)
    ]
    terms = np.array([cr2_terms(one) for one in sums])
    return ModelRates(
        rates=np.array([one.mean for one in sums]),
        covariance=terms @ terms.T,
        n=tuple(one.n for one in sums),
        clusters=int(np.count_nonzero(np.sum([one.sizes for one in sums], axis=0))),
    )
