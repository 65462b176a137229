"""The items of two sets on top of each other, a shared cluster being one cluster."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, check_values, cluster_sums
from analysis.errors import TooFewClusters


@dataclass(frozen=True, eq=False)
class StackedSets:
    """Items of set A, then of set B."""

    scores: FloatArray
    """Shape (n_a + n_b,)."""
    in_a: FloatArray
    """1 for items of set A, 0 for items of set B, shape (n_a + n_b,)."""
    clusters: list[Hashable]
    """n_a + n_b labels."""


def stack_sets(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
) -> StackedSets:
    """Returns the items of two sets in one.

    Raises:
        EstimateError: scores or labels are unusable.
    """
    a = check_values(scores_a, "scores_a", 0, 1)
    b = check_values(scores_b, "scores_b", 0, 1)
    cluster_sums(a, clusters_a)
    cluster_sums(b, clusters_b)
    in_a = np.repeat([1.0, 0.0], [len(a), len(b)])
    return StackedSets(np.concatenate([a, b]), in_a, [*clusters_a, *clusters_b])


def check_set_clusters(in_a: npt.ArrayLike, clusters: Sequence[Hashable]) -> None:
    """Refuses sets of which one lies in a single cluster.

    Args:
        in_a: 1 for items of set A, 0 for items of set B, shape (n,).
        clusters: n labels.

    Raises:
        TooFewClusters: nothing shows how much the clusters of a set differ.
    """
    member = np.asarray(in_a, dtype=bool)
    for name, chosen in (("A", member), ("B", ~member)):
        held = {label for label, kept in zip(clusters, chosen.tolist(), strict=True) if kept}
        if len(held) < FEWEST_CLUSTERS:
            raise TooFewClusters(
                f"The {np.count_nonzero(chosen)} items of set {name} lie in fewer than "
                f"{FEWEST_CLUSTERS} clusters: no interval can be given."
            )
