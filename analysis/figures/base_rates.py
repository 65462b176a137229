"""Section 5: what a model's rate would be over all decisions, were so many of them detours."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import HALF, Finding, attempt
from analysis.population.base_rates import (
    base_rate_curve,
    break_even,
    estimate_at_base_rate,
    symmetric_index,
)
from analysis.population.selection import redraw_null
from analysis.population.stratum_bounds import overall_bounds
from analysis.population.weighted_rates import weighted_rate
from analysis.rates import win_rate

Sides = tuple[Sequence[float], Sequence[object], Sequence[float], Sequence[object]]
NOT_WEIGHTED = "not weighted: the chance of being drawn is not known for every item"
NOT_IDENTIFIED = "break-even not identified: the confidence set is unbounded"


def estimate_base_rates(board: Board) -> Iterator[Finding]:
    """Yields each model's curve and break-even, and its rate on decisions drawn at random."""
    for sub, strong in board.pairs():
        for model in board.outline.models:
            if model in sub.scores and model in strong.scores:
                sides = _sides(sub, strong, model)
                yield from _curve(board, _bare(sub, strong, model), sides)
                yield from _overall(board, _bare(sub, strong, model), sides)
    yield from _random(board)


def _bare(sub: SetBoard, strong: SetBoard, model: str) -> Finding:
    return Finding("base_rates", "", f"{sub.name} + {strong.name}", model, role="secondary")


def _sides(sub: SetBoard, strong: SetBoard, model: str) -> Sides:
    a, b = sub.scored(model), strong.scored(model)
    return (
        sub.scores[model][a].tolist(), sub.clusters[a].tolist(),
        strong.scores[model][b].tolist(), strong.clusters[b].tolist(),
    )  # fmt: skip


def _curve(board: Board, bare: Finding, sides: Sides) -> Iterator[Finding]:
    level = board.outline.plan.level
    try:
        curve = base_rate_curve(*sides, level=level)
        even = break_even(*sides, level=level)
    except EstimateError as error:
        yield replace(bare, name="rate by share of detours").told(f"not estimated: {error}")
        return
    for share, point, low, high in zip(
        curve.grid, curve.points, curve.band.low, curve.band.high, strict=True
    ):
        one = replace(bare, name=f"rate if {share:.0%} were detours", value=point.value)
        yield replace(one, estimate=point).with_extra(share=share, band_low=low, band_high=high)
    told = replace(bare, name="break-even share of detours", value=even.value)
    if even.value is not None and not 0 <= even.value <= 1:
        told = replace(told, value=None).told("no share of detours makes the rate one half")
    ends = [f"{low:.3f} to {high:.3f}" for low, high in even.inside]
    told = told.told(*even.warnings, *([] if even.identified else [NOT_IDENTIFIED]))
    yield told.with_extra(
        not_excluded=" or ".join(ends) or None,
        identified=even.identified,
        df=even.df,
    )
    yield from _index(board, bare, sides)


def _index(board: Board, bare: Finding, sides: Sides) -> Iterator[Finding]:
    """The mean of both sets, where the sets are told to be cut equally deep."""
    stated = board.outline.plan.selection
    if stated is None:
        return
    null = redraw_null(stated.bottom, stated.top, stated.reliability)
    if null.symmetric:
        one = replace(bare, name="mean of both sets", against=HALF)
        yield attempt(one, lambda: symmetric_index(*sides, null, board.outline.plan.level))


def _overall(board: Board, bare: Finding, sides: Sides) -> Iterator[Finding]:
    """The rate at the share of detours that the random set shows."""
    level = board.outline.plan.level
    one = replace(bare, name="rate at the random set's share of detours")
    for found in board.of_kind("random"):
        share = _share_of_detours(found, level)
        if share is None:
            yield one.told(f"not estimated: {found.name} has no items labelled detour or strong")
            continue
        filled = attempt(one, partial(estimate_at_base_rate, *sides, share, level))
        notes = [] if _weights(found) is not None else [NOT_WEIGHTED]
        yield filled.told(*notes).with_extra(
            share=share.value, share_low=share.low, share_high=share.high
        )
        yield _bounds(
            board, found, replace(bare, name="bounds over all decisions, given these shares"), sides
        )


def _share_of_detours(found: SetBoard, level: float) -> Estimate | None:
    """Detours among the randomly drawn decisions that are labelled detour or strong."""
    kinds = found.facts["label_kind"]
    kept = np.asarray(kinds.isin(["detour", "strong"]), dtype=bool)
    if not kept.any():
        return None
    detours = np.asarray(kinds == "detour", dtype=np.float64)[kept]
    weights = _weights(found)
    labels = found.clusters[kept].tolist()
    try:
        if weights is None:
            return win_rate(detours, labels, level)
        return weighted_rate(detours, labels, weights[kept], level).estimate
    except EstimateError:
        return None


def _weights(found: SetBoard) -> FloatArray | None:
    """One over the known chance of being drawn, where every item has one."""
    chances = found.facts["probability"].to_numpy(dtype=np.float64)
    return None if np.isnan(chances).any() else 1 / chances


def _bounds(board: Board, found: SetBoard, bare: Finding, sides: Sides) -> Finding:
    """What is left open where the decisions that are neither were not judged.

    Given the shares that the labelled random items show; how far those may be off is not in it.
    """
    labelled = np.asarray(found.facts["label_kind"].notna(), dtype=bool)
    kinds = np.asarray(found.facts["label_kind"].astype(object))[labelled]
    weights = _weights(found)
    counted = np.ones(len(kinds)) if weights is None else weights[labelled]
    detours, strong = (
        float(counted[kinds == kind].sum() / counted.sum()) for kind in ("detour", "strong")
    )
    level = board.outline.plan.level
    try:
        rates = win_rate(sides[0], sides[1], level), win_rate(sides[2], sides[3], level)
        bounds = overall_bounds((detours, strong, 1 - detours - strong), *rates)
    except EstimateError as error:
        return bare.told(f"not estimated: {error}")
    return bare.told(*([] if weights is not None else [NOT_WEIGHTED])).with_extra(
        share_of_detours=detours,
        share_of_strong_moves=strong,
        low=bounds.low,
        high=bounds.high,
        if_the_rest_lies_between_low=bounds.interpolated_low,
        if_the_rest_lies_between_high=bounds.interpolated_high,
    )


def _random(board: Board) -> Iterator[Finding]:
    """The rate on decisions that were drawn at random, weighted by one over their chances."""
    for found in board.of_kind("random"):
        weights = _weights(found)
        for model in board.outline.models:
            if model in found.scores and found.scored(model).any():
                yield _drawn(board, found, model, weights)


def _drawn(board: Board, found: SetBoard, model: str, weights: FloatArray | None) -> Finding:
    bare = Finding("base_rates", "rate over drawn decisions", found.name, model, role="secondary")
    if weights is None:
        return bare.told(NOT_WEIGHTED)
    kept = found.scored(model)
    try:
        rate = weighted_rate(
            found.scores[model][kept], found.clusters[kept].tolist(), weights[kept],
            board.outline.plan.level,
        )  # fmt: skip
    except EstimateError as error:
        return bare.told(f"not estimated: {error}")
    return attempt(bare, lambda: rate.estimate)
