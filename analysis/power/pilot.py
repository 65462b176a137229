"""What a pilot shows of the spread, clustering, yield and minutes of a larger study.

Arrays in; which rows of which table they are is decided by the caller. A small pilot shows its
intra-class correlation badly, so that comes with an interval.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import (
    FEWEST_CLUSTERS,
    FloatArray,
    anova_icc,
    check_values,
    cluster_sums,
)
from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import check_level
from analysis.power.assumptions import ORDERS, Spread
from analysis.power.icc import ROUNDING, icc_interval
from analysis.power.sizes import cv_of


@dataclass(frozen=True)
class Noise:
    """What repeated measures of the same items show; see `Spread` for the fields."""

    verdict_variance: float | None = None
    proposal_variance: float | None = None
    repeats: int = 1
    samples: int = 1


@dataclass(frozen=True)
class Effort:
    """What the pilot cost and yielded."""

    minutes: Sequence[float] = ()
    """Minutes that marking each item took; NaN where nobody took the time."""
    sessions_screened: int | None = None
    """Sessions looked through, with or without an item; None: not counted."""


@dataclass(frozen=True)
class Pilot:
    """What a pilot shows."""

    items: int
    clusters: int
    mean: float
    sd: float
    """Of the scores or differences, over n - 1."""
    icc: float | None
    """ANOVA estimate, may be negative; None when it is undefined."""
    icc_low: float | None
    """Lower end of its interval; None where the scores give none."""
    icc_high: float | None
    level: float
    """Nominal coverage of that interval."""
    size_cv: float
    """Standard deviation over mean of the cluster sizes."""
    noise: Noise
    items_timed: int
    """Items whose minutes are known."""
    minutes_per_item: float | None
    sessions_screened: int | None

    @property
    def items_per_session(self) -> float | None:
        """Items that a screened session yields on average."""
        return None if self.sessions_screened is None else self.items / self.sessions_screened

    @property
    def session_yield(self) -> float | None:
        """Share of the screened sessions that yield any item."""
        return None if self.sessions_screened is None else self.clusters / self.sessions_screened

    def spread(self, icc: float | None = None) -> Spread:
        """Returns the spread to plan with: the pilot's ICC, at least 0, or a stated one.

        Noise within items that leaves no room beside the ICC is not resolved.

        Raises:
            EstimateError: no ICC is stated and the pilot shows none, or one of 1.
        """
        found = self.icc if icc is None else icc
        if found is None:
            raise EstimateError(
                "The pilot shows no ICC: it needs a cluster with two items and scores that "
                "differ. State the ICC."
            )
        if found >= 1:
            raise EstimateError("The pilot's ICC is 1: items of a cluster never differ. State it.")
        return Spread(
            self.sd,
            max(found, 0.0),
            self.noise.verdict_variance,
            self.noise.proposal_variance,
            self.noise.repeats,
            self.noise.samples,
        ).as_shown()


def pilot_from_scores(
    scores: npt.ArrayLike,
    clusters: Sequence[Hashable],
    effort: Effort | None = None,
    noise: Noise | None = None,
    level: float = 0.95,
) -> Pilot:
    """Returns what scores, or paired differences, of a pilot show.

    Args:
        scores: item scores in [0, 1], or differences in [-1, 1], shape (n,).
        clusters: n labels.
        effort: minutes, one for each item, and sessions screened.
        noise: from `verdict_variance` and `proposal_variance`.
        level: nominal coverage of the ICC's interval, in (0, 1).

    Raises:
        EstimateError: scores, labels, minutes or level are unusable, or all scores are equal.
        TooFewClusters: all items lie in one cluster.
    """
    check_level(level)
    values = check_values(scores, "scores", -1, 1)
    sums = cluster_sums(values, clusters)
    sd = _sd(values, sums.clusters)
    given = effort or Effort()
    _check_screened(given.sessions_screened, sums.clusters)
    timed = _timed(given.minutes, sums.n)
    low, high = icc_interval(sums, level) or (None, None)
    return Pilot(
        items=sums.n,
        clusters=sums.clusters,
        mean=sums.mean,
        sd=sd,
        icc=anova_icc(sums),
        icc_low=low,
        icc_high=high,
        level=level,
        size_cv=cv_of(sums.sizes),
        noise=noise or Noise(),
        items_timed=len(timed),
        minutes_per_item=float(timed.mean()) if len(timed) else None,
        sessions_screened=given.sessions_screened,
    )


def _sd(values: FloatArray, clusters: int) -> float:
    if clusters < FEWEST_CLUSTERS:
        raise TooFewClusters(f"All {len(values)} items of the pilot lie in one cluster.")
    sd = float(values.std(ddof=1))
    if sd < ROUNDING:
        raise EstimateError("All scores of the pilot are equal: it shows no spread. State one.")
    return sd


def verdict_variance(points: npt.ArrayLike, cells: Sequence[Hashable]) -> float | None:
    """Returns sigma_v^2: the variance of verdicts that should be the same.

    Pooled within cells; None when no cell has two verdicts.

    Args:
        points: win 1, tie .5, loss 0, shape (n,).
        cells: n labels, each a proposal, judge and order.

    Raises:
        EstimateError: points or labels are unusable.
    """
    sums = cluster_sums(check_values(points, "points", 0, 1), cells)
    if sums.clusters == sums.n:
        return None
    return math.fsum(sums.within) / (sums.n - sums.clusters)


def proposal_variance(
    scores: npt.ArrayLike, items: Sequence[Hashable], verdicts: float, samples: int = 1
) -> float | None:
    """Returns sigma_p^2: the variance of proposals for the same item, verdicts being exact.

    The variance of repeats within items less sigma_v^2 / (2 k), at least 0; None when no item has
    two repeats.

    Args:
        scores: one for each item and repeat, in [0, 1], shape (n,).
        items: n labels.
        verdicts: sigma_v^2.
        samples: k, verdicts in each order.

    Raises:
        EstimateError: scores, labels or numbers are unusable.
    """
    if not 0 <= verdicts < math.inf or samples < 1:
        raise EstimateError(f"verdicts {verdicts!r} and samples {samples} cannot be.")
    sums = cluster_sums(check_values(scores, "scores", 0, 1), items)
    if sums.clusters == sums.n:
        return None
    within = math.fsum(sums.within) / (sums.n - sums.clusters)
    return max(0.0, within - verdicts / (ORDERS * samples))


def _check_screened(screened: int | None, clusters: int) -> None:
    if screened is not None and screened < clusters:
        raise EstimateError(
            f"sessions_screened is {screened}, but the pilot's items come from {clusters}."
        )


def _timed(minutes: Sequence[float], n: int) -> FloatArray:
    """Returns the minutes that are known."""
    given = np.asarray(minutes, dtype=np.float64)
    if given.size not in (0, n):
        raise EstimateError(f"{given.size} minutes but {n} items.")
    wrong = np.flatnonzero((given < 0) | np.isinf(given))
    if wrong.size:
        raise EstimateError(f"minutes[{wrong[0]}] is {given[wrong[0]]:g}; give at least 0.")
    known: FloatArray = np.sort(given[~np.isnan(given)])
    return known
