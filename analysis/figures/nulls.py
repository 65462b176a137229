"""Section 2: what a model's rate is held against, before anything is said of the human.

`stock` first, then the other arms that ran, the rate that a mere redraw of the human's own move
would have, and one half. Beating one half on moves chosen for being bad is no finding.
"""

from collections.abc import Iterator
from dataclasses import replace

from analysis.estimates import Estimate
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import HALF, Finding, attempt
from analysis.figures.missing import run_cases, tell_missing, with_missing
from analysis.figures.outline import STOCK, STOCK_FIT
from analysis.figures.pairs import NO_SCORE, companions, compare_arms
from analysis.intervals import EVEN, wilson_p
from analysis.population.selection import redraw_null
from analysis.rates import win_rate
from taste.plan import Selection

NULL_ARMS = (STOCK, STOCK_FIT, "echo", "person")
PICKED = "the one context-free move that did best on the pilot set"
PICKED_HERE = "picked on this very set: its rate here is too high"
NOT_THE_HUMAN = (
    "one half is the human's recorded move, not chance: moves chosen for being bad lose to most "
    "second draws, and moves chosen for being good win"
)
ASSUMED = "these shares are assumed: no study states a selection"
NO_ERROR = (
    "the redraw's rate takes a judge without error: one that errs raises rates on the strong set "
    "and lowers them on the suboptimal one, so nothing is tested"
)
RELIABILITIES = (0.5, 1.0)
"""Of the labels; the redraw null is told at both beside the plan's own."""


def estimate_nulls(board: Board) -> Iterator[Finding]:
    """Yields every model on every set against each null."""
    for found in board.sets:
        for against in NULL_ARMS:
            if against in found.scores:
                yield from _minus(board, found, against)
        yield from _minus_redraw(board, found)
        yield from _minus_half(board, found)


def _minus(board: Board, found: SetBoard, against: str) -> Iterator[Finding]:
    for model in board.outline.models:
        if model in found.scores:
            finding = Finding("nulls", f"minus {against}", found.name, model, against)
            told = replace(compare_arms(board, found, finding), role="secondary")
            yield told.told(*_picked(found)) if against == STOCK_FIT else told


def _picked(found: SetBoard) -> list[str]:
    return [PICKED, *([PICKED_HERE] if found.kind == "pilot" else [])]


def _minus_redraw(board: Board, found: SetBoard) -> Iterator[Finding]:
    """A model less the rate of an exchangeable redraw, without a p value.

    The null takes a judge without error; how far errors would move it, the data cannot say.
    """
    if found.kind not in ("suboptimal", "strong"):
        return
    stated = board.outline.plan.selection or Selection()
    notes = [NO_ERROR] if board.outline.plan.selection else [NO_ERROR, ASSUMED]
    nulls = [
        getattr(redraw_null(stated.bottom, stated.top, reliability), found.kind)
        for reliability in (stated.reliability, *RELIABILITIES)
    ]
    for model in board.outline.models:
        if model not in found.scores:
            continue
        bare = Finding("nulls", "minus a redraw", found.name, model, "redraw", role="secondary")
        shifted = minus_constant(board, found, bare, nulls[0])
        estimate = shifted.estimate and replace(shifted.estimate, p_value=None)
        yield (
            replace(shifted, estimate=estimate)
            .told(*notes)
            .with_extra(
                redraw=nulls[0],
                redraw_if_labels_are_half_reliable=nulls[1],
                redraw_if_labels_are_exact=nulls[2],
                bottom=stated.bottom,
                top=stated.top,
                reliability=stated.reliability,
            )
        )


def _minus_half(board: Board, found: SetBoard) -> Iterator[Finding]:
    for arm in board.outline.models:
        if arm not in found.scores:
            continue
        bare = Finding("nulls", "minus half", found.name, arm, HALF, role="secondary")
        shifted = minus_constant(board, found, bare, EVEN)
        kept = found.scored(arm)
        clusters = found.clusters[kept].tolist()
        yield shifted.told(NOT_THE_HUMAN).with_extra(
            **companions(board, found.scores[arm][kept], clusters, null=EVEN)
        )


def minus_constant(board: Board, found: SetBoard, bare: Finding, constant: float) -> Finding:
    """Fills in the rate of the finding's arm less a constant, with both cases of what is missing.

    Args:
        board: for the plan.
        found: the set that the finding is of.
        bare: what of; its arm has scores on the set.
        constant: in [0, 1].
    """
    kept, level = found.scored(bare.arm), board.outline.plan.level
    if not kept.any():
        return bare.told(NO_SCORE)
    scores, clusters = found.scores[bare.arm][kept], found.clusters[kept].tolist()
    filled = attempt(
        bare,
        lambda: against_constant(win_rate(scores, clusters, level), constant),
        float(scores.mean()) - constant,
    )
    run = found.clusters[found.run_on(bare.arm)].tolist()
    cases = tell_missing(
        *run_cases(found, bare.arm),
        lambda values: against_constant(win_rate(values, run, level), constant),
        constant,
    )
    return with_missing(filled, cases)


def against_constant(rate: Estimate, constant: float) -> Estimate:
    """Returns a rate less a constant, with the p value of the constant."""
    assert rate.low is not None
    assert rate.high is not None
    assert rate.effective_n is not None
    return replace(
        rate,
        value=rate.value - constant,
        low=rate.low - constant,
        high=rate.high - constant,
        null=0.0,
        p_value=wilson_p(rate.value, rate.effective_n, rate.df, constant),
        method=f"{rate.method}, less {constant:.3g}",
    )
