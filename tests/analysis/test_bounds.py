import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.bounds import (
    UNKNOWN_CLUSTERS,
    Bounds,
    contrast_bounds,
    difference_bounds,
    rate_bounds,
)
from analysis.contrasts import paired_difference, set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.rates import win_rate

NAN = math.nan
SCORES = st.lists(st.integers(0, 4).map(lambda quarters: quarters / 4), min_size=6, max_size=20)


def values(bounds: Bounds) -> tuple[float, float]:
    return bounds.worst.value, bounds.best.value


def test_missing_items_are_lost_in_the_worst_case_and_won_in_the_best() -> None:
    bounds = rate_bounds([1, 0.5, 0, 1], ["a", "a", "b", "c"], missing=["a", "d"])
    assert values(bounds) == pytest.approx((2.5 / 6, 4.5 / 6))
    assert bounds.worst == win_rate([1, 0.5, 0, 1, 0, 0], ["a", "a", "b", "c", "a", "d"])
    assert (bounds.low, bounds.high) == (bounds.worst.low, bounds.best.high)
    assert (bounds.missing, bounds.n, bounds.warnings) == (2, 6, ())
    assert bounds.missing_share == pytest.approx(1 / 3)


@settings(max_examples=30)
@given(SCORES)
def test_nothing_missing_leaves_the_ordinary_interval(scores: list[float]) -> None:
    rate = win_rate(scores, list(range(len(scores))))
    bounds = rate_bounds(scores, list(range(len(scores))), missing=0)
    assert bounds.worst == bounds.best == rate
    assert (bounds.low, bounds.high) == (rate.low, rate.high)


@settings(max_examples=30)
@given(SCORES, st.lists(st.integers(0, 5), min_size=1, max_size=8), st.data())
def test_whatever_the_missing_scores_are_the_rate_lies_between(
    scores: list[float], labels: list[int], data: st.DataObject
) -> None:
    fill = data.draw(st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels)))
    clusters = [index % 4 for index in range(len(scores))]
    bounds = rate_bounds(scores, clusters, labels)
    truth = win_rate([*scores, *fill], [*clusters, *labels]).value
    assert bounds.worst.value - 1e-12 <= truth <= bounds.best.value + 1e-12


def test_a_number_alone_makes_each_missing_item_its_own_cluster() -> None:
    bounds = rate_bounds([1, 0, 1], ["a", "a", "b"], missing=2)
    assert bounds.worst.clusters == 4
    assert bounds.warnings == (UNKNOWN_CLUSTERS,)


def test_all_unscored_leaves_everything_open() -> None:
    bounds = rate_bounds([], [], missing=["a", "b", "c"])
    assert values(bounds) == (0, 1)
    assert bounds.low == pytest.approx(0)
    assert bounds.high == pytest.approx(1)
    assert bounds.missing_share == 1


@pytest.mark.parametrize(
    ("scores", "missing", "message"),
    [
        pytest.param([], 0, "scores is empty", id="nothing"),
        pytest.param([0.5, NAN], 0, r"scores\[1\] is missing", id="nan"),
        pytest.param([0.5, 0.5], -1, "missing is -1", id="negative"),
    ],
)
def test_unusable_input_is_named(scores: list[float], missing: int, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        rate_bounds(scores, list(range(len(scores))), missing)


def test_one_cluster_in_all_has_no_interval() -> None:
    with pytest.raises(TooFewClusters):
        rate_bounds([1, 0], ["a", "a"], ["a"])


def test_a_difference_is_bounded_by_what_is_known_of_each_item() -> None:
    a, b = [0.75, NAN, 0.5, NAN], [0.25, 0.25, NAN, NAN]
    bounds = difference_bounds(a, b, ["s", "t", "u", "v"])
    # Item by item: .5; [-.25, .75]; [-.5, .5]; [-1, 1].
    assert values(bounds) == pytest.approx(((0.5 - 0.25 - 0.5 - 1) / 4, (0.5 + 0.75 + 0.5 + 1) / 4))
    assert bounds.missing == 3
    assert (bounds.low, bounds.high) == (-1, 1)


def test_complete_pairs_leave_the_ordinary_difference() -> None:
    rng = np.random.default_rng(1)
    a, b, clusters = rng.random(30), rng.random(30), [index % 9 for index in range(30)]
    plain, bounds = paired_difference(a, b, clusters), difference_bounds(a, b, clusters)
    assert bounds.missing == 0
    assert (bounds.worst.value, bounds.low, bounds.high) == (plain.value, plain.low, plain.high)


def test_swapping_the_arms_mirrors_the_bounds() -> None:
    a, b = [0.75, NAN, 0.5, 0.1, 1.0], [0.25, 0.25, NAN, 0.3, 0.0]
    one, other = (difference_bounds(*pair, range(5)) for pair in ((a, b), (b, a)))
    assert one.low is not None
    assert one.high is not None
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-12)


def test_no_scores_at_all_leave_the_whole_scale() -> None:
    bounds = difference_bounds([NAN] * 3, [NAN] * 3, [1, 2, 3])
    assert values(bounds) == (-1, 1)
    assert (bounds.low, bounds.high) == (-1, 1)


def test_equal_differences_have_no_outer_end_where_there_is_no_interval() -> None:
    bounds = difference_bounds([0.5, 0.5], [0.5, 0.5], [1, 2])
    assert (bounds.low, bounds.high) == (None, None)


def test_a_set_contrast_is_least_when_a_loses_and_b_wins_what_is_missing() -> None:
    a, b = [0.5, NAN, 1.0], [0.5, 0.25, NAN]
    bounds = contrast_bounds(a, [1, 2, 3], b, [2, 3, 4])
    assert bounds.worst == set_contrast([0.5, 0, 1], [1, 2, 3], [0.5, 0.25, 1], [2, 3, 4])
    assert bounds.best == set_contrast([0.5, 1, 1], [1, 2, 3], [0.5, 0.25, 0], [2, 3, 4])
    assert bounds.missing == 2


@pytest.mark.parametrize("estimate", [difference_bounds, contrast_bounds])
def test_a_score_outside_the_scale_is_named(estimate: Any) -> None:
    rest = ([0.5, 0.5], [1, 2]) if estimate is difference_bounds else ([1, 2], [0.5, 0.5], [1, 2])
    with pytest.raises(EstimateError, match=r"scores_a\[1\] is 1.5"):
        estimate([NAN, 1.5], *rest)


def test_arms_of_unequal_length_are_refused() -> None:
    with pytest.raises(EstimateError, match="2 scores of A but 1 of B"):
        difference_bounds([0.1, 0.2], [0.1], [1, 2])


def test_the_outer_interval_covers_the_rate_whatever_hides_the_scores() -> None:
    rng, hits = np.random.default_rng(5), 0
    for _ in range(200):
        clusters = np.repeat(np.arange(15), 5)
        won = rng.random(75) < rng.beta(3, 3, 15)[clusters]
        hidden = rng.random(75) < np.where(won, 0.3, 0.02)
        seen = ~hidden
        bounds = rate_bounds(won[seen], clusters[seen].tolist(), clusters[hidden].tolist())
        assert bounds.low is not None
        assert bounds.high is not None
        hits += bounds.low <= 0.5 <= bounds.high
    assert hits >= 190
