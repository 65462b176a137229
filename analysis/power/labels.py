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
from analysis.intervals import t_quantile
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
    """clusters - 1, which the corrected rate has."""
    half_width: float
    """Of the corrected rate."""
    half_width_alone: float
    """Of the rate among the labelled items, the judge left aside; Satterthwaite df."""


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
    part and residual are taken to have the same ICC. The quantile is t at G_L - 1 with the
    expected number G_L of clusters with a label.

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
    if not -1 <= correlation <= 1:
        raise EstimateError(f"correlation of judge and people is {correlation!r}, not in [-1, 1].")
    items = planned.items
    if labels is None:
        labels = [*(m for m in NUMBERS if m < items), items]
    for index, m in enumerate(labels):
        if not FEWEST_LABELS <= m <= items:
            raise EstimateError(f"labels[{index}] is {m}; give {FEWEST_LABELS} to {items} items.")
    return tuple(_labelled(planned, correlation, m, aim) for m in labels)


def _labelled(planned: Planned, correlation: float, m: int, aim: Aim) -> Labelled:
    n, sizes, spread = planned.items, planned.sizes, planned.spread
    together = size_excess(sizes) * spread.icc
    fitted = (1 + together) / n
    residual = 1 + (m - 1) / (n - 1) * together
    explained = correlation**2
    corrected = explained * fitted + (1 - explained) * residual / (m - 2)
    clusters = expected_clusters(sizes, m)
    df = max(clusters, FEWEST_CLUSTERS) - 1
    df_alone = min(df, satterthwaite_df([as_sums(sizes)]))  # a random part keeps the shares
    return Labelled(
        labels=m,
        clusters=clusters,
        df=df,
        half_width=t_quantile(aim.level, df) * spread.sd * math.sqrt(corrected),
        half_width_alone=t_quantile(aim.level, df_alone) * spread.sd * math.sqrt(residual / m),
    )


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
