"""Section 7, first half: position effect, flips against the noise floor, and agreement."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pandas as pd

from analysis.errors import EstimateError
from analysis.figures.board import Board
from analysis.figures.findings import Finding, attempt
from analysis.figures.verdicts import (
    CATEGORIES,
    by_judge,
    count_by_trial,
    paired_verdicts,
    scored_verdicts,
)
from analysis.judges.stability import flips_by_closeness, order_table, position_effect, stability
from analysis.judges.verdict_counts import VerdictCounts
from analysis.labels.agreement import Agreement, agreement
from analysis.trials.table import TrialTable

ORDERS_UNKNOWN = "not known: the table does not say which move came first"


def estimate_judges(board: Board, table: TrialTable, people: TrialTable) -> Iterator[Finding]:
    """Yields how steady each judge is, by set and model, and how far judges and people agree.

    Args:
        board: for models and plan.
        table: the verdicts that enter the headline.
        people: the same comparisons as people judged them.
    """
    rows = scored_verdicts(table)
    if not table.orders_known:
        yield Finding("judges", "position effect").told(ORDERS_UNKNOWN)
    else:
        for judge, own in by_judge(rows):
            yield from _steadiness(board, Finding("judges", "", against=judge), own)
    yield from _agreements(board, rows, scored_verdicts(people))


def _steadiness(board: Board, bare: Finding, rows: pd.DataFrame) -> Iterator[Finding]:
    """One judge over all, on each set, and on each model of each set."""
    own = replace(bare, role="secondary")
    yield from _whole(board, own, count_by_trial(rows))
    for found in board.sets:
        on_set = rows[rows["set"] == found.name]
        yield from _short(board, replace(bare, set=found.name), on_set)
        for model in board.outline.models:
            of_model = replace(bare, set=found.name, arm=model)
            yield from _short(board, of_model, on_set[on_set["arm"] == model])


def _short(board: Board, bare: Finding, rows: pd.DataFrame) -> Iterator[Finding]:
    counts = count_by_trial(rows)
    if counts is None:
        return
    level = board.outline.plan.level
    yield attempt(replace(bare, name="position effect"), lambda: position_effect(counts, level))
    try:
        steady = stability(counts, level)
    except EstimateError as error:
        yield replace(bare, name="flip rate").told(f"not estimated: {error}")
        return
    yield replace(bare, name="flip rate", value=steady.flip.value, estimate=steady.flip)


def _whole(board: Board, bare: Finding, counts: VerdictCounts | None) -> Iterator[Finding]:
    if counts is None:
        yield replace(bare, name="position effect").told("no verdict to tell it from")
        return
    level = board.outline.plan.level
    position = attempt(
        replace(bare, name="position effect"), lambda: position_effect(counts, level)
    )
    try:
        orders = order_table(counts)
        steady = stability(counts, level)
        bands = flips_by_closeness(counts, level=level)
    except EstimateError as error:
        yield position
        yield replace(bare, name="flip rate").told(f"not estimated: {error}")
        return
    yield position.with_extra(
        first_won_both=orders.first_both,
        second_won_both=orders.second_both,
        mcnemar_p_without_clusters=orders.p_value,
    )
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
    for band in bands.bands:
        name = f"flip rate, {band.low:.2f} to {band.high:.2f} from one half"
        one = replace(bare, name=name, role="exploratory", value=band.flip, estimate=band.estimate)
        yield one.told(*bands.warnings).with_extra(trials=band.n)


def _agreements(board: Board, rows: pd.DataFrame, people: pd.DataFrame) -> Iterator[Finding]:
    """Every pair of judges, every judge with every person, and every pair of people."""
    judges, persons = dict(by_judge(rows)), dict(by_judge(people))
    everyone = {**judges, **persons}
    for one, other in combinations(everyone, 2):
        both = paired_verdicts(everyone[one], everyone[other])
        bare = Finding("judges", "", arm=one, against=other, role="secondary")
        yield from _agreement(board, bare, both)


def _agreement(board: Board, bare: Finding, both: pd.DataFrame) -> Iterator[Finding]:
    if both.empty:
        yield replace(bare, name="agreement").told("not estimated: no comparison in common")
        return
    try:
        found = agreement(
            both["first"].tolist(), both["second"].tolist(), both["lineage"].tolist(), CATEGORIES,
            level=board.outline.plan.level,
        )  # fmt: skip
    except EstimateError as error:
        yield replace(bare, name="agreement").told(f"not estimated: {error}")
        return
    yield from tell_agreement(bare, found)


def tell_agreement(bare: Finding, found: Agreement) -> Iterator[Finding]:
    """Yields raw agreement with the confusion table, kappa and AC1."""
    table = "; ".join(
        f"{name}: " + ", ".join(map(str, row))
        for name, row in zip(found.categories, found.confusion, strict=True)
    )
    raw = replace(bare, name="agreement", value=found.raw.value, estimate=found.raw)
    yield raw.with_extra(confusion=table)
    kappa = replace(bare, name="kappa")
    if found.kappa is None:
        yield kappa.told(found.no_kappa or "")
    else:
        yield replace(kappa, value=found.kappa.value, estimate=found.kappa)
    yield replace(bare, name="AC1", value=found.ac1.value, estimate=found.ac1)
