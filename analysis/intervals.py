"""From a variance and its degrees of freedom to an interval and a p value.

The one place where t quantiles, Wilson's formula and the threshold for "no variance" stand.
"""

import math

from scipy.special import ndtri, stdtr, stdtrit

from analysis.errors import EstimateError

EVEN = 0.5
NO_VARIANCE = 1e-12
"""Below this share of the variance of unclustered items, a cluster variance is rounding."""


def check_level(level: float) -> None:
    """Refuses a level that is not strictly between 0 and 1.

    Raises:
        EstimateError: it is not.
    """
    if not 0 < level < 1:
        raise EstimateError(f"level is {level!r}; give a share such as 0.95.")


def t_quantile(level: float, df: float) -> float:
    """Returns how many standard errors to either side hold `level` of a t distribution.

    Args:
        level: in (0, 1).
        df: degrees of freedom, positive; infinite gives the normal quantile.
    """
    upper = (1 + level) / 2
    return float(ndtri(upper) if math.isinf(df) else stdtrit(df, upper))


def two_sided_p(statistic: float, df: float) -> float:
    """Returns the chance of a t statistic at least as far from 0 on either side."""
    return float(2 * stdtr(df, -abs(statistic)))


def wilson_interval(rate: float, n: float, quantile: float) -> tuple[float, float]:
    """Returns the Wilson score interval of a rate.

    Args:
        rate: in [0, 1].
        n: number of independent yes/no answers, any positive number.
        quantile: standard errors to either side, of a normal or a t distribution.
    """
    shrink = 1 + quantile**2 / n
    centre = (rate + quantile**2 / (2 * n)) / shrink
    half = quantile / shrink * math.sqrt(rate * (1 - rate) / n + quantile**2 / (4 * n**2))
    # Rounding must not leave a rate of 0 or 1 outside its own interval.
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))


def wilson_p(rate: float, n: float, df: float, null: float = EVEN) -> float:
    """Returns the two-sided p value of `null` that agrees with `wilson_interval`.

    Args:
        rate: in [0, 1].
        n: effective number of yes/no answers.
        df: degrees of freedom of the quantile that the interval has.
        null: in (0, 1).
    """
    return two_sided_p((rate - null) / math.sqrt(null * (1 - null) / n), df)
