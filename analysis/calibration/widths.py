"""What so many labels buy: the width of each corrected rate, told before anyone starts.

From cluster sizes and an assumed agreement; no outcome of the run is looked at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.calibration.population import Population
from analysis.clusters import FEWEST_CLUSTERS
from analysis.judges.labelled_sample import LABELS_AT_LEAST
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import Planned
from analysis.power.labels import check_correlation, label_widths

USUAL = (40, 60, 100, 150, 200, 300, 400)


@dataclass(frozen=True)
class Width:
    """The intervals to be expected of one set and arm."""

    labels: int
    """In all, over every set and arm."""
    set: str
    items: int
    clusters: int
    labels_each: int
    """Labels on one arm of the set."""
    half_width: float | None
    """Of the corrected rate; None where the labels are too few for an interval."""
    half_width_alone: float | None
    """Of the rate among the labelled items alone; None likewise."""
    correlation: float
    """Of judge and people, as assumed."""


@dataclass(frozen=True)
class Assumed:
    """What is taken for granted of people's verdicts."""

    correlation: float = 0.6
    """Of judge and people over items."""
    sd: float = 0.5
    """Of people's verdicts on items."""
    icc: float = 0.1
    """How alike verdicts in one session are."""
    level: float = 0.95


def expected_widths(
    population: Population, labels: Sequence[int], assumed: Assumed
) -> tuple[Width, ...]:
    """Returns the widths for each number of labels, for each set; its arms are alike.

    A set has as many items on an arm as the arm with the fewest has. Where that or the labels are
    too few for an interval, it says so rather than nothing.

    Raises:
        EstimateError: a number is unusable.
    """
    check_correlation(assumed.correlation)
    spread, aim = Spread(assumed.sd, assumed.icc), Aim(assumed.level)
    cells = population.cells
    found = []
    for name in sorted({one for one, _ in cells}):
        parts = [population.of(cell) for cell in cells if cell[0] == name]
        fewest = min(parts, key=len)
        sizes = np.array(sorted(Counter(unit.cluster for unit in fewest).values()), dtype=float)
        planned = Planned(sizes, spread)
        for total in labels:
            each = min(total // len(cells), len(fewest))
            halves: tuple[float | None, float | None] = (None, None)
            if each >= LABELS_AT_LEAST and len(sizes) >= FEWEST_CLUSTERS:
                (width,) = label_widths(planned, assumed.correlation, [each], aim)
                halves = (width.half_width, width.half_width_alone)
            shape = (len(fewest), len(sizes), each)
            found.append(Width(total, name, *shape, *halves, assumed.correlation))
    return tuple(found)


def usual_numbers(population: Population, wanted: int | None = None) -> tuple[int, ...]:
    """Round numbers of labels up to what can be drawn, and the wanted one."""
    places = len({unit.point for unit in population.units})
    numbers = {number for number in USUAL if number <= places} | {places}
    return tuple(sorted(numbers | ({wanted} if wanted else set())))
