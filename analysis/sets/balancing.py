"""Weights that give two sets the same covariate means, and how well they do.

Overlap weights: each item counts as much as its covariates leave open in which set it lies. It
knows nothing of scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from analysis.adjusted_rows import DEPENDENT
from analysis.clusters import FloatArray
from analysis.errors import EstimateError

SEPARATED = 1e-6
"""Above this mean distance from a dividing plane, in standard deviations, sets are separated."""
MOST_STEPS = 100
DIMENSIONS = 2


@dataclass(frozen=True, eq=False)
class BalancedSets:
    """Weights of the items of two sets, and what they leave of the differences."""

    weights: FloatArray
    """One for each item, in (0, 1), shape (n,)."""
    effective_n_a: float
    """Kish's effective sample size of set A: equally weighted items that would tell as much."""
    effective_n_b: float
    """The same for set B."""
    differences_before: tuple[float | None, ...]
    """Standardised mean difference of each covariate, unweighted; None where it has no unit."""
    differences_after: tuple[float | None, ...]
    """The same with weights, in the same unit: 0 up to rounding."""


def balance_sets(in_a: Sequence[bool], covariates: npt.ArrayLike) -> BalancedSets:
    """Weights two sets to the same means of all covariates.

    Overlap weights 1 - e for set A and e for set B, with e the chance of A from a logistic
    regression on the covariates; at its maximum likelihood estimate the weighted means are
    exactly equal (Li, Morgan and Zaslavsky 2018, theorem 3). A covariate that is constant or a
    combination of others is balanced with them and takes no part in the regression.

    Args:
        in_a: whether the item is in set A, n booleans.
        covariates: shape (n, k); categories as one column of 0 and 1 for each.

    Raises:
        EstimateError: an argument is unusable, a set is empty, or the covariates separate the
            sets, so that they do not overlap.
    """
    member = np.asarray(in_a, dtype=bool)
    x = _checked_covariates(covariates, len(member))
    if member.ndim != 1 or not 0 < np.count_nonzero(member) < len(member):
        raise EstimateError("in_a puts all items in one set; both sets need items.")
    weights = _overlap_weights(member, x)
    return BalancedSets(
        weights=weights,
        effective_n_a=kish_effective_n(weights[member]),
        effective_n_b=kish_effective_n(weights[~member]),
        differences_before=_differences(x, member, np.ones(len(x))),
        differences_after=_differences(x, member, weights),
    )


def kish_effective_n(weights: FloatArray) -> float:
    """Returns (sum of weights)² / sum of their squares (Kish 1965).

    Args:
        weights: not negative, not all zero, shape (n,).
    """
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def standardised_difference(gap: float, a: FloatArray, b: FloatArray) -> float | None:
    """Returns a difference of means over the pooled deviation sqrt((s_a² + s_b²) / 2).

    For a column of 0 and 1, s² is p (1 - p) (Austin 2009). None where there is no such unit: a
    set has one item only, or neither set varies while the means differ.

    Args:
        gap: mean of A less mean of B, weighted or not.
        a: the covariate in set A, shape (n_a,).
        b: the covariate in set B, shape (n_b,).
    """
    rounding = DEPENDENT * max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    binary = bool(np.all(np.isin(a, (0, 1))) and np.all(np.isin(b, (0, 1))))
    if not binary and min(len(a), len(b)) == 1:
        return None
    lost = 0 if binary else 1
    unit = float(np.sqrt((np.var(a, ddof=lost) + np.var(b, ddof=lost)) / 2))
    if unit > rounding:
        return gap / unit
    return 0.0 if abs(gap) <= rounding else None


def _checked_covariates(covariates: npt.ArrayLike, n: int) -> FloatArray:
    x = np.asarray(covariates, dtype=np.float64)
    if x.ndim != DIMENSIONS or len(x) != n:
        raise EstimateError(f"covariates has shape {x.shape}; {n} items need ({n}, k).")
    unusable = np.argwhere(~np.isfinite(x))
    if unusable.size:
        row, column = unusable[0]
        raise EstimateError(f"covariates[{row}, {column}] is {x[row, column]}; exclude the item.")
    return x


def _overlap_weights(member: npt.NDArray[np.bool_], x: FloatArray) -> FloatArray:
    # Deferred: statsmodels takes a second to import and only this function needs it.
    from statsmodels.discrete.discrete_model import Logit

    design = _independent_columns(x)
    _refuse_separation(member, design)
    model = Logit(member.astype(np.float64), design)
    fit = model.fit(method="newton", maxiter=MOST_STEPS, tol=1e-12, disp=0, warn_convergence=False)
    chance = np.asarray(fit.predict(), dtype=np.float64)
    if not fit.mle_retvals["converged"]:
        raise EstimateError(
            "The regression of the set on the covariates does not converge: the sets hardly "
            "overlap. Leave out covariates or items that only one set has."
        )
    weights: FloatArray = np.where(member, 1 - chance, chance)
    return weights


def _independent_columns(x: FloatArray) -> FloatArray:
    """Returns an intercept and the standardised columns that those before do not determine."""
    spread = np.std(x, axis=0)
    varying = spread > DEPENDENT * np.max(np.abs(x), axis=0, initial=0)
    kept = [np.ones(len(x))]
    for column in ((x - np.mean(x, axis=0))[:, varying] / spread[varying]).T:
        basis = np.linalg.qr(np.column_stack(kept))[0]
        left = column - basis @ (basis.T @ column)
        if np.linalg.norm(left) > DEPENDENT * np.linalg.norm(column):
            kept.append(column)
    return np.column_stack(kept)


def _refuse_separation(member: npt.NDArray[np.bool_], design: FloatArray) -> None:
    """Refuses sets that a plane divides, items on the plane aside (Konis 2007).

    The plane that keeps every item on its set's side, at the largest total distance, is a linear
    programme; the distance is 0 exactly when the logistic estimate exists.
    """
    signed = np.where(member, 1.0, -1.0)[:, np.newaxis] * design
    plane = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if plane.x is None:
        raise EstimateError(f"Whether the covariates separate the sets is open: {plane.message}.")
    distances = signed @ plane.x
    if float(np.mean(distances)) > SEPARATED:
        first = int(np.argmax(distances > SEPARATED))
        raise EstimateError(
            f"No overlap: the covariates alone tell the set of {np.sum(distances > SEPARATED)} "
            f"items, the first being item {first}. Leave out such covariates or items."
        )


def _differences(
    x: FloatArray, member: npt.NDArray[np.bool_], weights: FloatArray
) -> tuple[float | None, ...]:
    found: list[float | None] = []
    for column in x.T:
        a, b = column[member], column[~member]
        gap = float(np.average(a, weights=weights[member]))
        gap -= float(np.average(b, weights=weights[~member]))
        found.append(standardised_difference(gap, a, b))
    return tuple(found)
