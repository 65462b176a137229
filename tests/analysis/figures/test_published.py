"""What published counts allow to be said, and how much they leave open."""

from typing import Any

import pytest

from analysis.errors import EstimateError
from analysis.figures.findings import Finding
from analysis.figures.published import OPEN, estimate_published
from analysis.intervals import wilson_interval
from analysis.published_counts import published_rate
from analysis.trials.counts import Count


def counts(*rows: tuple[str, str, float, int]) -> list[Count]:
    return [Count(*row, decimals=0) for row in rows]


ORIGINAL = counts(
    ("suboptimal", "late", 64, 129), ("suboptimal", "early", 51, 129), ("strong", "late", 20, 127)
)


def find(found: tuple[Finding, ...], name: str, arm: str) -> Any:
    (one,) = [one for one in found if (one.name, one.arm) == (name, arm)]
    return one


def test_a_rate_covers_all_counts_that_round_to_it() -> None:
    found = find(estimate_published(ORIGINAL)[:2], "win rate", "late")
    rate = published_rate(64, 129, ties=True)
    assert (found.value, found.extra["low"], found.extra["high"]) == (0.64, rate.low, rate.high)
    low, _ = wilson_interval(rate.counts[0] / 129, 129, 1.959963984540054)
    assert found.extra["low"] == pytest.approx(low)


def test_every_figure_says_that_clusters_are_unknown() -> None:
    assert all("clusters unknown" in one.note for one in estimate_published(ORIGINAL))


def test_assumed_sessions_are_never_more_than_the_items() -> None:
    found = estimate_published(counts(("suboptimal", "m", 50, 10)))
    assumed = [one.name for one in found if "equal sessions" in one.name]
    assert assumed == ["win rate if 8 equal sessions had an ICC of 0.3"]


def test_arms_are_told_apart_as_far_as_the_pairing_allows() -> None:
    found = find(estimate_published(ORIGINAL), "model minus model, same items", "late")
    assert found.value == pytest.approx(0.13)
    assert found.extra["smallest_p"] < 0.05 < found.extra["largest_p"]


def test_a_pairing_that_no_counts_allow_gives_a_reason() -> None:
    found = estimate_published(counts(("strong", "a", 50, 3), ("strong", "b", 33, 3)))
    assert find(found, "model minus model, same items", "a").note


def test_a_break_even_lies_where_the_points_cross_one_half() -> None:
    found = find(estimate_published(ORIGINAL), "break-even share of detours", "late")
    assert found.value == pytest.approx(0.3 / 0.44)
    assert found.extra["low"] < found.value < found.extra["high"]


@pytest.mark.parametrize(
    ("sub", "strong", "n"), [(64, 20, 129), (20, 64, 129), (51, 20, 129), (60, 45, 20)]
)  # fmt: skip
def test_no_share_that_the_box_allows_is_left_out(sub: int, strong: int, n: int) -> None:
    """Tries every pair of rates in the box and every share of detours on a grid."""
    both = counts(("suboptimal", "m", sub, n), ("strong", "m", strong, n))
    found = find(estimate_published(both), "break-even share of detours", "m")
    a, b = (published_rate(one.percent, n, ties=True) for one in both)
    held = [
        p / 1000 for p in range(1001)
        if p / 1000 * a.low + (1 - p / 1000) * b.low <= 0.5
        <= p / 1000 * a.high + (1 - p / 1000) * b.high
    ]  # fmt: skip
    assert (found.extra["low"], found.extra["high"]) == pytest.approx((held[0], held[-1]), abs=2e-3)
    assert (OPEN in found.note) is (len(held) == 1001)


def test_no_share_makes_a_rate_below_one_half_everywhere_one_half() -> None:
    both = counts(("suboptimal", "m", 40, 100), ("strong", "m", 20, 100))
    found = find(estimate_published(both), "break-even share of detours", "m")
    assert (found.value, found.extra) == (None, {})
    assert "no share of detours makes it one half" in found.note


def test_equal_rates_have_no_break_even() -> None:
    both = counts(("suboptimal", "m", 40, 100), ("strong", "m", 40, 100))
    assert not [one for one in estimate_published(both) if one.section == "base_rates"]


def test_sure_rates_are_no_trouble() -> None:
    rows = [("suboptimal", "m", 100.0, 9), ("strong", "m", 0.0, 9), ("random", "m", 0.0, 1)]
    for one in estimate_published(counts(*rows)):
        assert one.value is not None or one.note


def test_a_percentage_that_no_count_gives_is_an_error() -> None:
    with pytest.raises(EstimateError, match="No count of 2 items rounds to 33 %"):
        estimate_published(counts(("strong", "m", 33, 2)))
