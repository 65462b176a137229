"""Section 9: the first contrast and the rates again, with each choice made otherwise.

Other rows (judge, view, form), other items (flags, labels, strata), and one cluster left out at a
time, with the one that moves the figure most named.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from analysis.clusters import FloatArray
from analysis.contrasts import paired_difference
from analysis.figures.arm_scores import list_judges
from analysis.figures.board import Board, Mask, SetBoard, build_board
from analysis.figures.findings import Finding, attempt
from analysis.figures.outline import STOCK
from analysis.rates import win_rate
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable

WITHOUT = {
    "recovery": ("partial", "abandoned", "never", "other_session"),
    "attribution": ("agent", "environment", "both"),
    "knowable": ("partly", "no"),
    "human_move_source": ("quoted", "inferred"),
    "initiator": ("agent_offer", "pasted", "unclear"),
    "recognised_by": ("agent", "environment"),
    "hidden_context": (1.0,),
}  # fmt: skip
"""Fact -> values without which the figures are told again."""
LEAST_CONFIDENCE = 4
LEAST_AGREEMENT = 1.0


def estimate_sensitivity(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """Yields rate and difference from `stock` of every model under every other choice."""
    for found in board.sets:
        for name, kept in (*_subsets(found), *_rules(found)):
            if kept.any() and not kept.all():
                yield from _figures(board, found.take(kept), name)
        yield from _most_influential(board, found)
        yield from _by_judge(board, found)
    for other in table.filters:
        if other != wanted and other.judge_kind == wanted.judge_kind:
            yield from _other_rows(board, table, other)


def _by_judge(board: Board, found: SetBoard) -> Iterator[Finding]:
    if len(board.outline.judges) > 1:
        for judge in board.outline.judges:
            alone = replace(found, scores=found.by_judge.get(judge, {}))
            yield from _figures(board, alone, f"judge {judge} alone")


def _rules(found: SetBoard) -> Iterator[tuple[str, Mask]]:
    rules = found.facts["label_rule"]
    for rule in sorted({str(rule) for rule in rules.dropna()}):
        yield f"label rule {rule}", np.asarray(rules == rule, dtype=bool)


def _subsets(found: SetBoard) -> Iterator[tuple[str, Mask]]:
    facts = found.facts
    for fact, values in WITHOUT.items():
        for value in values:
            told = "yes" if fact == "hidden_context" else value
            yield f"without {fact} = {told}", ~np.asarray(facts[fact] == value, dtype=bool)
    confident = np.asarray(facts["confidence"] >= LEAST_CONFIDENCE, dtype=bool)
    yield f"confidence {LEAST_CONFIDENCE} or more", confident
    agreed = np.asarray(facts["label_agreement"] >= LEAST_AGREEMENT, dtype=bool)
    several = np.asarray(facts["annotators"] > 1, dtype=bool)
    yield "annotators all agree", agreed & several


def _figures(board: Board, found: SetBoard, choice: str) -> Iterator[Finding]:
    for model in board.outline.models:
        if model in found.scores and found.scored(model).any():
            bare = Finding("sensitivity", choice, found.name, model)
            yield _rate(board, found, bare)
            if STOCK in found.scores and found.scored(model, STOCK).any():
                yield _minus_stock(board, found, replace(bare, against=STOCK))


def _rate(board: Board, found: SetBoard, bare: Finding) -> Finding:
    kept = found.scored(bare.arm)
    scores, clusters = found.scores[bare.arm][kept], found.clusters[kept].tolist()
    estimate = partial(win_rate, scores, clusters, board.outline.plan.level)
    return attempt(bare, estimate, float(scores.mean())).with_extra(items=len(scores))


def _minus_stock(board: Board, found: SetBoard, bare: Finding) -> Finding:
    kept = found.scored(bare.arm, STOCK)
    a, b = found.scores[bare.arm][kept], found.scores[STOCK][kept]
    clusters = found.clusters[kept].tolist()
    estimate = partial(paired_difference, a, b, clusters, board.outline.plan.level)
    return attempt(bare, estimate, float((a - b).mean())).with_extra(items=len(a))


def _other_rows(board: Board, table: TrialTable, other: Filter) -> Iterator[Finding]:
    """The figures by verdicts that were come by otherwise."""
    words = [
        f"{name} {value}"
        for name, value, usual in (
            ("view", other.view, HEADLINE.view),
            ("form", other.form, HEADLINE.form),
            ("provenance", other.provenance, HEADLINE.provenance),
        )
        if value != usual
    ]
    choice = ", ".join(words) or "the headline's rows"
    outline = replace(board.outline, judges=list_judges(table.choose(other)))
    for found in build_board(table, outline, other).sets:
        told = list(_figures(board, found, choice))
        yield from told or [Finding("sensitivity", choice, found.name).told("no item is scored")]


def _most_influential(board: Board, found: SetBoard) -> Iterator[Finding]:
    """The range of each figure with one cluster left out, and the cluster that moves it most."""
    for model in board.outline.models:
        if model not in found.scores:
            continue
        bare = Finding("sensitivity", "one cluster left out", found.name, model)
        kept = found.scored(model)
        yield from _leave_one_out(bare, found.scores[model][kept], found.clusters[kept])
        if STOCK in found.scores:
            both = found.scored(model, STOCK)
            differences = (found.scores[model] - found.scores[STOCK])[both]
            yield from _leave_one_out(
                replace(bare, against=STOCK), differences, found.clusters[both]
            )


def _leave_one_out(bare: Finding, values: FloatArray, clusters: np.ndarray) -> Iterator[Finding]:
    names, codes = np.unique(clusters.astype(str), return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004
        return
    sums, sizes = np.bincount(codes, values), np.bincount(codes)
    mean = float(values.mean())
    without = (sums.sum() - sums) / (sizes.sum() - sizes)
    # Of two that move it alike the one that leaves the lower figure, whatever they are called.
    moved = np.round(np.abs(without - mean), 12)
    most = int(np.lexsort((without, -moved))[0])
    yield replace(bare, value=mean, role="descriptive").with_extra(
        lowest=float(without.min()),
        highest=float(without.max()),
        most_influential=str(names[most]),
        without_it=float(without[most]),
    )
