"""From readings of many seeds to one row for each figure: detection, coverage, width, bias."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.defects.planted import Defect
from benchmarks.defects.readings import Reading
from benchmarks.statistics.findings import share_error
from benchmarks.statistics.tables import table

SEEN = (1 + 1.2816 / 1.96) / 2
"""Widths of an interval that an effect must be away from its null to be seen nine times in ten."""


@dataclass(frozen=True)
class Share:
    """A share of intervals with its standard error; all intervals of a seed are one draw."""

    found: float
    error: float

    @property
    def words(self) -> str:
        """As a cell of the table."""
        return f"{self.found:.1%} ({self.error:.1%})"


@dataclass(frozen=True)
class Size:
    """How well the size of a defect is told."""

    truths: tuple[float, float]
    """Smallest and largest, where several models, sets or judges stand in one row."""
    coverage: Share
    width: float
    bias: float
    bias_error: float
    without: int
    """Intervals that could not be had; they count as not covering."""


@dataclass(frozen=True)
class Row:
    """One figure of one world."""

    defect: str
    planted: str
    figure: str
    detected: Share | None
    size: Size | None


def describe(defect: Defect, found: Sequence[Sequence[Reading]], detected: int) -> Iterator[Row]:
    """Yields a row for each figure.

    Args:
        defect: what was planted.
        found: for each seed its readings.
        detected: seeds, from the first, that detection is told of; in a clean world all of them.
    """
    for figure in dict.fromkeys(one.figure for readings in found for one in readings):
        own = [[one for one in readings if one.figure == figure] for readings in found]
        yield Row(
            defect.name,
            defect.planted,
            figure,
            _detection(own if defect.clean else own[:detected]),
            _size(own),
        )


def _detection(found: Sequence[Sequence[Reading]]) -> Share | None:
    if found[0][0].detected is None:
        return None
    return _share(found, lambda one: bool(one.detected))


def _size(found: Sequence[Sequence[Reading]]) -> Size | None:
    every = [one for readings in found for one in readings]
    truths = [one.truth for one in every]
    if math.isnan(truths[0]):
        return None
    bias = np.array([np.nanmean([one.value - one.truth for one in readings]) for readings in found])
    return Size(
        truths=(min(truths), max(truths)),
        coverage=_share(found, lambda one: one.holds),
        width=float(np.nanmean([one.high - one.low for one in every])),
        bias=float(bias.mean()),
        bias_error=float(bias.std(ddof=1) / math.sqrt(len(bias))),
        without=sum(math.isnan(one.low) for one in every),
    )


def _share(found: Sequence[Sequence[Reading]], holds: Callable[[Reading], bool]) -> Share:
    means = np.array([np.mean([holds(one) for one in readings]) for readings in found])
    share, error = float(means.mean()), float(means.std(ddof=1) / math.sqrt(len(means)))
    return Share(share, error or share_error(share, len(means)))


HEADER = (
    "defect", "planted", "figure", "truth", "detected (se)", "coverage (se)", "width",
    "seen in 90 % from", "bias (se)",
)  # fmt: skip


def markdown(rows: Sequence[Row], heading: str) -> str:
    """Returns how the figures were made, and the table."""
    return f"{heading}\n{table(HEADER, [_cells(row) for row in rows])}"


def _cells(row: Row) -> tuple[str, ...]:
    detected = row.detected.words if row.detected else ""
    size = row.size
    if size is None:
        return row.defect, row.planted, row.figure, "", detected, "", "", "", ""
    low, high = (f"{end:+.3f}" for end in size.truths)
    without = f"; {size.without} without" if size.without else ""
    return (
        row.defect,
        row.planted,
        row.figure,
        low if low == high else f"{low} to {high}",
        detected,
        f"{size.coverage.words}{without}",
        f"{size.width:.3f}",
        f"{SEEN * size.width:.3f} away",
        f"{size.bias:+.4f} ({size.bias_error:.4f})",
    )
