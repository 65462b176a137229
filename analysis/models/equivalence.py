"""Whether a difference is small enough not to matter: two one-sided t tests against a margin.

The margin is fixed before the run. It reads an estimate that is already made and no scores.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import stdtr

from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.intervals import t_quantile

Conclusion = Literal["equivalent", "different", "both", "neither"]

METHOD = "two one-sided t tests"
_SYMMETRIC = 1e-9
_HALF = 0.5


@dataclass(frozen=True)
class Equivalence:
    """The two one-sided tests of a difference against plus and minus a margin."""

    value: float
    """The difference."""
    low: float
    """Lower end of the interval that lies within the margin exactly when p_value < alpha."""
    high: float
    """Upper end of that interval."""
    level: float
    """Its coverage, 1 - 2 alpha."""
    margin: float
    """What differences are too small to matter."""
    alpha: float
    """Of each test."""
    p_lower: float
    """One-sided p value of a difference of -margin or less."""
    p_upper: float
    """One-sided p value of a difference of +margin or more."""
    p_value: float
    """The larger of the two."""
    p_difference: float
    """Two-sided p value of no difference, from the estimate."""
    df: float
    """Degrees of freedom of the t tests."""
    method: str = METHOD
    """How the tests were made, in words for the report."""

    @property
    def conclusion(self) -> Conclusion:
        """Names what the tests show; "both": within the margin and yet different from 0."""
        equivalent, different = self.p_value < self.alpha, self.p_difference < self.alpha
        if equivalent:
            return "both" if different else "equivalent"
        return "different" if different else "neither"


def equivalence(estimate: Estimate, margin: float, alpha: float = 0.05) -> Equivalence:
    """Tests a difference against a margin on either side (Schuirmann 1987).

    The standard error is half the width of the estimate's interval over its t quantile, so CR2
    variance and Satterthwaite df carry over: p_lower = P(t > (d + margin) / se) and
    p_upper = P(t < (d - margin) / se).

    Args:
        estimate: a difference with a symmetric t interval, tested against 0.
        margin: positive, on the scale of the difference.
        alpha: of each one-sided test, in (0, 1/2).

    Raises:
        EstimateError: margin or alpha is unusable, or the estimate is a rate, has no interval,
            or one that is not symmetric.
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise EstimateError(f"margin is {margin!r}; give a positive difference such as 0.1.")
    if not 0 < alpha < _HALF:
        raise EstimateError(f"alpha is {alpha!r}; give a share such as 0.05.")
    error, p_difference = _standard_error(estimate)
    level = 1 - 2 * alpha
    half = t_quantile(level, estimate.df) * error
    p_lower = float(stdtr(estimate.df, -(estimate.value + margin) / error))
    p_upper = float(stdtr(estimate.df, (estimate.value - margin) / error))
    return Equivalence(
        value=estimate.value,
        low=estimate.value - half,
        high=estimate.value + half,
        level=level,
        margin=margin,
        alpha=alpha,
        p_lower=p_lower,
        p_upper=p_upper,
        p_value=max(p_lower, p_upper),
        p_difference=p_difference,
        df=estimate.df,
    )


def _standard_error(estimate: Estimate) -> tuple[float, float]:
    """Returns the standard error behind the interval, and the p value beside it."""
    if estimate.low is None or estimate.high is None or estimate.p_value is None:
        raise EstimateError("The estimate has no interval: nothing shows how far off it may be.")
    width = estimate.high - estimate.low
    lopsided = abs(estimate.high + estimate.low - 2 * estimate.value) > _SYMMETRIC * width
    # A rate of one half has a symmetric interval too, but no t interval; its null tells.
    if lopsided or estimate.null != 0:
        raise EstimateError(
            f"The estimate is by {estimate.method!r}; equivalence needs a difference with a "
            "symmetric t interval, tested against 0."
        )
    return width / 2 / t_quantile(estimate.level, estimate.df), estimate.p_value
