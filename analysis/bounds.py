"""What a figure could be if the unscored and refused trials were known: best and worst case.

No assumption on why a trial has no score. It never fills a gap with a likely value.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values
from analysis.contrasts import mean_effect, set_contrast
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.rates import win_rate

UNKNOWN_CLUSTERS = "clusters of the missing items unknown: each counts as its own"


@dataclass(frozen=True)
class Bounds:
    """A figure with every missing score at its least and at its most favourable value."""

    worst: Estimate
    """The figure with missing scores at the values that make it least."""
    best: Estimate
    """The figure with missing scores at the values that make it greatest."""
    low: float | None
    """Lower end of the worst case's interval; None when that has no interval."""
    high: float | None
    """Upper end of the best case's interval; None when that has no interval."""
    missing: int
    """Items with a missing score."""
    n: int
    """Items, missing ones included."""
    warnings: tuple[str, ...] = ()

    @property
    def missing_share(self) -> float:
        """Share of the items with a missing score."""
        return self.missing / self.n


def rate_bounds(
    scores: npt.ArrayLike,
    clusters: Sequence[Hashable],
    missing: int | Sequence[Hashable],
    level: float = 0.95,
) -> Bounds:
    """Bounds a win rate over all trials, scored or not (Horowitz and Manski 2000).

    The outer interval runs from the lower end of the worst case (missing = 0) to the upper end
    of the best (missing = 1). It holds all rates between the two cases with probability of at
    least `level`, and is the ordinary interval when nothing is missing. Imbens and Manski
    (2004) give a shorter one that holds only the one true rate; it needs an estimate of the
    width between the cases, and the gain is at most 1.96 against 1.64 standard errors.

    Args:
        scores: item scores in [0, 1] of the scored items, shape (n,); may be empty.
        clusters: n labels.
        missing: labels of the clusters of the missing items, one for each; or only their number,
            which makes each of them its own cluster.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores, labels or the number are unusable, or there is no item at all.
        TooFewClusters: all items lie in one cluster.
    """
    known = np.asarray(scores, dtype=np.float64)
    if known.size:
        known = check_values(known, "scores", 0, 1)
    if known.size != len(clusters):
        raise EstimateError(f"{known.size} scores but {len(clusters)} cluster labels.")
    labels, warnings = _missing_labels(missing)
    everyone = [*clusters, *labels]
    cases = [
        win_rate(np.append(known, np.full(len(labels), value)), everyone, level)
        for value in (0.0, 1.0)
    ]
    return outer_bounds(cases[0], cases[1], len(labels), warnings)


def difference_bounds(
    scores_a: npt.ArrayLike,
    scores_b: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> Bounds:
    """Bounds a paired difference over all items, with NaN for a missing score.

    An item without either score differs by something in [-1, 1], one without A's by something
    in [-b, 1 - b], one without B's by something in [a - 1, a]. The outer interval is that of
    `rate_bounds`, cut to [-1, 1].

    Args:
        scores_a: item scores of A in [0, 1] or NaN, shape (n,).
        scores_b: item scores of B on the same items in the same order, shape (n,).
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items lie in one cluster.
    """
    a, b = _with_gaps(scores_a, "scores_a"), _with_gaps(scores_b, "scores_b")
    if len(a) != len(b):
        raise EstimateError(f"{len(a)} scores of A but {len(b)} of B; pair them by item.")
    gaps = int(np.count_nonzero(np.isnan(a) | np.isnan(b)))
    worst = mean_effect(_filled(a, 0) - _filled(b, 1), clusters, level)
    best = mean_effect(_filled(a, 1) - _filled(b, 0), clusters, level)
    return outer_bounds(worst, best, gaps)


def contrast_bounds(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    level: float = 0.95,
) -> Bounds:
    """Bounds how much an arm scores on set A above set B, with NaN for a missing score.

    Worst case: missing scores are 0 on set A and 1 on set B; best case: the reverse.

    Args:
        scores_a: item scores on set A in [0, 1] or NaN, shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1] or NaN, shape (n_b,).
        clusters_b: n_b labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items of a set lie in one cluster.
    """
    a, b = _with_gaps(scores_a, "scores_a"), _with_gaps(scores_b, "scores_b")
    gaps = int(np.count_nonzero(np.isnan(a)) + np.count_nonzero(np.isnan(b)))
    worst = set_contrast(_filled(a, 0), clusters_a, _filled(b, 1), clusters_b, level)
    best = set_contrast(_filled(a, 1), clusters_a, _filled(b, 0), clusters_b, level)
    return outer_bounds(worst, best, gaps)


def _missing_labels(missing: int | Sequence[Hashable]) -> tuple[list[Hashable], tuple[str, ...]]:
    if not isinstance(missing, int):
        return list(missing), ()
    if missing < 0:
        raise EstimateError(f"missing is {missing}; give the number of missing items.")
    return [("missing", index) for index in range(missing)], (UNKNOWN_CLUSTERS,) * (missing > 0)


def _with_gaps(scores: npt.ArrayLike, name: str) -> FloatArray:
    """Returns the scores with NaN left in; every number that there is lies in [0, 1]."""
    array = np.asarray(scores, dtype=np.float64)
    check_values(_filled(array, 0), name, 0, 1)
    return array


def _filled(scores: FloatArray, value: float) -> FloatArray:
    return np.where(np.isnan(scores), value, scores)


def outer_bounds(
    worst: Estimate, best: Estimate, missing: int, warnings: tuple[str, ...] = ()
) -> Bounds:
    """Returns the interval from the low end of the worst case to the high end of the best.

    Args:
        worst: the figure with all that is missing against the arm.
        best: the same with all of it for the arm.
        missing: items with a gap.
        warnings: what must be told beside it.
    """
    return Bounds(
        worst=worst,
        best=best,
        low=-1.0 if worst.value == -1 else _cut(worst.low),
        high=1.0 if best.value == 1 else _cut(best.high),
        missing=missing,
        n=worst.n,
        warnings=warnings,
    )


def _cut(end: float | None) -> float | None:
    """Returns an end of an interval, not beyond the ends of the scale."""
    return None if end is None else min(1.0, max(-1.0, end))
