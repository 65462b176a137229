"""What labels by people buy when they correct the judge: the width for each number of them.

The expected width of the two-phase correction from a correlation of judge and people; it corrects
nothing itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, satterthwaite_df
from analysis.errors import EstimateError
from analysis.intervals import EVEN, t_quantile, wilson_interval
from analysis.power.assumptions import Aim
from analysis.power.detectable import AIM, Planned
from analysis.power.sizes import as_sums, size_excess

FEWEST_LABELS = 3
NUMBERS = (20, 30, 40, 60, 80, 120, 200)


@dataclass(frozen=True)
class Labelled:
    """The interval to be expected from so many labels."""

    labels: int
    clusters: float
    """Clusters with a labelled item, on average over which items are drawn."""
    df: float
    """Satterthwaite degrees of freedom of a mean over the labelled items, which both rates have."""
    error: float
    """Standard error of the corrected rate."""
    half_width: float
    """Of the corrected rate at one half, as `two_phase_rate` gives it on average."""
    half_width_alone: float
    """Of the rate among the labelled items, the judge left aside, as `win_rate` gives it."""


def label_widths(
    planned: Planned, correlation: float, labels: Sequence[int] | None = None, aim: Aim = AIM
) -> tuple[Labelled, ...]:
    """Returns the half-width of the corrected win rate for each number of labelled items.

    With theta = mean(Y_L) + lambda (mean(f) - mean(f_L)), lambda = cov(Y, f) / var(f), and m of
    n items labelled at random, the asymptotic variance is
    V = sd^2 [rho^2 deff_n / n + (1 - rho^2) deff_m / (m - 2)]: the fitted part comes from all
    items, the residual from the labelled ones (Neyman 1938; Angelopoulos, Duchi and Zrnic 2023,
    arXiv:2311.01453). deff_n = 1 + (sum N_g^2 / n - 1) ICC, and a random subset keeps the share
    (m - 1) / (n - 1) of an item's companions: deff_m = 1 + (m - 1) / (n - 1) (deff_n - 1). Fitted
    part and residual are taken to have the same ICC.

    The interval is the one that is reported: Wilson's formula, here at a rate of one half, with
    the Satterthwaite df of the labelled items: those of all items' shares, at most G_L - 1 with
    the expected number G_L of clusters with a label. The variance is what the report's estimate
    of it comes to on average: its root is short by that of chi^2_df / df, and the cluster sums
    of the corrected rate, which are not bias-reduced, by (1 - sum w_g^2) G / (G - 1). Where one
    cluster holds half of the items, reported intervals are on average up to a fifth narrower
    still (simulated).

    Args:
        planned: the items, with the spread of people's verdicts.
        correlation: rho in [-1, 1], of judge and people over items.
        labels: m, each from 3 to n; None: some round numbers and n.
        aim: the level.

    Raises:
        EstimateError: something is unusable.
    """
    aim.check()
    planned.check("people's verdicts")
    check_correlation(correlation)
    items = planned.items
    if labels is None:
        labels = [*(m for m in NUMBERS if m < items), items]
    for index, m in enumerate(labels):
        if not FEWEST_LABELS <= m <= items:
            raise EstimateError(f"labels[{index}] is {m}; give {FEWEST_LABELS} to {items} items.")
    return tuple(_labelled(planned, correlation, m, aim) for m in labels)


def check_correlation(correlation: float) -> None:
    """Refuses what is no correlation.

    Raises:
        EstimateError: it is not in [-1, 1].
    """
    if not -1 <= correlation <= 1:
        raise EstimateError(f"correlation of judge and people is {correlation!r}, not in [-1, 1].")


def _labelled(planned: Planned, correlation: float, m: int, aim: Aim) -> Labelled:
    n, sizes, spread = planned.items, planned.sizes, planned.spread
    companions = size_excess(sizes)
    drawn = (m - 1) / (n - 1) * companions
    explained = correlation**2
    fitted = explained * (1 + companions * spread.icc) / n
    alone = 1 + drawn * spread.icc
    residual = (1 - explained) * alone / (m - 2)
    clusters = expected_clusters(sizes, m)
    df = min(max(clusters, FEWEST_CLUSTERS) - 1, satterthwaite_df([as_sums(sizes)]))
    count = int(np.count_nonzero(sizes))
    shown = fitted * (1 - (1 + companions) / n) + residual * (1 - (1 + drawn) / m)
    return Labelled(
        labels=m,
        clusters=clusters,
        df=df,
        error=spread.sd * math.sqrt(fitted + residual),
        half_width=_half_width(spread.sd**2 * shown * count / (count - 1), df, aim.level),
        half_width_alone=_half_width(spread.sd**2 * alone / m, df, aim.level),
    )


def _half_width(variance: float, df: float, level: float) -> float:
    """Returns half of the Wilson interval of one half, from an estimate of this variance."""
    root = math.sqrt(2 / df) * math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2))
    effective_n = EVEN * (1 - EVEN) / (variance * root**2)
    low, high = wilson_interval(EVEN, effective_n, t_quantile(level, df))
    return (high - low) / 2


def expected_clusters(sizes: FloatArray, drawn: int) -> float:
    """Returns in how many clusters so many items lie that are drawn without replacement.

    sum_g 1 - C(n - N_g, m) / C(n, m).
    """
    n = math.fsum(sizes)
    outside = n - sizes
    possible = outside >= drawn
    left = np.where(possible, outside - drawn, 0.0)
    logs = gammaln(outside + 1) - gammaln(left + 1) - gammaln(n + 1) + gammaln(n - drawn + 1)
    missed = np.where(possible, np.exp(np.minimum(logs, 0.0)), 0.0)
    return math.fsum(1 - missed)
