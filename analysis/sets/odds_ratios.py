"""The contrast of two sets as an odds ratio, a sensitivity figure beside the contrast of rates."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from analysis.clusters import FloatArray, cluster_sums, unclustered_variance
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate, Variance, estimate_difference
from analysis.sets.stacked_sets import StackedSets, check_set_clusters, stack_sets

METHOD = (
    "log odds ratio of sets, GEE logit with independence working correlation, "
    "bias-reduced variance, t on clusters less 2"
)
SETS = 2


@dataclass(frozen=True)
class OddsRatioContrast:
    """A set contrast on the odds scale."""

    log_odds_ratio: Estimate
    odds_ratio: float
    """Odds on set A over odds on set B."""
    low: float
    """Lower end of the interval of the odds ratio."""
    high: float
    """Upper end of the interval of the odds ratio."""
    working_correlation: str = "independence"


def gee_contrast(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    level: float = 0.95,
) -> OddsRatioContrast:
    """Estimates the odds ratio of the win rates on two sets by a GEE logit.

    The working correlation is independence, so that the odds are those of the item-weighted win
    rates; an exchangeable one would weight items by the size of their cluster. Scores between 0
    and 1 enter as they are (quasi-binomial). Covariance is bias-reduced (Mancl and DeRouen 2001)
    and the quantile that of t with clusters less 2 df: with z it is too narrow below 30 clusters.

    Args:
        scores_a: item scores on set A in [0, 1], shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1], shape (n_b,).
        clusters_b: n_b labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable, a set is all wins or all losses, or the
            clusters show no variance.
        TooFewClusters: there are two clusters or fewer, or a set lies in one.
    """
    stack = stack_sets(scores_a, clusters_a, scores_b, clusters_b)
    check_set_clusters(stack.in_a, stack.clusters)
    df = len(set(stack.clusters)) - SETS
    if df < 1:
        raise TooFewClusters(f"{SETS} clusters leave no degrees of freedom for an odds ratio.")
    rates = _inner_rates(stack)
    residuals = stack.scores - np.where(stack.in_a == 1, *rates)
    estimate = estimate_difference(
        float(logit(rates[0]) - logit(rates[1])),
        Variance(_gee_variance(stack, rates), df, _unclustered(stack, residuals, rates)),
        cluster_sums(residuals, stack.clusters),
        level=level,
        method=METHOD,
    )
    if estimate.low is None or estimate.high is None:
        raise EstimateError("The clusters show no variance: the odds ratio has no interval.")
    ratio, low, high = map(math.exp, (estimate.value, estimate.low, estimate.high))
    return OddsRatioContrast(estimate, ratio, low, high)


def _inner_rates(stack: StackedSets) -> FloatArray:
    """Returns the rates of A and B, both strictly between 0 and 1."""
    chosen = [stack.scores[stack.in_a == member] for member in (1, 0)]
    for name, scores in zip("AB", chosen, strict=True):
        if np.all(scores == 0) or np.all(scores == 1):
            raise EstimateError(
                f"All scores of set {name} are {scores[0]:g}: its odds are not finite. "
                "Use the contrast of rates."
            )
    return np.array([math.fsum(scores) / len(scores) for scores in chosen])


def _gee_variance(stack: StackedSets, rates: FloatArray) -> float:
    # Deferred: statsmodels takes a second to import and only this function needs it.
    from statsmodels.genmod.cov_struct import Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    numbers = {label: number for number, label in enumerate(dict.fromkeys(stack.clusters))}
    model = GEE(
        stack.scores,
        np.column_stack([np.ones(len(stack.scores)), stack.in_a]),
        groups=np.array([numbers[label] for label in stack.clusters]),
        family=Binomial(),
        cov_struct=Independence(),
    )
    start = [logit(rates[1]), logit(rates[0]) - logit(rates[1])]
    fit = model.fit(cov_type="bias_reduced", start_params=start)
    return float(np.asarray(fit.cov_params())[1, 1])


def _unclustered(stack: StackedSets, residuals: FloatArray, rates: FloatArray) -> float:
    """Returns the variance of the log odds ratio were every item its own cluster."""
    parts = []
    for member, rate in zip((1, 0), rates.tolist(), strict=True):
        alone = residuals[stack.in_a == member]
        sums = cluster_sums(alone, range(len(alone)))
        parts.append(unclustered_variance(sums) / (rate * (1 - rate)) ** 2)
    return math.fsum(parts)
