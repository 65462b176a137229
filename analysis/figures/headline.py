"""The figures of a run: every arm on every set, and the contrasts between them.

A pure function of the trials table. Which rows make the headline is `HEADLINE`, in
`analysis.trials.filters`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.figures.arm_scores import ArmScores, average_judges
from analysis.figures.board import Board, SetBoard, build_board
from analysis.figures.conditions import board_under
from analysis.figures.findings import ORDERS_UNKNOWN, Finding
from analysis.figures.judges import read_steadiness
from analysis.figures.lines import (
    ArmLine,
    Figure,
    Scale,
    empty_line,
    estimate_line,
    figure_of,
)
from analysis.figures.outline import CONTROLS, STOCK, Outline, RunSet, outline_study
from analysis.figures.pairs import compare_arms, plain_difference
from analysis.figures.sets import contrast_sets
from analysis.figures.verdicts import scored_verdicts
from analysis.trials.columns import TrialRow
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable, tabulate
from taste.plan import Plan
from taste.study import Study

NO_STOCK = "no stock arm was run"
BESIDE = {"full": "digest"}
"""View of the headline -> the view that is told with it; full beside every other."""


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
    """In points of the 0-to-1 scale."""
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
    beside_view: str
    """The view that stands beside the headline's: full and digest are told together."""
    beside_judges: tuple[str, ...]
    """Who judged under it; not always who made the headline."""
    beside: tuple[ArmLine, ...]
    """The headline's lines under that view, of the arms that were judged under it."""
    beside_minus_stock: tuple[Contrast, ...]
    """Each model less stock under that view."""
    minus_stock: tuple[Contrast, ...]
    between_sets: tuple[Contrast, ...]
    judge_effects: tuple[JudgeEffect, ...]

    def line(self, set_name: str, arm: str) -> ArmLine | None:
        """The headline's line of an arm on a set."""
        return next((x for x in self.lines if (x.set, x.arm) == (set_name, arm)), None)

    def line_beside(self, set_name: str, arm: str) -> ArmLine | None:
        """The same under the view beside it."""
        return next((x for x in self.beside if (x.set, x.arm) == (set_name, arm)), None)

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
    outline = outline_study(study, sets, table, wanted)
    return estimate_headline(table, build_board(table, outline, wanted), wanted)


def estimate_headline(table: TrialTable, board: Board, wanted: Filter = HEADLINE) -> Results:
    """Returns every arm on every set, and the first contrasts between them.

    Args:
        table: all trials, unfiltered.
        board: its scores, under the same filter.
        wanted: which verdicts enter.
    """
    outline = board.outline
    scale = make_scale(table, board)
    verdicts = scored_verdicts(table.choose(wanted), board.cluster)
    lines, by_judge = _all_lines(board, scale)
    beside = replace(wanted, view=BESIDE.get(wanted.view, HEADLINE.view))
    under = board_under(table, board, beside) if beside in table.filters else None
    return Results(
        sets=outline.sets,
        models=outline.models,
        judges=outline.judges,
        level=outline.plan.level,
        plan=outline.plan,
        lines=tuple(lines),
        by_judge=tuple(by_judge),
        beside_view=beside.view,
        beside_judges=under.outline.judges if under else (),
        beside=tuple(_lines_beside(under, scale)) if under else (),
        beside_minus_stock=tuple(_minus_stock(under, plain_difference)) if under else (),
        minus_stock=tuple(_minus_stock(board, compare_arms)),
        between_sets=tuple(_between_sets(board)),
        judge_effects=tuple(
            _judge_effect(board, verdicts, judge, orders=table.orders_known)
            for judge in outline.judges
        ),
    )


def _all_lines(board: Board, scale: Scale) -> tuple[list[ArmLine], list[ArmLine]]:
    """Returns every arm on every set by the mean of the judges, and the same by each judge."""
    outline = board.outline
    grouped: dict[tuple[str, str], list[ArmScores]] = {}
    for one in board.scored:
        grouped.setdefault((one.set, one.arm), []).append(one)
    lines, by_judge = [], []
    for set_name, arm in _arms(grouped, outline):
        found = grouped.get((set_name, arm), [])
        own = _lines(found, scale, set_name, arm, outline)
        by_judge += own
        panel = [average_judges(found, outline.judge_models)] if len(found) > 1 else []
        lines += [_line(one, scale, outline) for one in panel] or own
    return lines, by_judge


def _lines_beside(under: Board, scale: Scale) -> Iterator[ArmLine]:
    lines, _ = _all_lines(under, scale)
    yield from (line for line in lines if line.items)


def make_scale(table: TrialTable, board: Board) -> Scale:
    """Returns the clusters of each item and the level."""
    items = table.frame.drop_duplicates("item").astype(object)
    lineages, clusters = (
        dict(zip(items["item"], items[name], strict=True)) for name in ("lineage", board.cluster)
    )
    return Scale(lineages, clusters, board.outline.plan.level, table.orders_known)


def _line(scores: ArmScores, scale: Scale, outline: Outline) -> ArmLine:
    line = estimate_line(scores, scale, is_model=scores.arm in outline.models)
    return replace(line, own_family=outline.is_own_family(scores.judge, scores.arm))


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


def _minus_stock(
    board: Board, compare: Callable[[Board, SetBoard, Finding], Finding]
) -> Iterator[Contrast]:
    for found in board.sets:
        for model in board.outline.models:
            if STOCK not in found.scores or model not in found.scores:
                yield Contrast(model, STOCK, found.name, Figure(None, NO_STOCK))
                continue
            finding = Finding("nulls", "minus stock", found.name, model, STOCK)
            yield Contrast(model, STOCK, found.name, figure_of(compare(board, found, finding)))


def _between_sets(board: Board) -> Iterator[Contrast]:
    """Yields how much each arm scores on a suboptimal set above a strong one."""
    for sub, strong in board.pairs():
        for arm in sub.scores:
            if arm in strong.scores and sub.scored(arm).any() and strong.scored(arm).any():
                figure = figure_of(contrast_sets(board, sub, strong, arm))
                yield Contrast(arm, strong.name, sub.name, figure)


def _judge_effect(board: Board, rows: pd.DataFrame, judge: str, *, orders: bool) -> JudgeEffect:
    """What the first lines about a judge say; the rest is in the section on judges."""
    if not orders:
        return JudgeEffect(judge, Figure(None, ORDERS_UNKNOWN), Figure(None, ORDERS_UNKNOWN))
    position, flips, _, _ = read_steadiness(
        board, Finding("judges", "", against=judge), rows[rows["judge"] == judge]
    )
    return JudgeEffect(judge, figure_of(position), figure_of(flips))
