"""The figures of a run: every arm on every set, and the contrasts between them.

A pure function of the trials table. Which rows make the headline is `HEADLINE`, in
`analysis.trials.filters`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from analysis.contrasts import mean_effect, paired_difference, set_contrast
from analysis.figures.arm_scores import POOLED_PLACEBO, ArmScores, average_judges, score_arms
from analysis.figures.lines import (
    NOTHING_SCORED,
    ORDER_UNKNOWN,
    ArmLine,
    Figure,
    Scale,
    attempt,
    empty_line,
    estimate_line,
)
from analysis.figures.outline import CONTROLS, Outline, RunSet, outline_study
from analysis.trials.columns import TrialRow
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable, tabulate
from taste.study import Plan, Study

STOCK = "stock"
NO_STOCK = "no stock arm was run"


@dataclass(frozen=True)
class Contrast:
    """A difference of two rates in points of the 0-to-1 scale."""

    arm: str
    against: str
    """`stock`, or the set that is subtracted."""
    set: str
    figure: Figure


@dataclass(frozen=True)
class JudgeEffect:
    """How much a judge favours the move that comes first, over all arms."""

    judge: str
    position: Figure
    """In points of the 0-to-1 scale; averaged over arms within an item."""
    flipped: Figure
    """Share of pairs of verdicts that differ between the two orders."""


@dataclass(frozen=True)
class Results:
    """All figures of a run."""

    sets: tuple[RunSet, ...]
    models: tuple[str, ...]
    """By release date, then as the study has them."""
    judges: tuple[str, ...]
    level: float
    plan: Plan
    lines: tuple[ArmLine, ...]
    """The headline: one line for each arm and set, judges weighing the same."""
    by_judge: tuple[ArmLine, ...]
    """The same for each judge."""
    minus_stock: tuple[Contrast, ...]
    between_sets: tuple[Contrast, ...]
    judge_effects: tuple[JudgeEffect, ...]

    def line(self, set_name: str, arm: str) -> ArmLine | None:
        """The headline's line of an arm on a set."""
        return next((x for x in self.lines if (x.set, x.arm) == (set_name, arm)), None)

    def find_set(self, kind: str) -> RunSet | None:
        """The first set of a kind, in the order of the study."""
        return next((found for found in self.sets if found.kind == kind), None)


def analyse_run(
    rows: Sequence[TrialRow], study: Study, sets: Sequence[RunSet], wanted: Filter = HEADLINE
) -> Results:
    """Returns the figures of a run that was read from the database.

    Args:
        rows: all trials of the run, unfiltered.
        study: the run's own.
        sets: the run's sets in the order of the study.
        wanted: which verdicts enter.
    """
    table = tabulate(rows)
    return estimate_headline(table, outline_study(study, sets, table, wanted), wanted)


def estimate_headline(table: TrialTable, outline: Outline, wanted: Filter = HEADLINE) -> Results:
    """Returns every arm on every set, and the first contrasts between them.

    Args:
        table: all trials, unfiltered.
        outline: sets, models, judges and plan.
        wanted: which verdicts enter.
    """
    scale = make_scale(table, outline.plan.level)
    scored = score_arms(table.choose(wanted), outline.judges)
    grouped: dict[tuple[str, str], list[ArmScores]] = {}
    for one in scored:
        grouped.setdefault((one.set, one.arm), []).append(one)
    lines, by_judge = [], []
    for set_name, arm in _arms(grouped, outline):
        found = grouped.get((set_name, arm), [])
        own = _lines(found, scale, set_name, arm, outline)
        by_judge += own
        lines += [_line(average_judges(found), scale, outline)] if len(found) > 1 else own
    return Results(
        sets=outline.sets,
        models=outline.models,
        judges=outline.judges,
        level=outline.plan.level,
        plan=outline.plan,
        lines=tuple(lines),
        by_judge=tuple(by_judge),
        minus_stock=tuple(_minus_stock(lines, scale)),
        between_sets=tuple(_between_sets(lines, outline.sets, scale)),
        judge_effects=tuple(_judge_effect(scored, judge, scale) for judge in outline.judges),
    )


def make_scale(table: TrialTable, level: float) -> Scale:
    """Returns the cluster of each item and the level."""
    items = table.frame[["item", "lineage"]].astype(object).drop_duplicates("item")
    return Scale(dict(items.itertuples(index=False, name=None)), level, table.orders_known)


def _line(scores: ArmScores, scale: Scale, outline: Outline) -> ArmLine:
    return estimate_line(scores, scale, is_model=scores.arm in outline.models)


def _lines(
    found: Sequence[ArmScores], scale: Scale, set_name: str, arm: str, outline: Outline
) -> list[ArmLine]:
    if found:
        return [_line(one, scale, outline) for one in found]
    is_model = arm in outline.models
    return [empty_line(set_name, arm, judge, is_model=is_model) for judge in outline.judges]


def _arms(known: Iterable[tuple[str, str]], outline: Outline) -> Iterator[tuple[str, str]]:
    """Yields (set, arm): models always, controls where they ran."""
    held = sorted(known)
    for found in outline.sets:
        run = [arm for set_name, arm in held if set_name == found.name]
        controls = [arm for kind in CONTROLS for arm in run if arm.partition(":")[0] == kind]
        others = [arm for arm in run if arm not in controls and arm not in outline.models]
        for arm in (*outline.models, *controls, *others):
            yield found.name, arm


def _minus_stock(lines: Iterable[ArmLine], scale: Scale) -> Iterator[Contrast]:
    known = {(line.set, line.arm): line for line in lines}
    for line in known.values():
        if line.is_model:
            stock = known.get((line.set, STOCK))
            figure = _paired(line, stock, scale) if stock else Figure(None, NO_STOCK)
            yield Contrast(line.arm, STOCK, line.set, figure)


def _paired(line: ArmLine, other: ArmLine, scale: Scale) -> Figure:
    theirs = {item.item: item for item in other.scores}
    pairs = [(item, theirs[item.item]) for item in line.scores if item.item in theirs]
    if not pairs:
        return Figure(None, "not estimated: no item was scored for both")
    a, b = [mine.score for mine, _ in pairs], [their.score for _, their in pairs]
    clusters = scale.clusters(mine.item for mine, _ in pairs)
    alone = len(line.scores) + len(theirs) - 2 * len(pairs)
    return attempt(
        lambda: paired_difference(a, b, clusters, scale.level),
        fmean(a) - fmean(b),
        {"scored for one of the two only": alone} if alone else {},
    )


def _between_sets(
    lines: Iterable[ArmLine], sets: Iterable[RunSet], scale: Scale
) -> Iterator[Contrast]:
    """Yields how much each arm scores on a suboptimal set above a strong one."""
    kinds = {found.name: found.kind for found in sets}
    scored = [line for line in lines if line.scores]
    for line in scored:
        for other in scored:
            pair = (kinds[line.set], kinds[other.set])
            if line.arm == other.arm and pair == ("suboptimal", "strong"):
                yield Contrast(line.arm, other.set, line.set, _stacked(line, other, scale))


def _stacked(line: ArmLine, other: ArmLine, scale: Scale) -> Figure:
    a, b = ([item.score for item in scored.scores] for scored in (line, other))
    clusters_a, clusters_b = (
        scale.clusters(item.item for item in scored.scores) for scored in (line, other)
    )
    return attempt(
        lambda: set_contrast(a, clusters_a, b, clusters_b, scale.level),
        fmean(a) - fmean(b),
        {},
    )


def _judge_effect(scored: Iterable[ArmScores], judge: str, scale: Scale) -> JudgeEffect:
    """Averages over arms within an item, so that an item with many arms weighs no more."""
    items: dict[str, list[tuple[float, float]]] = {}
    for one in scored:
        if one.judge == judge and one.arm != POOLED_PLACEBO:
            kept = one.scored
            effects = zip(one.of.position[kept], one.of.flipped[kept], strict=True)
            for item, effect in zip(one.items[kept], effects, strict=True):
                items.setdefault(item, []).append(effect)
    clusters = [scale.lineages[item] for item in items]
    means = [tuple(map(fmean, zip(*effects, strict=True))) for effects in items.values()]
    position, flipped = zip(*means, strict=True) if means else ((), ())
    if not scale.orders_known:
        return JudgeEffect(judge, Figure(None, ORDER_UNKNOWN), Figure(None, ORDER_UNKNOWN))
    return JudgeEffect(
        judge,
        _mean_figure(position, clusters, scale.level),
        _mean_figure(flipped, clusters, scale.level),
    )


def _mean_figure(values: Sequence[float], clusters: Sequence[str], level: float) -> Figure:
    if not values:
        return Figure(None, NOTHING_SCORED)
    return attempt(lambda: mean_effect(values, clusters, level), fmean(values), {})
