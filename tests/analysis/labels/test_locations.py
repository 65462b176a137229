from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.contrasts import mean_effect
from analysis.errors import EstimateError, TooFewClusters
from analysis.jackknife import Scale, Undefined, cluster_jackknife
from analysis.labels.locations import (
    NOTHING_MARKED,
    MarkedSession,
    boundary_similarity,
    location_agreement,
    match_positions,
)

REFERENCE = "locations"

Agrees = Callable[..., None]

MARKS = st.lists(st.integers(0, 11), unique=True, max_size=4)
SESSIONS = st.lists(st.builds(MarkedSession, MARKS, MARKS, st.just(12)), min_size=3, max_size=5)


def best_by_trying(first: list[int], second: list[int], tolerance: int) -> tuple[int, int]:
    """Most pairs and their least total distance over every one-to-one assignment."""
    short, long = sorted([first, second], key=len)
    best = (0, 0)
    for chosen in permutations(long, len(short)):
        apart = [abs(a - b) for a, b in zip(short, chosen, strict=True) if abs(a - b) <= tolerance]
        best = min(best, (-len(apart), sum(apart)))
    return -best[0], best[1]


def nearest_first(first: list[int], second: list[int], tolerance: int) -> int:
    matched, first, second = 0, list(first), list(second)
    while first and second:
        a, b = min(((a, b) for a in first for b in second), key=lambda pair: abs(pair[0] - pair[1]))
        if abs(a - b) > tolerance:
            break
        first.remove(a)
        second.remove(b)
        matched += 1
    return matched


@given(MARKS, MARKS, st.integers(0, 4))
def test_a_match_is_the_best_of_all_assignments(
    first: list[int], second: list[int], tolerance: int
) -> None:
    match = match_positions(first, second, tolerance)
    total = sum(abs(a - b) for a, b in match.pairs)
    assert (len(match.pairs), total) == best_by_trying(first, second, tolerance)


def test_taking_the_nearest_first_matches_too_few() -> None:
    match = match_positions([3, 6], [1, 4], 2)
    assert match.pairs == ((3, 1), (6, 4))
    assert nearest_first([3, 6], [1, 4], 2) == 1


def test_precision_recall_and_f1_of_a_match() -> None:
    match = match_positions([2, 8, 14], [3, 20], 1)
    assert match.pairs == ((2, 3),)
    assert (match.recall, match.precision, match.f1) == (1 / 3, 1 / 2, 2 / 5)


def test_who_marked_nothing_has_no_share_of_it() -> None:
    one, both = match_positions([], [4], 3), match_positions([], [], 3)
    assert (one.recall, one.precision, one.f1) == (None, 0, 0)
    assert (both.recall, both.precision, both.f1) == (None, None, None)


@given(MARKS, MARKS, st.integers(0, 4))
def test_swapping_annotators_swaps_precision_and_recall(
    first: list[int], second: list[int], tolerance: int
) -> None:
    one = match_positions(first, second, tolerance)
    other = match_positions(second, first, tolerance)
    assert (one.recall, one.precision, one.f1) == (other.precision, other.recall, other.f1)


def test_boundary_similarity_equals_segeval(reference: Any, agrees: Agrees) -> None:
    """Fournier 2013; the stored values are of the author's own package."""
    found = [boundary_similarity(case["first"], case["second"]) for case in reference["cases"]]
    expected = [case["boundary_similarity"] for case in reference["cases"]]
    agrees("boundary similarity B", "segeval 2.0.11, stored", found, expected, within=1e-12)


@given(MARKS, MARKS)
def test_boundary_similarity_is_symmetric_and_one_only_for_the_same_marks(
    first: list[int], second: list[int]
) -> None:
    similarity = boundary_similarity(first, second)
    assert similarity == boundary_similarity(second, first)
    assert (similarity is None) == (not first and not second)
    assert (similarity == 1) == (bool(first) and set(first) == set(second))


def marked() -> list[MarkedSession]:
    return [
        MarkedSession([2, 9], [2, 10], 20),
        MarkedSession([5], [7, 15], 18),
        MarkedSession([1, 4, 8], [1, 4, 8], 12),
        MarkedSession([], [3], 9),
        MarkedSession([], [], 9),
        MarkedSession([6], [6], 30),
    ]


def test_sessions_count_the_same_however_many_marks_they_hold() -> None:
    found = location_agreement(marked())
    exact, one, two, _ = found.curve
    assert exact.f1.value == pytest.approx((1 / 2 + 0 + 1 + 0 + 1) / 5)
    assert one.f1.value == pytest.approx((1 + 0 + 1 + 0 + 1) / 5)
    assert two.f1.value == pytest.approx((1 + 2 / 3 + 1 + 0 + 1) / 5)
    assert found.boundary.value == pytest.approx((1.5 / 2 + 0 + 1 + 0 + 1) / 5)


def test_empty_sessions_are_counted_and_one_sided_ones_are_zero() -> None:
    found = location_agreement(marked())
    assert (found.both_empty, found.one_empty) == (1, 1)
    assert found.curve[0].f1.exclusions == {NOTHING_MARKED: 1}
    assert found.curve[0].f1.n == 5


def test_offsets_tell_who_marks_later() -> None:
    found = location_agreement(marked())
    assert found.offsets == {0: 5, 1: 1, 2: 1}
    assert (found.unmatched_first, found.unmatched_second) == (0, 2)


def test_the_interval_of_f1_rests_on_the_jackknife_over_sessions() -> None:
    sessions = [session for session in marked() if session.first or session.second]
    f1 = location_agreement(sessions).curve[2].f1
    scores = np.array([match_positions(s.first, s.second, 2).f1 for s in sessions], np.float64)
    jackknife = cluster_jackknife(
        lambda sums: sums[:, 0] / sums[:, 1],
        np.column_stack([scores, np.ones(5)]),
        range(5),
        "F1",
        Scale(fisher=False, low=0),
    )
    assert jackknife.low is not None
    assert f1.effective_n is not None
    error = (f1.value - jackknife.low) / 2.7764451051977987  # t quantile, 4 df
    assert f1.value * (1 - f1.value) / f1.effective_n == pytest.approx(error**2, rel=1e-9)
    assert f1.df == pytest.approx(4)


def test_above_chance_is_the_mean_of_the_differences() -> None:
    sessions = [
        MarkedSession([2], [2], 10),
        MarkedSession([5], [6], 20),
        MarkedSession([0], [0], 5),
    ]
    exact = location_agreement(sessions, tolerances=[0]).curve[0]
    expected = mean_effect([1 - 1 / 10, 0 - 1 / 20, 1 - 1 / 5], range(3))
    assert exact.above_chance == expected
    assert exact.chance == pytest.approx((1 / 10 + 1 / 20 + 1 / 5) / 3)


@settings(max_examples=40)
@given(SESSIONS)
def test_f1_and_chance_grow_with_the_tolerance(sessions: list[MarkedSession]) -> None:
    try:
        curve = location_agreement(sessions).curve
    except (Undefined, TooFewClusters):
        return
    for narrow, wide in pairwise(curve):
        assert narrow.f1.value <= wide.f1.value + 1e-12
        assert narrow.chance <= wide.chance + 1e-12


@settings(max_examples=40)
@given(SESSIONS)
def test_swapping_annotators_or_reordering_sessions_leaves_the_curve(
    sessions: list[MarkedSession],
) -> None:
    swapped = [MarkedSession(s.second, s.first, s.acts) for s in sessions[::-1]]
    try:
        one, other = location_agreement(sessions), location_agreement(swapped)
    except (Undefined, TooFewClusters):
        return
    found = [(step.f1.value, step.f1.low, step.chance) for step in one.curve]
    assert found == [pytest.approx((s.f1.value, s.f1.low, s.chance)) for s in other.curve]
    assert one.boundary.value == pytest.approx(other.boundary.value)


def test_marks_without_relation_are_at_chance() -> None:
    rng = np.random.default_rng(12)
    places = [[rng.choice(25, 3, replace=False).tolist() for _ in range(2)] for _ in range(150)]
    sessions = [MarkedSession(first, second, 25) for first, second in places]
    for step in location_agreement(sessions).curve:
        assert step.above_chance.low is not None
        assert step.above_chance.high is not None
        assert step.above_chance.low - 0.02 < 0 < step.above_chance.high + 0.02


def test_sessions_of_one_lineage_are_one_cluster() -> None:
    sessions = marked()[:4]
    assert location_agreement(sessions, ["a", "a", "b", "c"]).curve[0].f1.clusters == 3
    with pytest.raises(TooFewClusters, match="one cluster"):
        location_agreement(sessions, ["a"] * 4)


@pytest.mark.parametrize(
    ("session", "message"),
    [
        pytest.param(MarkedSession([3], [9], 9), r"\[0\].second\[0\] is 9, but", id="beyond"),
        pytest.param(MarkedSession([-1], [], 9), r"\[0\].first\[0\] is -1", id="before"),
        pytest.param(MarkedSession([3, 3], [], 9), r"first\[1\] marks 3 again", id="twice"),
    ],
)
def test_unusable_positions_are_refused(session: MarkedSession, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        location_agreement([session, session])


def test_nothing_marked_and_unusable_settings_are_refused() -> None:
    with pytest.raises(Undefined, match="Nobody marked anything"):
        location_agreement([MarkedSession([], [], 9)] * 3)
    with pytest.raises(EstimateError, match="tolerances must be different"):
        location_agreement(marked(), tolerances=[1, 1])
    with pytest.raises(EstimateError, match="6 sessions but 1 cluster labels"):
        location_agreement(marked(), ["a"])
