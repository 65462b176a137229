import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.population.weighted_rates import WeightedRate, weighted_rate
from analysis.rates import win_rate

REFERENCE = "weighted_rates"

Agrees = Callable[..., None]

ITEMS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(1, 40)), min_size=3, max_size=40
).filter(lambda items: len({label for _, label, _ in items}) > 1)


def estimate(items: list[tuple[int, int, int]], scale: float = 1.0) -> WeightedRate:
    scores = [twelfths / 12 for twelfths, _, _ in items]
    weights = [scale * weight for _, _, weight in items]
    return weighted_rate(scores, [label for _, label, _ in items], weights)


def error_of(rate: WeightedRate) -> float:
    found = rate.estimate
    assert found.effective_n is not None
    return math.sqrt(found.value * (1 - found.value) / found.effective_n)


@pytest.mark.parametrize("case", ["unequal", "by_cluster", "equal"])
def test_value_error_and_df_are_those_of_r(case: str, agrees: Agrees, reference: Any) -> None:
    theirs = reference[case]
    rate = weighted_rate(reference["score"], reference["cluster"], theirs["weight"])
    robust = f"clubSandwich {reference['versions']['clubSandwich']}, lm with weights"
    found = (rate.estimate.value, error_of(rate), rate.estimate.df)
    agrees(
        f"weighted rate CR2, {case}", robust, found, [theirs[k] for k in ("value", "error", "df")]
    )
    survey = f"survey {reference['versions']['survey']} svymean"
    expected = theirs["survey_value"], theirs["survey_error"]
    agrees(f"weighted rate linearised, {case}", survey, (found[0], rate.linearised_error), expected)


@settings(max_examples=25)
@given(ITEMS, st.floats(0.01, 1000))
def test_equal_weights_give_the_win_rate(items: list[tuple[int, int, int]], weight: float) -> None:
    same = [(score, label, 1) for score, label, _ in items]
    found = estimate(same, weight).estimate
    plain = win_rate([s / 12 for s, _, _ in items], [label for _, label, _ in items])
    ours = (found.value, found.low, found.high, found.df, found.effective_n, found.p_value)
    theirs = (plain.value, plain.low, plain.high, plain.df, plain.effective_n, plain.p_value)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    assert found.warnings == plain.warnings


@settings(max_examples=25)
@given(ITEMS)
def test_only_the_proportions_of_the_weights_matter(items: list[tuple[int, int, int]]) -> None:
    one, other = estimate(items), estimate(items, 1 / 7)
    assert other.kish_n == pytest.approx(one.kish_n, rel=1e-12)
    assert other.estimate.df == pytest.approx(one.estimate.df, rel=1e-10)
    assert other.estimate.low == pytest.approx(one.estimate.low, abs=1e-9)


@settings(max_examples=25)
@given(ITEMS)
def test_order_of_items_and_names_of_clusters_do_not_matter(
    items: list[tuple[int, int, int]],
) -> None:
    moved = [(score, (label * 3) % 7, weight) for score, label, weight in sorted(items)]
    one, other = estimate(items), estimate(moved)
    assert other.estimate.value == pytest.approx(one.estimate.value, rel=1e-12, abs=1e-14)
    assert other.estimate.df == pytest.approx(one.estimate.df, rel=1e-9)
    assert other.estimate.high == pytest.approx(one.estimate.high, abs=1e-8)


@settings(max_examples=25)
@given(ITEMS)
def test_swapping_roles_mirrors_the_weighted_rate(items: list[tuple[int, int, int]]) -> None:
    one = estimate(items).estimate
    other = estimate([(12 - score, label, weight) for score, label, weight in items]).estimate
    assert other.value == pytest.approx(1 - one.value, abs=1e-12)
    assert one.low is not None
    assert other.high == pytest.approx(1 - one.low, abs=1e-8)


def test_kish_effective_n_and_the_heaviest_cluster_are_by_weight() -> None:
    rate = weighted_rate([0, 1, 0.5, 1], ["a", "a", "b", "c"], [1, 1, 1, 3])
    assert rate.kish_n == pytest.approx(36 / 12)
    assert rate.largest_weight_share == pytest.approx(0.5)
    assert rate.estimate.largest_share == 0.5


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        pytest.param([1, 0, 2], r"weights\[1\] is 0, not one over a probability", id="zero"),
        pytest.param([1, 2, -1], r"weights\[2\] is -1, outside", id="negative"),
        pytest.param([math.nan, 2, 1], r"weights\[0\] is missing", id="nan"),
        pytest.param([1, math.inf, 1], r"weights\[1\] is inf, not one", id="infinite"),
        pytest.param([1, 2], "3 scores but 2 weights", id="short"),
    ],
)
def test_an_unusable_weight_is_named(weights: list[float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        weighted_rate([0, 1, 1], ["a", "b", "c"], weights)


@pytest.mark.parametrize("scores", [[0.4], [0.4, 0.6]], ids=["one-item", "one-cluster"])
def test_one_cluster_has_no_interval(scores: list[float]) -> None:
    with pytest.raises(TooFewClusters):
        weighted_rate(scores, ["a"] * len(scores), [2.0] * len(scores))


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0], ids=["lost", "tied", "won"])
def test_a_sweep_has_the_effective_n_of_its_clusters(score: float) -> None:
    rate = weighted_rate([score] * 12, [*range(9), 0, 1, 2], np.linspace(1, 20, 12))
    assert rate.estimate.value == pytest.approx(score)
    assert rate.estimate.effective_n == 9


def test_intervals_cover_the_population_rate_under_unequal_sampling() -> None:
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(100):
        won = rng.beta(2, 2, 20)[np.repeat(np.arange(20), 25)] > rng.random(500)
        chance = np.where(won, 0.35, 0.12)
        drawn = np.flatnonzero(rng.random(500) < chance)
        rate = weighted_rate(won[drawn], (drawn // 25).tolist(), 1 / chance[drawn]).estimate
        assert rate.low is not None
        assert rate.high is not None
        hits += rate.low <= 0.5 <= rate.high
    assert hits >= 89
