"""From points of verdicts to item scores, position effects and flips; arrays in, arrays out.

Law: an item with an order missing is counted and bounded, never scored from one order, since
that order's advantage would go into the score.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

IntArray = npt.NDArray[np.int64]

PROPOSAL_FIRST, HUMAN_FIRST = 0, 1
ORDERS = 2
ORDER_MISSING = "no repeat judged in both orders"
EVEN = 0.5


@dataclass(frozen=True)
class ItemScores:
    """What the verdicts on each item come to, one entry an item; NaN where it has no score."""

    score: FloatArray
    """In [0, 1]: mean over samples inside each order, over the two orders, over repeats."""
    won: FloatArray
    """Share of wins, averaged as the score is; won + tied / 2 is the score of whole verdicts."""
    tied: FloatArray
    lost: FloatArray
    position: FloatArray
    """Mean with the proposal first less mean with the human move first, in [-1, 1]."""
    flipped: FloatArray
    """Chance that a verdict of one order and one of the other order disagree, in [0, 1]."""
    reversed: FloatArray
    """Chance that one of them is a win and the other a loss, in [0, 1]."""
    worst: FloatArray
    """The score if every missing order were lost; never NaN."""
    best: FloatArray
    """The score if every missing order were won; never NaN."""
    incomplete: IntArray
    """Repeats with an order missing: they enter `worst` and `best` alone."""


def score_items(
    item_of_trial: npt.ArrayLike,
    trial: npt.ArrayLike,
    order: npt.ArrayLike,
    points: npt.ArrayLike,
    *,
    items: int,
) -> ItemScores:
    """Averages points inside each order, then over orders, then over the item's repeats.

    Args:
        item_of_trial: for each trial the number of its item, 0 to items - 1, shape (trials,);
            a trial without a verdict is listed as well.
        trial: for each verdict the number of its trial, shape (verdicts,).
        order: 0 where the proposal came first, 1 where the human move did, shape (verdicts,).
        points: of the proposal, in [0, 1], shape (verdicts,). More than ½ counts as a win, less
            as a loss, in the shares.
        items: how many items there are.

    Raises:
        EstimateError: there is no trial, or points lie outside [0, 1] or are missing.
    """
    owner = np.asarray(item_of_trial, dtype=np.int64)
    value = np.asarray(points, dtype=np.float64)
    if not owner.size:
        raise EstimateError("There is no trial: there is nothing to score.")
    bad = np.flatnonzero(~((value >= 0) & (value <= 1)))
    if bad.size:
        raise EstimateError(f"points[{bad[0]}] is {value[bad[0]]:g}, outside [0, 1].")
    cell = np.asarray(trial, dtype=np.int64) * ORDERS + np.asarray(order, dtype=np.int64)
    cells = _Cells(cell, value, owner.size)
    return _items(cells, owner, items)


class _Cells:
    """Means over the verdicts of one trial in one order, each of shape (trials, 2)."""

    def __init__(self, cell: IntArray, value: FloatArray, trials: int) -> None:
        # Adding in order of size makes the sums independent of the order of the rows.
        ordered = np.lexsort((value, cell))
        self._cell, self._shape = cell[ordered], (trials, ORDERS)
        value = value[ordered]
        self.counts = self._sum(np.ones_like(value))
        self.mean = self._share(value)
        self.won = self._share((value > EVEN).astype(np.float64))
        self.tied = self._share((value == EVEN).astype(np.float64))
        self.lost = self._share((value < EVEN).astype(np.float64))

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Trials judged in both orders."""
        return np.asarray(np.all(self.counts > 0, axis=1))

    def _sum(self, weights: FloatArray) -> FloatArray:
        sums = np.bincount(self._cell, weights, minlength=self._shape[0] * ORDERS)
        return np.asarray(sums, dtype=np.float64).reshape(self._shape)

    def _share(self, weights: FloatArray) -> FloatArray:
        share: FloatArray = self._sum(weights) / np.maximum(self.counts, 1)
        return share


def _items(cells: _Cells, owner: IntArray, items: int) -> ItemScores:
    kept = cells.complete
    whole = np.bincount(owner[kept], minlength=items)
    every = np.bincount(owner, minlength=items)

    def mean(values: FloatArray) -> FloatArray:
        total = np.bincount(owner[kept], values[kept], minlength=items)
        return np.where(whole > 0, total / np.maximum(whole, 1), np.nan)

    def case(missing: float) -> FloatArray:
        filled = np.where(cells.counts > 0, cells.mean, missing).mean(axis=1)
        return np.bincount(owner, filled, minlength=items) / np.maximum(every, 1)

    first, second = cells.mean.T
    agreed = (cells.won.prod(axis=1) + cells.tied.prod(axis=1)) + cells.lost.prod(axis=1)
    return ItemScores(
        score=mean((first + second) / 2),
        won=mean(cells.won.mean(axis=1)),
        tied=mean(cells.tied.mean(axis=1)),
        lost=mean(cells.lost.mean(axis=1)),
        position=mean(first - second),
        flipped=mean(1 - agreed),
        reversed=mean(cells.won[:, 0] * cells.lost[:, 1] + cells.lost[:, 0] * cells.won[:, 1]),
        worst=case(0.0),
        best=case(1.0),
        incomplete=every - whole,
    )
