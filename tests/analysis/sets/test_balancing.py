from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.sets.balancing import balance_sets, kish_effective_n, standardised_difference
from tests.analysis.conftest import Agreement

Floats = npt.NDArray[np.float64]
REFERENCE = "set_contrasts"


def draw(seed: int, n: int = 80) -> tuple[npt.NDArray[np.bool_], Floats]:
    rng = np.random.default_rng(seed)
    in_a = np.arange(n) < n // 2
    x = np.column_stack(
        [rng.normal(size=n) + in_a * 0.5, rng.gamma(3, 500, n), rng.integers(0, 2, n)]
    )
    return in_a, x


def test_overlap_weights_are_those_of_a_logistic_regression_in_r(
    reference: Any, agrees: Agreement
) -> None:
    a, b = reference["a"], reference["b"]
    columns = [a[name] + b[name] for name in ("position", "initiator", "length")]
    in_a = [True] * len(a["score"]) + [False] * len(b["score"])
    found = balance_sets(in_a, np.column_stack(columns))
    agrees("overlap weights", "R glm", found.weights, reference["weighted"]["weight"])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_weighted_means_are_equal(seed: int) -> None:
    in_a, x = draw(seed)
    found = balance_sets(in_a.tolist(), x)
    assert np.all((found.weights > 0) & (found.weights < 1))
    assert found.differences_after == pytest.approx((0, 0, 0), abs=1e-9)
    assert found.effective_n_a <= 40
    assert found.effective_n_b <= 40


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_order_of_items_and_unit_of_covariates_change_no_weight(seed: int, random: Any) -> None:
    in_a, x = draw(seed)
    order = list(range(80))
    random.shuffle(order)
    found = balance_sets(in_a[order].tolist(), x[order] * [1e-3, 1e4, 7] + [3, -2, 1])
    expected = balance_sets(in_a.tolist(), x).weights[order]
    assert found.weights == pytest.approx(expected, rel=1e-9)


def test_swapping_the_sets_swaps_the_effective_sizes() -> None:
    in_a, x = draw(1)
    found, swapped = balance_sets(in_a.tolist(), x), balance_sets((~in_a).tolist(), x)
    assert swapped.weights == pytest.approx(found.weights)
    assert swapped.effective_n_a == pytest.approx(found.effective_n_b)


def test_constant_and_repeated_covariates_change_no_weight() -> None:
    in_a, x = draw(2)
    more = np.column_stack([np.ones(80), x, x[:, 0] + 2 * x[:, 1]])
    found = balance_sets(in_a.tolist(), more)
    assert found.weights == pytest.approx(balance_sets(in_a.tolist(), x).weights)
    assert found.differences_after == pytest.approx((0,) * 5, abs=1e-9)


def test_without_covariates_all_items_of_a_set_count_the_same() -> None:
    found = balance_sets([True] * 6 + [False] * 4, np.empty((10, 0)))
    assert found.weights == pytest.approx([0.4] * 6 + [0.6] * 4)
    assert (found.effective_n_a, found.effective_n_b) == pytest.approx((6, 4))


@pytest.mark.parametrize(
    ("column", "told"),
    [
        pytest.param([*range(10)], "No overlap", id="a-value-divides-them"),
        pytest.param(
            [0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
            "2 items, the first being item 3",
            id="a-category-of-one-set",
        ),
    ],
)
def test_covariates_that_separate_the_sets_are_refused(column: list[int], told: str) -> None:
    with pytest.raises(EstimateError, match=told):
        balance_sets([True] * 5 + [False] * 5, np.array(column)[:, np.newaxis])


@pytest.mark.parametrize(
    ("in_a", "covariates", "message"),
    [
        pytest.param([True] * 3, np.ones((3, 1)), "all items in one set", id="one-set"),
        pytest.param([True, False], np.ones((3, 1)), "covariates has shape", id="lengths"),
        pytest.param([True, False], [[1.0], [np.nan]], r"covariates\[1, 0\] is nan", id="nan"),
    ],
)
def test_unusable_arguments_are_named(in_a: list[bool], covariates: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        balance_sets(in_a, covariates)


def test_kish_counts_equal_weights_fully_and_one_heavy_item_once() -> None:
    assert kish_effective_n(np.full(7, 0.3)) == pytest.approx(7)
    assert kish_effective_n(np.array([1.0, 0, 0])) == 1


def test_a_standardised_difference_of_shares_has_the_binomial_deviation() -> None:
    """Austin 2009, section 2: (.5 - .2) / sqrt((.5 x .5 + .2 x .8) / 2)."""
    a, b = np.array([1.0] * 5 + [0] * 5), np.array([1.0] * 2 + [0] * 8)
    assert standardised_difference(0.3, a, b) == pytest.approx(0.3 / (0.41 / 2) ** 0.5)


def test_a_difference_without_a_unit_is_none() -> None:
    assert standardised_difference(1.0, np.full(4, 2.0), np.full(5, 1.0)) is None
    assert standardised_difference(0.0, np.full(4, 0.1), np.full(5, 0.1)) == 0
    assert standardised_difference(1.5, np.array([3.0]), np.array([1.0, 2.0])) is None
