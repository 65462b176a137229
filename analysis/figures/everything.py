"""All figures of a table of trials, section by section, as one frozen result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.agreements import estimate_agreements
from analysis.figures.base_rates import estimate_base_rates
from analysis.figures.blinding import estimate_blinding
from analysis.figures.board import Board, build_board
from analysis.figures.checks import estimate_checks
from analysis.figures.corrections import estimate_corrections
from analysis.figures.escalation import estimate_escalation
from analysis.figures.families import ADJUSTED_DEFECT, PlanAge, adjust_defects, assign_roles
from analysis.figures.findings import CLUSTERS_UNKNOWN, LABEL_SWAP, SECTIONS, Finding
from analysis.figures.judge_families import estimate_judge_families
from analysis.figures.judges import estimate_judges
from analysis.figures.models import estimate_models
from analysis.figures.nulls import estimate_nulls
from analysis.figures.outline import Outline
from analysis.figures.rates import estimate_rates
from analysis.figures.sensitivity import estimate_sensitivity
from analysis.figures.sets import estimate_sets
from analysis.figures.surface import estimate_surface
from analysis.figures.trend import estimate_trend
from analysis.figures.views import estimate_views
from analysis.trials.columns import STANDARD
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable

if TYPE_CHECKING:
    # Reading these takes a database, which a table of trials does without.
    from analysis.trials.attacks import AttackRow
    from analysis.trials.bridge import Bridge
    from analysis.trials.labels import LabelTable
    from analysis.trials.probes import ProbeRow

UNKNOWN_AGE = PlanAge(None, None)


@dataclass(frozen=True)
class Beside:
    """What is known beside the trials, where it is."""

    labels: "LabelTable | None" = None
    """What annotators say."""
    probes: "Sequence[ProbeRow]" = ()
    """What probes answered."""
    attacks: "Sequence[AttackRow]" = ()
    """Verdicts under attack."""
    bridge: "Bridge | None" = None
    """Verdicts of earlier runs that were asked for again."""


NOTHING_BESIDE = Beside()


@dataclass(frozen=True)
class Figures:
    """Every figure, with what they are of."""

    outline: Outline
    wanted: Filter
    simulated: bool
    findings: tuple[Finding, ...]
    age: PlanAge
    notes: tuple[str, ...]
    """What was taken for granted of the table."""

    def of(self, section: str) -> tuple[Finding, ...]:
        """The findings of one section."""
        return tuple(one for one in self.findings if one.section == section)

    @property
    def primary(self) -> tuple[Finding, ...]:
        """The primary family."""
        return tuple(one for one in self.findings if "p_adjusted" in one.extra)

    @property
    def defects(self) -> tuple[Finding, ...]:
        """The family of measured defects of the judging."""
        return tuple(one for one in self.findings if ADJUSTED_DEFECT in one.extra)

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Arms that are not where they have to be: reasons not to believe the headline."""
        return tuple(one for one in self.findings if one.extra.get("alarm"))


def estimate_everything(
    table: TrialTable,
    outline: Outline,
    wanted: Filter = HEADLINE,
    age: PlanAge = UNKNOWN_AGE,
    beside: Beside = NOTHING_BESIDE,
) -> Figures:
    """Returns all figures of a table of trials.

    Args:
        table: all trials, unfiltered.
        outline: sets, models, judges and plan.
        wanted: which verdicts make the headline.
        age: of the analysis plan.
        beside: labels, probes, attacks and repeated verdicts, where they are known.
    """
    return estimate_board(table, build_board(table, outline, wanted), wanted, age, beside)


def estimate_board(
    table: TrialTable,
    board: Board,
    wanted: Filter = HEADLINE,
    age: PlanAge = UNKNOWN_AGE,
    beside: Beside = NOTHING_BESIDE,
) -> Figures:
    """Returns all figures where the board is there already; see `estimate_everything`."""
    outline = board.outline
    found = [*_sections(board, table, wanted), *_beside(board, table, beside)]
    if not table.clusters_known and board.cluster == "lineage":
        found = [_unknown_clusters(one) for one in found]
    order = list(SECTIONS)
    adjusted = list(adjust_defects(list(assign_roles(found, outline, age))))
    assigned = sorted(adjusted, key=lambda one: order.index(one.section))
    return Figures(
        outline=outline,
        wanted=wanted,
        simulated=table.simulated,
        findings=tuple(assigned),
        age=age,
        notes=(
            *table.notes,
            *board.notes,
            *_nothing_wanted(table, wanted),
            *_nothing_planned(assigned),
            *_without_probes(assigned, beside),
        ),
    )


def _nothing_planned(findings: Sequence[Finding]) -> Iterator[str]:
    if not any("p_adjusted" in one.extra for one in findings):
        yield "the family that the plan names is empty: no model, or no set that it is taken on"


def _without_probes(findings: Sequence[Finding], beside: Beside) -> Iterator[str]:
    """Says that probes are no trials, where a study's other measures of blindness are there."""
    if not beside.probes and any(one.name == LABEL_SWAP for one in findings):
        yield (
            "no probe stands beside these trials: the defects of the judging are adjusted without "
            "what probes measure, so their p values are smaller than in a report with probes"
        )


def _nothing_wanted(table: TrialTable, wanted: Filter) -> Iterator[str]:
    """Says why the headline is empty where verdicts were come by otherwise only."""
    found = table.filters
    if found and wanted not in found:
        asked, others = _describe(wanted), "; ".join(map(_describe, found))
        yield f"no verdict is as the headline asks ({asked}); the table has only {others}"


def _describe(rows: Filter) -> str:
    prompt = "" if rows.prompt == STANDARD else f"{rows.prompt} prompt, "
    return f"view {rows.view}, {rows.form}, {rows.provenance}, {prompt}by a {rows.judge_kind}"


def _sections(board: Board, table: TrialTable, wanted: Filter) -> Iterator[Finding]:
    asked_people = replace(wanted, judge_kind="person")
    people = table.choose(asked_people)
    yield from estimate_rates(board)
    yield from estimate_checks(board)
    yield from estimate_nulls(board)
    yield from estimate_sets(board)
    yield from estimate_models(board)
    yield from estimate_base_rates(board)
    yield from estimate_trend(board)
    yield from estimate_views(board, table, wanted)
    yield from estimate_judges(board, table.choose(wanted))
    yield from estimate_judge_families(board)
    yield from estimate_escalation(board, table, wanted)
    yield from estimate_agreements(board, table.choose(wanted), people)
    people_board = build_people(table, board.outline, asked_people)
    yield from estimate_corrections(board, people_board, drawn_chances(people))
    yield from estimate_blinding(board, table, wanted)
    yield from estimate_surface(board, table.choose(wanted))
    yield from estimate_sensitivity(board, table, wanted)


def _beside(board: Board, table: TrialTable, beside: Beside) -> Iterator[Finding]:
    level = board.outline.plan.level
    if beside.labels is not None:
        from analysis.figures.labels import estimate_labels

        yield from estimate_labels(beside.labels, level)
    if beside.probes:
        from analysis.figures.probes import estimate_probes

        yield from estimate_probes(board, beside.probes, table)
    if beside.attacks:
        from analysis.figures.attacks import estimate_attacks

        yield from estimate_attacks(beside.attacks, level)
    if beside.bridge is not None:
        from analysis.figures.bridge import estimate_bridge

        yield from estimate_bridge(beside.bridge, level)


def build_people(table: TrialTable, outline: Outline, asked: Filter) -> Board:
    """Returns the scores that people gave, the mean of whoever judged an item.

    Where people were asked about a pair with a known chance, the order was drawn too: one verdict
    in either order then counts for both, since neither order's advantage is favoured.
    """
    judge = table.frame["judge"].astype(object)
    judge = judge.where(table.frame["judge_kind"] != "person", "person")
    frame = table.frame.assign(judge=judge.astype("category"))
    people = replace(table, frame=pd.concat([frame, _in_other_order(frame, asked)]))
    return build_board(people, replace(outline, judges=("person",)), asked)


def _in_other_order(frame: pd.DataFrame, asked: Filter) -> pd.DataFrame:
    """People's verdicts on pairs that were drawn and judged in one order only, in the other."""
    drawn = frame["label_probability"].notna() & frame["score"].notna()
    own = (frame["judge_kind"] == asked.judge_kind) & (frame["view"] == asked.view)
    rows = frame[drawn & own]
    orders = rows.groupby(["set", "item", "arm", "repeat"], observed=True)["order"]
    single = rows[orders.transform("nunique") == 1]
    other = single["order"].astype(object).map({"human": "proposal", "proposal": "human"})
    return single.assign(order=pd.Categorical(other, categories=frame["order"].cat.categories))


def drawn_chances(people: TrialTable) -> dict[tuple[str, str], dict[object, float]]:
    """Returns, for each set and arm, the chance with which people were asked about each item."""
    rows = people.frame[people.frame["label_probability"].notna()]
    found: dict[tuple[str, str], dict[object, float]] = {}
    columns = ("set", "arm", "item", "label_probability")
    for name, arm, item, chance in zip(*(rows[column] for column in columns), strict=True):
        found.setdefault((str(name), str(arm)), {})[item] = float(chance)
    return found


def _unknown_clusters(finding: Finding) -> Finding:
    estimate = finding.estimate
    if estimate is not None:
        estimate = replace(estimate, warnings=(CLUSTERS_UNKNOWN, *estimate.warnings))
    return replace(finding, estimate=estimate).told(CLUSTERS_UNKNOWN)
