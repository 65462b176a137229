"""The suboptimal and the strong set over the same clusters, and any weighted mean of their rates.

What the base-rate figures share: a label that occurs in both sets is one cluster, so that the
covariance of the two rates is kept.
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
from analysis.intervals import NO_VARIANCE


@dataclass(frozen=True)
class SetPair:
    """Two set means with their joint CR2 variance."""

    suboptimal: ClusterSums
    strong: ClusterSums
    pooled: ClusterSums
    """Deviations of every item from the mean of its set."""
    terms: tuple[FloatArray, FloatArray]
    """Each cluster's share of the error of the two means."""
    means: tuple[float, float]
    """W_sub and W_strong."""
    alone: tuple[float, float]
    """Variances that the two means would have if every item were its own cluster."""

    def mean(self, p: float) -> float:
        """Returns p W_sub + (1 - p) W_strong, never outside the two."""
        mixed = p * self.means[0] + (1 - p) * self.means[1]
        return min(max(self.means), max(min(self.means), mixed))

    def variance(self, p: float) -> float:
        """Returns the CR2 variance of `mean`."""
        return math.fsum((p * self.terms[0] + (1 - p) * self.terms[1]) ** 2)

    def df(self, p: float) -> float:
        """Returns the Satterthwaite df of `variance`."""
        return satterthwaite_df([self.suboptimal, self.strong], [p, 1 - p])

    def unclustered(self, p: float) -> float:
        """Returns the variance that `mean` would have if every item were its own cluster."""
        return p**2 * self.alone[0] + (1 - p) ** 2 * self.alone[1]

    @property
    def break_even_variances(self) -> tuple[float, float, float]:
        """Variances of 1/2 - W_strong and of W_sub - W_strong, and their covariance."""
        sub, strong = self.terms
        return (
            math.fsum(strong**2),
            math.fsum((sub - strong) ** 2),
            math.fsum(-strong * (sub - strong)),
        )

    @property
    def flat_sets(self) -> tuple[str, ...]:
        """What to warn of: sets whose clusters all have the same mean."""
        named = {"suboptimal": self.suboptimal, "strong": self.strong}
        return tuple(
            f"the {name} set shows no variance between clusters"
            for (name, sums), terms in zip(named.items(), self.terms, strict=True)
            if math.fsum(terms**2) <= NO_VARIANCE * sums.mean * (1 - sums.mean) / sums.n
        )


def stack_sets(
    scores_sub: npt.ArrayLike,
    clusters_sub: Sequence[Hashable],
    scores_strong: npt.ArrayLike,
    clusters_strong: Sequence[Hashable],
) -> SetPair:
    """Returns the two sets over the union of their clusters.

    Args:
        scores_sub: item scores on the suboptimal set in [0, 1], shape (n_s,).
        clusters_sub: n_s labels.
        scores_strong: item scores on the strong set in [0, 1], shape (n_t,).
        clusters_strong: n_t labels.

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    sub = check_values(scores_sub, "scores_sub", 0, 1)
    strong = check_values(scores_strong, "scores_strong", 0, 1)
    labels = dict.fromkeys([*clusters_sub, *clusters_strong])
    sums = cluster_sums(sub, clusters_sub, labels), cluster_sums(strong, clusters_strong, labels)
    means = sums[0].mean, sums[1].mean
    deviations = np.concatenate([sub - means[0], strong - means[1]])
    return SetPair(
        suboptimal=sums[0],
        strong=sums[1],
        pooled=cluster_sums(deviations, [*clusters_sub, *clusters_strong]),
        terms=(cr2_terms(sums[0]), cr2_terms(sums[1])),
        means=means,
        alone=(unclustered_variance(sums[0]), unclustered_variance(sums[1])),
    )
