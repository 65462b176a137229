"""The frozen result that every estimator returns, with what a reader needs to doubt it.

It holds numbers only; how they are worded or drawn is decided in the report. The two functions
turn a variance into a result: one for rates, which end at 0 and 1, one for differences.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analysis.clusters import (
    ClusterSums,
    anova_icc,
    reliability_warnings,
    unclustered_variance,
)
from analysis.intervals import (
    EVEN,
    NO_VARIANCE,
    check_level,
    t_quantile,
    two_sided_p,
    wilson_interval,
    wilson_p,
)

EQUAL_MEANS = "all clusters have the same mean: effective n set to the number of clusters"
NO_SPREAD = "no interval: the clusters show no variance"


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


@dataclass(frozen=True)
class Variance:
    """The variance of a figure and how well it is known."""

    value: float
    """Such as the CR2 variance."""
    df: float
    """Its degrees of freedom."""
    unclustered: float | None = None
    """What it would be if every item were its own cluster; None: that of the mean of the items."""


def estimate_rate(
    rate: float, variance: Variance, items: ClusterSums, *, level: float, method: str
) -> Estimate:
    """Returns a rate with its cluster-Wilson interval and the test of one half.

    Wilson's formula at the effective n = p (1 - p) / variance with a t quantile; where the
    variance is no more than rounding, effective n is the number of clusters.

    Args:
        rate: in [0, 1].
        variance: of the rate.
        items: the scores by cluster, for what the result says of its clusters.
        level: nominal coverage, in (0, 1).
        method: how the variance was made, in words.

    Raises:
        EstimateError: the level is unusable.
    """
    check_level(level)
    binary = rate * (1 - rate)
    flat = variance.value <= NO_VARIANCE * binary / items.n
    effective_n = float(items.clusters if flat else binary / variance.value)
    low, high = wilson_interval(rate, effective_n, t_quantile(level, variance.df))
    return Estimate(
        value=rate,
        low=low,
        high=high,
        level=level,
        method=method,
        n=items.n,
        clusters=items.clusters,
        largest_share=items.largest_share,
        icc=anova_icc(items),
        design_effect=None if flat else _design_effect(variance, items),
        effective_n=effective_n,
        df=variance.df,
        p_value=wilson_p(rate, effective_n, variance.df),
        null=EVEN,
        warnings=(
            *reliability_warnings(items.clusters, variance.df),
            *((EQUAL_MEANS,) if flat else ()),
        ),
    )


def estimate_difference(
    value: float, variance: Variance, items: ClusterSums, *, level: float, method: str
) -> Estimate:
    """Returns a difference, or another figure on an open scale, with its t interval.

    Where the variance is no more than rounding there is no interval. The p value is of 0.

    Args:
        value: the estimate; scores live on a scale of length one.
        variance: of the estimate.
        items: the values, or their deviations, by cluster.
        level: nominal coverage, in (0, 1).
        method: how the variance was made, in words.

    Raises:
        EstimateError: the level is unusable.
    """
    check_level(level)
    # Rounding is judged against the scale: the spread of the items may itself be rounding.
    flat = variance.value <= NO_VARIANCE / items.n
    effect = None if flat else _design_effect(variance, items)
    error = math.sqrt(max(variance.value, 0.0))
    half = t_quantile(level, variance.df) * error
    return Estimate(
        value=value,
        low=None if flat else value - half,
        high=None if flat else value + half,
        level=level,
        method=method,
        n=items.n,
        clusters=items.clusters,
        largest_share=items.largest_share,
        icc=anova_icc(items),
        design_effect=effect,
        effective_n=None if effect is None else items.n / effect,
        df=variance.df,
        p_value=None if flat else two_sided_p(value / error, variance.df),
        null=0.0,
        warnings=(
            *reliability_warnings(items.clusters, variance.df),
            *((NO_SPREAD,) if flat else ()),
        ),
    )


def _design_effect(variance: Variance, items: ClusterSums) -> float | None:
    alone = unclustered_variance(items) if variance.unclustered is None else variance.unclustered
    return variance.value / alone if alone > 0 else None
