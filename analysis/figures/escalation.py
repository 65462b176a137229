"""The rate of a judge that was asked about some trials only, each with a known chance.

Those trials were chosen for being hard, so its bare rate there is no rate of anything; with the
first judge's scores of all trials and the known chances it is a two-phase sample.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.figures.board import Board, SetBoard, build_board
from analysis.figures.findings import Finding, attempt
from analysis.judges.two_phase import CorrectedRate, two_phase_rate
from analysis.trials.filters import Filter
from analysis.trials.table import TrialTable, text_column

TWO_PHASE = "win rate by the judge asked last (two-phase)"
ON_HARD_TRIALS = "asked about some trials only, mostly hard ones: no figure of all trials"

CHANCE_UNKNOWN = "the chance of {} of the trials that it was asked about is not known: taken for 1"


def estimate_escalation(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """Yields what each judge that was asked about some trials would say of all, by set and model.

    Args:
        board: of the headline.
        table: all trials, unfiltered.
        wanted: the headline's condition.
    """
    for judge in board.outline.escalated:
        rows = _by_trial(table.choose(wanted).frame, board.outline.models)
        first, then = (
            build_board(replace(table, frame=rows), replace(board.outline, judges=judges), wanted)
            for judges in (board.outline.judges, (judge,))
        )
        asked = rows[(rows["judge"] == judge) & rows["judged"]]
        for one, other in zip(first.sets, then.sets, strict=True):
            for model in board.outline.models:
                if model in one.scores and model in other.scores and other.scored(model).any():
                    chances = _chances(asked[asked["arm"] == model], one)
                    bare = Finding("judges", TWO_PHASE, one.name, model, judge, role="secondary")
                    yield _two_phase(board, bare, (one, other), chances)


def _by_trial(rows: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    """Returns the rows of models with every repeat an item: chances are those of trials."""
    kept = rows[rows["arm"].isin(models)]
    repeats = kept["repeat"].astype(int).astype(str)
    trials = kept["item"].astype(object) + "#" + repeats.astype(object)
    return kept.assign(item=text_column(trials))


def _chances(asked: pd.DataFrame, found: SetBoard) -> FloatArray:
    known = asked.groupby(asked["item"].astype(object))["judge_probability"].first()
    return np.asarray(known.reindex(found.items), dtype=np.float64)


def _two_phase(
    board: Board, bare: Finding, boards: tuple[SetBoard, SetBoard], chances: FloatArray
) -> Finding:
    first, then = boards
    kept = first.scored(bare.arm)
    open_ = int(np.isnan(chances[kept & then.scored(bare.arm)]).sum())
    bare = bare.told(CHANCE_UNKNOWN.format(open_)) if open_ else bare
    try:
        corrected = two_phase_rate(
            first.scores[bare.arm][kept],
            then.scores[bare.arm][kept],
            first.clusters[kept].tolist(),
            np.where(np.isnan(chances[kept]), 1.0, chances[kept]),
            board.outline.plan.level,
        )
    except EstimateError as error:
        return bare.told(f"not estimated: {error}")
    return _tell(bare, corrected)


def _tell(bare: Finding, corrected: CorrectedRate) -> Finding:
    filled = attempt(bare, lambda: replace(corrected.estimate, p_value=None))
    return filled.with_extra(
        asked=corrected.labelled,
        asked_clusters=corrected.labelled_clusters,
        weighted_rate_of_the_asked=corrected.people.value,
        rate_by_the_first_judge=corrected.judge.value,
        slope=corrected.slope,
    )
