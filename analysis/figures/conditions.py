"""The same trials under two conditions: what a gap between views, forms or prompts is taken from.

A condition is how a verdict was come by. Most of them were asked for on a share of the items and
for one proposal an arm, so nothing is paired here but what the same judges judged under both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.clusters import FloatArray
from analysis.contrasts import mean_effect
from analysis.figures.arm_scores import list_judges
from analysis.figures.board import Board, Mask, SetBoard, build_board
from analysis.figures.findings import Finding, attempt
from analysis.figures.outline import STOCK, Outline
from analysis.figures.pairs import NOTHING_SHARED, with_exact_p
from analysis.trials.filters import Filter
from analysis.trials.table import TrialTable

PAIRED_BY = ("item", "arm", "repeat", "judge")
BY_FORM = ("form", "provenance", "prompt")


@dataclass(frozen=True)
class PairedSet:
    """One set under both conditions; the items stand in the same order."""

    one: SetBoard
    other: SetBoard

    def kept(self, arm: str) -> Mask:
        """Which items an arm has a score on under both."""
        if arm not in self.one.scores or arm not in self.other.scores:
            return np.zeros(len(self.one.items), dtype=bool)
        return self.one.scored(arm) & self.other.scored(arm)

    def mean_of(self, arms: Sequence[str], judge: str | None = None) -> "Differences":
        """Returns the mean difference over some arms for each item.

        An item counts with the arms that have a score on it under both.

        Args:
            arms: whose scores.
            judge: by whom; None: the mean of the judges.
        """
        one, other = (
            half.scores if judge is None else half.by_judge.get(judge, {})
            for half in (self.one, self.other)
        )
        rows = [one[arm] - other[arm] for arm in arms if arm in one and arm in other]
        if not rows:
            return Differences(np.empty(0), [])
        stacked = np.array(rows)
        counts = np.sum(~np.isnan(stacked), axis=0)
        means = np.nansum(stacked, axis=0) / np.maximum(counts, 1)
        return Differences(means[counts > 0], self.one.clusters[counts > 0].tolist())


@dataclass(frozen=True)
class Differences:
    """One number for each item, and the cluster of each."""

    values: FloatArray
    clusters: list[object]


@dataclass(frozen=True)
class Paired:
    """All sets under two conditions, by the judges that gave verdicts under both."""

    sets: tuple[PairedSet, ...]
    judges: tuple[str, ...]

    def pooled(self, board: Board, bare: Finding, judge: str | None = None) -> Finding:
        """Fills in the mean difference over all models and sets, each item once.

        Args:
            board: for models and plan.
            bare: what of.
            judge: by whom; None: the mean of the judges.
        """
        parts = [found.mean_of(board.outline.models, judge) for found in self.sets]
        values = np.concatenate([part.values for part in parts])
        clusters = [label for part in parts for label in part.clusters]
        if not values.size:
            return bare.told(NOTHING_SHARED)
        estimate = partial(mean_effect, values, clusters, board.outline.plan.level)
        filled = attempt(bare, estimate, float(values.mean())).with_extra(items=len(values))
        return with_exact_p(board, filled, values, clusters)


def pair_conditions(
    table: TrialTable, outline: Outline, one: Filter, other: Filter
) -> Paired | None:
    """Returns what the same judges said of the same trials under two conditions; None if nothing.

    Args:
        table: all trials, unfiltered.
        outline: sets, models, judges and plan.
        one: the first condition.
        other: the second.
    """
    frame = table.frame
    candidates = _compared(frame, outline) & frame["judged"]
    candidates &= ~frame["judge"].isin(list(outline.escalated))
    here, there = (candidates & _meets(frame, wanted) for wanted in (one, other))
    keys = _number(frame, here | there)
    shared = np.intersect1d(keys[here], keys[there])
    if not shared.size:
        return None
    kept = replace(table, frame=frame[(here | there) & np.isin(keys, shared)])
    judges = list_judges(kept, [judge for judge in outline.judges if _judged(kept, judge)])
    within = replace(outline, judges=judges)
    boards = (build_board(kept, within, wanted).sets for wanted in (one, other))
    return Paired(tuple(PairedSet(a, b) for a, b in zip(*boards, strict=True)), judges)


def board_under(table: TrialTable, board: Board, wanted: Filter) -> Board:
    """Returns the scores under another condition, by whoever judged under it.

    Trials without any verdict count as missing only where the condition was asked for.

    Args:
        table: all trials, unfiltered.
        board: of the headline, for sets, models and plan.
        wanted: the condition.
    """
    chosen = table.choose(wanted)
    judges = list_judges(chosen, [one for one in board.outline.judges if _judged(chosen, one)])
    outline = replace(
        board.outline,
        judges=tuple(judge for judge in judges if judge not in board.outline.escalated),
    )
    return build_board(replace(chosen, frame=_asked(chosen.frame)), outline, wanted)


def other_forms(table: TrialTable, wanted: Filter) -> Iterator[Filter]:
    """Yields the conditions of a table that have the headline's view, but not its form.

    Args:
        table: all trials, unfiltered.
        wanted: the headline's condition.
    """
    for found in table.filters:
        same = (found.view, found.judge_kind) == (wanted.view, wanted.judge_kind)
        if same and found != wanted:
            yield found


def _compared(frame: pd.DataFrame, outline: Outline) -> pd.Series:
    """Which rows are of a model or of what it is compared with first."""
    return frame["arm"].isin([*outline.models, STOCK])


def _asked(chosen: pd.DataFrame) -> pd.DataFrame:
    """Leaves out gaps that are none: of items outside the share, of repeats that were not judged.

    Where every verdict lies in the share, so does what was asked for.
    """
    judged = chosen[chosen["judged"]]
    wanted = chosen["repeat"].isin(judged["repeat"].unique())
    if (judged["in_share"] == 1).all():
        wanted &= chosen["in_share"] == 1
    return chosen[chosen["judged"] | wanted]


def _judged(table: TrialTable, judge: str) -> bool:
    return bool(((table.frame["judge"] == judge) & table.frame["judged"]).any())


def _meets(frame: pd.DataFrame, wanted: Filter) -> pd.Series:
    met = frame["judge_kind"] == wanted.judge_kind
    for name in ("view", *BY_FORM):
        met &= frame[name] == getattr(wanted, name)
    return met


def _number(frame: pd.DataFrame, kept: pd.Series) -> pd.Series:
    """Returns a number for each trial and judge of the rows that are kept, -1 for the rest."""
    groups = frame[kept].groupby(list(PAIRED_BY), observed=True, sort=False).ngroup()
    return groups.reindex(frame.index, fill_value=-1)
