from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from analysis.labels.chance_level import chance_f1, matched_counts

PLACES = st.lists(st.integers(0, 14), unique=True, max_size=6)
MARKS = st.lists(st.integers(0, 14), unique=True, min_size=1, max_size=6)


def largest_matching(first: list[int], second: list[int], tolerance: int) -> int:
    near = np.abs(np.subtract.outer(first, second)) <= tolerance
    return int(np.count_nonzero(maximum_bipartite_matching(csr_array(near)) >= 0))


def turned(second: list[int], acts: int) -> list[list[int]]:
    return [sorted((place + by) % acts for place in second) for by in range(acts)]


@given(MARKS, MARKS, st.integers(0, 5))
def test_the_sweep_matches_as_many_as_scipy(
    first: list[int], second: list[int], tolerance: int
) -> None:
    swept = matched_counts(
        np.array(sorted(first)), np.array([sorted(second)]), np.array([tolerance])
    )
    assert swept.tolist() == [largest_matching(first, second, tolerance)]


@settings(max_examples=40)
@given(MARKS, MARKS)
def test_chance_is_the_mean_over_every_turn_of_either(first: list[int], second: list[int]) -> None:
    for tolerance, chance in zip((0, 2), chance_f1(first, second, 15, (0, 2)), strict=True):
        matched = [largest_matching(first, row, tolerance) for row in turned(second, 15)]
        matched += [largest_matching(row, second, tolerance) for row in turned(first, 15)]
        expected = 2 * sum(matched) / 30 / (len(first) + len(second))
        assert chance == pytest.approx(expected, rel=1e-12)


def test_one_mark_each_meets_by_chance_once_in_all_places() -> None:
    assert chance_f1([4], [9], 20, (0,)).tolist() == [1 / 20]


@given(MARKS, MARKS)
def test_chance_does_not_depend_on_who_is_first(first: list[int], second: list[int]) -> None:
    one, other = (chance_f1(*both, 15, (0, 2)) for both in ((first, second), (second, first)))
    assert one.tolist() == other.tolist()


def test_near_an_end_it_matters_whose_marks_stay() -> None:
    # A mark at 0 is met at tolerance 1 by two places of twelve, a mark at 5 by three.
    assert chance_f1([0], [5], 12, (1,))[0] == pytest.approx((2 / 12 + 3 / 12) / 2)


def test_exact_chance_without_order_is_the_share_of_places() -> None:
    # With tolerance 0, every turn of every set of marks averages n m / T matches.
    for second in combinations(range(6), 2):
        assert chance_f1([0, 3, 5], list(second), 6, (0,))[0] == pytest.approx(2 * 3 * 2 / 6 / 5)


@given(PLACES)
def test_without_marks_chance_is_nothing(marks: list[int]) -> None:
    assert chance_f1(marks, [], 15, (0, 1)).tolist() == [0, 0]
    assert chance_f1([], marks, 15, (0, 1)).tolist() == [0, 0]
