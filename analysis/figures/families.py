"""The primary family: what the plan named before the run, adjusted together, and what that says.

A plan that is younger than the first verdict could have been chosen by what the verdicts say; its
family is then exploratory, in these words. The measured defects of the judging are a family of
their own.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from analysis.figures.corrections import SELF_PREFERENCE
from analysis.figures.escalation import ON_HARD_TRIALS
from analysis.figures.findings import HALF, LABEL_SWAP, LOADING_ACCURACY, TAKEN, Finding
from analysis.figures.outline import STOCK, Outline
from analysis.multiplicity import holm

PAIRS = "model minus model"
PRIMARY = {
    "minus_stock": ("nulls", "minus stock"),
    "minus_half": ("nulls", "minus half"),
    "between_sets": ("sets", "set contrast"),
    "between_models": ("models", PAIRS),
}
"""Contrast of the plan -> section and name of its findings."""
AGAINST = {"minus_stock": STOCK, "minus_half": HALF}
NOTHING_TO_TEST = "not estimated: the table has no scores for it"
ROLES = {"before": "primary", "later": "exploratory", "unknown": "secondary"}
"""State of the plan -> role of its family."""
DEFECTS = ("position effect", LABEL_SWAP, TAKEN.format("digest"), LOADING_ACCURACY, SELF_PREFERENCE)
"""Names of the findings that measure a defect of the judging; those over all sets and arms."""
ADJUSTED_DEFECT = "p_adjusted_blinding"
P_VALUES = {"sign_flip": "sign_flip_p", "wild_bootstrap": "wild_p"}


@dataclass(frozen=True)
class PlanAge:
    """When the plan was fixed, against when there was something to see."""

    fixed: datetime | None
    """The first run with this plan; None where nobody knows."""
    first_verdict: datetime | None

    @property
    def state(self) -> str:
        """Whether it was fixed `before` or `later` than the first verdict, or `unknown`."""
        if self.fixed is None:
            return "unknown"
        late = self.first_verdict is not None and self.fixed > self.first_verdict
        return "later" if late else "before"

    @property
    def sentence(self) -> str:
        """What a reader must know of it."""
        if self.fixed is None:
            return (
                "It is not known when the analysis plan was fixed: its family cannot be told from "
                "what was chosen afterwards, so nothing here is called primary."
            )
        when = f"{self.fixed:%Y-%m-%d %H:%M} UTC"
        if self.state == "later":
            return (
                f"The analysis plan was fixed on {when}, after the first verdict "
                f"({self.first_verdict:%Y-%m-%d %H:%M} UTC): its primary family counts as "
                "exploratory."
            )
        return f"The analysis plan was fixed on {when}, before the first verdict that is used here."


def assign_roles(findings: Sequence[Finding], outline: Outline, age: PlanAge) -> Iterator[Finding]:
    """Yields the findings, those of the primary family with their adjusted p value.

    What the plan names and the table does not give is yielded as well, and counts in the
    adjustment: a test that was planned is not forgotten because it could not be made.

    Args:
        findings: all figures.
        outline: for the plan.
        age: of the plan: only one that was fixed before the first verdict makes figures primary.
    """
    planned = {_key(one): one for one in _planned(outline)}
    found = {_key(one): one for one in findings if _key(one) in planned}
    family: dict[Hashable, float | None] = {
        key: _p_value(found.get(key, one), outline) for key, one in planned.items()
    }
    adjusted = holm({key: 1.0 if p is None else p for key, p in family.items()})
    for one in (*findings, *(one for key, one in planned.items() if key not in found)):
        key = _key(one)
        if key not in planned:
            yield one
            continue
        p = family[key]
        yield replace(one, role=ROLES[age.state]).with_extra(
            p=p,
            p_by=outline.plan.test,
            p_adjusted=None if p is None else adjusted.adjusted[key],
            family=len(planned),
        )


def adjust_defects(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yields the findings, the measured defects of the judging with an adjusted p value.

    Each judge's position effect, what labels are worth to it, what a digest and a restatement give
    away, and self-preference, each over all sets, adjusted together (Holm). One that cannot be
    tested stays out of the family and says why.

    Args:
        findings: all figures.
    """
    found = {number: _p_of_defect(one) for number, one in enumerate(findings) if _is_defect(one)}
    family = {number: p for number, p in found.items() if p is not None}
    adjusted = holm(family)
    for number, one in enumerate(findings):
        if number not in family:
            yield one
            continue
        p = {"p": family[number], ADJUSTED_DEFECT: adjusted.adjusted[number]}
        yield one.with_extra(**p, family=adjusted.size)


def _p_of_defect(finding: Finding) -> float | None:
    """Its own p value; that of a sign flip where the defect is the same everywhere."""
    exact = finding.extra.get("sign_flip_p")
    return finding.p_value if finding.p_value is not None or not isinstance(exact, float) else exact


def _is_defect(finding: Finding) -> bool:
    whole = not finding.set and (not finding.arm or finding.name == TAKEN.format("digest"))
    return finding.name in DEFECTS and whole and ON_HARD_TRIALS not in finding.note.split("; ")


def _key(finding: Finding) -> tuple[str, str, str, str]:
    against = finding.against if finding.name == PAIRS else ""
    return finding.name, finding.set, finding.arm, against


def _planned(outline: Outline) -> Iterator[Finding]:
    """Yields every member of the family that the plan names, without a figure."""
    for contrast in outline.plan.primary:
        section, name = PRIMARY[contrast]
        bare = Finding(section, name).told(NOTHING_TO_TEST)
        sets = outline.named("suboptimal")
        if contrast == "between_sets":
            sets = tuple(f"{a} − {b}" for a in sets for b in outline.named("strong"))
        for set_name in sets:
            if contrast == "between_models":
                for a, b in combinations(outline.models, 2):
                    yield replace(bare, set=set_name, arm=a, against=b)
            else:
                for model in outline.models:
                    yield replace(bare, set=set_name, arm=model, against=AGAINST.get(contrast, ""))


def _p_value(finding: Finding, outline: Outline) -> float | None:
    column = P_VALUES.get(outline.plan.test)
    if column is None:
        return finding.p_value
    value = finding.extra.get(column)
    return float(value) if isinstance(value, float | int) else None
