"""Verdicts of one judge counted by item, order and outcome: what its stability is read from.

It counts and checks; what the counts say is estimated elsewhere.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values
from analysis.errors import EstimateError

IntArray = npt.NDArray[np.intp]
ORDERS = 2
OUTCOMES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class VerdictCounts:
    """The scored verdicts of each item in each order."""

    items: tuple[Hashable, ...]
    """I labels, in the order of their first verdict."""
    clusters: tuple[Hashable, ...]
    """The cluster of each item."""
    counts: FloatArray
    """Verdicts by item, order and outcome (loss, tie, win), shape (I, 2, 3)."""
    first: IntArray
    """Outcome of the earliest sample by item and order, -1 where there is none, shape (I, 2)."""

    @property
    def samples(self) -> FloatArray:
        """Verdicts by item and order, shape (I, 2)."""
        samples: FloatArray = self.counts.sum(axis=2)
        return samples

    @property
    def both_orders(self) -> npt.NDArray[np.bool_]:
        """Which items were judged in both orders, shape (I,)."""
        both: npt.NDArray[np.bool_] = np.all(self.samples > 0, axis=1)
        return both

    @property
    def repeated(self) -> npt.NDArray[np.bool_]:
        """Which items were judged at least twice in both orders, shape (I,)."""
        repeated: npt.NDArray[np.bool_] = np.all(self.samples > 1, axis=1)
        return repeated

    @property
    def shares(self) -> FloatArray:
        """Shares of loss, tie and win by item and order, zero without verdicts, (I, 2, 3)."""
        shares: FloatArray = self.counts / np.maximum(self.samples, 1)[:, :, np.newaxis]
        return shares

    @property
    def means(self) -> FloatArray:
        """Mean verdict by item and order, zero without verdicts, shape (I, 2)."""
        means: FloatArray = self.shares @ np.array(OUTCOMES)
        return means

    @property
    def scores(self) -> FloatArray:
        """Item scores, the mean of both orders: of use where `both_orders` only, shape (I,)."""
        scores: FloatArray = self.means.mean(axis=1)
        return scores

    @property
    def flips(self) -> FloatArray:
        """Chance that a verdict of each order differ: where `both_orders` only, shape (I,)."""
        same = np.sum(self.shares[:, 0] * self.shares[:, 1], axis=1)
        flips: FloatArray = np.clip(1 - same, 0, 1)
        return flips

    @property
    def reversals(self) -> FloatArray:
        """Chance that they are a win and a loss: where `both_orders` only, shape (I,)."""
        first, second = self.shares[:, 0], self.shares[:, 1]
        reversals: FloatArray = first[:, 0] * second[:, 2] + first[:, 2] * second[:, 0]
        return reversals

    @property
    def disagreement(self) -> FloatArray:
        """Chance that two verdicts of one order differ: where `repeated` only, shape (I,)."""
        pairs = np.maximum(self.samples * (self.samples - 1), 1)
        same = np.sum(self.counts * (self.counts - 1), axis=2) / pairs
        differ: FloatArray = np.clip(1 - same.mean(axis=1), 0, 1)
        return differ

    @property
    def modal_share(self) -> FloatArray:
        """Share of the most frequent verdict in each order, averaged over both, shape (I,)."""
        modal: FloatArray = self.shares.max(axis=2).mean(axis=1)
        return modal


def count_verdicts(
    items: Sequence[Hashable],
    orders: npt.ArrayLike,
    samples: npt.ArrayLike,
    values: npt.ArrayLike,
    clusters: Sequence[Hashable],
) -> VerdictCounts:
    """Counts scored verdicts; every argument has one entry for each of n verdicts.

    Args:
        items: what was judged; with several arms, item and arm together.
        orders: 0 where the proposal came first, 1 where it came second.
        samples: whole numbers that tell repeated verdicts on an item in one order apart.
        values: 1 the proposal won, 1/2 tie, 0 the human move won.
        clusters: the cluster of the item.

    Raises:
        EstimateError: lengths differ, an entry is unusable, two verdicts have the same item,
            order and sample, or an item lies in two clusters.
    """
    score = check_values(values, "values", 0, 1)
    n = len(score)
    outcome = np.rint(2 * score).astype(np.intp)
    _refuse(np.flatnonzero(outcome != 2 * score), "values", score, "0, 1/2 or 1")
    order = _whole(orders, "orders", n)
    _refuse(np.flatnonzero((order < 0) | (order >= ORDERS)), "orders", order, "0 or 1")
    sample = _whole(samples, "samples", n)
    names, item = _codes(items, "items", n)
    groups, cluster = _codes(clusters, "clusters", n)
    cell = item * ORDERS + order
    counts = np.bincount(cell * len(OUTCOMES) + outcome, minlength=len(names) * ORDERS * 3)
    return VerdictCounts(
        items=names,
        clusters=tuple(groups[code] for code in _cluster_of_items(item, cluster, names).tolist()),
        counts=counts.reshape(len(names), ORDERS, len(OUTCOMES)).astype(np.float64),
        first=_earliest(cell, sample, outcome, names),
    )


def _whole(numbers: npt.ArrayLike, name: str, n: int) -> IntArray:
    array = np.asarray(numbers)
    if array.shape != (n,):
        raise EstimateError(f"{name} has shape {array.shape}, but there are {n} values.")
    whole = array.astype(np.intp)
    _refuse(np.flatnonzero(whole != array), name, array, "a whole number")
    return whole


def _refuse(at: IntArray, name: str, array: npt.NDArray[np.generic], wanted: str) -> None:
    if at.size:
        raise EstimateError(f"{name}[{at[0]}] is {array[at[0]]}, not {wanted}.")


def _codes(labels: Sequence[Hashable], name: str, n: int) -> tuple[tuple[Hashable, ...], IntArray]:
    if len(labels) != n:
        raise EstimateError(f"{len(labels)} {name}, but {n} values.")
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.intp)
    for label, code in numbers.items():
        if label is None or (isinstance(label, float) and math.isnan(label)):
            raise EstimateError(f"{name}[{int(np.argmax(codes == code))}] is missing.")
    return tuple(numbers), codes


def _cluster_of_items(item: IntArray, cluster: IntArray, names: tuple[Hashable, ...]) -> IntArray:
    of_item = np.zeros(len(names), dtype=np.intp)
    of_item[item[::-1]] = cluster[::-1]
    differing = np.flatnonzero(of_item[item] != cluster)
    if differing.size:
        at = int(differing[0])
        raise EstimateError(
            f"clusters[{at}] puts item {names[item[at]]!r} in a second cluster; name one."
        )
    return of_item


def _earliest(
    cell: IntArray, sample: IntArray, outcome: IntArray, names: tuple[Hashable, ...]
) -> IntArray:
    """Returns the outcome of the lowest sample in each cell, after refusing a repeated key."""
    sorting = np.lexsort((sample, cell))
    cells, samples = cell[sorting], sample[sorting]
    repeated = np.flatnonzero((np.diff(cells) == 0) & (np.diff(samples) == 0))
    if repeated.size:
        at = repeated[0]
        raise EstimateError(
            f"Item {names[cells[at] // ORDERS]!r}, order {cells[at] % ORDERS} has sample "
            f"{samples[at]} twice."
        )
    first = np.full(len(names) * ORDERS, -1, dtype=np.intp)
    heads = sorting[np.flatnonzero(np.diff(cells, prepend=-1))]
    first[cell[heads]] = outcome[heads]
    return first.reshape(len(names), ORDERS)
