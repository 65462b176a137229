"""What the judge was shown, and what that is worth: rates under every view, and gaps between them.

Hindsight is digest less prefix, identification is digest_open less digest, face value is the rate
under wording. Gaps are taken on the trials that the same judges judged under both views.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from analysis.contrasts import paired_difference
from analysis.figures.board import Board, SetBoard
from analysis.figures.conditions import Paired, PairedSet, board_under, pair_conditions
from analysis.figures.findings import Finding, attempt
from analysis.figures.outline import STOCK
from analysis.figures.pairs import NOTHING_SHARED, plain_difference, plain_rate
from analysis.trials.columns import VIEWS
from analysis.trials.filters import Filter
from analysis.trials.table import TrialTable

GAPS = (
    ("hindsight", "digest", "prefix"),
    ("identification", "digest_open", "digest"),
    ("full less digest", "full", "digest"),
)
"""What a gap is called, the view whose rate counts, and the view whose rate is subtracted."""
MEANINGS = {
    "hindsight": "what knowing how it went on is worth to the move, in this judge's eyes",
    "identification": "what seeing which move was taken is worth to the proposal",
    "full less digest": "what the original's view adds to a digest without the human's move",
}
OVER_ALL = (
    "over all models and sets, an item once: what helps a move on one set and harms it on the "
    "other cancels here, so see each set"
)
FACE_VALUE = "the two moves alone: what is won here, their sound won"


def estimate_views(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """Yields rate and difference from `stock` under every view, then the gaps.

    Args:
        board: of the headline.
        table: all trials, unfiltered.
        wanted: the headline's condition.
    """
    under = [replace(wanted, view=view) for view in VIEWS]
    there = [one for one in under if one in table.filters]
    if len(there) < 2:  # noqa: PLR2004
        return
    for one in there:
        own = board if one == wanted else board_under(table, board, one)
        for found in own.sets:
            yield from _rates(own, found, one.view)
    for name, view, less in GAPS:
        pair = (replace(wanted, view=view), replace(wanted, view=less))
        if set(pair) <= set(there):
            yield from _gap(board, pair_conditions(table, board.outline, *pair), name)


def _rates(board: Board, found: SetBoard, view: str) -> Iterator[Finding]:
    for arm in (*board.outline.models, STOCK):
        if arm not in found.scores:
            continue
        bare = Finding("views", f"win rate, view {view}", found.name, arm, role="secondary")
        rate = plain_rate(board, found, bare)
        yield rate.told(FACE_VALUE) if view == "wording" else rate
        if arm != STOCK and STOCK in found.scores:
            less = Finding("views", f"minus stock, view {view}", found.name, arm, STOCK)
            yield plain_difference(board, found, less)


def _gap(board: Board, paired: Paired | None, name: str) -> Iterator[Finding]:
    if paired is None:
        return
    bare = Finding("views", name, role="secondary")
    yield paired.pooled(board, bare).told(MEANINGS[name], OVER_ALL)
    for judge in paired.judges if len(paired.judges) > 1 else ():
        own = replace(bare, against=judge, role="exploratory")
        yield paired.pooled(board, own, judge).told(MEANINGS[name], OVER_ALL)
    for found in paired.sets:
        for arm in (*board.outline.models, STOCK):
            if arm in found.one.scores:
                own = replace(bare, set=found.one.name, arm=arm)
                yield difference(board, found, own).told(MEANINGS[name])


def difference(board: Board, found: PairedSet, bare: Finding) -> Finding:
    """Fills in how much the finding's arm scores under the first condition above the second.

    Args:
        board: for the plan.
        found: one set under both.
        bare: what of.
    """
    kept = found.kept(bare.arm)
    if not kept.any():
        return bare.told(NOTHING_SHARED)
    one, other = (half.scores[bare.arm][kept] for half in (found.one, found.other))
    clusters = found.one.clusters[kept].tolist()
    estimate = partial(paired_difference, one, other, clusters, board.outline.plan.level)
    filled = attempt(bare, estimate, float((one - other).mean()))
    return filled.with_extra(items=len(one), first=float(one.mean()), second=float(other.mean()))
