"""Restricted wild cluster bootstrap-t: the exact-style companion of a rate and of a contrast.

It takes scores and cluster labels and returns p values only; intervals are made elsewhere.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, check_values, cluster_sums
from analysis.errors import TooFewClusters
from analysis.intervals import NO_VARIANCE
from analysis.permutation.sign_flips import (
    TIE,
    Permutation,
    SignPatterns,
    arranged,
    check_draws,
    permutation,
    sums_away,
)

METHOD = "restricted wild cluster bootstrap-t, Rademacher signs, CR1 statistic"


@dataclass(frozen=True)
class _Contrast:
    """A weighted sum of set means under the null, with one row per cluster."""

    parts: FloatArray
    """What each set's residuals add to the contrast, c_s u_gs / n_s, shape (G, S)."""
    shares: FloatArray
    """N_gs / n_s, shape (G, S)."""

    @property
    def whole(self) -> FloatArray:
        """What each cluster adds to the contrast, shape (G,)."""
        added: FloatArray = self.parts.sum(axis=1)
        return added

    @property
    def flipped(self) -> FloatArray:
        """The columns that every sign pattern adds up, shape (G, 2S)."""
        return np.hstack([self.parts, self.whole[:, None] * self.shares])

    def arranged(self) -> "_Contrast":
        """Returns the clusters that move, in an order that the input's order cannot change."""
        return _Contrast(*arranged(self.parts, self.shares))


def wild_cluster_test(
    values: npt.ArrayLike,
    clusters: Sequence[Hashable],
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 0,
) -> Permutation:
    """Tests a mean: a win rate against `null` = 1/2, or a difference per item against 0.

    Each draw is x*_i = null + s_g (x_i - null) with one sign s_g per cluster, and its statistic
    t* = (mean* - null) / sqrt(G/(G-1) sum_g e*_g^2) n with e*_g = S*_g - N_g mean*, the CR1
    variance of that draw. Up to 14 moving clusters all 2^G sign patterns are gone through;
    beyond, p = (b + 1) / (B + 1). Ties with the data count. Cameron, Gelbach and Miller 2008;
    MacKinnon, Nielsen and Webb 2023 (arXiv 2205.03285). With clusters of equal size it is the
    sign-flip test.

    Args:
        values: in [-1, 1], shape (n,).
        clusters: n labels.
        null: the mean that is tested.
        draws: B.
        seed: of the draws.

    Raises:
        EstimateError: values, labels or draws are unusable.
        TooFewClusters: all items lie in one cluster.
    """
    check_draws(draws)
    sums = cluster_sums(check_values(values, "values", -1, 1), clusters)
    contrast = _Contrast(
        parts=sums_away(sums, null)[:, None] / sums.n, shares=sums.sizes[:, None] / sums.n
    )
    return _test(contrast, null, draws, seed)


def wild_contrast_test(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    draws: int = 9999,
    seed: int = 0,
) -> Permutation:
    """Tests that an arm has the same mean score on two sets, for instance suboptimal and strong.

    As `wild_cluster_test` for the regression of the score on the set: under the null both sets
    have the pooled mean, and a label that occurs in both sets is one cluster with one sign.

    Args:
        scores_a: item scores on set A in [0, 1], shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1], shape (n_b,).
        clusters_b: n_b labels.
        draws: sign patterns when there are too many clusters to go through all.
        seed: of the draws.

    Raises:
        EstimateError: scores, labels or draws are unusable.
        TooFewClusters: all items of both sets lie in one cluster.
    """
    check_draws(draws)
    a = check_values(scores_a, "scores_a", 0, 1)
    b = check_values(scores_b, "scores_b", 0, 1)
    labels = dict.fromkeys([*clusters_a, *clusters_b])
    sets = (cluster_sums(a, clusters_a, labels), cluster_sums(b, clusters_b, labels))
    pooled = math.fsum([*a.tolist(), *b.tolist()]) / (len(a) + len(b))
    contrast = _Contrast(
        parts=np.stack(
            [sign * sums_away(s, pooled) / s.n for sign, s in zip((1, -1), sets, strict=True)], 1
        ),
        shares=np.stack([s.sizes / s.n for s in sets], 1),
    )
    return _test(contrast, 0.0, draws, seed)


def _test(contrast: _Contrast, null: float, draws: int, seed: int) -> Permutation:
    clusters = len(contrast.parts)
    if clusters < FEWEST_CLUSTERS:
        raise TooFewClusters("All items lie in one cluster: its sign alone cannot be tested.")
    moving = contrast.arranged()
    overlaps = contrast.shares.T @ contrast.shares
    square, variance = (
        float(found[0])
        for found in _squares(contrast.flipped.sum(axis=0)[None, :], contrast, overlaps)
    )
    patterns = SignPatterns(len(moving.parts), draws, seed)
    reached = 0
    for sums in patterns.products(moving.flipped):
        squares, variances = _squares(sums, moving, overlaps)
        # Multiplied out, so that a draw without variance counts as infinitely far.
        reached += int(np.count_nonzero(squares * variance >= square * variances * (1 - TIE)))
    sign = math.copysign(1.0, math.fsum(contrast.parts.ravel()))
    statistic = sign * _ratio(square, variance * clusters / (clusters - 1))
    return permutation(patterns, reached, clusters, (statistic, null), METHOD)


def _squares(
    sums: FloatArray, contrast: _Contrast, overlaps: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Returns the squared contrast and its CR0 variance under each sign pattern, shape (B,).

    The residual sum of a cluster is s_g z_g - sum_s share_gs a_s with z_g = sum_s part_gs and
    a_s = sum_g s_g part_gs; the square is multiplied out, so each pattern costs a few products.

    Args:
        sums: of `contrast.flipped` under each pattern, shape (B, 2S).
        contrast: whose clusters move.
        overlaps: products of the shares of sets, over all clusters, shape (S, S).
    """
    means, crossed = np.split(sums, 2, axis=1)
    total = math.fsum(contrast.whole**2)
    variances = total - 2 * (means * crossed).sum(axis=1) + ((means @ overlaps) * means).sum(axis=1)
    distances = means.sum(axis=1)
    near = NO_VARIANCE * np.abs(contrast.parts).sum()
    return (
        np.where(np.abs(distances) <= near, 0, distances) ** 2,
        np.where(variances <= NO_VARIANCE * total, 0, variances),
    )


def _ratio(square: float, variance: float) -> float:
    if square == 0:
        return 0.0
    return math.sqrt(square / variance) if variance > 0 else math.inf
