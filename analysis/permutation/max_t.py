"""Many contrasts on the same items at once: step-down max-T over shared sign flips of sessions.

It adjusts p values for the family of all contrasts; which contrasts form it, the caller says.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, cluster_sums
from analysis.errors import EstimateError
from analysis.intervals import NO_VARIANCE
from analysis.permutation.sign_flips import TIE, SignPatterns, arranged, check_draws

METHOD = "step-down max-T over shared sign flips of whole clusters"


@dataclass(frozen=True)
class MaxT:
    """Adjusted p values of a family of contrasts, in the order in which they were given."""

    adjusted: tuple[float | None, ...]
    """Family-wise adjusted p values; None for a contrast without an item."""
    p_values: tuple[float | None, ...]
    """Unadjusted p values of the same flips."""
    statistics: tuple[float | None, ...]
    """Sum of the cluster sums over the root of their sum of squares; 0 if all of them are 0."""
    items: tuple[int, ...]
    """Items that each contrast rests on."""
    family: int
    """Contrasts with an item, for which the p values are adjusted."""
    exact: bool
    """Whether all sign patterns were gone through; otherwise they were drawn."""
    draws: int
    """Patterns that were gone through, or drawn."""
    seed: int | None
    """Of the drawn patterns; None when all were gone through."""
    clusters: int
    """Clusters with an item."""
    method: str = METHOD
    """How the test was made, in words for the report."""


def max_t(
    differences: npt.ArrayLike,
    clusters: Sequence[Hashable],
    *,
    draws: int = 9999,
    seed: int = 0,
) -> MaxT:
    """Tests K contrasts at once and keeps the chance of any false one at the level.

    T_k = sum_g S_gk / sqrt(sum_g S_gk^2) on the cluster sums S_gk, whose denominator no flip
    changes (Obuchowski 1998). One pattern of signs flips all contrasts of a session together,
    which keeps their correlation. Ordered by |T|, a contrast's adjusted p value is the share of
    patterns in which the largest |T*| among it and the less extreme ones reaches |T|, and no
    smaller than that of the contrast before it (Westfall and Young 1993, algorithm 4.1). Up to
    14 moving clusters all patterns are gone through; beyond, p = (b + 1) / (B + 1).

    Args:
        differences: shape (n, K), in [-1, 1]; NaN where an item has no score for a contrast.
        clusters: n labels.
        draws: B.
        seed: of the draws.

    Raises:
        EstimateError: differences, labels or draws are unusable, or no contrast has an item.
    """
    check_draws(draws)
    values = _checked(differences)
    items = np.count_nonzero(~np.isnan(values), axis=0)
    tested = np.flatnonzero(items)
    standard = _standardised(values[:, tested], clusters)
    rows, _ = arranged(standard)
    patterns = SignPatterns(len(rows), draws, seed)
    adjusted, alone = _p_values(patterns, rows, np.abs(standard.sum(axis=0)))
    return MaxT(
        adjusted=_spread(adjusted, tested, items),
        p_values=_spread(alone, tested, items),
        statistics=_spread(standard.sum(axis=0), tested, items),
        items=tuple(items.tolist()),
        family=len(tested),
        exact=patterns.exact,
        draws=patterns.count,
        seed=None if patterns.exact else seed,
        clusters=len(standard),
    )


def _checked(differences: npt.ArrayLike) -> FloatArray:
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 2:  # noqa: PLR2004
        raise EstimateError(
            f"differences must have one row per item and one column per contrast, "
            f"not the shape {values.shape}."
        )
    if np.isnan(values).all():
        raise EstimateError("differences holds no number: no contrast has an item.")
    outside = np.argwhere(np.abs(values) > 1)
    if len(outside):
        row, column = outside[0].tolist()
        raise EstimateError(
            f"differences[{row}, {column}] is {values[row, column]:g}, outside [-1, 1]."
        )
    return values


def _standardised(values: FloatArray, clusters: Sequence[Hashable]) -> FloatArray:
    """Returns the cluster sums with each contrast's squares adding up to 1, or all 0; (G, K)."""
    sizes = cluster_sums(np.zeros(len(values)), clusters).sizes
    place = {label: index for index, label in enumerate(dict.fromkeys(clusters))}
    codes = np.array([place[label] for label in clusters])
    sums = np.stack(
        [np.bincount(codes, np.nan_to_num(column), len(sizes)) for column in values.T], axis=1
    )
    sums = np.where(np.abs(sums) <= NO_VARIANCE * sizes[:, None], 0.0, sums)
    norms = np.sqrt((sums**2).sum(axis=0))
    standard: FloatArray = sums / np.where(norms > 0, norms, 1.0)
    return standard


def _p_values(
    patterns: SignPatterns, rows: FloatArray, observed: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Returns the adjusted and the unadjusted p values of each contrast, shape (K,)."""
    order = np.argsort(-observed, kind="stable")
    alone, stepped = _count(patterns, rows[:, order], observed[order])
    back = np.argsort(order)
    return np.maximum.accumulate(patterns.share(stepped))[back], patterns.share(alone)[back]


def _count(
    patterns: SignPatterns, rows: FloatArray, observed: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Returns how many patterns reach each contrast, alone and by the largest of the rest.

    Args:
        patterns: of signs.
        rows: standardised cluster sums, the most extreme contrast first, shape (G, K).
        observed: |T|, descending, shape (K,).
    """
    least = observed - TIE * (1 + observed)
    alone = np.zeros(len(observed), dtype=np.int64)
    stepped = np.zeros_like(alone)
    for sums in patterns.products(rows):
        flipped = np.abs(sums)
        alone += np.count_nonzero(flipped >= least, axis=0)
        largest = np.maximum.accumulate(flipped[:, ::-1], axis=1)[:, ::-1]
        stepped += np.count_nonzero(largest >= least, axis=0)
    return alone, stepped


def _spread(
    found: FloatArray, tested: npt.NDArray[np.int64], items: npt.NDArray[np.int64]
) -> tuple[float | None, ...]:
    """Returns the values of the tested contrasts in their places, None elsewhere."""
    places = dict(zip(tested.tolist(), found.tolist(), strict=True))
    return tuple(places.get(index) for index in range(len(items)))
