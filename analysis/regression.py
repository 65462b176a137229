"""Least squares with clusters: CR2 covariance and Satterthwaite df of any contrast.

For any design matrix; a mean and a contrast of two sets have closed forms elsewhere. It knows
nothing of scores, sets or arms, and never forms a matrix of rows by rows.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.adjusted_rows import AdjustedRows, adjust_rows
from analysis.clusters import FEWEST_CLUSTERS, ClusterSums, FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate, Variance, estimate_difference

METHOD = "least squares, CR2 variance, Satterthwaite t"
UNSEEN = 1e-8
"""Above this share of the variance unseen, the reader is told."""
DIMENSIONS = 2


@dataclass(frozen=True, eq=False)
class ClusteredFit:
    """Coefficients with their CR2 covariance, and what an interval for them needs."""

    coefficients: FloatArray
    """Shape (p,)."""
    covariance: FloatArray
    """CR2 covariance of the coefficients, shape (p, p)."""
    items: ClusterSums
    """Residuals by cluster."""
    rows: AdjustedRows
    """What variances and degrees of freedom are made of."""
    residuals: FloatArray
    """In the order of `rows`, shape (n,)."""
    scale: float
    """Largest size of a response: what counts as no variance is judged against it."""

    def turn(self, weights: npt.ArrayLike) -> FloatArray:
        """Returns contrasts, shape (q, p), as columns for `rows.moments`, shape (p, q).

        Raises:
            EstimateError: they do not fit the coefficients, or one has no weight.
        """
        c = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        p = len(self.coefficients)
        if c.ndim != DIMENSIONS or c.shape[1] != p or not np.all(np.isfinite(c)):
            raise EstimateError(f"A contrast needs {p} finite weights, not shape {c.shape}.")
        if not np.all(np.any(c != 0, axis=1)):
            raise EstimateError("A contrast has no weight other than 0.")
        return np.asarray(np.linalg.solve(self.rows.root.T, c.T), dtype=np.float64)

    def contrast(
        self, weights: npt.ArrayLike, level: float = 0.95, method: str = METHOD
    ) -> Estimate:
        """Estimates a weighted sum of the coefficients, c'b.

        Variance c'Vc; df = tr(P)² / ||P||², which makes mean and variance of c'Vc those of a
        chi-squared under independent rows of equal variance (Bell and McCaffrey 2002;
        Pustejovsky and Tipton 2018). A part that one cluster alone determines has no visible
        variance (generalised inverse), and a warning says how large that part is.

        Args:
            weights: c, shape (p,).
            level: nominal coverage, in (0, 1).
            method: how the figure was made, in words.

        Raises:
            EstimateError: the weights are unusable.
            TooFewClusters: single clusters determine all of the contrast.
        """
        turned = self.turn(weights)
        whole = float((turned.T @ self.rows.spread @ turned)[0, 0])
        mean, variance = (float(part[0, 0]) for part in self.rows.moments(turned))
        unseen = 1 - mean / whole
        if unseen > 1 - UNSEEN:
            raise TooFewClusters(
                "Each part of this contrast is determined by one cluster alone: no interval can "
                "be given. Add clusters that share its columns."
            )
        c = np.asarray(weights, dtype=np.float64)
        # In a unit of its own, so that what counts as no variance does not hang on the scale.
        unit = self.scale * math.sqrt(self.items.n * whole)
        estimate = estimate_difference(
            float(c @ self.coefficients) / unit,
            Variance(
                float(c @ self.covariance @ c) / unit**2,
                2 * mean**2 / variance,
                self.rows.unclustered(turned[:, 0], self.residuals) / unit**2,
            ),
            self.items,
            level=level,
            method=method,
        )
        warnings = (*estimate.warnings, *((_unseen_warning(unseen),) if unseen > UNSEEN else ()))
        return replace(rescaled(estimate, unit), warnings=warnings)


def cr2_fit(
    design: npt.ArrayLike,
    response: npt.ArrayLike,
    clusters: Sequence[Hashable],
    weights: npt.ArrayLike | None = None,
) -> ClusteredFit:
    """Fits a response on the columns of a design by (weighted) least squares.

    The working model behind CR2 and its df is independent rows of equal variance, for weighted
    rows too: a weight says how much a row counts, not how well it was measured, as
    `vcovCR(lm(weights=))` of clubSandwich has it. Rows of weight zero are left out. Where one
    cluster alone determines a coefficient, the generalised inverse is taken.

    Args:
        design: X, shape (n, p); an intercept is a column like any other.
        response: shape (n,).
        clusters: n labels.
        weights: shape (n,), not negative, in any unit; none: all equal.

    Raises:
        EstimateError: an argument is unusable, or a column of the design repeats earlier ones.
        TooFewClusters: all rows lie in one cluster.
    """
    x, y, codes, w = _checked(design, response, clusters, weights)
    order = np.argsort(codes, kind="stable")
    order = order[w[order] > 0]
    x, y, codes, w = x[order], y[order], codes[order], w[order] / np.max(w)
    rows = adjust_rows(x, np.sqrt(w)[:, np.newaxis], np.flatnonzero(np.diff(codes, prepend=-1)))
    along = rows.weighted.T @ y
    residuals = y - rows.basis @ along
    scores = np.add.reduceat(rows.adjusted * residuals[:, np.newaxis], rows.starts)
    bread = np.linalg.inv(rows.root)
    return ClusteredFit(
        coefficients=bread @ along,
        covariance=bread @ (scores.T @ scores) @ bread.T,
        items=cluster_sums(residuals, codes.tolist()),
        rows=rows,
        residuals=residuals,
        scale=float(np.max(np.abs(y))) or 1.0,
    )


def rescaled(estimate: Estimate, unit: float) -> Estimate:
    """Returns an estimate of a difference in another unit: value and interval times `unit`."""
    low, high = estimate.low, estimate.high
    return replace(
        estimate,
        value=estimate.value * unit,
        low=None if low is None else low * unit,
        high=None if high is None else high * unit,
    )


def _checked(
    design: npt.ArrayLike,
    response: npt.ArrayLike,
    clusters: Sequence[Hashable],
    weights: npt.ArrayLike | None,
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp], FloatArray]:
    largest = float(np.finfo(np.float64).max)
    y = check_values(response, "response", -largest, largest)
    w = np.ones(len(y)) if weights is None else check_values(weights, "weights", 0, largest)
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != DIMENSIONS or len(x) != len(y) or len(w) != len(y):
        raise EstimateError(
            f"design of shape {x.shape}, {len(y)} responses and {len(w)} weights do not match."
        )
    unusable = np.argwhere(~np.isfinite(x))
    if unusable.size:
        row, column = unusable[0]
        raise EstimateError(f"design[{row}, {column}] is {x[row, column]}; exclude the row.")
    cluster_sums(y, clusters)
    numbers = {label: number for number, label in enumerate(dict.fromkeys(clusters))}
    codes = np.array([numbers[label] for label in clusters], dtype=np.intp)
    if len(np.unique(codes[w > 0])) < FEWEST_CLUSTERS:
        raise TooFewClusters(
            f"The {np.count_nonzero(w)} rows with weight lie in fewer than {FEWEST_CLUSTERS} "
            "clusters: no interval can be given."
        )
    return x, y, codes, w


def _unseen_warning(share: float) -> str:
    return f"one cluster alone determines part of it: {share:.0%} of its variance is not seen"
