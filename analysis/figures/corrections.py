"""Section 7, second half: what is left of a rate without a judge's errors and leanings.

People's labels correct it, the panel and its leave-one-out bracket it, and families are taken out
as sensitivity.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from analysis.errors import EstimateError
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import OWN_FAMILY, Finding, attempt
from analysis.judges.panel import panel
from analysis.judges.self_preference import self_preference
from analysis.judges.two_phase import CorrectedRate, post_stratified_rate, two_phase_rate

PEOPLE = "people"
SELF_PREFERENCE = "self-preference"
NO_CHANCES = (
    "labelled items are taken for a simple random sample: the chance of being labelled is not "
    "known for all of them"
)
ONE_ORDER = "not estimated: people judged no item in both orders"


Chances = Mapping[tuple[str, str], Mapping[object, float]]
"""Set and arm -> item -> the known chance that people were asked about the pair."""


def estimate_corrections(
    board: Board, people: Board, chances: Chances = MappingProxyType({})
) -> Iterator[Finding]:
    """Yields the panel, self-preference and the correction by people's labels.

    Args:
        board: scores by the model judges.
        people: scores of the same items by people, where there are any.
        chances: for arms of which other pairs were drawn than of others.
    """
    labelled = {found.name: found for found in people.sets}
    for found in board.sets:
        for model in board.outline.models:
            if model in found.scores and found.scored(model).any():
                yield from _panel(board, found, model)
                yield from _corrected(
                    board, found, model, labelled.get(found.name), chances.get((found.name, model))
                )
        yield _self_preference(board, [found], found.name)
    yield _self_preference(board, board.sets, "")


def _panel(board: Board, found: SetBoard, model: str) -> Iterator[Finding]:
    scores: dict[str, npt.ArrayLike] = {
        judge: arms[model] for judge, arms in found.by_judge.items() if model in arms
    }
    if len(scores) < 2:  # noqa: PLR2004
        return
    bare = Finding("judges", "panel", found.name, model, role="secondary")
    level, models = board.outline.plan.level, board.outline.judge_models
    given: dict[str, Hashable] = {judge: models.get(judge, judge) for judge in scores}
    try:
        whole = panel(scores, found.clusters.tolist(), given, level)
    except EstimateError as error:
        yield bare.told(f"not estimated: {error}")
        return
    low, high = whole.range
    mean = replace(bare, value=whole.mean.value, estimate=whole.mean)
    yield mean.told(*whole.warnings).with_extra(lowest_judge=low, highest_judge=high)
    for name, estimate in whole.judges.items():
        one = replace(bare, name="win rate by one judge", against=str(name))
        kin = [OWN_FAMILY] if board.outline.is_own_family(str(name), model) else []
        yield replace(one, value=estimate.value, estimate=estimate).told(*kin)
    for left_out, estimate in whole.without.items():
        one = replace(bare, name="panel without one judge", against=str(left_out))
        yield replace(one, value=estimate.value, estimate=estimate, role="exploratory")


def _corrected(
    board: Board,
    found: SetBoard,
    model: str,
    people: SetBoard | None,
    drawn: Mapping[object, float] | None,
) -> Iterator[Finding]:
    bare = Finding("judges", "", found.name, model, PEOPLE, role="secondary")
    if people is None or model not in people.scores or not people.run_on(model).any():
        return
    if not people.scored(model).any():
        yield replace(bare, name="win rate corrected by people (two-phase)").told(ONE_ORDER)
        return
    kept = found.scored(model)
    labels = people.scores[model][kept]
    chances = found.facts["label_probability"].to_numpy(dtype=np.float64)[kept]
    if drawn is not None:
        chances = np.array([drawn.get(item, np.nan) for item in found.items[kept]])
    missing = int(np.isnan(chances[~np.isnan(labels)]).sum())
    known = None if missing else np.where(np.isnan(chances), 1.0, chances)
    notes = [NO_CHANCES] if missing else []
    for name, estimator in (
        ("win rate corrected by people (two-phase)", two_phase_rate),
        ("win rate corrected by people (post-stratified)", post_stratified_rate),
    ):
        one = replace(bare, name=name)
        try:
            corrected = estimator(
                found.scores[model][kept], labels, found.clusters[kept].tolist(), known,
                board.outline.plan.level,
            )  # fmt: skip
        except EstimateError as error:
            yield one.told(f"not estimated: {error}")
            continue
        yield _tell_corrected(one, corrected).told(*notes)


def _tell_corrected(bare: Finding, corrected: CorrectedRate) -> Finding:
    filled = attempt(bare, lambda: corrected.estimate)
    return filled.with_extra(
        labelled=corrected.labelled,
        labelled_clusters=corrected.labelled_clusters,
        people_alone=corrected.people.value,
        people_low=corrected.people.low,
        people_high=corrected.people.high,
        judge_alone=corrected.judge.value,
        slope=corrected.slope,
        width_saved=corrected.width_saved,
    )


def _self_preference(board: Board, sets: Sequence[SetBoard], name: str) -> Finding:
    """How much higher judges score models of their own family, over all models and judges.

    A model is another candidate on every set, since it may do better there.
    """
    bare = Finding("judges", SELF_PREFERENCE, name, role="secondary")
    outline = board.outline
    rows = [
        (score, (found.name, model), judge, outline.is_own_family(judge, model), cluster)
        for found in sets
        for judge, arms in found.by_judge.items()
        for model in outline.models
        if model in arms and model in outline.families and judge in outline.judge_families
        for score, cluster in zip(arms[model], found.clusters, strict=True)
        if not np.isnan(score)
    ]
    if not rows:
        return bare.told("not estimated: the families of models and judges are not known")
    scores, models, judges, same, clusters = (list(column) for column in zip(*rows, strict=True))
    return attempt(
        bare, lambda: self_preference(scores, models, judges, same, clusters, outline.plan.level)
    )
