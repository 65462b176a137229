"""How the texts of the two moves differ to the eye, and the rates if they did not.

Exploratory: a better move may well be longer, and name what it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import Finding, attempt
from analysis.judges.length_control import LengthControl, length_control
from analysis.regression import cr2_fit
from analysis.trials.columns import SURFACE
from analysis.trials.table import TrialTable

METHOD = "mean difference per item, CR2 variance, Satterthwaite t"
LENGTH = "chars"
EQUAL_LENGTH, EQUAL_SURFACE = "rate at equal length", "rate at equal surface"
MAY_MEDIATE = "sensitivity: what makes a move better may also make it longer"


def estimate_surface(board: Board, table: TrialTable) -> Iterator[Finding]:
    """Yields the rate at equal length, each feature's difference, and the rate at equal features.

    Args:
        board: of the headline.
        table: the verdicts that enter the headline.
    """
    for found in board.sets:
        for model in board.outline.models:
            if model not in found.scores:
                continue
            more = differences(table, found, model)
            if LENGTH in more:
                held = {"length": more.pop(LENGTH)}
                yield from _at_equal(board, found, Finding("judges", EQUAL_LENGTH, arm=model), held)
            for feature, values in more.items():
                name = f"{feature}, proposal less human move"
                yield _mean(board, found, Finding("blinding", name, arm=model), values)
            if more:
                yield from _at_equal(
                    board, found, Finding("blinding", EQUAL_SURFACE, arm=model), more
                )


def differences(table: TrialTable, found: SetBoard, arm: str) -> dict[str, FloatArray]:
    """Returns what an arm's moves have of each feature above the human's, the mean of its repeats.

    Args:
        table: the verdicts that enter the headline.
        found: the set; its items give the order of the values, NaN where nothing is known.
        arm: whose moves.
    """
    frame = table.frame
    rows = frame[(frame["set"] == found.name) & (frame["arm"] == arm) & frame["judged"]]
    more = pd.DataFrame(
        {name: rows[f"proposal_{name}"] - rows[f"human_{name}"] for name in (LENGTH, *SURFACE)}
    )
    by_repeat = more.groupby([rows["item"].astype(object), rows["repeat"]]).mean()
    means = by_repeat.groupby(level=0).mean().reindex(found.items)
    return {
        str(name): np.asarray(means[name], dtype=np.float64)
        for name in means
        if means[name].notna().any()
    }


def _mean(board: Board, found: SetBoard, bare: Finding, values: FloatArray) -> Finding:
    kept = ~np.isnan(values)
    more, clusters = values[kept], found.clusters[kept].tolist()

    def estimate() -> Estimate:
        fit = cr2_fit(np.ones((len(more), 1)), more, clusters)
        return fit.contrast([1.0], board.outline.plan.level, METHOD)

    return attempt(replace(bare, set=found.name), estimate, float(more.mean()))


def _at_equal(
    board: Board, found: SetBoard, bare: Finding, known: Mapping[str, FloatArray]
) -> Iterator[Finding]:
    bare = replace(bare, set=found.name)
    there = found.scored(bare.arm) & ~np.any(np.isnan(list(known.values())), axis=0)
    if not there.any():
        return
    held = {name: values[there] for name, values in known.items()}
    # A feature that never varies cannot be told from the rate itself.
    varied = {name: values for name, values in held.items() if len(np.unique(values)) > 1}
    try:
        control = length_control(
            found.scores[bare.arm][there],
            found.clusters[there].tolist(),
            varied,
            level=board.outline.plan.level,
        )
    except EstimateError as error:
        yield bare.told(f"not estimated: {error}")
        return
    yield _tell(bare, control, held)


def _tell(bare: Finding, control: LengthControl, held: Mapping[str, FloatArray]) -> Finding:
    filled = attempt(bare, lambda: control.controlled).told(MAY_MEDIATE)
    told = {"raw": control.raw.value}
    for name, values in held.items():
        of = "" if name == "length" else f"_{name}"
        slope = control.coefficients.get(name)
        told |= {f"mean_difference{of}": float(values.mean())}
        told |= {f"slope{of}": slope.value} if slope is not None else {}
    return filled.with_extra(**told)
