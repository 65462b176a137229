"""The win rate with its cluster-Wilson interval, and the strict shares behind it.

A rate is the item-weighted mean of item scores. One half is its arithmetic middle and no more:
on items chosen for a bad human move a redraw from the same human beats one half.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy.typing as npt

from analysis.clusters import check_values, cluster_sums, cr2_variance, satterthwaite_df
from analysis.estimates import Estimate, Variance, estimate_rate

METHOD = "cluster-Wilson: Wilson interval with CR2 effective n and Satterthwaite t"


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
    sums = cluster_sums(check_values(scores, "scores", 0, 1), clusters)
    variance = Variance(cr2_variance(sums), satterthwaite_df([sums]))
    return estimate_rate(sums.mean, variance, sums, level=level, method=METHOD)


def verdict_shares(won: npt.ArrayLike, tied: npt.ArrayLike, lost: npt.ArrayLike) -> VerdictShares:
    """Averages the shares of wins, ties and losses over items.

    Args:
        won: share of each item's verdicts that are wins, in [0, 1], shape (n,).
        tied: likewise of ties.
        lost: likewise of losses.

    Raises:
        EstimateError: there is no item, or a share is missing or outside [0, 1].
    """
    parts = [
        check_values(values, name, 0, 1)
        for name, values in (("won", won), ("tied", tied), ("lost", lost))
    ]
    means = [math.fsum(values) / len(values) for values in parts]
    return VerdictShares(won=means[0], tied=means[1], lost=means[2], n=len(parts[0]))
