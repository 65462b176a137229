from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from scipy.stats import t as student_t
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import EstimateError
from analysis.published_counts import (
    clustered_interval,
    paired_range,
    published_rate,
    unpaired_difference,
)

REFERENCE = "published_counts"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)


def test_the_counts_behind_the_original_percentages_are_those_of_r(reference: Any) -> None:
    found = {"a": (64, 129), "b": (51, 129), "c": (20, 127)}
    counts = {name: list(published_rate(*rate).counts) for name, rate in found.items()}
    assert counts == reference["counts"]


def test_halves_come_in_where_ties_count_one_half() -> None:
    assert published_rate(51, 129, ties=True).counts == (65.5, 66)
    assert published_rate(20, 127, ties=True).counts == (25, 25.5, 26)
    assert published_rate(51, 129, ties=True).whole == (66,)


def test_the_interval_reaches_over_all_counts_as_in_r(agrees: Agrees, reference: Any) -> None:
    rate = published_rate(64, 129)
    expected = [reference["wilson_82"][0], reference["wilson_83"][1]]
    agrees("Wilson of published counts", "R prop.test", [rate.low, rate.high], expected, 1e-10)


@pytest.mark.parametrize(
    ("percent", "n", "low", "high"),
    [(30.80, 263, 0.2553, 0.3662), (10.14, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)],
)
def test_published_wilson_intervals(percent: float, n: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17: 857-872, Table I, method 3."""
    rate = published_rate(percent, n, decimals=2)
    assert len(rate.counts) == 1
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@FEW
@given(st.integers(1, 300), st.integers(0, 100))
def test_the_counts_are_all_that_round_to_the_percentage(n: int, percent: int) -> None:
    expected = [x for x in range(n + 1) if abs(200 * x - 2 * percent * n) <= n]
    assume(expected)
    assert list(published_rate(percent, n).counts) == expected


def test_a_share_between_two_printed_values_is_kept_by_both() -> None:
    assert 1 in published_rate(12, 8).counts
    assert 1 in published_rate(13, 8).counts


def test_p_values_range_over_all_tables_as_in_r(agrees: Agrees, reference: Any) -> None:
    found = paired_range(published_rate(64, 129), published_rate(51, 129))
    p_values = [found.smallest_p, found.largest_p]
    expected = [reference["smallest_p"], reference["largest_p"]]
    agrees("McNemar range", "R binom.test over all tables", p_values, expected, within=1e-10)
    discordant = (found.fewest_discordant, found.most_discordant)
    assert discordant == (reference["fewest"], reference["most"])
    assert (found.all_below, found.none_below) == (reference["all_below"], reference["none_below"])


@FEW
@given(st.integers(20, 40), st.integers(0, 20), st.integers(0, 20))
def test_p_values_range_over_all_tables_by_brute_force(n: int, wins_a: int, wins_b: int) -> None:
    a, b = (published_rate(round(100 * wins / n, 6), n, decimals=6) for wins in (wins_a, wins_b))
    tables = [
        (wins_a - both, wins_b - both)
        for both in range(min(wins_a, wins_b) + 1)
        if wins_a + wins_b - both <= n
    ]
    p_values = [binomtest(one, one + other).pvalue if one + other else 1 for one, other in tables]
    found = paired_range(a, b)
    assert (found.smallest_p, found.largest_p) == pytest.approx((min(p_values), max(p_values)))


@pytest.mark.parametrize(("one", "other"), [(64, 51), (0, 100), (12, 13)])
def test_swapping_the_rates_changes_no_paired_range(one: int, other: int) -> None:
    a, b = published_rate(one, 129), published_rate(other, 129)
    assert paired_range(a, b) == paired_range(b, a)


def test_equal_rates_can_never_be_told_apart() -> None:
    rate = published_rate(50, 20)
    found = paired_range(rate, rate)
    assert (found.smallest_p, found.largest_p, found.all_below) == (1, 1, None)
    assert (found.fewest_discordant, found.none_below) == (0, 0)


def test_rates_far_apart_differ_in_every_table() -> None:
    found = paired_range(published_rate(90, 100), published_rate(20, 100))
    assert found.largest_p < 0.05
    assert (found.all_below, found.none_below) == (90, None)


def test_the_unpaired_difference_reaches_over_all_counts(agrees: Agrees, reference: Any) -> None:
    found = unpaired_difference(published_rate(64, 129), published_rate(20, 127))
    ends = (82 / 129 - 26 / 127, 83 / 129 - 25 / 127)
    assert (found.smallest, found.largest) == pytest.approx(ends)
    expected = [reference["newcombe_least"][0], reference["newcombe_most"][1]]
    source = "R, from two prop.test intervals"
    agrees("Newcombe of published counts", source, [found.low, found.high], expected, within=1e-10)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((80, 70), (60, 80), 0.0524, 0.3339),
        ((90, 10), (30, 10), 0.1705, 0.8090),
        ((100, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_published_newcombe_intervals(
    a: tuple[float, int], b: tuple[float, int], low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17: 873-890, Table II, method 10."""
    found = unpaired_difference(
        published_rate(*a, decimals=2), published_rate(*b, decimals=2), level=0.95
    )
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@FEW
@given(st.integers(2, 60), st.integers(2, 60), st.integers(0, 100), st.integers(0, 100))
def test_swapping_the_rates_mirrors_the_unpaired_difference(m: int, n: int, p: int, q: int) -> None:
    assume(any(abs(200 * x - 2 * p * m) <= m for x in range(m + 1)))
    assume(any(abs(200 * x - 2 * q * n) <= n for x in range(n + 1)))
    a, b = published_rate(p, m), published_rate(q, n)
    found, mirrored = unpaired_difference(a, b), unpaired_difference(b, a)
    assert mirrored.smallest == pytest.approx(-found.largest)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-12)


@pytest.mark.parametrize("sessions", [8, 25, 129])
def test_a_clustered_interval_is_the_wilson_of_statsmodels_at_fewer_items(
    agrees: Agrees, sessions: int
) -> None:
    # The t quantile enters statsmodels as the normal level that has the same quantile.
    found = clustered_interval(published_rate(51, 129), 0.1, sessions)
    n = 129 / (1 + (129 / sessions - 1) * 0.1)
    level = 2 * norm.sf(student_t.isf(0.025, sessions - 1))
    expected = proportion_confint(66 / 129 * n, n, alpha=level, method="wilson")
    agrees("clustered Wilson", "statsmodels", [found.low, found.high], expected, within=1e-9)


@FEW
@given(st.floats(0, 0.9), st.integers(3, 60))
def test_more_correlation_or_fewer_sessions_widen_the_interval(icc: float, sessions: int) -> None:
    rate = published_rate(64, 129)
    found = clustered_interval(rate, icc, sessions)
    tighter, fewer = (
        clustered_interval(rate, icc + 0.1, sessions),
        clustered_interval(rate, icc, sessions - 1),
    )
    assert found.high - found.low < tighter.high - tighter.low
    assert found.high - found.low < fewer.high - fewer.low


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"percent": 50, "n": 3}, "No count of 3 items rounds to 50 %"),
        ({"percent": 101, "n": 30}, "No count of 30 items"),
        ({"percent": 50, "n": 0}, "n is 0"),
        ({"percent": 50, "n": 10, "level": 95.0}, "level is"),
    ],
)
def test_unusable_percentages_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        published_rate(**arguments)


def test_unusable_pairs_and_assumptions_are_refused() -> None:
    rate = published_rate(50, 10)
    with pytest.raises(EstimateError, match="10 items but 20"):
        paired_range(rate, published_rate(50, 20))
    with pytest.raises(EstimateError, match="No whole count"):
        paired_range(rate, published_rate(5, 10, ties=True))
    with pytest.raises(EstimateError, match="icc is"):
        clustered_interval(rate, -0.1, 5)
    with pytest.raises(EstimateError, match="sessions is 11"):
        clustered_interval(rate, 0.1, 11)
