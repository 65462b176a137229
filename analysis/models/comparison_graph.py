"""Who met whom, and what that can tell: groups that never met, and circles of mutual wins.

It checks the comparisons that `bradley_terry` fits and knows nothing of fitting.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from analysis.clusters import FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError
from analysis.intervals import EVEN

ADDED = -1
"""The cluster number of an added tie, which is no evidence and belongs to no cluster."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Comparisons:
    """Who met whom; one entry per comparison, or per item with both orders averaged."""

    scores: npt.ArrayLike
    """Of arm A against arm B: win 1, tie 1/2, loss 0, or a mean of these; shape (n,)."""
    arms_a: Sequence[Hashable]
    """n arms."""
    arms_b: Sequence[Hashable]
    """n arms, each another than the one of `arms_a`."""
    clusters: Sequence[Hashable]
    """n labels."""
    shown_first: npt.ArrayLike | None = None
    """+1 where A was shown first, -1 where B was, 0 for both orders averaged; shape (n,). None
    leaves the position effect out."""


@dataclass(frozen=True)
class Meetings:
    """Checked comparisons, with arms and clusters as numbers."""

    scores: FloatArray
    a: IntArray
    b: IntArray
    clusters: IntArray
    shown_first: FloatArray | None
    arms: tuple[Hashable, ...]

    @property
    def is_evidence(self) -> npt.NDArray[np.bool_]:
        """Whether each row is a comparison and no added tie."""
        return np.not_equal(self.clusters, ADDED)

    def some(self, rows: npt.NDArray[np.bool_]) -> "Meetings":
        """Returns the comparisons in these rows, with the same numbers."""
        shown = None if self.shown_first is None else self.shown_first[rows]
        return replace(
            self,
            scores=self.scores[rows],
            a=self.a[rows],
            b=self.b[rows],
            clusters=self.clusters[rows],
            shown_first=shown,
        )


def check_comparisons(comparisons: Comparisons) -> Meetings:
    """Returns the comparisons with arms, in the order of their names, and clusters as numbers.

    Raises:
        EstimateError: a score, a position or a label is unusable, lengths differ, or an arm meets
            itself.
    """
    scores = check_values(comparisons.scores, "scores", 0, 1)
    shown = comparisons.shown_first
    position = None if shown is None else check_values(shown, "shown_first", -1, 1)
    # It refuses labels that are missing.
    cluster_sums(scores, comparisons.clusters)
    columns = (comparisons.arms_a, comparisons.arms_b, scores if position is None else position)
    if any(len(column) != len(scores) for column in columns):
        raise EstimateError("scores, arms_a, arms_b and shown_first differ in length.")
    arms = tuple(sorted({*comparisons.arms_a, *comparisons.arms_b}, key=repr))
    a, b = _numbers(comparisons.arms_a, arms), _numbers(comparisons.arms_b, arms)
    same = np.flatnonzero(a == b)
    if same.size:
        raise EstimateError(f"Comparison {same[0]} sets {arms[a[same[0]]]!r} against itself.")
    labels = tuple(dict.fromkeys(comparisons.clusters))
    return Meetings(scores, a, b, _numbers(comparisons.clusters, labels), position, arms)


def with_ties(met: Meetings, added: int) -> Meetings:
    """Returns the comparisons with this many ties more for each pair that met.

    Raises:
        EstimateError: the number is negative.
    """
    if added < 0:
        raise EstimateError(f"added_ties is {added!r}; give 0 or more.")
    pairs = np.unique(np.sort(np.stack([met.a, met.b], axis=1), axis=1), axis=0)
    pairs = pairs.repeat(added, axis=0)
    shown = met.shown_first
    return replace(
        met,
        scores=np.append(met.scores, np.full(len(pairs), EVEN)),
        a=np.append(met.a, pairs[:, 0]),
        b=np.append(met.b, pairs[:, 1]),
        clusters=np.append(met.clusters, np.full(len(pairs), ADDED)),
        shown_first=None if shown is None else np.append(shown, np.zeros(len(pairs))),
    )


def beaten_by(met: Meetings) -> csr_array:
    """Returns wins by winner and loser, shape (arms, arms), a tie half a win for either.

    Raises:
        EstimateError: the arms fall into groups that never met.
    """
    wins = np.zeros((len(met.arms), len(met.arms)))
    np.add.at(wins, (met.a, met.b), met.scores)
    np.add.at(wins, (met.b, met.a), 1 - met.scores)
    table = csr_array(wins)
    groups, group = connected_components(table, directed=False)
    if groups > 1:
        names = [[met.arms[arm] for arm in np.flatnonzero(group == one)] for one in range(groups)]
        raise EstimateError(f"These groups of arms never met: {names!r}; compare across them.")
    return table


def circles(wins: csr_array) -> IntArray:
    """Returns the number of each arm's circle: arms that all beat each other, if by chains."""
    return np.asarray(connected_components(wins, connection="strong")[1], dtype=np.int64)


def beyond(wins: csr_array, arm: int, anchor: int) -> float | None:
    """Returns the ability of an arm outside the anchor's circle.

    It is infinite with the sign of who beats whom by a chain of wins, and None where neither does.
    """
    if anchor in breadth_first_order(wins, arm, return_predecessors=False):
        return math.inf
    if arm in breadth_first_order(wins, anchor, return_predecessors=False):
        return -math.inf
    return None


def _numbers(labels: Sequence[Hashable], among: tuple[Hashable, ...]) -> IntArray:
    place = {label: index for index, label in enumerate(among)}
    return np.array([place[label] for label in labels], dtype=np.int64)
