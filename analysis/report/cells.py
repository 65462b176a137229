"""One finding as the cells of a row, and what must be read with it.

Pure. Names of arms and sets may be hostile: control characters are made visible here.
"""

import math
from collections.abc import Collection, Iterator
from types import MappingProxyType

from analysis.figures.checks import ADJUSTED as ADJUSTED_CHECK
from analysis.figures.families import ADJUSTED_DEFECT
from analysis.figures.findings import CLUSTERS_UNKNOWN, HALF, Extra, Finding
from transcripts.rendering.text import visible_controls

HEADER = ("figure", "set", "arm", "against", "value", "interval", "p", "n/clusters", "df")
MISSING = "–"
ADJUSTED = ("p_adjusted", ADJUSTED_CHECK, ADJUSTED_DEFECT)
"""Where a finding holds the p value that is adjusted within its family."""
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


def cells(finding: Finding) -> tuple[str, ...]:
    """Returns the cells of a row, in the order of `HEADER`."""
    estimate = finding.estimate
    low, high = _ends(finding)
    told = (finding.extra[name] for name in (*ADJUSTED, "p") if name in finding.extra)
    p = next(told, _p_of_zero(finding))
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


def details(finding: Finding, told: Collection[str]) -> Iterator[str]:
    """Yields what a reader needs beside the row, save what was told of all rows."""
    yield from (safe(note) for note in finding.note.split("; ") if note and note not in told)
    shown = {"low", "high", "p", *ADJUSTED}
    if any(name in finding.extra for name in ADJUSTED):
        shown |= {"p_by", "family"}
        yield _describe_p(finding)
    for name, value in finding.extra.items():
        if name not in shown and name not in DRAWN.values() and value is not None:
            drawn = finding.extra.get(DRAWN.get(name, ""))
            how = "" if drawn is None else " (all patterns)" if drawn else " (drawn)"
            yield f"{name.replace('_', ' ')} {_value(value)}{how}"
    if finding.estimate and finding.estimate.exclusions:
        counts = finding.estimate.exclusions.items()
        yield "without a score: " + ", ".join(f"{safe(r)} {n}" for r, n in counts)


def _describe_p(finding: Finding) -> str:
    """How the p value in the row comes about."""
    by, size = str(finding.extra.get("p_by", "cr2")), finding.extra["family"]
    test = OWN_TEST if by == "cr2" else TESTS[by]
    alone = _p(finding.extra["p"])
    if not alone:
        return f"no p value by {test}; it counts among the {size} that are adjusted for"
    return f"p by {test}, adjusted for {size} (Holm); alone {alone}"


def _value(value: Extra) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else safe(str(value))


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
    told = safe(name)
    return told if len(told) <= MOST_CHARS else f"{told[: MOST_CHARS - 1]}…"


def safe(text: str) -> str:
    """Returns a text on one line, with nothing hidden in it."""
    return visible_controls(text).replace("\n", " ")
