"""Classes of items by the judge's verdict, each with enough of people's labels to have a mean.

A class is a run of loss, tie and win in that order. It does not estimate a rate.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.intervals import EVEN

FEWEST_PER_CLASS = 5
VERDICTS = ("loss", "tie", "win")

CodeArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class JudgeClass:
    """Items on which the judge gave one of these verdicts."""

    verdicts: tuple[str, ...]
    """Of loss, tie and win: those that were merged, in this order."""
    items: int
    """Items of the class, labelled or not."""
    labelled: int
    """Those with a label."""
    rate: float
    """Mean of people's scores over them."""

    @property
    def merged(self) -> bool:
        """Whether several verdicts share the class."""
        return len(self.verdicts) > 1

    @property
    def name(self) -> str:
        """Its verdicts in words."""
        return " with ".join(self.verdicts)


def judge_classes(
    judge: FloatArray, people: FloatArray, weights: FloatArray
) -> tuple[tuple[JudgeClass, ...], CodeArray]:
    """Returns the classes, from loss to win, and the number of each item's class.

    While a class has fewer than 5 labels, ties join losses or wins, whichever have fewer labels;
    where these have equally many, or there are two classes only, all become one. So exchanging
    the roles of win and loss exchanges the classes and nothing else.

    Args:
        judge: scores in [0, 1], shape (n,).
        people: scores in [0, 1], shape (n,); not read where the weight is zero.
        weights: of the labelled items, zero for others, shape (n,).
    """
    verdicts = (1 + np.sign(judge - EVEN)).astype(np.intp)
    items = np.bincount(verdicts, minlength=len(VERDICTS))
    labels = np.bincount(verdicts[weights > 0], minlength=len(VERDICTS))
    groups = [[verdict] for verdict in range(len(VERDICTS)) if items[verdict]]
    while len(groups) > 1 and min(counts := _labels(groups, labels)) < FEWEST_PER_CLASS:
        groups = _merge(groups, counts)
    class_of = np.zeros(len(VERDICTS), dtype=np.intp)
    for number, group in enumerate(groups):
        class_of[group] = number
    codes = class_of[verdicts]
    classes = [
        JudgeClass(
            verdicts=tuple(VERDICTS[verdict] for verdict in group),
            items=int(items[group].sum()),
            labelled=int(labels[group].sum()),
            rate=_mean(people[codes == number], weights[codes == number]),
        )
        for number, group in enumerate(groups)
    ]
    return tuple(classes), codes


def _labels(groups: list[list[int]], labels: CodeArray) -> list[int]:
    return [int(labels[group].sum()) for group in groups]


def _merge(groups: list[list[int]], counts: list[int]) -> list[list[int]]:
    """Joins the middle group to the end with fewer labels, or all where there is no choice.

    With three groups the one with the fewest labels is in that pair whichever it is.
    """
    if len(groups) < len(VERDICTS) or counts[0] == counts[-1]:
        return [[verdict for group in groups for verdict in group]]
    if counts[0] < counts[-1]:
        return [groups[0] + groups[1], groups[2]]
    return [groups[0], groups[1] + groups[2]]


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return math.fsum(values * weights) / math.fsum(weights)
