"""How far a judge's verdict depends on the order of the two moves and on chance.

Every figure is a mean over items of something counted on each, so it has the intervals of a
mean. It says nothing of whether the verdicts are right.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, check_values
from analysis.contrasts import mean_effect
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.intervals import EVEN
from analysis.judges.verdict_counts import OUTCOMES, VerdictCounts
from analysis.rates import win_rate

BoolArray = npt.NDArray[np.bool_]

ONE_ORDER = "judged in one order only"
NOT_REPEATED = "not judged twice in both orders"
BAND_EDGES = (1 / 6, 1 / 3)
OWN_SCORES = "closeness from the same verdicts: a flip itself moves the score towards one half"


@dataclass(frozen=True)
class OrderTable:
    """Outcomes in the two orders, from the earliest sample of each item in each order."""

    counts: tuple[tuple[int, int, int], ...]
    """Items by outcome with the proposal first (rows) and second (columns): loss, tie, win."""
    first_both: int
    """Items on which whatever came first won in both orders."""
    second_both: int
    """Items on which whatever came second did."""
    p_value: float
    """Exact McNemar of the two being equally likely. Descriptive: it ignores clusters."""


@dataclass(frozen=True)
class Stability:
    """How often verdicts change, with the order and without reason."""

    flip: Estimate
    """Chance that verdicts in the two orders differ; its p value, of one half, says nothing."""
    reversal: Estimate
    """Chance that they are a win and a loss."""
    noise_floor: Estimate | None
    """Chance that two verdicts in the same order differ; None without two in both orders."""
    excess: Estimate | None
    """Flip less noise floor on the same items: what the order does beyond chance."""
    repetition: Estimate | None
    """Share of an item's verdicts in one order that agree with the most frequent one."""


@dataclass(frozen=True)
class Band:
    """Flips among items whose score lies in one band of distance from one half."""

    low: float
    """Smallest |score - 1/2|; the edge itself belongs to the band above."""
    high: float
    n: int
    flip: float | None
    """Mean flip rate; None without items."""
    estimate: Estimate | None
    """The same with its interval; None with items in fewer than two clusters."""


@dataclass(frozen=True)
class Closeness:
    """Flip rates from close items to clear ones."""

    bands: tuple[Band, ...]
    warnings: tuple[str, ...]


def position_effect(verdicts: VerdictCounts, level: float = 0.95) -> Estimate:
    """Estimates how much better the proposal does when it is shown first.

    mean_i (v_i1 - v_i2), v_i1 the mean verdict on item i with the proposal first; in [-1, 1].
    An additive effect cancels in the item score; one that differs by model or set does not.

    Raises:
        EstimateError: no item was judged in both orders.
        TooFewClusters: those that were lie in one cluster.
    """
    kept = _kept(verdicts.both_orders, ONE_ORDER)
    means = verdicts.means[kept]
    effect = mean_effect(means[:, 0] - means[:, 1], _clusters(verdicts, kept), level)
    return effect.with_exclusions(_left_out(kept, ONE_ORDER))


def order_table(verdicts: VerdictCounts) -> OrderTable:
    """Tabulates the outcomes in the two orders, one verdict each per item.

    Raises:
        EstimateError: no item was judged in both orders.
    """
    from statsmodels.stats.contingency_tables import mcnemar

    first = verdicts.first[_kept(verdicts.both_orders, ONE_ORDER)]
    size = len(OUTCOMES)
    counts = np.bincount(first[:, 0] * size + first[:, 1], minlength=size**2).reshape(size, size)
    first_both, second_both = int(counts[2, 0]), int(counts[0, 2])
    return OrderTable(
        counts=tuple((int(row[0]), int(row[1]), int(row[2])) for row in counts),
        first_both=first_both,
        second_both=second_both,
        p_value=float(mcnemar([[0, first_both], [second_both, 0]], exact=True).pvalue),
    )


def stability(verdicts: VerdictCounts, level: float = 0.95) -> Stability:
    """Estimates flips across orders, the noise floor and what lies between them.

    With q_io the shares of loss, tie and win among k_io verdicts on item i in order o: flip_i =
    1 - sum_c q_i1c q_i2c; reversal_i = q_i1(win) q_i2(loss) + q_i1(loss) q_i2(win); floor_i = the
    mean over the orders of 1 - sum_c n_c (n_c - 1) / (k (k - 1)). Each is unbiased for the
    chance that two verdicts differ, so flip_i - floor_i estimates half the squared distance
    between the judge's verdict distributions in the two orders: zero where the order does
    nothing, whatever the noise; its estimate may be negative. Rates have cluster-Wilson
    intervals, the excess CR2 with Satterthwaite t. Repetition stability is that of Shi et al. 2024
    (arXiv 2406.07791), which also asks for flips by closeness.

    Raises:
        EstimateError: no item was judged in both orders.
        TooFewClusters: those that were, or those judged repeatedly, lie in one cluster.
    """
    both = _kept(verdicts.both_orders, ONE_ORDER)
    repeated = verdicts.repeated
    flips = verdicts.flips
    reversals = verdicts.reversals
    if not repeated.any():
        return Stability(
            flip=_rate(flips, both, verdicts, ONE_ORDER, level),
            reversal=_rate(reversals, both, verdicts, ONE_ORDER, level),
            noise_floor=None,
            excess=None,
            repetition=None,
        )
    floor, modal = verdicts.disagreement, verdicts.modal_share
    excess = mean_effect((flips - floor)[repeated], _clusters(verdicts, repeated), level)
    return Stability(
        flip=_rate(flips, both, verdicts, ONE_ORDER, level),
        reversal=_rate(reversals, both, verdicts, ONE_ORDER, level),
        noise_floor=_rate(floor, repeated, verdicts, NOT_REPEATED, level),
        excess=excess.with_exclusions(_left_out(repeated, NOT_REPEATED)),
        repetition=_rate(modal, repeated, verdicts, NOT_REPEATED, level),
    )


def flips_by_closeness(
    verdicts: VerdictCounts,
    scores: npt.ArrayLike | None = None,
    edges: Sequence[float] = BAND_EDGES,
    level: float = 0.95,
) -> Closeness:
    """Estimates the flip rate by distance of the item score from one half.

    With one verdict per order an item that flips between win and loss has score 1/2 for that
    reason alone, so bands by the judge's own scores show a pattern even where closeness plays no
    part; scores from another judge or from people do not.

    Args:
        verdicts: of one judge.
        scores: of the same items from elsewhere, in [0, 1], in the order of `verdicts.items`,
            shape (I,); none: the judge's own, with a warning.
        edges: inner ends of the bands of |score - 1/2|, ascending, in (0, 1/2).
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or edges are unusable, or no item was judged in both orders.
    """
    kept = _kept(verdicts.both_orders, ONE_ORDER)
    ends = [0.0, *edges, EVEN]
    if any(high <= low for low, high in pairwise(ends)):
        raise EstimateError(f"edges must ascend inside (0, 1/2), not {list(edges)}.")
    given = verdicts.scores if scores is None else check_values(scores, "scores", 0, 1)
    if len(given) != len(kept):
        raise EstimateError(f"{len(given)} scores, but {len(kept)} items.")
    # The edge at 1/3 is the score 5/6 in floating point too.
    distance = np.abs(given - EVEN) + 1e-12
    number = np.searchsorted(ends[1:-1], distance, side="right")
    flips = verdicts.flips
    bands = tuple(
        _band((low, high), kept & (number == at), flips, verdicts, level)
        for at, (low, high) in enumerate(pairwise(ends))
    )
    return Closeness(bands, (OWN_SCORES,) if scores is None else ())


def _band(
    ends: tuple[float, float],
    inside: BoolArray,
    flips: FloatArray,
    verdicts: VerdictCounts,
    level: float,
) -> Band:
    n = int(np.count_nonzero(inside))
    clusters = _clusters(verdicts, inside)
    enough = len(set(clusters)) >= FEWEST_CLUSTERS
    estimate = win_rate(flips[inside], clusters, level) if enough else None
    return Band(*ends, n=n, flip=float(flips[inside].mean()) if n else None, estimate=estimate)


def _rate(
    values: FloatArray, kept: BoolArray, verdicts: VerdictCounts, reason: str, level: float
) -> Estimate:
    rate = win_rate(np.clip(values[kept], 0, 1), _clusters(verdicts, kept), level)
    return rate.with_exclusions(_left_out(kept, reason))


def _kept(kept: BoolArray, reason: str) -> BoolArray:
    if not kept.any():
        raise EstimateError(f"All {len(kept)} items were {reason}: nothing to compare.")
    return kept


def _clusters(verdicts: VerdictCounts, kept: BoolArray) -> list[Hashable]:
    return [label for label, keep in zip(verdicts.clusters, kept.tolist(), strict=True) if keep]


def _left_out(kept: BoolArray, reason: str) -> dict[str, int]:
    missing = int(np.count_nonzero(~kept))
    return {reason: missing} if missing else {}
