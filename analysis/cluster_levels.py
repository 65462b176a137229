"""One win rate under every level of clustering, so that a reader sees what the choice does.

It does not choose a level.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy.typing as npt

from analysis.clusters import (
    ClusterSums,
    FloatArray,
    check_values,
    cluster_sums,
    cr2_variance,
    satterthwaite_df,
)
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate, Variance, estimate_rate
from analysis.rates import METHOD as METHOD_ONE_WAY

METHOD_TWO_WAY = "cluster-Wilson, two-way CR2 (V_a + V_b - V_ab), smaller Satterthwaite df"
METHOD_LARGER = "cluster-Wilson, the larger one-way CR2, smaller Satterthwaite df"


@dataclass(frozen=True)
class LevelRate:
    """The rate under one level, or why there is none."""

    estimate: Estimate | None
    """None when `note` says why not."""
    unlabelled: int
    """Items whose label at this level is missing."""
    note: str | None = None
    """What the reader must be told, such as that a label is not known for some items."""


@dataclass(frozen=True)
class ClusterLevels:
    """The same rate under each level and under two crossed levels."""

    one_way: Mapping[str, LevelRate]
    """By name of the level, in the order given."""
    two_way: Mapping[tuple[str, str], LevelRate]
    """By the pair of levels."""


@dataclass(frozen=True)
class TwoWayVariance:
    """The variance of a mean under two crossed clusterings."""

    variance: float
    """What is used: `added`, or the larger one-way variance where that is larger."""
    added: float
    """V_a + V_b - V_ab, which may be negative."""
    df: float
    """The smaller of the two one-way Satterthwaite df."""

    @property
    def replaced(self) -> bool:
        """Whether the larger one-way variance stands in for the sum."""
        return self.variance != self.added


def rate_by_cluster_level(
    scores: npt.ArrayLike,
    labels: Mapping[str, Sequence[Hashable]],
    level: float = 0.95,
    crossed: Sequence[tuple[str, str]] = (("researcher", "project"),),
) -> ClusterLevels:
    """Estimates one win rate with each level's cluster-Wilson interval and df.

    A level with a missing label, or with a single cluster, has no estimate but says why.

    Args:
        scores: item scores in [0, 1], shape (n,).
        labels: by level, such as lineage, researcher, project: n labels, None or NaN where missing.
        level: nominal coverage, in (0, 1).
        crossed: pairs of levels to combine two-way; a pair with an absent level is left out.

    Raises:
        EstimateError: scores are unusable, or a level has not n labels.
    """
    values = check_values(scores, "scores", 0, 1)
    for name, column in labels.items():
        if len(column) != len(values):
            raise EstimateError(f"{len(values)} scores but {len(column)} labels at {name!r}.")
    pairs = [pair for pair in crossed if pair[0] in labels and pair[1] in labels]
    return ClusterLevels(
        one_way={name: _one_way(values, column, level) for name, column in labels.items()},
        two_way={(a, b): _two_way(values, labels[a], labels[b], level) for a, b in pairs},
    )


def two_way_variance(one: ClusterSums, other: ClusterSums, both: ClusterSums) -> TwoWayVariance:
    """Returns the CR2 variance of a mean under two clusterings that need not be nested.

    V_a + V_b - V_ab (Cameron, Gelbach and Miller 2011), each CR2 in its own clustering as in
    `sandwich::vcovCL(type = "HC2")`. Below the larger one-way variance, which includes below
    zero, that one is used instead. Coverage of this combination was not simulated.

    Args:
        one: the values summed by the first level.
        other: the same values summed by the second level.
        both: the same values summed by pair of labels.

    Raises:
        TooFewClusters: all items lie in one cluster of a level.
    """
    ways = cr2_variance(one), cr2_variance(other)
    added = math.fsum([*ways, -cr2_variance(both)])
    df = min(satterthwaite_df([one]), satterthwaite_df([other]))
    return TwoWayVariance(variance=max(added, *ways), added=added, df=df)


def _one_way(values: FloatArray, labels: Sequence[Hashable], level: float) -> LevelRate:
    unlabelled = sum(map(_is_missing, labels))
    if unlabelled:
        return LevelRate(None, unlabelled, f"not known for {unlabelled} items")
    sums = cluster_sums(values, labels)
    try:
        variance = Variance(cr2_variance(sums), satterthwaite_df([sums]))
    except TooFewClusters as error:
        return LevelRate(None, 0, str(error))
    return LevelRate(
        estimate_rate(sums.mean, variance, sums, level=level, method=METHOD_ONE_WAY), 0
    )


def _two_way(
    values: FloatArray, one: Sequence[Hashable], other: Sequence[Hashable], level: float
) -> LevelRate:
    """Returns the two-way rate; n, clusters and ICC are those of the level with fewer clusters."""
    pairs = list(zip(one, other, strict=True))
    unlabelled = sum(_is_missing(a) or _is_missing(b) for a, b in pairs)
    if unlabelled:
        return LevelRate(None, unlabelled, f"not known for {unlabelled} items")
    sums = cluster_sums(values, one), cluster_sums(values, other)
    try:
        found = two_way_variance(*sums, cluster_sums(values, pairs))
    except TooFewClusters as error:
        return LevelRate(None, 0, str(error))
    coarser = min(sums, key=lambda way: (way.clusters, -way.largest_share))
    rate = estimate_rate(
        coarser.mean,
        Variance(found.variance, found.df),
        coarser,
        level=level,
        method=METHOD_LARGER if found.replaced else METHOD_TWO_WAY,
    )
    note = "two-way variance below the larger one-way: that one is used" if found.replaced else None
    return LevelRate(rate, 0, note)


def _is_missing(label: Hashable) -> bool:
    return label is None or (isinstance(label, float) and math.isnan(label))
