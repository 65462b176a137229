"""How blind the judging was, as its verdicts tell: labels swapped, moves verbatim, other prompts.

What probes tell of it is in `analysis.figures.probes`.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.figures.board import Board
from analysis.figures.conditions import Paired, pair_conditions
from analysis.figures.findings import LABEL_SWAP, Finding
from analysis.figures.shares import tell_share
from analysis.figures.views import difference
from analysis.trials.columns import BLIND, RESTATED, STANDARD, UNSCORED
from analysis.trials.filters import Filter
from analysis.trials.table import TrialTable

SWAPPED = (
    "score with the labels the right way round less the wrong way round: below 0, the judge "
    "favours whatever is labelled as the person's"
)
LEAKY = f"{UNSCORED}: leaky digest"
"""Why a verdict under a digest has no score where the digest gives the move away; the words are
those of `taste.views`, which takes a database."""
LEFT_OUT = "their items have no score under the digest"


def estimate_blinding(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """Yields what labels are worth to each judge, other forms and prompts, and leaky digests.

    Args:
        board: of the headline.
        table: all trials, unfiltered.
        wanted: the headline's condition.
    """
    labelled, swapped = (replace(wanted, provenance=told) for told in ("labelled", "swapped"))
    yield from _label_swap(board, pair_conditions(table, board.outline, labelled, swapped))
    blind = replace(wanted, provenance=BLIND)
    for name, one, other in (
        ("verbatim less restated", {"form": "verbatim"}, {"form": RESTATED}),
        ("reworded less standard prompt", {"prompt": "reworded"}, {"prompt": STANDARD}),
    ):
        pair = (replace(blind, **one), replace(blind, **other))
        yield from _wording(board, pair_conditions(table, board.outline, *pair), name)
    yield from _leaky(board, table, wanted)


def _label_swap(board: Board, paired: Paired | None) -> Iterator[Finding]:
    for judge in paired.judges if paired else ():
        assert paired is not None
        bare = Finding("blinding", LABEL_SWAP, against=judge, role="secondary").told(SWAPPED)
        yield paired.pooled(board, bare, judge)


def _wording(board: Board, paired: Paired | None, name: str) -> Iterator[Finding]:
    for found in paired.sets if paired else ():
        for model in board.outline.models:
            if model in found.one.scores:
                bare = Finding("blinding", name, found.one.name, model, role="secondary")
                yield difference(board, found, bare)


def _leaky(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    """The share of items whose digest gave the human's move away, however often it was drafted."""
    rows = table.choose(replace(wanted, view="digest")).frame
    rows, at = rows[rows["judged"].astype(bool)], board.cluster_of
    for found in board.sets:
        own = rows[rows["set"] == found.name]
        leaked = (own["gap"] == LEAKY).groupby(own["item"], observed=True).max()
        if leaked.empty:
            continue
        bare = Finding("blinding", "digests that gave the move away", found.name, role="secondary")
        values = np.asarray(leaked, dtype=np.float64)
        clusters = [at[item] for item in leaked.index]
        told = tell_share(bare, values, clusters, board.outline.plan.level)
        yield told.told(LEFT_OUT).with_extra(leaky=int(values.sum()))
