"""The win rate of items that were drawn with known, unequal probabilities.

It weighs each item by one over its chance of being drawn and does not look for those chances.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import (
    FEWEST_CLUSTERS,
    FloatArray,
    check_values,
    cluster_sums,
)
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate, Variance, estimate_rate

METHOD = (
    "Hajek mean, cluster-Wilson: Wilson interval with weighted CR2 effective n, Satterthwaite t"
)

ROUNDING = 1e-13
"""Weights of a cluster that differ by less, relative to their sum, are equal."""


@dataclass(frozen=True)
class WeightedRate:
    """A win rate of the population that the items were drawn from."""

    estimate: Estimate
    """The weighted rate; its n, clusters, largest share and ICC count items, not weights."""
    kish_n: float
    """(sum w)^2 / sum w^2: equally weighted items that would be worth as much."""
    largest_weight_share: float
    """Share of all weight that the heaviest cluster holds."""
    linearised_error: float
    """Standard error by survey linearisation (CR1), to set beside what survey packages print."""


@dataclass(frozen=True, eq=False)
class _Parts:
    """Each cluster's part in the weighted CR2 variance and in its df, all of shape (G,)."""

    terms: FloatArray
    """a_g' e_g: its adjusted share of the error of the mean."""
    residuals: FloatArray
    """w_g' e_g: its unadjusted share."""
    weight: FloatArray
    """1' w_g."""
    squares: FloatArray
    """a_g' a_g."""
    total: FloatArray
    """1' a_g."""
    along: FloatArray
    """w_g' a_g."""


def weighted_rate(
    scores: npt.ArrayLike,
    clusters: Sequence[Hashable],
    weights: npt.ArrayLike,
    level: float = 0.95,
) -> WeightedRate:
    """Estimates a win rate from items with known sampling fractions.

    The Hajek mean sum(w x) / sum(w) with w = 1 / pi (Hajek 1971). Its CR2 variance adjusts each
    cluster's residuals by (B_g)^(-1/2), B_g = (I - H)_g (I - H)_g', with H = 1 w' / sum(w):
    weights are sampling weights, the working model is independent items of equal variance
    (Pustejovsky and Tipton 2018; clubSandwich on `lm(score ~ 1, weights = w)`). The interval is
    Wilson's with effective n = p (1 - p) / variance and Satterthwaite t. Equal weights give
    `win_rate`; only the proportions of the weights matter.

    Args:
        scores: item scores in [0, 1], shape (n,).
        clusters: n labels.
        weights: one over the probability that the item was drawn, positive, shape (n,).
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores, labels or weights are unusable. A weight of zero is refused: no
            item that was drawn has one, so leave the item out and count it as an exclusion.
        TooFewClusters: all items lie in one cluster.
    """
    values = check_values(scores, "scores", 0, 1)
    shares = _shares(weights, len(values))
    items = cluster_sums(values, clusters)
    if items.clusters < FEWEST_CLUSTERS:
        raise TooFewClusters(f"All {items.n} items lie in one cluster: no interval can be given.")
    rate = math.fsum(shares * values)
    parts = _parts(shares, values - rate, clusters)
    alone = math.fsum((shares * (values - rate)) ** 2) * items.n / (items.n - 1)
    variance = Variance(math.fsum(parts.terms**2), _df(parts, shares), alone)
    linearised = math.fsum(parts.residuals**2) * items.clusters / (items.clusters - 1)
    return WeightedRate(
        estimate=estimate_rate(rate, variance, items, level=level, method=METHOD),
        kish_n=1 / math.fsum(shares**2),
        largest_weight_share=float(parts.weight.max()),
        linearised_error=math.sqrt(linearised),
    )


def _shares(weights: npt.ArrayLike, n: int) -> FloatArray:
    """Returns the weights as shares of their sum."""
    array = check_values(weights, "weights", 0, math.inf)
    if len(array) != n:
        raise EstimateError(f"{n} scores but {len(array)} weights; give each item its weight.")
    unusable = np.flatnonzero((array == 0) | np.isinf(array))
    if unusable.size:
        at = unusable[0]
        raise EstimateError(
            f"weights[{at}] is {array[at]:g}, not one over a probability; "
            "leave that item out and count it."
        )
    scaled = array / array.max()
    shares: FloatArray = scaled / math.fsum(scaled)
    return shares


def _parts(shares: FloatArray, residuals: FloatArray, clusters: Sequence[Hashable]) -> _Parts:
    """Returns the clusters' parts; a_g = B_g^(-1/2) w_g lies in the plane of 1 and w_g.

    On the rest of its items B_g is the identity, so the root is that of a 2 x 2 matrix. Its
    axes are 1 / sqrt(N_g) and the weights' deviations from their mean, scaled to length 1.
    """
    codes = {label: code for code, label in enumerate(dict.fromkeys(clusters))}
    rows = np.array([codes[label] for label in clusters], dtype=np.intp)
    root_n = np.sqrt(np.bincount(rows))
    weight: FloatArray = np.bincount(rows, shares).astype(np.float64)
    bent = shares - (weight / root_n**2)[rows]
    length = np.sqrt(np.bincount(rows, bent**2))
    # Equal weights differ from their mean by rounding only and span no second direction.
    bends = length > ROUNDING * weight
    scale = np.where(bends, length, 1.0)
    along = np.column_stack([weight / root_n, np.where(bends, length, 0.0)])
    across = np.column_stack([root_n, np.zeros_like(root_n)])
    adjusted = _inverse_root(along, across, math.fsum(shares**2))
    errors = np.column_stack(
        [
            np.bincount(rows, residuals) / root_n,
            np.where(bends, np.bincount(rows, bent * residuals) / scale, 0.0),
        ]
    )
    return _Parts(
        terms=np.sum(adjusted * errors, axis=1),
        residuals=np.bincount(rows, shares * residuals).astype(np.float64),
        weight=weight,
        squares=np.sum(adjusted**2, axis=1),
        total=adjusted[:, 0] * root_n,
        along=np.sum(adjusted * along, axis=1),
    )


def _inverse_root(along: FloatArray, across: FloatArray, squares: float) -> FloatArray:
    """Returns B_g^(-1/2) w_g, B_g = I - 1 w_g' - w_g 1' + 1 1' sum(w^2), shape (G, 2)."""
    crossed = across[:, :, None] * along[:, None, :]
    ones = across[:, :, None] * across[:, None, :]
    plane = np.eye(2) - crossed - crossed.transpose(0, 2, 1) + squares * ones
    roots, vectors = np.linalg.eigh(plane)
    turned = np.einsum("gji,gj->gi", vectors, along) / np.sqrt(roots)
    found: FloatArray = np.einsum("gij,gj->gi", vectors, turned)
    return found


def _df(parts: _Parts, shares: FloatArray) -> float:
    """Returns tr(M)^2 / ||M||^2 with M = diag(a'a) - q s' - s q' + s s' sum(w^2), never formed.

    s_g = 1' a_g and q_g = w_g' a_g, for weights that sum to one.
    """
    sides = np.column_stack([parts.along, parts.total])
    core = np.array([[0.0, -1.0], [-1.0, math.fsum(shares**2)]])
    inner = core @ (sides.T @ sides)
    low_rank = np.einsum("gi,ij,gj->g", sides, core, sides)
    trace = math.fsum(parts.squares + low_rank)
    squares = math.fsum(parts.squares**2) + 2 * math.fsum(parts.squares * low_rank)
    return trace**2 / (squares + float(np.trace(inner @ inner)))
