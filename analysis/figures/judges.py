"""Section 7, first part: how steady each judge is: position effect, and flips above noise."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.errors import EstimateError
from analysis.figures.board import Board
from analysis.figures.escalation import ON_HARD_TRIALS
from analysis.figures.findings import ORDERS_UNKNOWN, OWN_FAMILY, Finding, attempt
from analysis.figures.pairs import with_exact_p
from analysis.figures.verdicts import by_judge, count_by_trial, count_fractional, scored_verdicts
from analysis.judges.stability import (
    Stability,
    flips_by_closeness,
    order_table,
    position_effect,
    stability,
)
from analysis.judges.verdict_counts import VerdictCounts
from analysis.trials.table import TrialTable


def estimate_judges(board: Board, table: TrialTable) -> Iterator[Finding]:
    """Yields how steady each judge is, over all, by set and by model.

    Args:
        board: for sets, models and plan.
        table: the verdicts that enter the headline.
    """
    if not table.orders_known:
        yield Finding("judges", "position effect").told(ORDERS_UNKNOWN)
        return
    notes = fractional_note(table)
    for judge, own in by_judge(scored_verdicts(table, board.cluster)):
        name = own["judge"].iloc[0]
        some = [ON_HARD_TRIALS] if name in board.outline.escalated else []
        for finding in _steadiness(board, Finding("judges", "", against=judge), own):
            kin = [OWN_FAMILY] if board.outline.is_own_family(name, finding.arm) else []
            yield finding.told(*kin, *some, *notes)


def fractional_note(table: TrialTable) -> list[str]:
    """Returns what must be said of scores that are no whole verdict, if there are any."""
    number = count_fractional(table)
    return [f"{number} scores that are no win, tie or loss are left out"] if number else []


def _steadiness(board: Board, bare: Finding, rows: pd.DataFrame) -> Iterator[Finding]:
    """One judge over all, on each set, and on each model of each set."""
    yield from _whole(board, replace(bare, role="secondary"), rows)
    for found in board.sets:
        on_set = rows[rows["set"] == found.name]
        yield from _short(board, replace(bare, set=found.name), on_set)
        for model in board.outline.models:
            of_model = replace(bare, set=found.name, arm=model)
            yield from _short(board, of_model, on_set[on_set["arm"] == model])


def _short(board: Board, bare: Finding, rows: pd.DataFrame) -> Iterator[Finding]:
    if rows.empty:
        return
    position, flips, _, _ = read_steadiness(board, bare, rows)
    yield from (position, flips)


def read_steadiness(
    board: Board, bare: Finding, rows: pd.DataFrame
) -> tuple[Finding, Finding, Stability | None, VerdictCounts | None]:
    """Returns position effect and flip rate, and what they are read from where it can be had.

    Args:
        board: for the level.
        bare: what the findings are of.
        rows: of `scored_verdicts`, of one judge.
    """
    position, flips = replace(bare, name="position effect"), replace(bare, name="flip rate")
    try:
        counts = count_by_trial(rows)
    except EstimateError as error:
        why = f"not estimated: {error}"
        return position.told(why), flips.told(why), None, None
    level = board.outline.plan.level
    position = attempt(position, lambda: position_effect(counts, level))
    try:
        steady = stability(counts, level)
    except EstimateError as error:
        return position, flips.told(f"not estimated: {error}"), None, counts
    return position, replace(flips, value=steady.flip.value, estimate=steady.flip), steady, counts


def _whole(board: Board, bare: Finding, rows: pd.DataFrame) -> Iterator[Finding]:
    position, flips, steady, counts = read_steadiness(board, bare, rows)
    if steady is None or counts is None:
        yield from (position, flips)
        return
    orders, both = order_table(counts), counts.both_orders
    clusters = [label for label, kept in zip(counts.clusters, both, strict=True) if kept]
    moved = counts.means[both] @ np.array([1.0, -1.0])
    yield with_exact_p(board, position, moved, clusters).with_extra(
        first_won_both=orders.first_both,
        second_won_both=orders.second_both,
        mcnemar_p_without_clusters=orders.p_value,
    )
    yield from _rates(bare, steady)
    bands = flips_by_closeness(counts, level=board.outline.plan.level)
    for band in bands.bands:
        name = f"flip rate, {band.low:.2f} to {band.high:.2f} from one half"
        one = replace(bare, name=name, role="exploratory", value=band.flip, estimate=band.estimate)
        yield one.told(*bands.warnings).with_extra(trials=band.n)


def _rates(bare: Finding, steady: Stability) -> Iterator[Finding]:
    for name, estimate in (
        ("flip rate", steady.flip),
        ("reversal rate", steady.reversal),
        ("noise floor", steady.noise_floor),
        ("flips beyond the noise floor", steady.excess),
        ("repetition stability", steady.repetition),
    ):
        one = replace(bare, name=name)
        if estimate is None:
            yield one.told("not known: no comparison was judged twice in one order")
        else:
            yield replace(one, value=estimate.value, estimate=estimate)
