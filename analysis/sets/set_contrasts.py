"""Set contrasts beside the raw one: within sessions, and weighted to the same covariates.

Each answers one doubt about the raw contrast. A cluster that both sets share stays one cluster
throughout, so the covariance of the sets is kept.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.regression import ClusteredFit, cr2_fit
from analysis.sets.balancing import BalancedSets, balance_sets
from analysis.sets.stacked_sets import check_set_clusters, stack_sets

METHOD_WITHIN = "difference of sets within clusters (fixed effects), CR2 variance, Satterthwaite t"
METHOD_WEIGHTED = "difference of sets with overlap weights, CR2 variance, Satterthwaite t"
ONE_SET_ONLY = "its cluster has items of one set only"


@dataclass(frozen=True)
class WithinContrast:
    """A set contrast from the clusters that hold both sets."""

    estimate: Estimate
    """Its exclusions count the items of clusters with one set only."""
    n_a: int
    """Items of set A that entered."""
    n_b: int
    """Items of set B that entered."""
    clusters_left_out: int
    """Clusters that hold items of one set only."""


@dataclass(frozen=True, eq=False)
class WeightedContrast:
    """A set contrast after weighting the sets to the same covariate means."""

    estimate: Estimate
    balance: BalancedSets
    """The weights, effective sample sizes and what is left of the differences."""


def within_session_contrast(
    scores_a: npt.ArrayLike,
    clusters_a: Sequence[Hashable],
    scores_b: npt.ArrayLike,
    clusters_b: Sequence[Hashable],
    level: float = 0.95,
) -> WithinContrast:
    """Estimates how much set A is above set B within the same clusters.

    Least squares of the score on the set with a fixed effect for each cluster, that is, the mean
    of the clusters' own contrasts weighted by n_a n_b / (n_a + n_b). Scores and set are centred
    by cluster first, which leaves CR2 and df as with the effects written out (Pustejovsky and
    Tipton 2018, theorem 2). Clusters with one set only say nothing and are counted.

    Args:
        scores_a: item scores on set A in [0, 1], shape (n_a,).
        clusters_a: n_a labels.
        scores_b: item scores on set B in [0, 1], shape (n_b,).
        clusters_b: n_b labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable, or no cluster holds both sets.
        TooFewClusters: one cluster only holds both sets.
    """
    stack = stack_sets(scores_a, clusters_a, scores_b, clusters_b)
    shared = set(clusters_a) & set(clusters_b)
    if not shared:
        raise EstimateError("No cluster holds items of both sets: there is no contrast within one.")
    kept = np.array([label in shared for label in stack.clusters])
    held = [label for label in stack.clusters if label in shared]
    in_a = stack.in_a[kept]
    fit = cr2_fit(_centred(in_a, held)[:, np.newaxis], _centred(stack.scores[kept], held), held)
    left_out = int(np.count_nonzero(~kept))
    return WithinContrast(
        estimate=_within(fit, level).with_exclusions({ONE_SET_ONLY: left_out} if left_out else {}),
        n_a=int(np.sum(in_a)),
        n_b=int(np.sum(1 - in_a)),
        clusters_left_out=len(set(stack.clusters) - shared),
    )


def weighted_contrast(
    scores: npt.ArrayLike,
    in_a: Sequence[bool],
    covariates: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> WeightedContrast:
    """Estimates how much set A is above set B among items with the same covariate means.

    Weighted least squares of the score on the set with overlap weights (`balance_sets`), CR2 and
    Satterthwaite df. It is the contrast for items that might lie in either set. The interval
    takes the weights as given.

    Args:
        scores: item scores in [0, 1], shape (n,).
        in_a: whether the item is in set A, n booleans.
        covariates: named before the run, shape (n, k).
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or the covariates separate the sets.
        TooFewClusters: all items of a set lie in one cluster.
    """
    values = check_values(scores, "scores", 0, 1)
    cluster_sums(values, clusters)
    if len(in_a) != len(values):
        raise EstimateError(f"{len(values)} scores but {len(in_a)} entries of in_a.")
    balance = balance_sets(in_a, covariates)
    member = np.asarray(in_a, dtype=np.float64)
    check_set_clusters(member, clusters)
    fit = cr2_fit(np.column_stack([member, 1 - member]), values, clusters, balance.weights)
    return WeightedContrast(fit.contrast([1.0, -1.0], level, METHOD_WEIGHTED), balance)


def _centred(values: FloatArray, clusters: Sequence[Hashable]) -> FloatArray:
    """Returns the deviations from the cluster means."""
    numbers = {label: number for number, label in enumerate(dict.fromkeys(clusters))}
    codes = [numbers[label] for label in clusters]
    means = np.bincount(codes, weights=values) / np.bincount(codes)
    centred: FloatArray = values - means[codes]
    return centred


def _within(fit: ClusteredFit, level: float) -> Estimate:
    """Returns the contrast with what fixed effects leave to say of its clusters.

    Residuals around the clusters' own means have no intra-class correlation to speak of, and
    unclustered items would have lost one degree of freedom for each cluster.
    """
    # The centred scores may be nothing but rounding: judged against scores, not themselves.
    estimate = replace(fit, scale=1.0).contrast([1.0], level, METHOD_WITHIN)
    freedom = fit.items.n - fit.items.clusters - 1
    squares = float(np.sum(fit.residuals**2)) / float(fit.rows.root[0, 0] ** 2)
    known = freedom > 0 and squares > 0 and estimate.low is not None
    effect = float(fit.covariance[0, 0]) * freedom / squares if known else None
    effective_n = fit.items.n / effect if effect else None
    return replace(estimate, icc=None, design_effect=effect, effective_n=effective_n)
