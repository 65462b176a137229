import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from analysis.errors import EstimateError
from analysis.trends.trend_permutation import permute_dates

REFERENCE = "trend"

Agrees = Callable[..., None]


def test_seven_models_have_the_p_values_of_r(agrees: Agrees, reference: Any) -> None:
    theirs = reference["permutation"]
    found = permute_dates(reference["rate"][:7], reference["year"][:7])
    assert (found.exact, found.permutations) == (True, math.factorial(7))
    agrees("permutation of dates", "R, all orders in a recursion", found.p_value, theirs["p"])
    agrees("slope per year", "R lm", found.slope, theirs["slope"])
    ours = found.kendall_tau, found.kendall_p
    agrees("Kendall's tau", "R cor.test, exact", ours, (theirs["tau"], theirs["tau_p"]))


def test_nine_models_are_enumerated() -> None:
    rates = [0.1 * m for m in range(9)]
    found = permute_dates(rates, list(range(2015, 2024)))
    assert found.permutations == 362_880
    assert found.p_value == 2 / 362_880


def test_tied_rates_and_dates_are_counted_as_equal() -> None:
    rates, years = [0.1, 0.2, 0.2, 0.3, 0.3, 0.7], [2020, 2020, 2021, 2021, 2022, 2022]
    centred = np.array(years) - np.mean(years)
    sums = [float(np.dot(order, rates)) for order in permutations(centred)]
    observed = float(np.dot(centred, rates))
    share = np.mean([abs(one) >= abs(observed) - 1e-9 for one in sums])
    assert permute_dates(rates, years).p_value == pytest.approx(share, rel=1e-12)


def test_ten_models_are_drawn_with_the_seed_and_in_any_order() -> None:
    rng = np.random.default_rng(3)
    rates, years = rng.random(10).tolist(), rng.uniform(2020, 2026, 10).tolist()
    found = permute_dates(rates, years, seed=5)
    assert (found.exact, found.permutations) == (False, 9999)
    assert found == permute_dates(rates, years, seed=5)
    assert found.p_value != permute_dates(rates, years, seed=6).p_value
    turned = permute_dates(rates[::-1], years[::-1], seed=5)
    assert turned.p_value == found.p_value


def test_drawn_p_values_are_never_zero() -> None:
    found = permute_dates(np.arange(12) / 12, list(range(12)), draws=99)
    assert found.p_value == 1 / 100


def test_the_exact_test_rejects_as_often_as_its_level_on_enumerable_data() -> None:
    rates, years = [0.1, 0.25, 0.3, 0.62, 0.7, 0.9], [2020.0, 2020.3, 2021.1, 2022, 2023, 2025]
    p_values = [permute_dates(order, years).p_value for order in permutations(rates)]
    for level in (0.05, 0.1, 0.5):
        assert np.mean(np.array(p_values) <= level + 1e-12) <= level + 1e-12
    assert np.mean(np.array(p_values) <= 0.5 + 1e-12) == pytest.approx(0.5, abs=0.01)


def test_equal_rates_have_no_tau_and_a_p_value_of_one() -> None:
    found = permute_dates([0.5] * 6, list(range(6)))
    assert (found.p_value, found.slope) == (1, 0)
    assert (found.kendall_tau, found.kendall_p) == (None, None)


@pytest.mark.parametrize(
    ("models", "years", "draws", "message"),
    [
        pytest.param(5, range(5), 99, "at least 6", id="five"),
        pytest.param(6, [2020] * 6, 99, "same release date", id="equal-dates"),
        pytest.param(6, range(5), 99, "6 rates need 6 dates, not 5", id="length"),
        pytest.param(6, range(6), 0, "draws is 0", id="draws"),
    ],
)
def test_what_has_no_trend_is_refused(models: int, years: Any, draws: int, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        permute_dates(np.linspace(0, 1, models), list(years), draws=draws)
