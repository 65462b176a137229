"""Section 2: what a model's rate is held against, before anything is said of the human.

`stock` first, then the other arms that ran, the rate that a mere redraw of the human's own move
would have, and one half. Beating one half on moves chosen for being bad is no finding.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from analysis.estimates import Estimate
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import Finding, attempt
from analysis.figures.pairs import companions, compare_arms
from analysis.intervals import EVEN, wilson_p
from analysis.population.selection import redraw_null
from analysis.rates import win_rate

NULL_ARMS = ("stock", "echo", "person")
NOT_THE_HUMAN = (
    "one half is the human's recorded move, not chance: moves chosen for being bad lose to most "
    "second draws"
)
NO_ERROR = "the redraw's rate is that by a judge without error, whose errors draw rates to one half"
HALF = "½"
"""What a rate is held against when it is held against the human's recorded move."""
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
            yield replace(compare_arms(board, found, finding), role="secondary")


def _minus_redraw(board: Board, found: SetBoard) -> Iterator[Finding]:
    """A model less the rate of an exchangeable redraw, for the stated selection of the set."""
    if found.kind not in ("suboptimal", "strong"):
        return
    stated = board.outline.plan.selection
    nulls = [
        getattr(redraw_null(stated.bottom, stated.top, reliability), found.kind)
        for reliability in (stated.reliability, *RELIABILITIES)
    ]
    for model, estimate in _rates(board, found):
        finding = Finding("nulls", "minus a redraw", found.name, model, "redraw", role="secondary")
        shifted = attempt(finding, partial(against_constant, estimate, nulls[0]))
        yield shifted.told(NO_ERROR).with_extra(
            redraw=nulls[0],
            redraw_if_labels_are_half_reliable=nulls[1],
            redraw_if_labels_are_exact=nulls[2],
            bottom=stated.bottom,
            top=stated.top,
            reliability=stated.reliability,
        )


def _minus_half(board: Board, found: SetBoard) -> Iterator[Finding]:
    for model, estimate in _rates(board, found):
        finding = Finding("nulls", "minus half", found.name, model, HALF, role="secondary")
        shifted = attempt(finding, partial(against_constant, estimate, EVEN))
        kept = found.scored(model)
        clusters = found.clusters[kept].tolist()
        more = companions(board, found.scores[model][kept], clusters, null=EVEN)
        notes = [NOT_THE_HUMAN] if found.kind == "suboptimal" else []
        yield shifted.told(*notes).with_extra(**more)


def _rates(board: Board, found: SetBoard) -> Iterator[tuple[str, Estimate]]:
    """Yields every model with its rate, where one can be estimated with an interval."""
    for model in board.outline.models:
        if model in found.scores and found.scored(model).any():
            kept = found.scored(model)
            clusters = found.clusters[kept].tolist()
            if len(set(clusters)) > 1:
                yield model, win_rate(found.scores[model][kept], clusters, board.outline.plan.level)


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
