"""The interval of an intra-class correlation, which a small pilot shows badly."""

import math

from scipy.special import fdtri

from analysis.clusters import FEWEST_CLUSTERS, ClusterSums
from analysis.intervals import check_level

ROUNDING = 1e-12
"""A spread below this is rounding."""


def icc_interval(sums: ClusterSums, level: float = 0.95) -> tuple[float, float] | None:
    """Returns the interval of the intra-class correlation by the F distribution.

    (F / F_q - 1) / (F / F_q + n_0 - 1) at both quantiles q, with F = MS_between / MS_within and
    n_0 = (n - sum N_g^2 / n) / (G - 1): exact for normal scores in clusters of equal size (Searle
    1971; Shrout and Fleiss 1979), an approximation otherwise. None when the ICC is undefined, or
    no score varies inside a cluster.

    Raises:
        EstimateError: the level is unusable.
    """
    check_level(level)
    groups, n = sums.clusters, sums.n
    within = math.fsum(sums.within)
    if groups < FEWEST_CLUSTERS or groups == n or within <= ROUNDING * n:
        return None
    held = sums.sizes > 0
    means = sums.sums[held] / sums.sizes[held]
    between = math.fsum(sums.sizes[held] * (means - sums.mean) ** 2)
    ratio = between / (groups - 1) / (within / (n - groups))
    typical = (n - math.fsum(sums.sizes**2) / n) / (groups - 1)
    quantiles = fdtri(groups - 1, n - groups, [(1 + level) / 2, (1 - level) / 2])
    low, high = ((ratio / q - 1) / (ratio / q + typical - 1) for q in quantiles.tolist())
    return low, high
