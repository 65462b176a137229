"""What a laboratory enters a pool with, whatever came out."""

from itertools import pairwise

import pytest

from analysis.contrasts import paired_difference
from analysis.estimates import Estimate
from analysis.pooling.entering import capped_size, design_size, pool_estimates
from analysis.rates import win_rate

SIX, HUNDRED = [n % 3 for n in range(6)], [n % 10 for n in range(100)]


def difference(won: int, clusters: list[int]) -> Estimate:
    """A model that wins this many of the items, and stock none."""
    scores = [float(n < won) for n in range(len(clusters))]
    return paired_difference(scores, [0.0] * len(clusters), clusters)


def test_weights_are_the_same_whatever_came_out() -> None:
    sizes = {design_size(difference(won, HUNDRED)) for won in (0, 50, 99, 100)}
    assert len(sizes) == 1


def test_six_items_that_agree_by_luck_do_not_outweigh_a_hundred() -> None:
    six = win_rate([n % 2 for n in (0, 0, 0, 1, 1, 1)], SIX)
    assert six.effective_n is None or capped_size(six) <= 6
    assert design_size(six) < 6 < design_size(difference(1, HUNDRED))


def test_items_in_few_clusters_weigh_less() -> None:
    few, many, all_apart = (
        design_size(difference(1, [n % k for n in range(100)])) for k in (4, 20, 100)
    )
    assert all(one < other for one, other in pairwise((few, many, all_apart)))


def test_a_laboratory_without_spread_enters_where_another_shows_one() -> None:
    found = {"sure": difference(6, SIX), "other": difference(47, HUNDRED)}
    pool = pool_estimates(found, 0.95, rates=False)
    assert found["sure"].low is None
    assert pool is not None
    assert 0.5 < pool.value < 1
    assert pool_estimates({"a": found["sure"], "b": found["sure"]}, 0.95, rates=False) is None


@pytest.mark.parametrize("won", [1, 5])
def test_no_interval_of_a_difference_leaves_what_is_possible(won: int) -> None:
    found = {"one": difference(won, SIX), "two": difference(0, SIX), "three": difference(6, SIX)}
    pool = pool_estimates(found, 0.95, rates=False)
    assert pool is not None
    ends = (pool.low, pool.high, pool.predicted_low, pool.predicted_high)
    assert all(end is not None and -1 <= end <= 1 for end in ends)
