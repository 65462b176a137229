"""Session-level sign flips: the exact companion of a mean per item, and the patterns behind it.

Under the null every cluster is as likely to lean one way as the other, so the signs of the cluster
sums may be flipped. It knows nothing of variances; `wild_bootstrap` and `max_t` share the patterns.
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import ClusterSums, FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError
from analysis.intervals import NO_VARIANCE

METHOD = "sign flips of whole clusters"
ENUMERATED_CLUSTERS = 14
"""Up to so many clusters all sign patterns are gone through."""
TIE = 1e-9
"""Statistics that differ by less, relative to their size, are the same but for rounding."""
_BLOCK = 2**22
_BYTE = 8
_DIGITS = 9


@dataclass(frozen=True)
class Permutation:
    """The p value of a test that flips the signs of clusters, and what it rests on."""

    p_value: float
    """Two-sided: share of sign patterns whose statistic is at least as far from the null."""
    exact: bool
    """Whether all patterns were gone through; otherwise they were drawn."""
    draws: int
    """Patterns that were gone through, or drawn."""
    seed: int | None
    """Of the drawn patterns; None when all were gone through."""
    clusters: int
    """Clusters with an item."""
    moving: int
    """Clusters whose sum is not at the null, so that flipping them changes something."""
    statistic: float
    """Its observed value; `method` says which statistic it is."""
    null: float
    """The value that was tested."""
    method: str
    """How the test was made, in words for the report."""

    @property
    def smallest_p(self) -> float:
        """The smallest p value that so many clusters, or so many draws, can give."""
        return min(1.0, 2 / self.draws) if self.exact else 1 / (self.draws + 1)


@dataclass(frozen=True)
class SignPatterns:
    """All sign patterns of a few clusters, or seeded draws of those of many.

    A pattern and its reverse are equally far from the null, so one of the two is gone through.
    """

    clusters: int
    """Clusters that are flipped."""
    draws: int
    """How many patterns are drawn when they are too many to go through."""
    seed: int
    """Of the draws."""

    @property
    def exact(self) -> bool:
        """Whether all patterns are gone through: they are few, or no more than the draws."""
        return self.clusters <= ENUMERATED_CLUSTERS or self._halved <= self.draws

    @property
    def count(self) -> int:
        """Patterns that a p value is a share of."""
        return 2**self.clusters if self.exact else self.draws

    def products(self, table: FloatArray) -> Iterator[FloatArray]:
        """Yields the signed sums of a table's rows in blocks of shape (patterns, C).

        Args:
            table: one row per cluster, shape (G, C).
        """
        patterns = self._halved if self.exact else self.draws
        rng = np.random.default_rng(self.seed)
        rows = max(1, _BLOCK // max(1, table.shape[1], self.clusters if self.exact else 1))
        for start in range(0, patterns, rows):
            stop = min(start + rows, patterns)
            if self.exact:
                flipped = (np.arange(start, stop)[:, None] >> np.arange(self.clusters) & 1) == 1
                yield np.where(flipped, -1.0, 1.0) @ table
            else:
                yield _drawn_sums(table, stop - start, rng)

    def share(self, reached: npt.ArrayLike) -> FloatArray:
        """Returns p values: k of all patterns, or (b + 1) / (B + 1) of drawn ones.

        Args:
            reached: how many of the patterns of `products` are at least as far from the null.
        """
        counted = np.asarray(reached, dtype=np.float64)
        if self.exact:
            return counted / self._halved
        return (counted + 1) / (self.draws + 1)

    @property
    def _halved(self) -> int:
        return 1 << max(self.clusters - 1, 0)


def sign_flip_test(
    differences: npt.ArrayLike,
    clusters: Sequence[Hashable],
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 0,
) -> Permutation:
    """Tests a mean by flipping the signs of whole clusters (Fisher 1935, sections 21 and 21.1).

    The statistic is the item-weighted mean less the null, (1/n) sum_g s_g u_g with
    u_g = S_g - N_g null. Up to 14 moving clusters, or if they are no more than B, all 2^G patterns
    are gone through and p = k / 2^G; beyond, p = (b + 1) / (B + 1) of B seeded draws (Phipson and
    Smyth 2010). Patterns as far from the null as the data count, rounding apart. Neither the order
    of the items, nor the names of the clusters, nor swapping the roles changes p. It is exact when
    cluster sums are symmetric about the null, and conservative with sessions of uneven size.

    Args:
        differences: per item, in [-1, 1], shape (n,); or scores, with `null` = 1/2.
        clusters: n labels.
        null: the mean that is tested.
        draws: B.
        seed: of the draws.

    Raises:
        EstimateError: differences, labels or draws are unusable.
    """
    check_draws(draws)
    sums = cluster_sums(check_values(differences, "differences", -1, 1), clusters)
    away = sums_away(sums, null)
    rows, _ = arranged(away[:, None])
    patterns = SignPatterns(len(rows), draws, seed)
    observed = math.fsum(away)
    least = abs(observed) - TIE * math.fsum(np.abs(away))
    reached = sum(
        int(np.count_nonzero(np.abs(flipped) >= least)) for flipped in patterns.products(rows)
    )
    return permutation(patterns, reached, sums.clusters, (observed / sums.n, null), METHOD)


def permutation(
    patterns: SignPatterns,
    reached: int,
    clusters: int,
    tested: tuple[float, float],
    method: str,
) -> Permutation:
    """Returns the result of a test of one figure.

    Args:
        patterns: that were gone through.
        reached: how many of them are at least as far from the null as the data.
        clusters: with an item.
        tested: the observed statistic, and the null.
        method: in words.
    """
    return Permutation(
        p_value=float(patterns.share(reached)),
        exact=patterns.exact,
        draws=patterns.count,
        seed=None if patterns.exact else patterns.seed,
        clusters=clusters,
        moving=patterns.clusters,
        statistic=tested[0],
        null=tested[1],
        method=method,
    )


def check_draws(draws: int) -> None:
    """Refuses to draw nothing.

    Raises:
        EstimateError: draws is below 1.
    """
    if draws < 1:
        raise EstimateError(f"draws is {draws!r}; draw at least one sign pattern.")


def sums_away(sums: ClusterSums, centre: float) -> FloatArray:
    """Returns S_g - N_g centre, shape (G,), with what is no more than rounding set to 0."""
    away = sums.sums - sums.sizes * centre
    return np.where(np.abs(away) <= NO_VARIANCE * sums.sizes, 0.0, away)


def arranged(moved: FloatArray, carried: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Orients and sorts clusters, so that drawn signs meet the same cluster in any input order.

    The first value of a row that is not 0 becomes positive, which no null distribution of flipped
    signs can notice. Rows of zeros cannot move and are left out.

    Args:
        moved: what is flipped, shape (G, C).
        carried: what belongs to a cluster and is not flipped, shape (G, D).

    Returns both, for the clusters that move.
    """
    held = moved.any(axis=1)
    rows = moved[held]
    beside = np.zeros((len(rows), 0)) if carried is None else carried[held]
    if not len(rows):
        return rows, beside
    leading = np.argmax(_rounded(rows) != 0, axis=1)
    oriented = rows * np.where(rows[np.arange(len(rows)), leading] < 0, -1.0, 1.0)[:, None]
    keys = np.hstack([np.abs(_rounded(rows)), _rounded(oriented), _rounded(beside)])
    order = np.lexsort(keys.T[::-1])
    return oriented[order], beside[order]


def _drawn_sums(table: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Returns signed sums of the rows under drawn signs, shape (draws, C).

    A random byte holds the signs of eight rows, whose 256 signed sums are looked up.
    """
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    total = np.zeros((draws, table.shape[1]))
    for start in range(0, len(table), _BYTE):
        eight = table[start : start + _BYTE]
        drawn = rng.integers(0, 256, draws, dtype=np.uint8)
        total += (signs[:, : len(eight)] @ eight)[drawn]
    return total


def _rounded(columns: FloatArray) -> FloatArray:
    """Returns columns over their largest value, without the digits that rounding may change."""
    largest = np.abs(columns).max(axis=0, initial=0.0)
    return np.round(columns / np.where(largest > 0, largest, 1.0), _DIGITS)
