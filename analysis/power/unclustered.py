"""Power where every item is its own cluster and every score a win or a loss: the check.

Exact by summation, and the normal approximation of statsmodels; no design effect enters here.
"""

import math

import numpy as np
from scipy.special import bdtr, bdtrc, gammaln, xlog1py, xlogy

from analysis.errors import EstimateError
from analysis.intervals import EVEN

MOST_ITEMS = 1_000_000


def exact_binomial_power(
    items: int, rate: float, null: float = EVEN, significance: float = 0.05
) -> float:
    """Returns the power of the exact binomial test, summed over all numbers of wins.

    The test is two-sided and doubles the smaller tail (Clopper and Pearson 1934).

    Args:
        items: independent wins and losses.
        rate: the true win rate, in [0, 1].
        null: the rate that is tested, in (0, 1).
        significance: of the test, in (0, 1).

    Raises:
        EstimateError: an argument is out of range.
    """
    _check(items, rate, null, significance)
    wins = np.arange(items + 1, dtype=np.float64)
    at_most = bdtr(wins, items, null)
    at_least = np.concatenate([[1.0], bdtrc(wins[:-1], items, null)])
    rejected = 2 * np.minimum(at_most, at_least) <= significance
    ways = gammaln(items + 1) - gammaln(wins + 1) - gammaln(items - wins + 1)
    chances = np.exp(ways + xlogy(wins, rate) + xlog1py(items - wins, -rate))
    return math.fsum(chances[rejected])


def normal_power(items: int, rate: float, null: float = EVEN, significance: float = 0.05) -> float:
    """Returns the power by Cohen's arcsine effect size (Cohen 1988), as R's pwr.p.test has it.

    Args:
        items: independent wins and losses.
        rate: the true win rate, in [0, 1].
        null: the rate that is tested, in (0, 1).
        significance: of the two-sided test, in (0, 1).

    Raises:
        EstimateError: an argument is out of range.
    """
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    _check(items, rate, null, significance)
    effect = proportion_effectsize(rate, null)
    return float(NormalIndPower().power(effect, nobs1=items, alpha=significance, ratio=0))


def _check(items: int, rate: float, null: float, significance: float) -> None:
    if not 1 <= items <= MOST_ITEMS:
        raise EstimateError(f"items is {items}; give 1 to {MOST_ITEMS}.")
    if not 0 <= rate <= 1:
        raise EstimateError(f"rate is {rate!r}, outside [0, 1].")
    if not 0 < null < 1:
        raise EstimateError(f"null is {null!r}; give a rate in (0, 1).")
    if not 0 < significance < 1:
        raise EstimateError(f"significance is {significance!r}; give a share such as 0.05.")
