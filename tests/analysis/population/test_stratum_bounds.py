from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.population.stratum_bounds import overall_bounds
from analysis.rates import win_rate


def rate(wins: int, level: float = 0.95) -> Estimate:
    return win_rate([1.0] * wins + [0.0] * (20 - wins), list(range(20)), level)


def test_the_middle_is_bounded_by_all_lost_and_all_won() -> None:
    sub, strong = rate(14), rate(5)
    bounds = overall_bounds((0.2, 0.1, 0.7), sub, strong)
    assert (bounds.low, bounds.high) == pytest.approx((0.165, 0.865))
    assert (bounds.interpolated_low, bounds.interpolated_high) == pytest.approx((0.34, 0.655))
    assert sub.low is not None
    assert strong.low is not None
    assert bounds.outer_low == pytest.approx(0.2 * sub.low + 0.1 * strong.low)
    assert bounds.outer_level == pytest.approx(0.9)


@settings(max_examples=30)
@given(st.integers(0, 20), st.integers(0, 20), st.floats(0, 1), st.floats(0, 1))
def test_the_bounds_are_nested(sub: int, strong: int, first: float, second: float) -> None:
    p_s, p_t = first, (1 - first) * second
    bounds = overall_bounds((p_s, p_t, 1 - p_s - p_t), rate(sub), rate(strong))
    assert bounds.outer_low is not None
    assert bounds.outer_high is not None
    ends = [bounds.outer_low, bounds.low, bounds.interpolated_low]
    ends += [bounds.interpolated_high, bounds.high, bounds.outer_high]
    assert all(a <= b + 1e-12 for a, b in pairwise(ends))
    assert bounds.outer_low >= -1e-12
    assert bounds.outer_high <= 1 + 1e-12


def test_without_a_middle_there_is_one_rate() -> None:
    bounds = overall_bounds((0.5, 0.5, 0.0), rate(14), rate(6))
    assert bounds.low == bounds.high == bounds.interpolated_low == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        pytest.param((0.5, 0.2, 0.2), "add up to 0.9", id="sum"),
        pytest.param((0.5, -0.2, 0.7), r"shares\[1\] is -0.2", id="negative"),
    ],
)
def test_shares_that_are_none_are_refused(shares: tuple[float, float, float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        overall_bounds(shares, rate(10), rate(10))


def test_rates_of_two_levels_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"levels differ: 0\.95 and 0\.9"):
        overall_bounds((0.5, 0.3, 0.2), rate(10), rate(10, 0.9))
