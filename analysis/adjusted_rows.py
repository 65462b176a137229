"""The rows of a design with what CR2 makes of them, cluster by cluster.

Small matrices only: nothing of the size of rows by rows is formed. It knows no response.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

DEPENDENT = 1e-8
"""A column of which no more than this share is left by the columns before it adds nothing."""
SINGULAR = 1e-12
"""Below this the variance of a cluster's residuals in some direction is rounding."""


@dataclass(frozen=True, eq=False)
class AdjustedRows:
    """The design as the CR2 formulas need it, rows with weight sorted by cluster.

    U = X R⁻¹ with R of the QR decomposition of the weighted design, so that U'WU = I. A_g is the
    adjustment of cluster g: the inverse square root of the variance of its residuals.
    """

    basis: FloatArray
    """U, shape (n, p)."""
    weighted: FloatArray
    """W U, shape (n, p)."""
    adjusted: FloatArray
    """A W U, shape (n, p)."""
    root: FloatArray
    """R, shape (p, p)."""
    spread: FloatArray
    """U'W²U, (p, p): the covariance of R times the coefficients under unit variance."""
    alone: FloatArray
    """What A would be if every row were its own cluster, shape (n,)."""
    starts: npt.NDArray[np.intp]
    """First row of each cluster, shape (G,)."""

    def moments(self, turned: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Returns mean and variance of each entry of a CR2 covariance under unit variance.

        The entry of contrasts s and t is a quadratic form with P_st = diag(d_st) + Z_s J Z_t',
        rows and columns being clusters and Z_s = [WU, U]'A W U a_s; so its sums over pairs of
        clusters are traces of small matrices.

        Args:
            turned: a_s, one column for each contrast, shape (p, q).

        Returns:
            Two arrays of shape (q, q); the variance of entry (s, t) is tr(P_ss P_tt + P_st P_ts).
        """
        eye = np.eye(len(self.root))
        j = np.block([[0 * eye, -eye], [-eye, self.spread]])
        along = (self.adjusted @ turned).T
        z = np.stack(
            [np.hstack([self._sums(self.weighted, a), self._sums(self.basis, a)]) for a in along]
        )
        d = np.stack([np.add.reduceat(along * a, self.starts, axis=1) for a in along])
        r = np.einsum("sga,tga->stg", z @ j, z, optimize=True)
        crossed = j @ np.einsum("sga,tgb->stab", z, z, optimize=True)
        own = np.arange(len(along))
        d_own, r_own = d[own, own], r[own, own]
        apart = d_own @ (d_own + r_own).T + r_own @ d_own.T
        apart += np.einsum("stab,tsba->st", crossed, crossed)
        mixed = np.sum(d * (d + 2 * r), axis=2) + np.einsum("tsab,tsba->st", crossed, crossed)
        return np.sum(d + r, axis=2), apart + mixed

    def unclustered(self, turned: FloatArray, residuals: FloatArray) -> float:
        """Returns the variance of a contrast, shape (p,), were every row its own cluster (HC2)."""
        return float(np.sum((self.weighted @ turned * residuals * self.alone) ** 2))

    def _sums(self, columns: FloatArray, factor: FloatArray) -> FloatArray:
        sums: FloatArray = np.add.reduceat(columns * factor[:, np.newaxis], self.starts)
        return sums


def adjust_rows(
    x: FloatArray, weight_root: FloatArray, starts: npt.NDArray[np.intp]
) -> AdjustedRows:
    """Returns the adjusted rows of a design.

    Args:
        x: the design, shape (n, p), rows sorted by cluster.
        weight_root: square roots of the weights, shape (n, 1), all positive.
        starts: first row of each cluster, shape (G,).

    Raises:
        EstimateError: a column is determined by the columns before it.
    """
    q, root = np.linalg.qr(x * weight_root)
    dependent = first_dependent(root)
    if dependent is not None:
        raise EstimateError(
            f"design[:, {dependent}] is a combination of the columns before it; leave it out."
        )
    basis, weighted = q / weight_root, q * weight_root
    spread = weighted.T @ weighted
    own = 1 - 2 * np.sum(basis * weighted, axis=1) + np.sum(basis @ spread * basis, axis=1)
    return AdjustedRows(
        basis=basis,
        weighted=weighted,
        adjusted=_adjusted(basis, weighted, spread, starts),
        root=root,
        spread=spread,
        alone=_inverse_root(own),
        starts=starts,
    )


def first_dependent(root: FloatArray) -> int | None:
    """Returns the first column that the columns before it determine, from R of a QR."""
    rows, columns = root.shape
    left = np.abs(np.diag(root)) <= DEPENDENT * np.linalg.norm(root, axis=0)[:rows]
    if np.any(left):
        return int(np.argmax(left))
    return rows if rows < columns else None


def _adjusted(
    basis: FloatArray, weighted: FloatArray, spread: FloatArray, starts: npt.NDArray[np.intp]
) -> FloatArray:
    """Returns A W U; clusters of one size are adjusted together."""
    adjusted = np.empty_like(weighted)
    sizes = np.diff(starts, append=len(weighted))
    for size in np.unique(sizes):
        rows = starts[sizes == size][:, np.newaxis] + np.arange(size)
        adjusted[rows] = _adjust(basis[rows], weighted[rows], spread)
    return adjusted


def _adjust(basis: FloatArray, weighted: FloatArray, spread: FloatArray) -> FloatArray:
    """Returns A_g W_g U_g of clusters of one size, all of shape (clusters, size, p).

    The variance of the residuals, I - U_g U_g'W_g - W_g U_g U_g' + U_g U'W²U U_g', differs from I
    only in the span of U_g and W_g U_g, so a large cluster is adjusted within that span.
    """
    # Equal weights make U and W U span the same, so half the columns do.
    same = np.array_equal(basis, weighted)
    columns = basis if same else np.concatenate([basis, weighted], axis=2)
    if columns.shape[1] > columns.shape[2]:
        span = np.linalg.qr(columns)[0]
    else:
        span = np.broadcast_to(np.eye(columns.shape[1]), (len(columns), *[columns.shape[1]] * 2))
    left, right = (span.mT @ part for part in (basis, weighted))
    crossed = left @ right.mT
    core = np.eye(span.shape[2]) - crossed - crossed.mT + left @ spread @ left.mT
    values, vectors = np.linalg.eigh(core)
    adjusted: FloatArray = span @ (
        vectors @ (_inverse_root(values)[:, :, np.newaxis] * (vectors.mT @ right))
    )
    return adjusted


def _inverse_root(values: FloatArray) -> FloatArray:
    """Returns 1 / sqrt, and 0 where there is nothing but rounding."""
    seen = values > SINGULAR
    roots: FloatArray = np.where(seen, 1 / np.sqrt(np.where(seen, values, 1)), 0)
    return roots
