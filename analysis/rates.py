"""The win rate with its cluster-Wilson interval, and the strict shares behind it.

A rate is the item-weighted mean of item scores. One half is its arithmetic middle and no more:
on items chosen for a bad human move a redraw from the same human beats one half.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy.typing as npt
from scipy.stats import t as student_t

from analysis.clusters import (
    ClusterSums,
    anova_icc,
    check_values,
    cluster_sums,
    cr2_variance,
    reliability_warnings,
    satterthwaite_df,
    unclustered_variance,
)
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.scores import ItemScore

EVEN = 0.5
NO_VARIANCE = 1e-12
"""Below this share of the binomial variance, what is left of the CR2 variance is rounding."""

METHOD = "cluster-Wilson: Wilson interval with CR2 effective n and Satterthwaite t"
EQUAL_MEANS = "all clusters have the same mean: effective n set to the number of clusters"


@dataclass(frozen=True)
class VerdictShares:
    """Shares of wins, ties and losses, averaged over the items as the win rate is."""

    won: float
    tied: float
    lost: float
    n: int
    """Items that entered."""

    @property
    def rate(self) -> float:
        """The win rate of the same items, in which a tie counts one half."""
        return self.won + self.tied / 2


def win_rate(scores: npt.ArrayLike, clusters: Sequence[Hashable], level: float = 0.95) -> Estimate:
    """Estimates a win rate with its cluster-Wilson interval.

    The Wilson formula with effective n = p (1 - p) / CR2 variance and a t quantile at
    Satterthwaite df in place of z. Effective n is not capped at n: with ties the scores vary
    less than yes/no answers do. Where all clusters have the same mean, the variance shows
    nothing and effective n is the number of clusters. The p value is of one half and is below
    1 - level exactly when the interval leaves one half out.

    Args:
        scores: item scores in [0, 1], shape (n,).
        clusters: n labels: session, researcher or project.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable.
        TooFewClusters: all items lie in one cluster.
    """
    check_level(level)
    sums = cluster_sums(check_values(scores, "scores", 0, 1), clusters)
    variance = cr2_variance(sums)
    df = satterthwaite_df([sums])
    flat = variance <= NO_VARIANCE * _binary_variance(sums) / sums.n
    effective_n = sums.clusters if flat else _binary_variance(sums) / variance
    low, high = wilson_interval(sums.mean, effective_n, float(student_t.isf((1 - level) / 2, df)))
    distance = abs(sums.mean - EVEN) / math.sqrt(EVEN**2 / effective_n)
    return Estimate(
        value=sums.mean,
        low=low,
        high=high,
        level=level,
        method=METHOD,
        n=sums.n,
        clusters=sums.clusters,
        largest_share=sums.largest_share,
        icc=anova_icc(sums),
        design_effect=None if flat else variance / unclustered_variance(sums),
        effective_n=float(effective_n),
        df=df,
        p_value=float(2 * student_t.sf(distance, df)),
        null=EVEN,
        warnings=reliability_warnings(sums.clusters, df) + ((EQUAL_MEANS,) if flat else ()),
    )


def wilson_interval(rate: float, n: float, quantile: float) -> tuple[float, float]:
    """Returns the Wilson score interval of a rate.

    Args:
        rate: in [0, 1].
        n: number of independent yes/no answers, any positive number.
        quantile: standard errors to either side, of a normal or a t distribution.
    """
    shrink = 1 + quantile**2 / n
    centre = (rate + quantile**2 / (2 * n)) / shrink
    half = quantile / shrink * math.sqrt(rate * (1 - rate) / n + quantile**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def verdict_shares(items: Sequence[ItemScore]) -> VerdictShares:
    """Averages the shares of wins, ties and losses over items.

    Raises:
        EstimateError: there is no item.
    """
    if not items:
        raise EstimateError("There is no item with both orders judged: no shares to average.")
    return VerdictShares(
        won=math.fsum(item.won for item in items) / len(items),
        tied=math.fsum(item.tied for item in items) / len(items),
        lost=math.fsum(item.lost for item in items) / len(items),
        n=len(items),
    )


def check_level(level: float) -> None:
    """Refuses a level that is not strictly between 0 and 1.

    Raises:
        EstimateError: it is not.
    """
    if not 0 < level < 1:
        raise EstimateError(f"level is {level!r}; give a share such as 0.95.")


def _binary_variance(sums: ClusterSums) -> float:
    return sums.mean * (1 - sums.mean)
