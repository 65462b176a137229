"""What a report says, before it is a page: a pure function of what was read of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.figures.board import build_board
from analysis.figures.everything import Beside, Figures, estimate_board
from analysis.figures.headline import Results, estimate_headline
from analysis.figures.outline import outline_study
from analysis.report.alarms import alarm_sentences, drift_sentences
from analysis.report.doubts import NotRun, find_controls_not_run, list_cautions
from analysis.report.drilldown import Drilldown
from analysis.report.flow import Census, Flow, build_flow
from analysis.report.material import Material
from analysis.report.provenance import Provenance
from analysis.report.words import headline_sentences
from analysis.trials.columns import TrialRow
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import tabulate
from taste.again import Tried

SIMULATED = "SIMULATED"
SIMULATED_WHY = "models and verdicts are made up; nothing here says anything about a real model"
NO_RUN = "No run yet"
NO_RUN_WHY = "There is no run in this database, so there is nothing to report."


@dataclass(frozen=True)
class RunReport:
    """Everything that is said about one run."""

    results: Results
    sentences: tuple[str, ...]
    alarms: tuple[str, ...]
    """Why the sentences are not to be believed, if an arm is not where it has to be."""
    notices: tuple[str, ...]
    """What must be read before the figures: a run that is unfinished, or has no stock arm."""
    flow: Flow
    not_run: tuple[NotRun, ...]
    cautions: tuple[str, ...]
    figures: Figures
    rows: tuple[TrialRow, ...]
    drilldown: Drilldown
    provenance: Provenance
    wanted: Filter

    @property
    def scores(self) -> Mapping[tuple[str, str], float]:
        """Item and arm -> item score, of the headline's lines."""
        return {
            (item.item, line.arm): item.score for line in self.results.lines for item in line.scores
        }


@dataclass(frozen=True)
class Report:
    """A report; `run` is none where nothing has been run."""

    title: str
    simulated: bool
    run: RunReport | None


def build_report(material: Material | None, wanted: Filter = HEADLINE) -> Report:
    """Returns the report of a run, or one that says that there is none.

    Args:
        material: what was read of the run.
        wanted: which verdicts enter the figures.
    """
    if material is None:
        return Report(title=NO_RUN, simulated=False, run=None)
    table = tabulate(material.rows)
    outline = outline_study(material.study, material.sets, table, wanted)
    board = build_board(table, outline, wanted)
    results = estimate_headline(table, board, wanted)
    beside = Beside(material.labels, material.probes, material.attacks, material.bridge)
    figures = estimate_board(table, board, wanted, material.age, beside)
    facts = material.provenance.run
    run = RunReport(
        results=results,
        sentences=headline_sentences(results),
        alarms=alarm_sentences(figures),
        notices=(*_notices(material, results, wanted), *drift_sentences(figures.findings)),
        flow=build_flow(material.census, material.rows, material.study, material.sets, wanted),
        not_run=find_controls_not_run(material.rows, results, material.probes, material.attacks),
        cautions=list_cautions(material.study, results, material.rows),
        figures=figures,
        rows=material.rows,
        drilldown=material.drilldown,
        provenance=material.provenance,
        wanted=wanted,
    )
    simulated = facts.simulated or any(row.simulated for row in material.rows)
    return Report(f"{facts.study}, run {facts.number}", simulated, run)


def _notices(material: Material, results: Results, wanted: Filter) -> tuple[str, ...]:
    facts = material.provenance.run
    notices = []
    if facts.status != "done":
        why = f": {facts.reason}" if facts.reason else ""
        notices.append(
            f"This run is not finished (status {facts.status}{why}). What is missing is counted "
            "below; the figures rest on what is there."
        )
    notices.extend(_without_figures(material, results, wanted))
    for judge, prompts in _prompts(material.rows, wanted).items():
        if len(prompts) > 1:
            notices.append(
                f"The judge {judge} was asked with {len(prompts)} different prompts; their "
                "verdicts count as samples of one judge."
            )
    if material.age.state == "later":
        notices.append(material.age.sentence)
    said = (material.provenance.added.sentence, material.provenance.looked_while_open)
    notices.extend(sentence for sentence in said if sentence is not None)
    notices.extend(_removed(material.census))
    notices.extend(_tried_again(material.tried))
    there = [x for x in material.drilldown.items if x.session not in material.census.withdrawn]
    if not all(item.hash_agrees for item in there):
        notices.append(
            "For some items the prefix rebuilt from the events is not the text that the proposals "
            "were made from; they are marked below."
        )
    return tuple(notices)


def _without_figures(material: Material, results: Results, wanted: Filter) -> Iterator[str]:
    """Why the headline has no figure, or none against stock."""
    views = {row.view for row in material.rows if row.view}
    if not material.rows:
        yield "No trial was stored, so there is no figure."
    elif views and wanted.view not in views:
        yield (
            f"Nothing was judged under the view {wanted.view}, on which the headline rests: there "
            f"are only verdicts under {', '.join(sorted(views))}, in the section on the views."
        )
    elif not any(contrast.figure.value is not None for contrast in results.minus_stock):
        yield "No stock arm was run: nothing here tells a model from a constant sentence."


def _removed(census: Census) -> Iterator[str]:
    """What is no longer there of what the figures rest on."""
    if census.withdrawn:
        items = sum(census.withdrawn.values())
        yield (
            f"{_count(items, 'item')} of {_count(len(census.withdrawn), 'session')} withdrawn "
            "since: the verdicts are counted, and the text that they rest on is gone."
        )
    for name, lost in census.deleted_items.items():
        yield (
            f"The set {name} is not as it was frozen: {_count(lost, 'item')} went with sessions "
            "that were deleted since, and the verdicts with them."
        )


def _tried_again(tried: Sequence[Tried]) -> Iterator[str]:
    """Whose first outcome somebody chose not to let stand."""
    reasons = [f"{each.reason}: {each.answers}, {each.usable} usable now" for each in tried]
    if reasons:
        number = sum(each.answers for each in tried)
        yield (
            f"{_count(number, 'answer')} tried again after a first outcome ({'; '.join(reasons)}). "
            "What to try again was somebody's choice; the first answers are kept."
        )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _prompts(rows: Iterable[TrialRow], wanted: Filter) -> dict[str, set[str]]:
    """The prompts of each judge among the rows that make the headline."""
    found: dict[str, set[str]] = {}
    for row in rows:
        same = (row.view, row.prompt) == (wanted.view, wanted.prompt)
        if same and row.judge and row.judge_prompt:
            found.setdefault(row.judge, set()).add(row.judge_prompt)
    return found
