"""How numbers are worded: rounding, signs, and shares that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimates import Estimate
from analysis.figures.lines import Figure
from analysis.figures.outline import RunSet
from analysis.report.words import (
    brackets,
    count_items,
    name_owners,
    percent,
    percent1,
    points,
    round_together,
    signed1,
    span,
)


def figure(low: float, high: float, *warnings: str) -> Figure:
    value = (low + high) / 2
    estimate = Estimate(
        value=value, low=low, high=high, level=0.95, method="", n=1, clusters=1, largest_share=1,
        icc=None, design_effect=None, effective_n=None, df=1, p_value=None, null=0,
        warnings=warnings,
    )  # fmt: skip
    return Figure(value, "", estimate)


@given(st.lists(st.integers(0, 400), min_size=3, max_size=3).filter(any))
def test_shares_of_a_whole_are_rounded_to_a_hundred(counts: list[int]) -> None:
    shares = tuple(count / sum(counts) for count in counts)
    rounded = round_together(shares)
    assert sum(rounded) == 100
    assert all(abs(100 * a - b) < 1 for a, b in zip(shares, rounded, strict=True))


@given(st.floats(-1, 1))
def test_a_difference_and_its_opposite_are_worded_alike(value: float) -> None:
    assert points(-value) == -points(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(0.125, "13 %", id="half-away-from-zero"),
        pytest.param(0.58, "58 %", id="plain"),
        pytest.param(None, "–", id="missing"),
    ],
)
def test_a_share_is_a_whole_percentage(value: float | None, words: str) -> None:
    assert percent(value) == words


def test_minus_is_a_minus_and_zero_has_no_sign() -> None:
    assert signed1(-0.032) == "−3.2"
    assert signed1(0.032) == "+3.2"
    assert signed1(-0.0001) == "0.0"
    assert percent1(0.5) == "50.0 %"


def test_an_interval_can_be_told_from_the_other_side() -> None:
    assert span(figure(-0.11, 0.04)) == "−11 to 4"
    assert span(figure(-0.11, 0.04), turned=True) == "−4 to 11"


def test_warnings_stand_in_the_brackets() -> None:
    assert brackets(figure(0.1, 0.9, "unreliable")) == "(10 to 90; unreliable)"
    assert brackets(Figure(0.5, "no interval: why")) == "(no interval: why)"


def test_one_item_is_counted_in_the_singular() -> None:
    assert count_items(1, "suboptimal") == "1 detour"
    assert count_items(2, "strong") == "2 strong moves"


def test_an_agent_s_set_is_worded_as_the_agent_s() -> None:
    sets = [RunSet("a", "suboptimal", "agent", 3), RunSet("b", "strong", "human", 2)]
    assert name_owners(sets[:1]) == "the agent’s"
    assert name_owners(sets) == "the human’s or the agent’s"
