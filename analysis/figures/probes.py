"""How blind the judging was, as probes tell: what a restatement and a view give away.

A probe asks beside the verdict and never enters a rate. Every figure is a mean over items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.clusters import FloatArray
from analysis.contrasts import set_contrast
from analysis.estimates import Estimate
from analysis.figures.board import Board
from analysis.figures.findings import HALF, LOADING_ACCURACY, TAKEN, Finding, attempt
from analysis.figures.judge_families import TOO_FEW
from analysis.figures.models import FEWEST_IN_A_SLICE
from analysis.figures.pairs import with_exact_p
from analysis.figures.shares import tell_share
from analysis.intervals import EVEN
from analysis.rates import win_rate
from analysis.trials.columns import VIEWS
from analysis.trials.probes import (
    FAITHFULNESS,
    IDENTITY,
    LOADING,
    ProbeRow,
    score_probed,
    tabulate_probes,
)
from analysis.trials.table import TrialTable

LOADED = "mean of the accuracies on both sets; above one half, restatements give the kind away"
ONE_KIND = "not estimated: without both kinds of set a guess of one kind cannot be told from a leak"
BY_MODEL = "which move a model wrote, view {}"
SHOWN = "this view shows it"
BY_QUALITY = (
    "not only what a text gives away: who takes the better move for the one taken is above one "
    "half on strong moves and below it on detours"
)
CHOSEN_BY_GUESS = (
    "items chosen by the guess: who takes the better move for the one taken is wrong where the "
    "proposal looks better"
)
SHOWS_TAKEN = ("full", "digest_open")
"""Views in which the act can be looked up."""
SAID = {"same": "the same", "partly": "the same in part", "different": "something else"}


def estimate_probes(
    board: Board, probes: Sequence[ProbeRow], table: TrialTable
) -> Iterator[Finding]:
    """Yields the accuracy of each probe, and rates where the guess was wrong.

    Args:
        board: for sets, models, plan and clusters.
        probes: of the run.
        table: all trials of the same run, unfiltered.
    """
    rows = tabulate_probes(probes)
    rows["score"] = score_probed(probes, table)
    rows["cluster"] = rows["item"].map(board.cluster_of)
    yield from _loading(board, rows[rows["kind"] == LOADING])
    models = rows["arm"].isin(board.outline.models)
    yield from _identity(board, rows[(rows["kind"] == IDENTITY) & models])
    yield from _faithfulness(board, rows[rows["kind"] == FAITHFULNESS])


@dataclass(frozen=True)
class _Means:
    """The mean of what was answered of each item."""

    values: FloatArray
    clusters: list[object]


def _by_item(rows: pd.DataFrame, column: str) -> _Means:
    known = rows[rows[column].notna()]
    values = known[column].astype(np.float64).groupby(known["item"]).mean()
    clusters = known.groupby("item")["cluster"].first()
    return _Means(np.asarray(values, dtype=np.float64), clusters.tolist())


def _loading(board: Board, rows: pd.DataFrame) -> Iterator[Finding]:
    if rows.empty:
        return
    level = board.outline.plan.level
    by_kind = {}
    for kind in ("suboptimal", "strong"):
        own = _by_item(rows[rows["set_kind"] == kind], "correct")
        if own.values.size:
            by_kind[kind] = own
            names = " + ".join(found.name for found in board.of_kind(kind))
            bare = Finding("blinding", LOADING_ACCURACY, names, role="secondary")
            yield tell_share(bare, own.values, own.clusters, level)
    mean = Finding("blinding", LOADING_ACCURACY, against=HALF, role="secondary")
    unanswered = {"unanswered": int(rows["answer"].isna().sum())}
    if len(by_kind) < 2:  # noqa: PLR2004
        yield mean.told(ONE_KIND).with_extra(**unanswered)
        return
    one, other = by_kind["suboptimal"], by_kind["strong"]
    value = float(one.values.mean() + other.values.mean()) / 2
    filled = attempt(mean, partial(_balanced, one, other, level), value)
    # Each set has half the weight, as in the figure: else a prober that always says the same would
    # be found out by nothing but the sizes of the sets.
    weight = (len(one.values) + len(other.values)) / 2
    away = [(means.values - EVEN) * weight / len(means.values) for means in (one, other)]
    exact = with_exact_p(board, filled, np.concatenate(away), [*one.clusters, *other.clusters])
    yield exact.told(LOADED).with_extra(**unanswered)


def _balanced(one: _Means, other: _Means, level: float) -> Estimate:
    """The mean of two accuracies: one half and half of what one kind is guessed more on its set."""
    more = set_contrast(one.values, one.clusters, 1 - other.values, other.clusters, level)
    ends = (None if end is None else EVEN + end / 2 for end in (more.low, more.high))
    low, high = ends
    return replace(more, value=EVEN + more.value / 2, low=low, high=high, null=EVEN)


def _identity(board: Board, rows: pd.DataFrame) -> Iterator[Finding]:
    for view in VIEWS:
        of_view = rows[rows["view"] == view]
        for judge, own in of_view.groupby("judge", sort=True):
            for name, column in ((TAKEN, "correct"), (BY_MODEL, "by_model_correct")):
                bare = Finding("blinding", name.format(view), arm=str(judge), against=HALF)
                found = _accuracy(board, replace(bare, role="secondary"), own, column)
                yield found.told(*_notes(name, view))
            for set_name, on_set in own.groupby("set", sort=True):
                yield from _where_wrong(board, on_set, str(set_name), view, str(judge))


def _notes(name: str, view: str) -> list[str]:
    if name != TAKEN:
        return []
    return [SHOWN] if view in SHOWS_TAKEN else [BY_QUALITY]


def _accuracy(board: Board, bare: Finding, rows: pd.DataFrame, column: str) -> Finding:
    means = _by_item(rows, column)
    unanswered = int(rows["answer"].isna().sum())
    if not means.values.size:
        return bare.told("not estimated: no answer").with_extra(unanswered=unanswered)
    estimate = partial(win_rate, means.values, means.clusters, board.outline.plan.level)
    filled = attempt(bare, estimate, float(means.values.mean()))
    return filled.with_extra(items=len(means.values), unanswered=unanswered)


def _where_wrong(
    board: Board, rows: pd.DataFrame, set_name: str, view: str, judge: str
) -> Iterator[Finding]:
    """The rate of the models where this judge never guessed right which move was taken."""
    known = rows[rows["correct"].notna() & rows["score"].notna()]
    if known.empty:
        return
    right = known["correct"].astype(np.float64).groupby([known["item"], known["arm"]])
    share = right.transform("mean")
    name = f"win rate where the guess was wrong, view {view}"
    bare = Finding("blinding", name, set_name, judge, role="secondary")
    wrong, others = (_by_item(known[share == guess], "score") for guess in (0, 1))
    mixed = int(known.loc[(share > 0) & (share < 1), "item"].nunique())
    bare = bare.with_extra(items_with_both_guesses=mixed) if mixed else bare
    few = others.values.size < FEWEST_IN_A_SLICE
    bare = bare.with_extra(where_right=None if few else float(others.values.mean()))
    if wrong.values.size < FEWEST_IN_A_SLICE:
        yield bare.told(TOO_FEW if wrong.values.size else "no guess was wrong")
        return
    level = board.outline.plan.level
    yield tell_share(bare, wrong.values, wrong.clusters, level).told(CHOSEN_BY_GUESS)


def _faithfulness(board: Board, rows: pd.DataFrame) -> Iterator[Finding]:
    level = board.outline.plan.level
    for whose, own in (
        ("human", rows[rows["arm"].isna()]),
        ("proposals", rows[rows["arm"].notna()]),
    ):
        answered = own[own["answer"].notna()]
        for word, said in SAID.items():
            if not answered.empty:
                means = _by_item(answered.assign(said=answered["answer"] == word), "said")
                name = f"restatements that say {said}"
                bare = Finding("blinding", name, arm=whose, role="secondary")
                told = tell_share(bare, means.values, means.clusters, level)
                yield told.with_extra(unanswered=len(own) - len(answered))
