from collections.abc import Callable
from typing import Any

import pytest

from analysis.errors import EstimateError
from analysis.power.unclustered import exact_binomial_power, normal_power

REFERENCE = "power"
Agrees = Callable[..., None]


def test_exact_power_equals_the_sum_over_what_binom_test_rejects(
    agrees: Agrees, reference: Any
) -> None:
    for case in reference["rates"]:
        found = exact_binomial_power(case["n"], case["rate"])
        agrees("exact binomial power", "R binom.test", found, case["exact"], within=1e-11)


def test_arcsine_power_equals_pwr(agrees: Agrees, reference: Any) -> None:
    for case in reference["rates"]:
        found = normal_power(case["n"], case["rate"])
        agrees("NormalIndPower", "R pwr.p.test", found, case["arcsine"], within=1e-11)


def test_the_arcsine_promises_more_than_the_exact_test_keeps() -> None:
    assert exact_binomial_power(129, 0.6) == pytest.approx(0.567, abs=0.0005)
    assert normal_power(129, 0.6) == pytest.approx(0.628, abs=0.0005)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_certain_wins_and_losses_are_found(rate: float) -> None:
    assert exact_binomial_power(10, rate) == 1
    assert exact_binomial_power(3, rate) == 0


def test_under_the_null_the_exact_test_keeps_its_level() -> None:
    assert 0.02 < exact_binomial_power(129, 0.5) <= 0.05
    assert exact_binomial_power(129, 0.2, null=0.2, significance=0.1) <= 0.1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, 0.6), "items is 0"),
        ((9, 1.2), "rate is 1.2"),
        ((9, 0.6, 1.0), "null is 1.0"),
        ((9, 0.6, 0.5, 5.0), "significance is 5.0"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        exact_binomial_power(*arguments)
