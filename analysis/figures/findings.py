"""One result as reports and tables carry it: what of, where, in which role, and the figure.

The one place where an estimator's refusal becomes a sentence beside a missing figure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate

Extra = float | int | str | bool | None

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "rates": "Win rates",
        "checks": "Expected values",
        "nulls": "Against the null",
        "sets": "Between the sets",
        "models": "Model against model",
        "base_rates": "Over all decisions",
        "trend": "Over release dates",
        "views": "What the judge was shown",
        "judges": "The judges",
        "blinding": "How blind the judging was",
        "attacks": "Attacks",
        "labels": "The labels",
        "sensitivity": "With other choices",
    }
)
"""Section -> its heading, in the order of a report."""

ONE_CLUSTER = "no interval: all items lie in one session"
CLUSTERS_UNKNOWN = "clusters unknown"
ORDERS_UNKNOWN = "not known: the table does not say which move came first"
HALF = "½"
"""What a rate is held against when it is held against the human's recorded move."""

LABEL_SWAP = "label swap"
LOADING_ACCURACY = "detour or strong move, from the restated human move alone"
TAKEN = "which move was taken, view {}"
"""Names of the findings that measure how blind the judging was; the last by view."""
OWN_FAMILY = "of the judge's own family"
"""Of a model whose family the judge shares."""


@dataclass(frozen=True)
class Finding:
    """One figure, or in words why there is none."""

    section: str
    """A key of `SECTIONS`."""
    name: str
    """What is estimated, such as "win rate" or "minus stock"."""
    set: str = ""
    """Name of the set; two for a contrast, joined by " − "."""
    arm: str = ""
    against: str = ""
    """The arm or set that is subtracted, or what else the figure is held against."""
    value: float | None = None
    estimate: Estimate | None = None
    note: str = ""
    """Why figure or interval are missing, or what must be read with it."""
    role: str = "exploratory"
    """primary, secondary, exploratory or descriptive."""
    extra: Mapping[str, Extra] = field(default_factory=dict, hash=False)
    """Further numbers, by what they are called."""

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""
        return self.estimate.low if self.estimate else None

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""
        return self.estimate.high if self.estimate else None

    @property
    def p_value(self) -> float | None:
        """The p value of the estimate's null."""
        return self.estimate.p_value if self.estimate else None

    def with_extra(self, **more: Extra) -> "Finding":
        """Returns the finding with further numbers."""
        return replace(self, extra={**self.extra, **more})

    def told(self, *notes: str) -> "Finding":
        """Returns the finding with further notes."""
        parts = [part for part in (self.note, *notes) if part]
        return replace(self, note="; ".join(dict.fromkeys(parts)))


def attempt(
    finding: Finding, estimate: Callable[[], Estimate], value: float | None = None
) -> Finding:
    """Fills in the figure; where an estimator refuses, the number stands with the reason.

    Args:
        finding: what of, where, in which role.
        estimate: the estimator, ready to run.
        value: the plain number where no interval can be had.
    """
    try:
        found = estimate()
    except TooFewClusters:
        return replace(finding, value=value).told(ONE_CLUSTER)
    except EstimateError as error:
        return replace(finding, value=value).told(f"no interval: {error}")
    return replace(finding, value=found.value, estimate=found).told(*found.warnings)
