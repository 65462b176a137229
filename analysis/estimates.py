"""The frozen result that every estimator returns, with what a reader needs to doubt it.

It holds numbers only; how they are worded or drawn is decided in the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Estimate:
    """A figure, its interval, its test against a named null, and what they rest on."""

    value: float
    """The item-weighted point estimate."""
    low: float | None
    """Lower end of the interval; None when the data show no variance to build one from."""
    high: float | None
    """Upper end of the interval; None exactly when `low` is."""
    level: float
    """Nominal coverage of the interval, for instance .95."""
    method: str
    """How interval and test were made, in words for the report."""
    n: int
    """Items that entered."""
    clusters: int
    """Clusters that these items lie in."""
    largest_share: float
    """Share of the items in the largest cluster."""
    icc: float | None
    """ANOVA intra-class correlation; may be negative; None when it is undefined."""
    design_effect: float | None
    """Variance of the figure over what unclustered items of the same spread would give."""
    effective_n: float | None
    """Independent items that would give the same variance: of a yes/no answer for a win rate,
    so it may exceed `n` when there are ties; of the same spread for a difference."""
    df: float
    """Satterthwaite degrees of freedom: the honest number of clusters, less one."""
    p_value: float | None
    """Two-sided p value of `null`, coherent with the interval; None when `low` is."""
    null: float
    """The value that `p_value` tests."""
    warnings: tuple[str, ...] = ()
    """What the reader must be told beside the figure."""
    exclusions: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Items that did not enter, counted by reason."""

    def with_exclusions(self, exclusions: Mapping[str, int]) -> "Estimate":
        """Returns this estimate with the items that were left out, counted by reason."""
        return replace(self, exclusions=dict(sorted(exclusions.items())))
