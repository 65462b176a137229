from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.errors import EstimateError
from analysis.permutation.max_t import max_t
from analysis.permutation.sign_flips import sign_flip_test

REFERENCE = "max_t"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)

Floats = npt.NDArray[np.float64]

TABLES = arrays(np.float64, (12, 4), elements=st.integers(-4, 4).map(lambda quarters: quarters / 4))
SESSIONS = [0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6]


def by_hand(sums: Floats) -> tuple[list[float], list[float]]:
    """Westfall and Young 1993, algorithm 4.1, with every sign pattern and plain loops."""
    norms = [float(np.sqrt(np.sum(column**2))) or 1.0 for column in sums.T]
    patterns = [np.abs(np.array(s) @ sums) / norms for s in product([1, -1], repeat=len(sums))]
    observed = patterns[0]
    order = sorted(range(len(observed)), key=lambda k: -observed[k])
    stepped, so_far = [0.0] * len(order), 0.0
    for place, k in enumerate(order):
        reached = [max(t[j] for j in order[place:]) >= observed[k] - 1e-9 for t in patterns]
        so_far = max(so_far, float(np.mean(reached)))
        stepped[k] = so_far
    alone = [np.mean([t[k] >= observed[k] - 1e-9 for t in patterns]) for k in range(len(order))]
    return stepped, [float(p) for p in alone]


def session_sums(table: Floats) -> Floats:
    return np.array([table[np.array(SESSIONS) == label].sum(axis=0) for label in range(7)])


def test_five_contrasts_have_the_adjusted_p_values_of_r(agrees: Agrees, reference: Any) -> None:
    test = max_t(np.array(reference["sums"]) / 11, range(10))
    assert test.exact
    every = "R, every pattern in plain loops"
    agrees("max-T adjusted p", every, test.adjusted, reference["adjusted"], within=1e-12)
    agrees("max-T unadjusted p", every, test.p_values, reference["alone"], within=1e-12)
    coin, step_down = "R coin 1.4.2", "R coin 1.4.2 step-down, a million draws"
    agrees("max-T statistics", coin, test.statistics, reference["coin_statistics"], within=1e-12)
    agrees("max-T adjusted p", step_down, test.adjusted, reference["coin_adjusted"], within=0.02)


@FEW
@given(TABLES)
def test_the_product_equals_the_second_implementation(table: Floats) -> None:
    test = max_t(table, SESSIONS)
    adjusted, alone = by_hand(session_sums(table))
    assert test.adjusted == pytest.approx(adjusted, abs=1e-12)
    assert test.p_values == pytest.approx(alone, abs=1e-12)


@FEW
@given(TABLES)
def test_the_unadjusted_p_values_are_those_of_the_sign_flip(table: Floats) -> None:
    found = max_t(table, SESSIONS).p_values
    assert found == tuple(sign_flip_test(column, SESSIONS).p_value for column in table.T)


@FEW
@given(TABLES)
def test_one_contrast_needs_no_adjustment_and_more_only_raise_it(table: Floats) -> None:
    alone, together = max_t(table[:, :1], SESSIONS), max_t(table, SESSIONS)
    assert alone.adjusted == alone.p_values
    for adjusted, p in zip(together.adjusted, together.p_values, strict=True):
        assert adjusted is not None
        assert p is not None
        assert p <= adjusted <= 1


@FEW
@given(TABLES)
def test_adjusted_p_values_fall_as_statistics_grow(table: Floats) -> None:
    test = max_t(table, SESSIONS)
    found = [(abs(t or 0), p) for t, p in zip(test.statistics, test.adjusted, strict=True)]
    for (t, p), (other_t, other_p) in combinations(found, 2):
        assert p is not None
        assert other_p is not None
        assert (t - other_t) * (p - other_p) <= 1e-12


@FEW
@given(TABLES, st.permutations(range(4)))
def test_roles_order_and_names_change_no_adjusted_p_value(table: Floats, turn: list[int]) -> None:
    test = max_t(table, SESSIONS)
    mirrored = max_t(-table[::-1, turn], [f"s{label}" for label in reversed(SESSIONS)])
    assert mirrored.adjusted == pytest.approx([test.adjusted[k] for k in turn], abs=1e-12)


def test_roles_order_and_names_change_no_drawn_p_value() -> None:
    rng = np.random.default_rng(2)
    table, sessions = rng.integers(-4, 5, (120, 6)) / 4, rng.integers(0, 30, 120)
    table[rng.random((120, 6)) < 0.2] = np.nan
    turn = rng.permutation(120)
    test = max_t(table, sessions.tolist(), draws=199)
    mirrored = max_t(-table[turn], [f"s{label * 7 % 30}" for label in sessions[turn]], draws=199)
    assert not test.exact
    assert mirrored.adjusted == test.adjusted
    assert mirrored.p_values == test.p_values


def test_the_family_wise_error_is_exact_over_all_sign_patterns() -> None:
    rng = np.random.default_rng(4)
    sums = rng.integers(-8, 9, (7, 5)) / 8
    smallest = [
        min(p for p in max_t(sums * np.array(signs)[:, None], range(7)).adjusted if p is not None)
        for signs in product([1, -1], repeat=7)
    ]
    for alpha in [0.05, 0.1, *smallest]:
        assert np.mean(np.array(smallest) <= alpha) <= alpha + 1e-12


def test_true_nulls_beside_a_large_effect_keep_the_family_wise_error() -> None:
    rng, wrong = np.random.default_rng(6), 0
    for _ in range(300):
        models = rng.normal(0, 0.2, (12, 4))
        models[:, 0] += 0.3
        pairs = list(combinations(range(4), 2))
        table = np.clip(np.stack([models[:, a] - models[:, b] for a, b in pairs], axis=1), -1, 1)
        adjusted = max_t(table, range(12)).adjusted
        wrong += any(p <= 0.05 for p, (a, _) in zip(adjusted, pairs, strict=True) if p and a)
    assert wrong / 300 <= 0.05 + 3 * 0.0126


def test_an_item_without_a_score_moves_only_other_contrasts() -> None:
    table = np.array([[0.5, 1.0], [0.25, np.nan], [-0.5, 0.5], [1.0, 0.25]])
    test = max_t(table, ["a", "b", "c", "d"])
    without = sign_flip_test([1.0, 0.5, 0.25], ["a", "c", "d"])
    assert test.items == (4, 3)
    assert test.p_values[1] == without.p_value


def test_a_contrast_without_items_is_outside_the_family() -> None:
    table = np.array([[0.5, np.nan, 1.0], [0.25, np.nan, 1.0], [-0.5, np.nan, 1.0]])
    test, without = max_t(table, "abc"), max_t(table[:, [0, 2]], "abc")
    assert (test.adjusted[1], test.p_values[1], test.statistics[1]) == (None, None, None)
    assert (test.family, test.items) == (2, (3, 0, 3))
    assert (test.adjusted[0], test.adjusted[2]) == without.adjusted


def test_contrasts_that_are_all_ties_have_the_p_value_one() -> None:
    test = max_t(np.zeros((6, 3)), range(6))
    assert test.adjusted == (1.0, 1.0, 1.0)
    assert test.statistics == (0.0, 0.0, 0.0)


def test_one_cluster_can_show_nothing() -> None:
    test = max_t([[1.0, 0.5]], ["a"])
    assert test.adjusted == (1.0, 1.0)


@pytest.mark.parametrize(
    ("table", "labels", "message"),
    [
        ([0.5, 1.0], "ab", "one row per item"),
        ([[np.nan], [np.nan]], "ab", "no contrast has an item"),
        (np.zeros((0, 3)), "", "no contrast has an item"),
        ([[0.5, 0.5], [0.5, 1.5]], "ab", r"differences\[1, 1\] is 1.5"),
        ([[0.5], [0.5]], ["a", None], r"clusters\[1\] is missing"),
        ([[0.5], [0.5]], ["a"], "2 values but 1 cluster labels"),
    ],
)
def test_unusable_input_is_refused(table: Any, labels: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        max_t(table, labels)
