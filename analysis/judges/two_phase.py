"""The win rate corrected for the judge's errors by people's verdicts on a random part of the items.

The judge scores every item, people score some of them, drawn at random or with known
probabilities. It corrects what the judge gets wrong, not what people share with the judge, such
as hindsight. Nothing here knows what a judge or a label is made of.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.clusters import (
    FEWEST_CLUSTERS,
    FEWEST_RELIABLE_CLUSTERS,
    FloatArray,
    cluster_sums,
)
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import EQUAL_MEANS, Estimate, Variance, estimate_rate
from analysis.intervals import NO_VARIANCE
from analysis.judges.judge_classes import JudgeClass, judge_classes
from analysis.judges.labelled_sample import LabelledSample, labelled_sample
from analysis.population.weighted_rates import weighted_rate
from analysis.rates import win_rate

METHOD_REGRESSION = (
    "two-phase regression (PPI++), cluster influence function, cluster-Wilson with Satterthwaite t"
)
METHOD_CLASSES = (
    "post-stratified by judge verdict, cluster influence function, cluster-Wilson with "
    "Satterthwaite t"
)
FEWEST_LABELS = 40
SAME_SCORE = "the judge gave every labelled item the same score: people's labels stand alone"
ONE_CLASS = "one judge class only: people's labels stand alone"
CLIPPED = "the corrected rate lay outside [0, 1] and was set to its end"
FLAT = "no variance to see: effective n set to the number of labelled clusters"


@dataclass(frozen=True)
class CorrectedRate:
    """A win rate in terms of people's verdicts, beside what it is made from."""

    estimate: Estimate
    """The corrected rate; its n and clusters are those of all items, its ICC and design effect
    those of the influence values, its df those of `people`."""
    people: Estimate
    """The rate from the labelled items alone, for comparison: always to be shown."""
    judge: Estimate
    """The uncorrected rate of the judge on all items."""
    labelled: int
    """Items with a label, m."""
    labelled_clusters: int
    """Clusters that these lie in."""
    slope: float | None
    """Lambda of PPI++: how far the judge's score is trusted; None when post-stratified."""
    classes: tuple[JudgeClass, ...] = ()
    """Judge classes after merging; empty for the regression."""

    @property
    def width_saved(self) -> float:
        """Share by which the interval is narrower than that of `people`; negative when wider."""
        return 1 - _width(self.estimate) / _width(self.people)


def two_phase_rate(
    judge_scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    clusters: Sequence[Hashable],
    probabilities: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> CorrectedRate:
    """Estimates the win rate that people would give, by regression on the judge (PPI++).

    With judge scores f on all n items and people's scores Y on the m in L,
    theta = Ybar_L + lambda (fbar - fbar_L), lambda = cov_L(Y, f) / var_L(f). Influence values
    IF_i = lambda (f_i - fbar) + 1{i in L} n w_i sqrt(m / (m - 2)) (Y_i - Ybar_L - lambda (f_i -
    fbar_L)); variance G / (G - 1) sum_g (sum_{i in g} IF_i)^2 / n^2; Wilson's formula with
    effective n = theta (1 - theta) / variance and a t quantile at the Satterthwaite degrees of
    freedom of a mean over the labelled items: with few sessions of uneven size, one less than
    the number of labelled sessions covers .91 where this covers .95 (simulated, 8 sessions).
    Weights w_i are 1 / m, or proportional to 1 / pi_i (Hajek) in every labelled mean,
    covariance and influence value.

    Sources: Angelopoulos, Duchi and Zrnic 2023 (PPI++, arXiv 2311.01453), with the labelled items
    a part of all items; the regression estimator of two-phase samples, Särndal, Swensson and
    Wretman 1992, ch. 9.

    Args:
        judge_scores: item scores of the judge in [0, 1], shape (n,).
        labels: people's scores of the same items in [0, 1], NaN where there is none, shape (n,).
        clusters: n labels.
        probabilities: chance of each item to be labelled, in (0, 1], shape (n,); read at
            labelled items only. None: simple random.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or fewer than 4 items are labelled.
        TooFewClusters: the labelled items lie in one cluster.
    """
    sample = labelled_sample(judge_scores, labels, clusters, probabilities, level)
    f, y, m = sample.judge, sample.people, sample.m
    mean_f, mean_f_labelled, mean_y = math.fsum(f) / len(f), sample.mean(f), sample.mean(y)
    spread = sample.mean((f - mean_f_labelled) ** 2)
    flat = spread <= NO_VARIANCE
    slope = 0.0 if flat else sample.mean((f - mean_f_labelled) * (y - mean_y)) / spread
    residuals = y - mean_y - slope * (f - mean_f_labelled)
    influence = slope * (f - mean_f) + sample.inflation * math.sqrt(m / (m - 2)) * residuals
    rate = mean_y + slope * (mean_f - mean_f_labelled)
    notes = (SAME_SCORE,) if flat else ()
    people = _people(sample, probabilities)
    estimate = _estimate(sample, rate, influence, people.df, METHOD_REGRESSION)
    return _result(sample, people, _with(estimate, notes), slope, ())


def post_stratified_rate(
    judge_scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    clusters: Sequence[Hashable],
    probabilities: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> CorrectedRate:
    """Estimates the win rate that people would give, by what they say of each judge verdict.

    theta = sum_k (N_k / n) Ybar_k over judge classes loss (f < 1/2), tie and win; a class with
    fewer than 5 labels is merged with a neighbour. IF_i = Ybar_k(i) - theta + 1{i in L} (N_k w_i /
    W_k) sqrt(m / (m - K)) (Y_i - Ybar_k), where W_k is the sum of the weights in class k of K;
    variance and interval as in `two_phase_rate`. For a judge with two verdicts both
    estimates are the same number.

    Sources: Chen et al. 2026 (arXiv 2601.05420); Särndal, Swensson and Wretman 1992, ch. 9.

    Args:
        judge_scores: item scores of the judge in [0, 1], shape (n,).
        labels: people's scores in [0, 1], NaN where there is none, shape (n,).
        clusters: n labels.
        probabilities: chance of each item to be labelled, in (0, 1], shape (n,).
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or fewer than 4 items are labelled.
        TooFewClusters: the labelled items lie in one cluster.
    """
    sample = labelled_sample(judge_scores, labels, clusters, probabilities, level)
    classes, codes = judge_classes(sample.judge, sample.people, sample.weights)
    means = np.array([each.rate for each in classes])
    shares = np.array([each.items / len(codes) for each in classes])
    weights = np.array([math.fsum(sample.weights[codes == k]) for k in range(len(classes))])
    rate = math.fsum(shares * means)
    m = sample.m
    worth = sample.inflation * (shares / weights)[codes] * math.sqrt(m / (m - len(classes)))
    influence = means[codes] - rate + worth * (sample.people - means[codes])
    merged = tuple(
        f"judge classes merged for want of labels: {each.name}" for each in classes if each.merged
    )
    notes = (*merged, *((ONE_CLASS,) if len(classes) == 1 else ()))
    people = _people(sample, probabilities)
    estimate = _estimate(sample, rate, influence, people.df, METHOD_CLASSES)
    return _result(sample, people, _with(estimate, notes), None, classes)


def _estimate(
    sample: LabelledSample, rate: float, influence: FloatArray, df: float, method: str
) -> Estimate:
    bounded = min(1.0, max(0.0, rate))
    items = cluster_sums(rate + influence, sample.clusters)
    labels = cluster_sums(sample.people[sample.labelled], sample.labelled_clusters)
    squares = math.fsum((items.sums - items.sizes * items.mean) ** 2)
    variance = items.clusters / (items.clusters - 1) * squares / items.n**2
    flat = variance <= NO_VARIANCE / items.n or bounded in (0.0, 1.0)
    estimate = estimate_rate(
        bounded,
        Variance(0.0 if flat else variance, df),
        labels if flat else items,
        level=sample.level,
        method=method,
    )
    return replace(
        estimate,
        n=items.n,
        clusters=items.clusters,
        largest_share=items.largest_share,
        warnings=(
            *(FLAT if warning == EQUAL_MEANS else warning for warning in estimate.warnings),
            *((CLIPPED,) if bounded != rate else ()),
            *_label_warnings(labels.n, labels.clusters),
        ),
    )


def _with(estimate: Estimate, notes: tuple[str, ...]) -> Estimate:
    return replace(estimate, warnings=(*estimate.warnings, *notes))


def _people(sample: LabelledSample, probabilities: npt.ArrayLike | None) -> Estimate:
    """Returns the rate by people's labels alone; its df are those of the corrected rate."""
    scores, groups = sample.people[sample.labelled], sample.labelled_clusters
    if len(set(groups)) < FEWEST_CLUSTERS:
        raise TooFewClusters(
            f"All {len(groups)} labelled items lie in one cluster: no interval can be given. "
            "Label items from another cluster."
        )
    if probabilities is None:
        return win_rate(scores, groups, sample.level)
    weights = sample.weights[sample.labelled]
    return weighted_rate(scores, groups, weights, sample.level).estimate


def _label_warnings(labelled: int, clusters: int) -> tuple[str, ...]:
    few = f"{labelled} labels: fewer than {FEWEST_LABELS}"
    narrow = f"labels in {clusters} clusters: fewer than {FEWEST_RELIABLE_CLUSTERS}"
    return (
        *((few,) if labelled < FEWEST_LABELS else ()),
        *((narrow,) if clusters < FEWEST_RELIABLE_CLUSTERS else ()),
    )


def _result(
    sample: LabelledSample,
    people: Estimate,
    estimate: Estimate,
    slope: float | None,
    classes: tuple[JudgeClass, ...],
) -> CorrectedRate:
    groups = sample.labelled_clusters
    return CorrectedRate(
        estimate=estimate,
        people=people,
        judge=win_rate(sample.judge, sample.clusters, sample.level),
        labelled=len(groups),
        labelled_clusters=len(set(groups)),
        slope=slope,
        classes=classes,
    )


def _width(estimate: Estimate) -> float:
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        raise EstimateError(f"{estimate.method!r} has no interval, so no width to compare.")
    return high - low
