"""What a trend is fitted to, checked, and the fit itself, with the variance between models.

Rates that share items are turned by the eigenvectors of their covariance, after which each fit
is a weighted one for any between-model variance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

FEWEST_MODELS = 6
SINGULAR = 1e-10
"""Eigenvalues of a covariance below this share of the largest are rounding, and raised to it."""
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class TrendInput:
    """Rates, on some scale, with their covariance and release dates in years."""

    rates: FloatArray
    covariance: FloatArray
    years: FloatArray

    @property
    def models(self) -> int:
        """How many rates there are."""
        return len(self.rates)

    @property
    def mean_year(self) -> float:
        """Mean release date in years of the calendar."""
        return math.fsum(self.years) / self.models

    def keep(self, models: Sequence[bool]) -> "TrendInput":
        """Returns the input with only the models marked."""
        rows = np.flatnonzero(models)
        return TrendInput(self.rates[rows], self.covariance[np.ix_(rows, rows)], self.years[rows])


@dataclass(frozen=True, eq=False)
class Line:
    """Design and rates in coordinates in which the covariance is diagonal."""

    design: FloatArray
    """Intercept and slope, shape (M, 2)."""
    rates: FloatArray
    spread: FloatArray
    """Eigenvalues of the covariance, shape (M,)."""
    singular: bool
    """Whether an eigenvalue had to be raised."""

    @staticmethod
    def through(given: TrendInput) -> "Line":
        """Returns the line to be fitted: an intercept at the mean date and a slope.

        Raises:
            EstimateError: the covariance has negative variances or none at all.
        """
        spread, axes = np.linalg.eigh(given.covariance)
        least = SINGULAR * spread[-1]
        if spread[-1] <= 0 or spread[0] < -1e-8 * spread[-1]:
            raise EstimateError("The covariance is zero, or no covariance: check its estimate.")
        design = np.column_stack([np.ones(given.models), given.years - given.mean_year])
        return Line(
            design=axes.T @ design,
            rates=axes.T @ given.rates,
            spread=np.maximum(spread, least),
            singular=bool(spread[0] < least),
        )

    @property
    def df(self) -> int:
        """Models less coefficients."""
        rows, columns = self.design.shape
        return int(rows - columns)

    def fit(self, tau2: float) -> tuple[FloatArray, FloatArray, float]:
        """Returns coefficients, inverse information and the weighted sum of squared residuals."""
        weights = 1 / (self.spread + tau2)
        weighted = self.design * weights[:, None]
        inverse = np.linalg.inv(weighted.T @ self.design).astype(np.float64)
        coefficients = inverse @ (weighted.T @ self.rates)
        residuals = self.rates - self.design @ coefficients
        return coefficients, inverse, math.fsum(weights * residuals**2)


def paule_mandel(line: Line) -> float:
    """Returns the variance between models at which the weighted residuals are as expected.

    The root of Q(tau^2) = df, which falls in tau^2, or 0 where Q(0) is below df (Paule and
    Mandel 1982).
    """
    if line.fit(0.0)[2] <= line.df:
        return 0.0
    plain = np.linalg.lstsq(line.design, line.rates)[0]
    # Q is at most the unweighted sum of squares over tau^2, so the root lies below this.
    ceiling = math.fsum((line.rates - line.design @ plain) ** 2) / line.df
    root = brentq(
        lambda tau2: line.fit(tau2)[2] - line.df, 0.0, 1.01 * ceiling, xtol=1e-18, rtol=1e-14
    )
    return float(root)


def check_trend_input(
    rates: npt.ArrayLike, covariance: npt.ArrayLike, dates: Sequence[date] | Sequence[float]
) -> TrendInput:
    """Returns rates, covariance and years that a trend can be estimated from.

    Raises:
        EstimateError: they cannot.
    """
    values = np.asarray(rates, dtype=np.float64)
    sigma = np.asarray(covariance, dtype=np.float64)
    years = np.array([in_years(when) for when in dates], dtype=np.float64)
    models = values.size
    if models < FEWEST_MODELS:
        raise EstimateError(f"{models} models: a trend needs at least {FEWEST_MODELS}.")
    if (values.shape, sigma.shape, years.shape) != ((models,), (models, models), (models,)):
        raise EstimateError(
            f"{models} rates need {models} dates, not {len(years)}, and a covariance of shape "
            f"({models}, {models}), not {sigma.shape}."
        )
    for name, array in (("rates", values), ("covariance", sigma), ("dates", years)):
        missing = np.argwhere(~np.isfinite(array))
        if missing.size:
            raise EstimateError(f"{name}{missing[0].tolist()} is missing; leave that model out.")
    if not np.allclose(sigma, sigma.T, rtol=1e-9, atol=1e-15):
        raise EstimateError("The covariance is not symmetric.")
    if np.ptp(years) == 0:
        raise EstimateError("All models have the same release date: there is no trend to estimate.")
    return TrendInput(values, sigma, years)


def in_years(when: date | float) -> float:
    """Returns a date as years of the calendar, a year having 365.25 days; a number as it is."""
    if isinstance(when, date):
        return 1970 + (when - date(1970, 1, 1)).days / DAYS_PER_YEAR
    return float(when)
