"""Section 4: every pair of models on the items that both were judged on, and slices of each."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import combinations

import numpy as np

from analysis.contrasts import set_contrast
from analysis.errors import EstimateError
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import Finding, attempt
from analysis.figures.pairs import MOST_CLUSTERS, compare_arms
from analysis.multiplicity import benjamini_hochberg
from analysis.permutation.max_t import max_t

SLICED_BY = (
    "label_type", "harm", "initiator", "recognised_by", "knowable", "attribution", "act_kind",
    "confidence", "human_move_source", "hidden_context",
)  # fmt: skip
FEWEST_IN_A_SLICE = 5
"""No slice describes fewer items, and none leaves fewer outside."""


def estimate_models(board: Board) -> Iterator[Finding]:
    """Yields every pair of models on every set, adjusted together, then the slices."""
    for found in board.sets:
        models = [model for model in board.outline.models if model in found.scores]
        yield from _pairs(board, found, list(combinations(models, 2)))
    yield from _slices(board)


def _pairs(board: Board, found: SetBoard, pairs: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if not pairs:
        return
    differences = np.column_stack([found.scores[a] - found.scores[b] for a, b in pairs])
    adjusted: Sequence[float | None] = [None] * len(pairs)
    if len(set(found.clusters)) <= MOST_CLUSTERS:
        # Where it cannot be had, each pair tells below why.
        with suppress(EstimateError):
            draws = board.outline.plan.draws
            adjusted = max_t(differences, found.clusters.tolist(), draws=draws).adjusted
    for (a, b), p in zip(pairs, adjusted, strict=True):
        finding = Finding("models", "model minus model", found.name, a, b, role="secondary")
        yield compare_arms(board, found, finding).with_extra(max_t_p=p)


def _slices(board: Board) -> Iterator[Finding]:
    """Each model on a slice less the rest of the set; q over all slices of all models."""
    found = list(_each_slice(board))
    family = benjamini_hochberg({number: one.p_value for number, one in enumerate(found)})
    for number, one in enumerate(found):
        yield one.with_extra(q=family.adjusted[number], family=family.size)


def _each_slice(board: Board) -> Iterator[Finding]:
    for found in board.sets:
        for fact in SLICED_BY:
            values = found.facts[fact]
            known = sorted(values.dropna().astype(object).unique(), key=str)
            # Of two values the second slice is the rest of the first.
            for value in known[:1] if len(known) == 2 else known:  # noqa: PLR2004
                for model in board.outline.models:
                    if model in found.scores:
                        inside = np.asarray(values == value, dtype=bool)
                        yield from _slice(board, found, (fact, value), model, inside)


def _slice(
    board: Board, found: SetBoard, of: tuple[str, object], model: str, inside: np.ndarray
) -> Iterator[Finding]:
    scored, scores = found.scored(model), found.scores[model]
    within, rest = inside & scored, ~inside & scored
    if min(within.sum(), rest.sum()) < FEWEST_IN_A_SLICE:
        return
    name, value = of
    told = f"{value:g}" if isinstance(value, float) else str(value)
    finding = Finding("models", f"slice {name} = {told}, minus the rest", found.name, model)
    labels = found.clusters
    yield attempt(
        finding,
        lambda: set_contrast(
            scores[within], labels[within].tolist(), scores[rest], labels[rest].tolist(),
            board.outline.plan.level,
        ),
        float(scores[within].mean() - scores[rest].mean()),
    ).with_extra(inside=float(scores[within].mean()), items=int(within.sum()))  # fmt: skip
