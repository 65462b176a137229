"""Section 9: the first contrast and the rates again, with each choice made otherwise.

Other rows (judge, view, form), other items (flags, labels, strata), and one cluster left out at a
time, with the one that moves the figure most named.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.clusters import FloatArray
from analysis.figures.board import Board, SetBoard
from analysis.figures.conditions import board_under, other_forms
from analysis.figures.findings import OWN_FAMILY, Finding
from analysis.figures.flags import Flag, item_flags, model_flags
from analysis.figures.outline import STOCK
from analysis.figures.pairs import plain_difference, plain_rate
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable


def estimate_sensitivity(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """Yields rate and difference from `stock` of every model under every other choice."""
    wording = _under_wording(board, table, wanted)
    for found in board.sets:
        models = [m for m in board.outline.models if m in found.scores and found.scored(m).any()]
        for flag in item_flags(found, board.outline):
            for model in models:
                yield from _flagged(board, found, flag, model)
        for model in models:
            for flag in model_flags(found, board.outline, wording.get(found.name), model):
                yield from _flagged(board, found, flag, model)
        yield from _most_influential(board, found)
        yield from _by_judge(board, found)
    for other in other_forms(table, wanted):
        yield from _other_rows(board, table, other)


def _under_wording(board: Board, table: TrialTable, wanted: Filter) -> dict[str, SetBoard]:
    wording = replace(wanted, view="wording")
    if wording not in table.filters:
        return {}
    return {found.name: found for found in board_under(table, board, wording).sets}


def _flagged(board: Board, found: SetBoard, flag: Flag, model: str) -> Iterator[Finding]:
    """The figures of a model without some items; where none or all fall out, that, if it is open.

    What is unknown for some items is open: that nothing falls out then says little.
    """
    left_out = int(np.sum(~flag.kept & found.scored(model)))
    if not flag.is_open and not (left_out and flag.kept.any()):
        return
    told = list(_figures(board, found.take(flag.kept), flag.name, model)) if left_out else []
    why = "no item stays" if left_out else "no item falls out"
    bare = Finding("sensitivity", flag.name, found.name, model).told(why)
    for one in told or [bare]:
        yield one.told(*flag.notes).with_extra(left_out=left_out)


def _by_judge(board: Board, found: SetBoard) -> Iterator[Finding]:
    if len(board.outline.judges) > 1:
        for judge in board.outline.judges:
            alone = replace(found, scores=found.by_judge.get(judge, {}))
            for model in board.outline.models:
                kin = [OWN_FAMILY] if board.outline.is_own_family(judge, model) else []
                for one in _figures(board, alone, f"judge {judge} alone", model):
                    yield one.told(*kin)


def _figures(board: Board, found: SetBoard, choice: str, model: str) -> Iterator[Finding]:
    if model in found.scores and found.scored(model).any():
        bare = Finding("sensitivity", choice, found.name, model)
        yield plain_rate(board, found, bare)
        if STOCK in found.scores and found.scored(model, STOCK).any():
            yield plain_difference(board, found, replace(bare, against=STOCK))


def _other_rows(board: Board, table: TrialTable, other: Filter) -> Iterator[Finding]:
    """The figures by verdicts of the same view that were come by otherwise."""
    usual = replace(HEADLINE, view=other.view)
    words = [
        f"{name} {getattr(other, name)}"
        for name in ("form", "provenance", "prompt")
        if getattr(other, name) != getattr(usual, name)
    ]
    choice = ", ".join(words) or "the headline's rows"
    under = board_under(table, board, other)
    for found in under.sets:
        told = [
            one for model in board.outline.models for one in _figures(under, found, choice, model)
        ]
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
