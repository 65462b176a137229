"""Fieller's confidence set for a ratio: an interval, the outside of one, or the whole line.

It never falls back on the delta method, whose interval is short where a ratio is not identified.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from analysis.errors import EstimateError


class Shape(StrEnum):
    """The kinds of set that a quadratic inequality can leave."""

    INTERVAL = "interval"
    """Every ratio between two ends: the ratio is identified."""
    OUTSIDE = "outside"
    """Every ratio but those between two ends, or on one side of an end."""
    LINE = "line"
    """Every ratio."""
    EMPTY = "empty"
    """No ratio: a denominator of exactly 0, without variance, under a numerator that is not 0."""


@dataclass(frozen=True)
class FiellerSet:
    """The ratios that the data do not reject."""

    shape: Shape
    parts: tuple[tuple[float, float], ...]
    """Closed intervals in ascending order; a ray ends at minus or plus infinity."""
    determination: float
    """Squared denominator over quantile^2 times its variance, one over Fieller's g; the set is
    bounded exactly when it exceeds 1. Infinite for a denominator without variance."""

    @property
    def bounded(self) -> bool:
        """Whether the set is an interval, so that the ratio is identified."""
        return self.shape is Shape.INTERVAL

    def within(self, low: float, high: float) -> tuple[tuple[float, float], ...]:
        """Returns the parts of the set that lie in [low, high], in ascending order."""
        cut = [(max(low, left), min(high, right)) for left, right in self.parts]
        return tuple((left, right) for left, right in cut if left <= right)


def fieller(
    numerator: float,
    denominator: float,
    v11: float,
    v22: float,
    v12: float,
    quantile: float,
) -> FiellerSet:
    """Returns every r with |numerator - r denominator| <= quantile x its standard error.

    The solutions of a r^2 - 2 b r + c <= 0 with a = denominator^2 - q^2 v22,
    b = numerator denominator - q^2 v12, c = numerator^2 - q^2 v11 (Fieller 1954). For a > 0 an
    interval; otherwise its outside, or the whole line when b^2 < a c.

    Args:
        numerator: estimate of the upper term.
        denominator: estimate of the lower term.
        v11: variance of the numerator.
        v22: variance of the denominator.
        v12: their covariance.
        quantile: standard errors to either side, such as a t quantile; positive.

    Raises:
        EstimateError: a number is not finite, the quantile is not positive, or the variances are
            no covariance matrix.
    """
    _check((numerator, denominator, v11, v22, v12, quantile))
    square = quantile**2
    a = denominator**2 - square * v22
    b = numerator * denominator - square * v12
    c = numerator**2 - square * v11
    determination = denominator**2 / (square * v22) if v22 > 0 else math.inf
    if a == 0:
        return _half_line(b, c, determination)
    inside = b**2 - a * c
    if inside <= 0 and a < 0:
        return FiellerSet(Shape.LINE, ((-math.inf, math.inf),), determination)
    # b and the root are added with the same sign, so that neither end loses its digits.
    far = b + math.copysign(math.sqrt(max(inside, 0.0)), b)
    low, high = sorted((far / a, c / far)) if far != 0 else (0.0, 0.0)
    if a > 0:
        return FiellerSet(Shape.INTERVAL, ((low, high),), determination)
    return FiellerSet(Shape.OUTSIDE, ((-math.inf, low), (high, math.inf)), determination)


def _half_line(b: float, c: float, determination: float) -> FiellerSet:
    """Returns the set where the quadratic has no square term: c <= 2 b r."""
    if b > 0:
        return FiellerSet(Shape.OUTSIDE, ((c / (2 * b), math.inf),), determination)
    if b < 0:
        return FiellerSet(Shape.OUTSIDE, ((-math.inf, c / (2 * b)),), determination)
    if c > 0:
        return FiellerSet(Shape.EMPTY, (), determination)
    return FiellerSet(Shape.LINE, ((-math.inf, math.inf),), determination)


def _check(given: tuple[float, ...]) -> None:
    names = ("numerator", "denominator", "v11", "v22", "v12", "quantile")
    for name, value in zip(names, given, strict=True):
        if not math.isfinite(value):
            raise EstimateError(f"{name} is {value!r}; give a finite number.")
    _, _, v11, v22, v12, quantile = given
    if quantile <= 0:
        raise EstimateError(f"quantile is {quantile!r}; give a positive number.")
    if v11 < 0 or v22 < 0 or v12**2 > v11 * v22 * (1 + 1e-9):
        raise EstimateError(f"v11 {v11:g}, v22 {v22:g}, v12 {v12:g} are no covariance matrix.")
