"""The figures of a run: every arm on every set, and the contrasts between them.

A pure function of trial rows and study. Which rows make the headline is `HEADLINE`, in
`analysis.trials`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from analysis.contrasts import mean_effect, paired_difference, set_contrast
from analysis.lines import (
    NOTHING_SCORED,
    ArmLine,
    Figure,
    Scale,
    attempt,
    average_judges,
    empty_line,
    estimate_line,
)
from analysis.scores import ItemScore
from analysis.trials import HEADLINE, Filter, TrialRow
from taste.study import ARMS, Study

POOLED_PLACEBO = "placebo"
STOCK = "stock"
NO_STOCK = "no stock arm was run"


@dataclass(frozen=True)
class RunSet:
    """A set as the run used it."""

    name: str
    kind: str
    """suboptimal, strong, random or pilot."""
    actor: str
    """Whose move is the other one: human or agent."""
    items: int


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
    primary: str
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
    """Returns every figure of a run.

    Args:
        rows: all trials of the run, unfiltered.
        study: the run's own.
        sets: the run's sets in the order of the study.
        wanted: which verdicts enter.
    """
    models = order_models(study)
    judges = _order_judges(rows, study, wanted)
    scale = Scale({row.item_key: row.lineage for row in rows}, study.analysis.level)
    lines, by_judge = [], []
    for set_name, arm, held in _arms(rows, sets, models):
        given = [row for row in held if row.verdict and wanted.takes(row)]
        found = [
            estimate_line(
                empty_line(set_name, arm, judge, is_model=arm in models),
                held,
                [row for row in given if row.judge == judge],
                scale,
            )
            for judge in judges
        ]
        by_judge += found
        lines += [average_judges(found, scale)] if len(found) > 1 else found
    return Results(
        sets=tuple(sets),
        models=models,
        judges=judges,
        level=study.analysis.level,
        primary=study.analysis.primary,
        lines=tuple(lines),
        by_judge=tuple(by_judge),
        minus_stock=tuple(_minus_stock(lines, scale)),
        between_sets=tuple(_between_sets(lines, sets, scale)),
        judge_effects=tuple(_judge_effect(by_judge, judge, scale) for judge in judges),
    )


def order_models(study: Study) -> tuple[str, ...]:
    """Returns the proposers' names by release date; those without one come last."""
    dated = [seat for seat in study.proposers if seat.released]
    undated = [seat for seat in study.proposers if not seat.released]
    dated.sort(key=lambda seat: str(seat.released))
    return tuple(seat.name for seat in (*dated, *undated))


def _order_judges(rows: Iterable[TrialRow], study: Study, wanted: Filter) -> tuple[str, ...]:
    """Returns the study's judges of the wanted view, then any other that gave a verdict."""
    planned = [judge.name for judge in study.judges if judge.view == wanted.view]
    others = {row.judge for row in rows if row.judge and wanted.takes(row)}
    return (*planned, *sorted(others.difference(planned)))


def _arms(
    rows: Iterable[TrialRow], sets: Sequence[RunSet], models: Sequence[str]
) -> Iterator[tuple[str, str, list[TrialRow]]]:
    """Yields (set, arm, rows): models always, controls where they ran, placebos also pooled."""
    held: dict[tuple[str, str], list[TrialRow]] = {}
    for row in rows:
        held.setdefault((row.set, row.arm), []).append(row)
        if row.arm.startswith("placebo:"):
            held.setdefault((row.set, POOLED_PLACEBO), []).append(row)
    for found in sets:
        run = sorted({arm for set_name, arm in held if set_name == found.name})
        controls = [arm for kind in ARMS for arm in run if arm.partition(":")[0] == kind]
        others = [arm for arm in run if arm not in controls and arm not in models]
        for arm in (*models, *controls, *others):
            yield found.name, arm, held.get((found.name, arm), [])


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
    clusters = scale.clusters(mine for mine, _ in pairs)
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
    clusters_a, clusters_b = scale.clusters(line.scores), scale.clusters(other.scores)
    return attempt(
        lambda: set_contrast(a, clusters_a, b, clusters_b, scale.level),
        fmean(a) - fmean(b),
        {},
    )


def _judge_effect(by_judge: Iterable[ArmLine], judge: str, scale: Scale) -> JudgeEffect:
    """Averages over arms within an item, so that an item with many arms weighs no more."""
    items: dict[str, list[ItemScore]] = {}
    for line in by_judge:
        if line.judge == judge and line.arm != POOLED_PLACEBO:
            for item in line.scores:
                items.setdefault(item.item, []).append(item)
    clusters = [scale.lineages[item] for item in items]
    figures = []
    for name in ("position", "flipped"):
        values = [fmean(getattr(one, name) for one in found) for found in items.values()]
        figures.append(_mean_figure(values, clusters, scale.level))
    return JudgeEffect(judge, *figures)


def _mean_figure(values: Sequence[float], clusters: Sequence[str], level: float) -> Figure:
    if not values:
        return Figure(None, NOTHING_SCORED)
    return attempt(lambda: mean_effect(values, clusters, level), fmean(values), {})
