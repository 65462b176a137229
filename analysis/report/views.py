"""The page's view of a report: figures and items in the order of the page, with anchors.

Pure; words and markup are made elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analysis.figures.arm_scores import POOLED_PLACEBO
from analysis.figures.headline import Results
from analysis.figures.lines import ArmLine, Figure
from analysis.figures.outline import STOCK
from analysis.report.contents import RunReport
from analysis.report.drilldown import ItemInDetail, ShownOnPage, TrialInDetail
from analysis.report.words import VIEWS, count_items, name_one, percent


@dataclass(frozen=True)
class TableRow:
    """An arm's line in the table, the first contrast, and where its name leads."""

    line: ArmLine
    anchor: str
    style: str
    minus_stock: Figure | None
    beside: Figure | None
    """The rate under the view that is told with the headline's."""


@dataclass(frozen=True)
class Link:
    """An item to go to."""

    anchor: str
    number: int


@dataclass(frozen=True)
class Spread:
    """The items of one arm on one set, by score from high to low."""

    anchor: str
    arm: str
    what: str
    scores: tuple[tuple[float, tuple[Link, ...]], ...]


@dataclass(frozen=True)
class ItemView:
    """An item with its anchor; `shown` is none where another item carries the shown text."""

    of: ItemInDetail
    anchor: str
    name: str
    scores: str
    trials: tuple[TrialInDetail, ...]
    """In the order of the table."""
    shown: ShownOnPage | None
    shown_anchor: str


@dataclass(frozen=True)
class SetOfItems:
    """The items of a set in order."""

    name: str
    views: tuple[ItemView, ...]


@dataclass(frozen=True)
class JudgeRow:
    """An arm on a set by each judge."""

    set: str
    arm: str
    lines: tuple[ArmLine, ...]


@dataclass(frozen=True)
class Views:
    """What the page's template walks through beside the report itself."""

    tables: Mapping[str, tuple[TableRow, ...]] = field(hash=False)
    """Set -> its table."""
    spreads: tuple[Spread, ...]
    by_judge: tuple[JudgeRow, ...]
    sets_of_items: tuple[SetOfItems, ...]
    methods: tuple[str, ...]
    judged_by: str
    told: str
    """Under which view the rates are."""
    beside: str
    """Heading of the rates under the view that is told with it."""


def build_views(run: RunReport) -> Views:
    """Returns the report's figures and items in the order of the page, with their anchors."""
    anchors = _Anchors(run.results)
    return Views(
        tables={
            found.name: tuple(_table_rows(run.results, found.name, anchors))
            for found in run.results.sets
        },
        spreads=tuple(_spreads(run.results, anchors)),
        by_judge=tuple(_judge_rows(run.results)),
        sets_of_items=_sets_of_items(run, anchors),
        methods=_methods(run.results),
        judged_by=_judged_by(run),
        told=VIEWS.get(run.wanted.view, f"view {run.wanted.view}"),
        beside=VIEWS.get(run.results.beside_view, run.results.beside_view),
    )


class _Anchors:
    """Names of places on the page, made of numbers alone."""

    def __init__(self, results: Results) -> None:
        self._sets = {found.name: number for number, found in enumerate(results.sets, start=1)}
        arms = dict.fromkeys(line.arm for line in results.lines)
        self._arms = {arm: number for number, arm in enumerate(arms, start=1)}

    def line(self, line: ArmLine) -> str:
        return f"arm-{self._sets[line.set]}-{self._arms[line.arm]}"

    def arm(self, arm: str) -> int:
        return self._arms.get(arm, len(self._arms) + 1)

    def item(self, set_name: str, number: int) -> str:
        return f"item-{self._sets[set_name]}-{number}"


def _judged_by(run: RunReport) -> str:
    judges = ", ".join(run.results.judges)
    return f"judged by {judges}, view {run.wanted.view}"


def _table_rows(results: Results, set_name: str, anchors: _Anchors) -> Iterator[TableRow]:
    minus_stock = {c.arm: c.figure for c in results.minus_stock if c.set == set_name}
    was_model = False
    for line in results.lines:
        if line.set == set_name:
            style = "break" if was_model and not line.is_model else ""
            if line.arm.startswith(f"{POOLED_PLACEBO}:"):
                style = "part"
            other = results.line_beside(line.set, line.arm)
            yield TableRow(
                line=line,
                anchor=anchors.line(line),
                style=style,
                minus_stock=minus_stock.get(line.arm),
                beside=other.rate if other else None,
            )
            was_model = line.is_model


def _spreads(results: Results, anchors: _Anchors) -> Iterator[Spread]:
    sets = {found.name: found for found in results.sets}
    for line in results.lines:
        by_score: dict[float, list[Link]] = {}
        for item in line.scores:
            number = int(item.item.rpartition("/")[2])
            link = Link(anchors.item(line.set, number), number)
            by_score.setdefault(item.score, []).append(link)
        found = sets[line.set]
        yield Spread(
            anchor=anchors.line(line),
            arm=line.arm,
            what=count_items(line.items, found.kind),
            scores=tuple((s, tuple(by_score[s])) for s in sorted(by_score, reverse=True)),
        )


def _judge_rows(results: Results) -> Iterator[JudgeRow]:
    grouped: dict[tuple[str, str], list[ArmLine]] = {}
    for line in results.by_judge:
        grouped.setdefault((line.set, line.arm), []).append(line)
    for (set_name, arm), lines in grouped.items():
        yield JudgeRow(set_name, arm, tuple(lines))


def _sets_of_items(run: RunReport, anchors: _Anchors) -> tuple[SetOfItems, ...]:
    views = list(_items(run, anchors))
    return tuple(
        SetOfItems(
            count_items(found.items, found.kind),
            tuple(view for view in views if view.of.set == found.name),
        )
        for found in run.results.sets
    )


def _items(run: RunReport, anchors: _Anchors) -> Iterator[ItemView]:
    kinds = {found.name: found.kind for found in run.results.sets}
    scores = run.scores
    carried: dict[str, str] = {}
    for item in run.drilldown.items:
        anchor = anchors.item(item.set, item.number)
        is_first = item.shown_hash not in carried
        trials = sorted(item.trials, key=lambda trial: (anchors.arm(trial.arm), trial.repeat))
        yield ItemView(
            of=item,
            anchor=anchor,
            name=f"{name_one(kinds[item.set])} {item.number}",
            scores=_main_scores(run.results, scores, item),
            trials=tuple(trials),
            shown=run.drilldown.shown[item.shown_hash] if is_first else None,
            shown_anchor=carried.setdefault(item.shown_hash, f"shown-{anchor}"),
        )


def _main_scores(
    results: Results, scores: Mapping[tuple[str, str], float], item: ItemInDetail
) -> str:
    """What the models and stock scored on an item."""
    key = f"{item.set}/{item.number:05d}"
    arms = (*results.models, STOCK)
    told = [f"{arm} {percent(scores[key, arm])}" for arm in arms if (key, arm) in scores]
    return " · ".join(told) or "no score"


def _methods(results: Results) -> tuple[str, ...]:
    figures = [
        *(figure for line in results.lines for figure in (line.rate, line.position)),
        *(contrast.figure for contrast in (*results.minus_stock, *results.between_sets)),
    ]
    return tuple(dict.fromkeys(figure.estimate.method for figure in figures if figure.estimate))
