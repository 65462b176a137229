"""The findings as markdown tables: a summary of rules, the coverage tables, every figure."""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.statistics.findings import Finding
from benchmarks.statistics.rate_coverage import STUDY as RATES

NOMINAL, TOO_LOW = 0.95, 0.93


def broken(found: Iterable[Finding]) -> list[Finding]:
    """Returns the findings that break their rule."""
    return [finding for finding in found if finding.verdict == "FAIL"]


def one_line(finding: Finding) -> str:
    """Returns a finding in words."""
    rule = finding.rule.words if finding.rule else ""
    return (
        f"{finding.study}, {finding.world}, {finding.method}: {finding.figure} "
        f"{finding.found:.4f} (se {finding.error:.4f}), rule {rule}"
    )


def markdown(found: Sequence[Finding], heading: str) -> str:
    """Returns the whole document."""
    parts = [
        heading,
        "## Rules\n",
        table(
            ("study", "method", "figure", "rule", "figures", "lowest", "highest", "verdict"),
            rules(found),
        ),
    ]
    if any(finding.study == RATES for finding in found):
        parts += _rate_tables(found)
    parts += ["## Every figure\n", table(HEADER, [row(finding) for finding in found])]
    return "\n".join(parts)


HEADER = (
    "study",
    "world",
    "method",
    "figure",
    "found",
    "se",
    "replicates",
    "no result",
    "width",
    "bias",
    "rule",
    "verdict",
)


def row(finding: Finding) -> tuple[str, ...]:
    """Returns a finding as cells."""
    return (
        finding.study,
        finding.world,
        finding.method,
        finding.figure,
        f"{finding.found:.4f}",
        f"{finding.error:.4f}",
        str(finding.replicates),
        str(finding.failures or ""),
        "" if finding.width is None else f"{finding.width:.3f}",
        "" if finding.bias is None else f"{finding.bias:+.4f}",
        finding.rule.words if finding.rule else "",
        finding.verdict,
    )


def rules(found: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Returns one row for each study, method and rule: the range and how many keep it."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in found:
        if one.rule:
            key = (one.study, one.method, one.figure, one.rule.words)
            groups.setdefault(key, []).append(one)
    rows: list[tuple[str, ...]] = []
    for key, ones in groups.items():
        values = [one.found for one in ones]
        counts = {word: sum(one.verdict == word for one in ones) for word in VERDICTS}
        words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        ends = f"{min(values):.4f}", f"{max(values):.4f}"
        rows.append((*key, str(len(ones)), *ends, words))
    return rows


VERDICTS = ("pass", "unsure", "FAIL")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _rate_tables(found: Sequence[Finding]) -> list[str]:
    parts = []
    for study in dict.fromkeys(one.study for one in found if one.study.startswith(RATES)):
        ones = [one for one in found if one.study == study]
        parts += [f"## Coverage of a nominal .95: {study}\n", _by_method(ones)]
        for label in ("G", "ICC"):
            parts += [f"Mean coverage by {label}:\n", _by(ones, label)]
    return parts


def _by_method(ones: Sequence[Finding]) -> str:
    header = ("method", "mean", "se", "min", "mean abs. deviation", "share < .93", "width")
    rows = []
    for mean in (one for one in ones if one.world.startswith("mean of")):
        each = _single(ones, mean.method)
        rows.append(
            (
                mean.method,
                f"{mean.found:.4f}",
                f"{mean.error:.4f}",
                f"{each.min():.3f}",
                f"{abs(each - NOMINAL).mean():.3f}",
                f"{(each < TOO_LOW).mean():.0%}",
                "" if mean.width is None else f"{mean.width:.3f}",
            )
        )
    return table(header, rows)


def _single(ones: Sequence[Finding], method: str, label: str = "") -> np.ndarray:
    return np.array(
        [
            one.found
            for one in ones
            if one.method == method
            and not one.world.startswith("mean of")
            and (not label or label in one.world.split())
        ]
    )


def _by(ones: Sequence[Finding], label: str) -> str:
    """Returns mean coverage by method and by one property of the worlds."""
    words = [word for one in ones for word in one.world.split() if word.startswith(f"{label}=")]
    labels = list(dict.fromkeys(words))
    methods = list(dict.fromkeys(one.method for one in ones))
    rows = [
        (word, *(f"{_single(ones, method, word).mean():.3f}" for method in methods))
        for word in labels
    ]
    return table(("", *methods), rows)
