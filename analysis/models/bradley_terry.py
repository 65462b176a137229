"""Bradley-Terry abilities, for studies in which models met each other and not only the human.

Where every model meets only the human, an ability is the logit of its win rate and adds nothing.
An ability that the comparisons do not bound is infinite or unknown here, never a huge number.
"""

import math
import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, reliability_warnings
from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import NO_VARIANCE, check_level, t_quantile
from analysis.models.comparison_graph import (
    Comparisons,
    IntArray,
    Meetings,
    beaten_by,
    beyond,
    check_comparisons,
    circles,
    with_ties,
)

HUMAN = "human"
METHOD = "Bradley-Terry by binomial regression, CR1 variance, t with clusters less one"
UNBOUNDED = "an ability is not bounded by the comparisons"
_CONVERGED = 1e-12
_UNBOUNDED_BY = 1e-6


@dataclass(frozen=True)
class LogOdds:
    """One coefficient of the model, on the scale of log odds of a win."""

    value: float | None
    """Infinite where all comparisons point one way; None where none tells."""
    error: float | None = None
    """Standard error with clusters; None without a finite value or where they show no variance."""
    low: float | None = None
    """Lower end of the interval; None when `error` is."""
    high: float | None = None
    """Upper end of the interval; None when `error` is."""
    independent_error: float | None = None
    """What the standard error would be if all comparisons were independent."""

    @property
    def rate(self) -> float | None:
        """The chance to win that the value stands for: over the anchor, for an ability."""
        return None if self.value is None else float(expit(self.value))


@dataclass(frozen=True)
class BradleyTerry:
    """Abilities relative to the anchor's, which is 0, and what they rest on."""

    anchor: Hashable
    """The arm that has ability 0."""
    abilities: Mapping[Hashable, LogOdds] = field(hash=False)
    """By arm, the anchor left out."""
    shown_first: LogOdds | None
    """What being shown first adds; None if it was not estimated."""
    level: float
    """Nominal coverage of the intervals."""
    n: int
    """Comparisons."""
    clusters: int
    """Clusters of the comparisons that bound a coefficient."""
    added_ties: int
    """Ties added to each pair of arms that met, half a win for either."""
    warnings: tuple[str, ...]
    """What the reader must be told beside the figures."""
    method: str = METHOD
    """How the abilities were made, in words for the report."""


@dataclass(frozen=True)
class _Regression:
    """The comparisons that bound a coefficient, as rows of a binomial regression."""

    met: Meetings
    design: FloatArray
    """+1 for A, -1 for B, and the position where it is estimated, shape (n, coefficients)."""
    arms: IntArray
    """The arm of each ability column."""

    @property
    def clusters(self) -> int:
        """Clusters with a comparison."""
        return len(np.unique(self.met.clusters[self.met.is_evidence]))


def bradley_terry(
    comparisons: Comparisons, anchor: Hashable = HUMAN, added_ties: int = 0, level: float = 0.95
) -> BradleyTerry:
    """Estimates abilities from comparisons among arms (Bradley and Terry 1952).

    logit P(A beats B) = ability_A - ability_B + position * shown_first, the anchor's column
    dropped; ties are half a win for either. Variance: the clustered sandwich times G/(G-1) (CR1),
    with t(G-1). Abilities are finite only among arms that all beat each other, if by a chain of
    others (Ford 1957): an arm that only wins against the anchor's circle is at +infinity, one
    that only loses at -infinity, and comparisons across that divide bound no other coefficient.

    Args:
        comparisons: of at least two arms.
        anchor: the arm of ability 0.
        added_ties: to each pair that met, half a win for either, which makes all abilities finite
            and draws them together; state it beside the figures. They add no variance.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: the comparisons are unusable, fall into groups of arms that never met, or
            do not bound the position effect.
        TooFewClusters: all comparisons lie in one cluster.
    """
    check_level(level)
    met = with_ties(check_comparisons(comparisons), added_ties)
    if anchor not in met.arms:
        raise EstimateError(f"The anchor {anchor!r} met no arm; name one of {list(met.arms)!r}.")
    wins, at = beaten_by(met), met.arms.index(anchor)
    circle = circles(wins)
    rows = _regression(met, circle, at)
    columns = _fit(rows, level) if rows.design.size else []
    fitted = dict(zip(rows.arms.tolist(), columns, strict=False))
    others = {arm: number for number, arm in enumerate(met.arms) if number != at}
    abilities = {
        arm: fitted[number] if circle[number] == circle[at] else LogOdds(beyond(wins, number, at))
        for arm, number in others.items()
    }
    return BradleyTerry(
        anchor=anchor,
        abilities=abilities,
        shown_first=columns[-1] if len(columns) > len(rows.arms) else None,
        level=level,
        n=int(np.count_nonzero(met.is_evidence)),
        clusters=rows.clusters,
        added_ties=added_ties,
        warnings=_warnings(abilities, rows.clusters),
    )


def _regression(met: Meetings, circle: IntArray, anchor: int) -> _Regression:
    """Keeps the comparisons inside circles; each circle has one arm without a column.

    Raises:
        EstimateError: the comparisons do not bound the position effect.
    """
    inside = met.some(circle[met.a] == circle[met.b])
    # Of the anchor's circle that is the anchor, of any other its first arm.
    order = np.append(anchor, np.delete(np.arange(len(circle)), anchor))
    without = order[np.unique(circle[order], return_index=True)[1]]
    arms = np.setdiff1d(np.arange(len(circle)), without)
    design = (inside.a[:, None] == arms) * 1.0 - (inside.b[:, None] == arms)
    if inside.shown_first is not None and len(inside.scores):
        design = np.column_stack([design, inside.shown_first])
        _check_position(design, inside.scores)
    return _Regression(inside, design, arms)


def _check_position(design: FloatArray, scores: FloatArray) -> None:
    """Refuses comparisons that the position decides, or tells no other than ability does.

    Inside circles abilities alone are bounded, so a direction in which the likelihood never falls
    and somewhere rises (Albert and Anderson 1984) moves the position effect.
    """
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise EstimateError(
            "shown_first cannot be told from ability: no arm changes places. Leave it out."
        )
    split = (scores > 0) & (scores < 1)
    toward = np.unique(design[~split] * (2 * scores[~split, None] - 1), axis=0)
    level = np.unique(design[split], axis=0)
    width = design.shape[1]
    found = linprog(
        -toward.sum(axis=0),
        A_ub=np.vstack([-toward, np.zeros((1, width))]),
        b_ub=np.zeros(len(toward) + 1),
        A_eq=np.vstack([level, np.zeros((1, width))]),
        b_eq=np.zeros(len(level) + 1),
        bounds=(-1, 1),
    )
    if found.fun is None or found.fun < -_UNBOUNDED_BY:
        raise EstimateError(
            "The position effect is not bounded: who is shown first decides too many "
            "comparisons. Leave shown_first out."
        )


def _fit(rows: _Regression, level: float) -> list[LogOdds]:
    """Returns one coefficient per column of the design."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    if rows.clusters < FEWEST_CLUSTERS:
        raise TooFewClusters("All comparisons lie in one cluster: no interval can be given.")
    with warnings.catch_warnings():
        # Comparisons that are fitted exactly, such as all ties, are taken for separation there.
        warnings.simplefilter("ignore")
        fit = GLM(rows.met.scores, rows.design, family=Binomial()).fit(
            tol=_CONVERGED, tol_criterion="params"
        )
    if not fit.converged:
        raise EstimateError("The Bradley-Terry regression did not converge; add ties and say so.")
    bread = np.asarray(fit.normalized_cov_params)
    evidence = rows.met.is_evidence
    residuals = (rows.met.scores - np.asarray(fit.fittedvalues))[evidence, None]
    terms = np.zeros((rows.met.clusters.max() + 1, rows.design.shape[1]))
    np.add.at(terms, rows.met.clusters[evidence], rows.design[evidence] * residuals)
    adjusted = rows.clusters / (rows.clusters - 1)
    variances = adjusted * ((terms @ bread) ** 2).sum(axis=0)
    return [
        _log_odds(float(value), float(variance), float(alone), (level, rows.clusters - 1))
        for value, variance, alone in zip(fit.params, variances, np.diag(bread), strict=True)
    ]


def _log_odds(value: float, variance: float, alone: float, quantile: tuple[float, int]) -> LogOdds:
    if variance <= NO_VARIANCE * alone:
        return LogOdds(value, independent_error=math.sqrt(alone))
    error = math.sqrt(variance)
    half = t_quantile(*quantile) * error
    return LogOdds(value, error, value - half, value + half, math.sqrt(alone))


def _warnings(abilities: Mapping[Hashable, LogOdds], clusters: int) -> tuple[str, ...]:
    unbounded = [
        str(arm)
        for arm, found in abilities.items()
        if found.value is None or math.isinf(found.value)
    ]
    return (
        *reliability_warnings(clusters, clusters - 1),
        *((f"{UNBOUNDED}: {', '.join(unbounded)}",) if unbounded else ()),
    )
