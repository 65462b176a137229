"""Renders all figures as text for a terminal and as plain values for JSON.

Pure. Names of arms and sets may be hostile: control characters are made visible here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from analysis.estimates import Estimate
from analysis.figures.everything import Figures
from analysis.figures.findings import SECTIONS, Finding
from analysis.report.alarms import alarm_sentences
from analysis.report.cells import HEADER, TESTS, cells, details, safe
from analysis.report.contents import SIMULATED, SIMULATED_WHY

SCHEMA = 1
"""Version of the JSON; raised when a key changes its meaning or goes."""
SHORT_ROLES = ("primary", "secondary", "descriptive")
FAMILY = MappingProxyType(
    {
        "before": "Primary family, adjusted together (Holm)",
        "later": "Exploratory: the family that the later plan calls primary, adjusted (Holm)",
        "unknown": "The family that the plan names, adjusted together (Holm)",
    }
)
"""State of the plan -> heading of its family."""
DEFECTS = "Defects of the judging, as measured, adjusted together (Holm); exploratory"


def render_text(figures: Figures, *, everything: bool = False) -> Iterator[str]:
    """Yields the lines of a terminal's view: the plan, the primary family, then each section.

    Args:
        figures: what to show.
        everything: whether exploratory figures are shown as well.
    """
    if figures.simulated:
        yield f"{SIMULATED}: {SIMULATED_WHY}"
    for alarm in alarm_sentences(figures):
        yield f"ALARM: {safe(alarm)}"
    yield describe_plan(figures)
    yield f"note: {figures.age.sentence}"
    for note in figures.notes:
        yield f"note: {safe(note)}"
    for heading, family in _families(figures):
        yield from _table(heading, family)
    hidden = 0
    for section, heading in SECTIONS.items():
        found = figures.of(section)
        shown = [one for one in found if everything or one.role in SHORT_ROLES]
        hidden += len(found) - len(shown)
        if shown:
            yield from _table(heading, shown)
    if hidden:
        yield ""
        yield f"{hidden} exploratory figures are not shown; --all shows them, --json holds all."


def render_findings(findings: Sequence[Finding]) -> Iterator[str]:
    """Yields the lines of a terminal's view of findings without a table of trials."""
    for section, heading in SECTIONS.items():
        shown = [one for one in findings if one.section == section]
        if shown:
            yield from _table(heading, shown)


@dataclass(frozen=True)
class StatisticsTable:
    """A table of figures as words, for a page."""

    heading: str
    notes: tuple[str, ...]
    """What holds for all rows."""
    rows: tuple[tuple[tuple[str, ...], str], ...]
    """The cells of each row, in the order of `HEADER`, and its details."""
    folded: bool


def statistics_tables(figures: Figures) -> Iterator[StatisticsTable]:
    """Yields the primary family, then each section: first what was planned, then the rest."""
    for heading, family in _families(figures):
        yield _as_table(heading, family, folded=False)
    for section, heading in SECTIONS.items():
        found = figures.of(section)
        planned = [one for one in found if one.role in SHORT_ROLES]
        rest = [one for one in found if one.role not in SHORT_ROLES]
        if planned:
            yield _as_table(heading, planned, folded=True)
        if rest:
            yield _as_table(f"{heading}, exploratory", rest, folded=True)


def _families(figures: Figures) -> Iterator[tuple[str, Sequence[Finding]]]:
    """Yields what is adjusted together and told first: what the plan named, then the defects."""
    if figures.primary:
        yield FAMILY[figures.age.state], figures.primary
    if figures.defects:
        yield DEFECTS, figures.defects


def _as_table(heading: str, findings: Sequence[Finding], *, folded: bool) -> StatisticsTable:
    shared = _shared_notes(findings)
    rows = tuple((cells(one), "; ".join(details(one, shared))) for one in findings)
    return StatisticsTable(heading, shared, rows, folded)


def _shared_notes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Returns the notes that hold for all findings, in the order of the first."""
    first, *others = (one.note.split("; ") for one in findings)
    return tuple(note for note in first if note and all(note in notes for notes in others))


def describe_plan(figures: Figures) -> str:
    """Returns what was fixed before the run, in a line."""
    plan = figures.outline.plan
    margin = "no margin named" if plan.margin is None else f"margin {plan.margin:g}"
    return (
        f"plan: primary family {', '.join(plan.primary).replace('_', ' ')} by {TESTS[plan.test]}; "
        f"level {plan.level:g}; {margin}; clusters by {plan.cluster}; "
        f"covariates {', '.join(plan.covariates) or 'none'}"
    )


def figures_as_json(figures: Figures) -> dict[str, Any]:
    """Returns all figures as plain values, every number in full."""
    outline = figures.outline
    return {
        "schema": SCHEMA,
        "simulated": figures.simulated,
        "sets": [asdict(found) for found in outline.sets],
        "models": list(outline.models),
        "judges": list(outline.judges),
        "released": {model: str(day) for model, day in outline.released.items()},
        "plan": outline.plan.model_dump(mode="json"),
        "plan_fixed": str(figures.age.fixed) if figures.age.fixed else None,
        "first_verdict": str(figures.age.first_verdict) if figures.age.first_verdict else None,
        "plan_note": figures.age.sentence,
        "headline_rows": asdict(figures.wanted),
        "notes": list(figures.notes),
        "alarms": list(alarm_sentences(figures)),
        "figures": [finding_as_json(one) for one in figures.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Returns one figure as plain values."""
    return {
        "section": finding.section,
        "name": finding.name,
        "role": finding.role,
        "set": finding.set,
        "arm": finding.arm,
        "against": finding.against,
        "value": finding.value,
        "estimate": _estimate(finding.estimate),
        "note": finding.note,
        "extra": dict(finding.extra),
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else asdict(estimate)


def _table(heading: str, findings: Sequence[Finding]) -> Iterator[str]:
    rows = [cells(one) for one in findings]
    shared = _shared_notes(findings)
    widths = [max(len(row[n]) for row in (HEADER, *rows)) for n in range(len(HEADER))]
    yield ""
    yield heading
    for note in shared:
        yield f"note: {safe(note)}"
    yield _line(HEADER, widths)
    for one, row in zip(findings, rows, strict=True):
        yield _line(row, widths)
        if told := "; ".join(details(one, shared)):
            yield f"    {told}"


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
