"""A test of several contrasts of one clustered regression at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc

from analysis.adjusted_rows import SINGULAR
from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import NO_VARIANCE
from analysis.regression import ClusteredFit

METHOD = "approximate Hotelling T² with CR2 covariance (HTZ)"


@dataclass(frozen=True)
class JointTest:
    """An F test that several contrasts are all zero."""

    statistic: float
    """F, already reduced for how little is known of the covariance."""
    df_numerator: float
    """Contrasts tested."""
    df_denominator: float
    """Degrees of freedom of their covariance, less the contrasts, plus one."""
    p_value: float
    method: str = METHOD


def joint_test(fit: ClusteredFit, contrasts: npt.ArrayLike) -> JointTest:
    """Tests that several contrasts of the coefficients are all zero, C b = 0.

    With Q = (Cb)'(CVC')⁻¹(Cb), V the CR2 covariance, F = (nu - q + 1) / (nu q) Q on q and
    nu - q + 1 df; nu = q (q + 1) / the summed variances of the entries of the standardised CVC'
    (Tipton and Pustejovsky 2015, the HTZ test).

    Args:
        fit: the regression.
        contrasts: C, shape (q, p), rows linearly independent.

    Raises:
        EstimateError: they are unusable, or show no variance in some direction.
        TooFewClusters: there are too few clusters to test so many contrasts at once.
    """
    turned = fit.turn(contrasts)
    c = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    q = len(c)
    values, vectors = np.linalg.eigh(fit.rows.moments(turned)[0])
    covariance = c @ fit.covariance @ c.T
    standard = vectors / np.sqrt(np.maximum(values, SINGULAR * values[-1])) @ vectors.T
    seen = np.linalg.eigvalsh(standard @ covariance @ standard)
    if values[0] <= SINGULAR * values[-1] or seen[0] <= NO_VARIANCE * fit.scale**2:
        raise EstimateError(
            f"The {q} contrasts vary in fewer than {q} directions; test fewer of them at once."
        )
    spread = fit.rows.moments(turned @ standard)[1]
    nu = q * (q + 1) / float(np.sum(spread))
    left = nu - q + 1
    if left <= 0:
        raise TooFewClusters(
            f"{fit.items.clusters} clusters give {nu:.1f} degrees of freedom: too few to test "
            f"{q} contrasts at once."
        )
    effects = c @ fit.coefficients
    statistic = left / (nu * q) * float(effects @ np.linalg.solve(covariance, effects))
    return JointTest(statistic, float(q), left, float(fdtrc(q, left, statistic)))
