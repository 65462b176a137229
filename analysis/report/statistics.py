"""Renders all figures as text for a terminal and as plain values for JSON.

Pure. Names of arms and sets may be hostile: control characters are made visible here.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from analysis.estimates import Estimate
from analysis.figures.everything import Figures
from analysis.figures.findings import CLUSTERS_UNKNOWN, HALF, SECTIONS, Extra, Finding
from analysis.report.contents import SIMULATED, SIMULATED_WHY
from transcripts.rendering.text import visible_controls

SCHEMA = 1
"""Version of the JSON; raised when a key changes its meaning or goes."""
SHORT_ROLES = ("primary", "secondary", "descriptive")
HEADER = ("figure", "set", "arm", "against", "value", "interval", "p", "n/clusters", "df")
MISSING = "–"
FAMILY = MappingProxyType(
    {
        "before": "Primary family, adjusted together (Holm)",
        "later": "Exploratory: the family that the later plan calls primary, adjusted (Holm)",
        "unknown": "The family that the plan names, adjusted together (Holm)",
    }
)
"""State of the plan -> heading of its family."""
MOST_CHARS = 60
"""Of a name in a terminal's table; JSON has it in full."""
TESTS = {
    "cr2": "CR2 t test", "sign_flip": "sign flips of whole clusters",
    "wild_bootstrap": "wild cluster bootstrap",
}  # fmt: skip
DRAWN = MappingProxyType(
    {
        "sign_flip_p": "sign_flip_exact", "wild_p": "wild_exact",
        "wild_p_of_half": "wild_p_exact", "permutation_p": "permutation_exact",
    }
)  # fmt: skip
"""p value -> whether all patterns were gone through for it."""
OWN_TEST = "the test that goes with the interval (CR2, Satterthwaite)"


def render_text(figures: Figures, *, everything: bool = False) -> Iterator[str]:
    """Yields the lines of a terminal's view: the plan, the primary family, then each section.

    Args:
        figures: what to show.
        everything: whether exploratory figures are shown as well.
    """
    if figures.simulated:
        yield f"{SIMULATED}: {SIMULATED_WHY}"
    yield describe_plan(figures)
    yield f"note: {figures.age.sentence}"
    for note in figures.notes:
        yield f"note: {_safe(note)}"
    if figures.primary:
        yield from _table(FAMILY[figures.age.state], figures.primary)
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
    if figures.primary:
        yield _as_table(FAMILY[figures.age.state], figures.primary, folded=False)
    for section, heading in SECTIONS.items():
        found = figures.of(section)
        planned = [one for one in found if one.role in SHORT_ROLES]
        rest = [one for one in found if one.role not in SHORT_ROLES]
        if planned:
            yield _as_table(heading, planned, folded=True)
        if rest:
            yield _as_table(f"{heading}, exploratory", rest, folded=True)


def _as_table(heading: str, findings: Sequence[Finding], *, folded: bool) -> StatisticsTable:
    shared = _shared_notes(findings)
    rows = tuple((_cells(one), "; ".join(_details(one, shared))) for one in findings)
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
    rows = [_cells(one) for one in findings]
    shared = _shared_notes(findings)
    widths = [max(len(row[n]) for row in (HEADER, *rows)) for n in range(len(HEADER))]
    yield ""
    yield heading
    for note in shared:
        yield f"note: {_safe(note)}"
    yield _line(HEADER, widths)
    for one, row in zip(findings, rows, strict=True):
        yield _line(row, widths)
        if told := "; ".join(_details(one, shared)):
            yield f"    {told}"


def _cells(finding: Finding) -> tuple[str, ...]:
    estimate = finding.estimate
    low, high = _ends(finding)
    p = finding.extra.get("p_adjusted", finding.extra.get("p", _p_of_zero(finding)))
    return (
        *map(_cut, (finding.name, finding.set, finding.arm, finding.against)),
        _number(finding.value), _interval(low, high), _p(p),
        _size(finding),
        f"{estimate.df:.1f}" if estimate else "",
    )  # fmt: skip


def _p_of_zero(finding: Finding) -> float | None:
    """The p value of no difference; that of one half only where the figure is held against it."""
    estimate = finding.estimate
    if estimate is None or (estimate.null != 0 and finding.against != HALF):
        return None
    return estimate.p_value


def _size(finding: Finding) -> str:
    if finding.estimate is None:
        return ""
    known = CLUSTERS_UNKNOWN not in finding.note
    return f"{finding.estimate.n}/{finding.estimate.clusters if known else '?'}"


def _ends(finding: Finding) -> tuple[Extra, Extra]:
    if finding.low is not None:
        return finding.low, finding.high
    return finding.extra.get("low"), finding.extra.get("high")


def _details(finding: Finding, told: Collection[str]) -> Iterator[str]:
    """What a reader needs beside the row, save what was told of all rows."""
    yield from (_safe(note) for note in finding.note.split("; ") if note and note not in told)
    shown = {"low", "high", "p", "p_adjusted"}
    if "p_adjusted" in finding.extra:
        shown |= {"p_by", "family"}
        yield _describe_p(finding)
    for name, value in finding.extra.items():
        if name not in shown and name not in DRAWN.values() and value is not None:
            drawn = finding.extra.get(DRAWN.get(name, ""))
            how = "" if drawn is None else " (all patterns)" if drawn else " (drawn)"
            yield f"{name.replace('_', ' ')} {_value(value)}{how}"
    if finding.estimate and finding.estimate.exclusions:
        counts = finding.estimate.exclusions.items()
        yield "without a score: " + ", ".join(f"{_safe(r)} {n}" for r, n in counts)


def _describe_p(finding: Finding) -> str:
    """How the p value in the row comes about."""
    by, size = str(finding.extra["p_by"]), finding.extra["family"]
    test = OWN_TEST if by == "cr2" else TESTS[by]
    alone = _p(finding.extra["p"])
    if not alone:
        return f"no p value by {test}; it counts among the {size} that are adjusted for"
    return f"p by {test}, adjusted for {size} (Holm); alone {alone}"


def _value(value: Extra) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else _safe(str(value))


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


def _number(value: Extra) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return MISSING
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"  # noqa: PLR2004


def _interval(low: Extra, high: Extra) -> str:
    if low is None and high is None:
        return MISSING
    return f"{_number(low)} to {_number(high)}"


def _p(value: Extra) -> str:
    if not isinstance(value, float | int) or math.isnan(value):
        return ""
    return "<.0001" if value < 1e-4 else f"{value:.4f}"  # noqa: PLR2004


def _cut(name: str) -> str:
    told = _safe(name)
    return told if len(told) <= MOST_CHARS else f"{told[: MOST_CHARS - 1]}…"


def _safe(text: str) -> str:
    return visible_controls(text).replace("\n", " ")
