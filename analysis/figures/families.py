"""The primary family: what the plan named before the run, adjusted together, and what that says.

A plan that is younger than the first verdict could have been chosen by what the verdicts say; its
family is then exploratory, in these words.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from analysis.figures.findings import Finding
from analysis.figures.outline import Outline
from analysis.multiplicity import holm

PRIMARY = {
    "minus_stock": ("minus stock", "suboptimal"),
    "minus_half": ("minus half", "suboptimal"),
    "between_sets": ("set contrast", ""),
    "between_models": ("model minus model", "suboptimal"),
}
"""Contrast of the plan -> name of its findings, and the kind of set that they are taken on."""
P_VALUES = {"sign_flip": "sign_flip_p", "wild_bootstrap": "wild_p"}


@dataclass(frozen=True)
class PlanAge:
    """When the plan was fixed, against when there was something to see."""

    fixed: datetime | None
    """The first run with this plan; None where nobody knows."""
    first_verdict: datetime | None

    @property
    def is_later(self) -> bool:
        """Whether verdicts were there before the plan."""
        both = self.fixed is not None and self.first_verdict is not None
        return both and self.fixed > self.first_verdict  # type: ignore[operator]

    @property
    def sentence(self) -> str:
        """What a reader must know of it."""
        if self.fixed is None:
            return (
                "It is not known when the analysis plan was fixed: what it calls primary cannot be "
                "told from what was chosen afterwards."
            )
        if self.is_later:
            return (
                f"The analysis plan was fixed on {self.fixed:%Y-%m-%d %H:%M} UTC, after the first "
                f"verdict ({self.first_verdict:%Y-%m-%d %H:%M} UTC): its primary family counts as "
                "exploratory."
            )
        return (
            f"The analysis plan was fixed on {self.fixed:%Y-%m-%d %H:%M} UTC, before any verdict."
        )


def assign_roles(findings: Sequence[Finding], outline: Outline, age: PlanAge) -> Iterator[Finding]:
    """Yields the findings, those of the primary family with their adjusted p value.

    Args:
        findings: all figures.
        outline: for the plan.
        age: of the plan; a later plan makes its family exploratory.
    """
    family: dict[Hashable, float | None] = {
        number: _p_value(one, outline)
        for number, one in enumerate(findings)
        if _is_in(one, outline)
    }
    adjusted = holm(family)
    role = "exploratory" if age.is_later else "primary"
    for number, one in enumerate(findings):
        if number in family:
            yield replace(one, role=role).with_extra(
                p=family[number],
                p_by=outline.plan.test,
                p_adjusted=adjusted.adjusted[number],
                family=adjusted.size,
            )
        else:
            yield one


def _is_in(finding: Finding, outline: Outline) -> bool:
    if finding.arm not in outline.models:
        return False
    for contrast in outline.plan.primary:
        name, kind = PRIMARY[contrast]
        if finding.name == name and (not kind or finding.set in outline.named(kind)):
            return True
    return False


def _p_value(finding: Finding, outline: Outline) -> float | None:
    column = P_VALUES.get(outline.plan.test)
    if column is None:
        return finding.p_value
    value = finding.extra.get(column)
    return float(value) if isinstance(value, float | int) else None
