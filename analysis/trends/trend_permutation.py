"""Is the association of win rates with release dates more than a shuffle of the dates gives?

Companion of the fitted trend that needs no covariance and no line.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.trends.trend_line import check_trend_input

MOST_ENUMERATED = 9
"""Models up to which all orders of the dates are tried: 9! = 362,880."""
DRAWS = 9999
TOLERANCE = 1e-12
"""Share of the largest possible statistic within which two statistics are the same."""


@dataclass(frozen=True)
class DatePermutation:
    """The permutation test of no association, and Kendall's tau beside it."""

    slope: float
    """Unweighted least-squares slope per year, the statistic."""
    p_value: float
    """Share of the orders of the dates with a slope at least as far from 0."""
    exact: bool
    """Whether all orders were tried."""
    permutations: int
    """Orders tried, the observed one not counted among draws."""
    kendall_tau: float | None
    """Tau-b of rates and dates; None when all rates are equal."""
    kendall_p: float | None
    """Its two-sided p value, exact where there are no ties; None when tau is."""
    models: int


def permute_dates(
    rates: npt.ArrayLike,
    dates: Sequence[date] | Sequence[float],
    seed: int = 0,
    draws: int = DRAWS,
) -> DatePermutation:
    """Tests that release dates and win rates go together by chance only (Pitman 1937).

    All M! orders of the dates up to 9 models, else (b + 1) / (B + 1) with B random orders
    (Phipson and Smyth 2010). The statistic is the size of the unweighted slope; that models
    share items does not matter, since all rates stay in place while the dates move. Models of
    a family are not exchangeable one by one if families release together.

    Args:
        rates: win rates, shape (M,), M at least 6.
        dates: M release dates, or years as numbers.
        seed: of the random orders; unused up to 9 models.
        draws: B, at least 1.

    Raises:
        EstimateError: fewer than 6 models, equal dates, or unusable input.
    """
    if draws < 1:
        raise EstimateError(f"draws is {draws}; give at least 1.")
    models = np.size(rates)
    given = check_trend_input(rates, np.eye(models), dates)
    order = np.lexsort((given.rates, given.years))
    years = given.years[order] - given.mean_year
    moved = given.rates[order] - math.fsum(given.rates) / models
    exact = models <= MOST_ENUMERATED
    blocks = _all_orders(years) if exact else _drawn_orders(years, seed, draws)
    observed = math.fsum(years * moved)
    slack = TOLERANCE * float(np.linalg.norm(years) * np.linalg.norm(moved))
    as_far, tried = _count(blocks, moved, abs(observed) - slack)
    tau, p = _kendall(years, moved)
    return DatePermutation(
        slope=observed / math.fsum(years**2),
        p_value=as_far / tried if exact else (as_far + 1) / (tried + 1),
        exact=exact,
        permutations=tried,
        kendall_tau=tau,
        kendall_p=p,
        models=models,
    )


def _count(blocks: Iterator[FloatArray], moved: FloatArray, bound: float) -> tuple[int, int]:
    """Returns how many orders reach the bound, and how many there are."""
    as_far, tried = 0, 0
    for block in blocks:
        as_far += int(np.count_nonzero(np.abs(block @ moved) >= bound))
        tried += len(block)
    return as_far, tried


def _all_orders(years: FloatArray) -> Iterator[FloatArray]:
    """Yields all orders, in blocks of those that begin with the same entry."""
    rest = _permutations(len(years) - 1)
    for first in range(len(years)):
        others = np.delete(years, first)
        yield np.column_stack([np.full(len(rest), years[first]), others[rest]])


def _permutations(size: int) -> npt.NDArray[np.intp]:
    """Returns all permutations of 0 .. size - 1, shape (size!, size), by inserting the last."""
    orders = np.zeros((1, 1), dtype=np.intp)
    for last in range(1, size):
        orders = np.concatenate(
            [np.insert(orders, position, last, axis=1) for position in range(last + 1)]
        )
    return orders


def _drawn_orders(years: FloatArray, seed: int, draws: int) -> Iterator[FloatArray]:
    rng = np.random.default_rng(seed)
    yield rng.permuted(np.tile(years, (draws, 1)), axis=1)


def _kendall(years: FloatArray, rates: FloatArray) -> tuple[float | None, float | None]:
    from scipy.stats import kendalltau

    if np.ptp(rates) == 0:
        return None, None
    found = kendalltau(years, rates)
    return float(found.statistic), float(found.pvalue)
