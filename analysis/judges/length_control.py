"""The win rate at equal length, or at equal style: a sensitivity figure, not a correction.

Length can be a mediator, since a better proposal can be longer; so raw and controlled rate
stand side by side and the differences are named before the run.
"""

import math
import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from analysis.clusters import ClusterSums, FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError
from analysis.estimates import Estimate, Variance, estimate_difference, estimate_rate
from analysis.rates import win_rate

METHOD = (
    "sensitivity: fractional logit at equal length, delete-one-cluster jackknife, "
    "cluster-Wilson with t(G - 1)"
)
METHOD_SLOPE = "fractional logit coefficient, delete-one-cluster jackknife, t(G - 1)"
SETTLED = 1e-12
ROUNDS = 50
CELLS = 2_000_000
"""Items times fits that are carried on together, so that many clusters do not fill memory."""
Scale = Literal["tanh", "linear"]


@dataclass(frozen=True)
class LengthControl:
    """A win rate as it is, and as a model says it would be at equal length or style."""

    raw: Estimate
    controlled: Estimate
    """Sensitivity only: a difference may be part of what makes a proposal better."""
    coefficients: Mapping[str, Estimate] = field(hash=False)
    """By difference: log odds of winning for one unit of the scaled difference."""
    units: Mapping[str, float] = field(hash=False)
    """By difference: its standard deviation, the unit that it was divided by."""
    scale: Scale


def length_control(
    scores: npt.ArrayLike,
    clusters: Sequence[Hashable],
    differences: Mapping[str, npt.ArrayLike],
    scale: Scale = "tanh",
    level: float = 0.95,
) -> LengthControl:
    """Estimates the win rate at zero difference in length, and in other named features.

    Fractional logit (Papke and Wooldridge 1996) of the item score on d / sd(d), or on its tanh,
    predicted at 0: the idea of length-controlled AlpacaEval (Dubois et al. 2024, arXiv
    2404.04475). The difference is not centred, so 0 is equal length and not the usual
    difference. The variance is that of a delete-one-cluster jackknife of the predicted rate,
    (G - 1) / G sum_g (p_(g) - mean p_(.))^2, each of the G fits carried to convergence from the
    full one with the units kept; it enters Wilson's formula.

    Args:
        scores: item scores in [0, 1], shape (n,).
        clusters: n labels.
        differences: by name, proposal less human move in any unit, shape (n,).
        scale: `tanh`, which bounds what an extreme difference can do, or `linear`.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, the differences determine each other or the
            score, or the fit does not exist without one of the clusters.
        TooFewClusters: all items lie in one cluster.
    """
    values = check_values(scores, "scores", 0, 1)
    raw = win_rate(values, clusters, level)
    units, columns = _scaled(differences, len(values), scale)
    design = np.column_stack([np.ones(len(values)), *columns.values()])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise EstimateError(f"One of {list(columns)} follows from the others or never varies.")
    fit = _fit(design, values)
    without = _without_each(design, values, clusters, fit)
    residuals = cluster_sums(values - expit(design @ fit), clusters)
    variance = Variance(_jackknife(expit(without[:, 0])), len(without) - 1)
    items = cluster_sums(values, clusters)
    return LengthControl(
        raw=raw,
        controlled=estimate_rate(float(expit(fit[0])), variance, items, level=level, method=METHOD),
        coefficients={
            name: _coefficient(float(fit[at]), without[:, at], residuals, level)
            for at, name in enumerate(columns, start=1)
        },
        units=units,
        scale=scale,
    )


def _scaled(
    differences: Mapping[str, npt.ArrayLike], n: int, scale: Scale
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    if not differences:
        raise EstimateError("differences names nothing to control for.")
    if scale not in ("tanh", "linear"):
        raise EstimateError(f"scale is {scale!r}; give 'tanh' or 'linear'.")
    units: dict[str, float] = {}
    columns: dict[str, FloatArray] = {}
    largest = float(np.finfo(np.float64).max)
    for name, given in differences.items():
        column = check_values(given, f"differences[{name!r}]", -largest, largest)
        if len(column) != n:
            raise EstimateError(f"differences[{name!r}] has {len(column)} entries, not {n}.")
        mean = math.fsum(column) / n
        units[name] = math.sqrt(math.fsum((column - mean) ** 2) / max(n - 1, 1))
        if units[name] == 0:
            raise EstimateError(f"differences[{name!r}] never varies: nothing to control for.")
        scaled = column / units[name]
        columns[name] = np.tanh(scaled) if scale == "tanh" else scaled
    return units, columns


def _fit(design: FloatArray, scores: FloatArray) -> FloatArray:
    if scores.min() == scores.max() and scores[0] in (0.0, 1.0):
        raise EstimateError(f"All scores are {scores[0]:g}: no model of what they depend on.")
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        # Whether the fit exists is decided below, not by the library's warnings.
        warnings.simplefilter("ignore")
        model = GLM(scores, design, family=Binomial())
        start = np.asarray(model.fit(tol=SETTLED).params, dtype=np.float64)
    settled: FloatArray = _newton(design, scores, np.ones((1, len(scores)), dtype=bool), start)[0]
    if np.isnan(settled).any():
        raise EstimateError("The differences separate wins from losses: no finite fit exists.")
    return settled


def _without_each(
    design: FloatArray, scores: FloatArray, clusters: Sequence[Hashable], start: FloatArray
) -> FloatArray:
    """Returns the coefficients without each cluster, shape (G, p)."""
    labels = list(dict.fromkeys(clusters))
    numbers = {label: number for number, label in enumerate(labels)}
    codes = np.array([numbers[label] for label in clusters], dtype=np.intp)
    together = max(1, CELLS // len(scores))
    parts = np.split(np.arange(len(labels)), range(together, len(labels), together))
    fits = np.vstack(
        [_newton(design, scores, codes != part[:, np.newaxis], start) for part in parts]
    )
    lost = np.flatnonzero(np.isnan(fits[:, 0]))
    if lost.size:
        raise EstimateError(f"Without cluster {labels[lost[0]]!r} no finite fit exists.")
    return fits


def _newton(
    design: FloatArray, scores: FloatArray, kept: npt.NDArray[np.bool_], start: FloatArray
) -> FloatArray:
    """Returns maximum likelihood coefficients, NaN where Newton's steps do not settle.

    Args:
        design: shape (n, p).
        scores: shape (n,).
        kept: which items enter each of B fits, shape (B, n).
        start: where all of them start, shape (p,).
    """
    p = design.shape[1]
    products = (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), p * p)
    beta = np.tile(start, (len(kept), 1))
    settled = lost = np.zeros(len(kept), dtype=bool)
    for _ in range(ROUNDS):
        rate = expit(beta @ design.T)
        hessian = ((kept * rate * (1 - rate)) @ products).reshape(-1, p, p)
        lost = lost | ~(np.linalg.cond(hessian) < 1 / SETTLED)
        hessian[lost] = np.eye(p)
        score = (kept * (scores - rate)) @ design
        step = np.linalg.solve(hessian, score[:, :, np.newaxis])[:, :, 0]
        step[lost] = 0
        beta = beta + step
        settled = np.abs(step).max(axis=1) < SETTLED * (1 + np.abs(beta).max(axis=1))
        if settled.all():
            break
    beta[lost | ~settled] = math.nan
    return beta


def _jackknife(values: FloatArray) -> float:
    mean = math.fsum(values) / len(values)
    return (len(values) - 1) / len(values) * math.fsum((values - mean) ** 2)


def _coefficient(
    value: float, without: FloatArray, residuals: ClusterSums, level: float
) -> Estimate:
    # An unclustered variance of 0 says that it is not known, so that no design effect is given.
    variance = Variance(_jackknife(without), len(without) - 1, unclustered=0)
    return estimate_difference(value, variance, residuals, level=level, method=METHOD_SLOPE)
