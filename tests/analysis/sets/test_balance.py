from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.estimates import NO_SPREAD
from analysis.sets.balance import ALL_EQUAL, NO_UNIT, ONE_SET_EMPTY, BalanceRow, balance_table
from tests.analysis.conftest import Agreement

REFERENCE = "set_contrasts"


def table(**covariates: Any) -> tuple[BalanceRow, ...]:
    """Two sets of four items in the same four clusters."""
    return balance_table(covariates, [True] * 4 + [False] * 4, [1, 2, 3, 4] * 2)


@pytest.mark.parametrize("at", range(3), ids=["position", "length", "initiator"])
def test_numbers_are_compared_as_by_metafor_and_clubsandwich(
    at: int, reference: Any, agrees: Agreement
) -> None:
    a, b, theirs = reference["a"], reference["b"], reference["balance"][at]
    name, n_a, n_b = theirs["name"], len(a["score"]), len(b["score"])
    in_a = [True] * n_a + [False] * n_b
    (row,) = balance_table({name: a[name] + b[name]}, in_a, a["session"] + b["session"])
    found = row.difference
    assert found is not None
    assert row.standardised is not None
    ours = np.array([found.value, found.low, found.high, found.df], dtype=np.float64)
    expected = [theirs[key] for key in ("value", "low", "high", "df")]
    agrees(f"balance of {name}", "R clubSandwich 0.5.8", ours, expected)
    if name != "initiator":  # Shares have the binomial deviation, metafor's has n - 1.
        agrees(f"SMD of {name}", "R metafor 3.8", row.standardised, theirs["standardised"])


def test_a_category_has_a_row_with_its_shares() -> None:
    """Austin 2009: (p - q) / sqrt((p (1 - p) + q (1 - q)) / 2)."""
    rows = table(kind=["ask", "ask", "run", "run", "ask", "run", "run", "run"])
    assert [(row.category, row.a, row.b) for row in rows] == [
        ("ask", 0.5, 0.25),
        ("run", 0.5, 0.75),
    ]
    expected = 0.25 / ((0.25 + 0.1875) / 2) ** 0.5
    assert [row.standardised for row in rows] == pytest.approx([expected, -expected])


def test_booleans_are_categories() -> None:
    rows = table(asked=[True, True, False, False, True, False, False, False])
    assert [(row.category, row.a, row.b) for row in rows] == [
        ("False", 0.5, 0.75),
        ("True", 0.5, 0.25),
    ]


def test_missing_values_are_counted_and_left_out() -> None:
    numeric, *kinds = table(
        length=[1, None, 3, 5, float("nan"), float("nan"), 2, 4],
        kind=["x", "x", None, "y", "x", "y", "y", None],
    )
    assert (numeric.a, numeric.b) == (3, 3)
    assert (numeric.n_a, numeric.missing_a, numeric.n_b, numeric.missing_b) == (3, 1, 2, 2)
    assert [(row.missing_a, row.missing_b) for row in kinds] == [(1, 1), (1, 1)]
    assert kinds[0].a == pytest.approx(2 / 3)


@pytest.mark.parametrize("value", [7, 0.1, "same"])
def test_a_constant_covariate_differs_by_nothing(value: Any) -> None:
    (row,) = table(constant=[value] * 8)
    assert row.standardised == 0
    assert row.notes == (ALL_EQUAL,)
    assert row.difference is not None
    assert (row.difference.value, row.difference.low) == (0, None)
    assert NO_SPREAD in row.difference.warnings


def test_a_covariate_that_is_the_set_has_no_unit() -> None:
    (row,) = table(period=[1] * 4 + [2] * 4)
    assert (row.a, row.b, row.standardised) == (1, 2, None)
    assert row.notes == (NO_UNIT,)


def test_a_covariate_missing_for_a_whole_set_is_shown_without_difference() -> None:
    (row,) = table(minutes=[None] * 4 + [1, 2, 3, 5])
    assert (row.a, row.standardised, row.difference) == (None, None, None)
    assert (row.b, row.missing_a) == (2.75, 4)
    assert row.notes == (ONE_SET_EMPTY,)


def test_a_covariate_missing_everywhere_is_counted() -> None:
    (row,) = table(minutes=[None] * 8)
    assert (row.a, row.b, row.missing_a, row.missing_b) == (None, None, 4, 4)


def test_a_set_in_one_cluster_has_a_difference_without_interval() -> None:
    (row,) = balance_table({"x": [1, 2, 3, 5]}, [True, True, False, False], [1, 1, 2, 3])
    assert row.standardised is not None
    assert row.difference is None
    assert "one cluster" in row.notes[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8), st.permutations(range(8)))
def test_order_of_items_and_unit_change_no_standardised_difference(
    values: list[int], order: list[int]
) -> None:
    in_a, clusters = [True] * 4 + [False] * 4, [1, 2, 3, 4] * 2
    (row,) = balance_table({"x": values}, in_a, clusters)
    columns = ([1000 * values[i] + 7 for i in order], [in_a[i] for i in order])
    (moved,) = balance_table({"x": columns[0]}, columns[1], [clusters[i] for i in order])
    assert moved.standardised == pytest.approx(row.standardised, abs=1e-12)
    assert (moved.difference is None) == (row.difference is None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8))
def test_swapping_the_sets_changes_the_sign(values: list[int]) -> None:
    in_a, clusters = [True] * 4 + [False] * 4, [1, 2, 3, 4] * 2
    (row,) = balance_table({"x": values}, in_a, clusters)
    (swapped,) = balance_table({"x": values}, [not entry for entry in in_a], clusters)
    if row.standardised is not None:
        assert swapped.standardised == pytest.approx(-row.standardised)
    assert (swapped.a, swapped.n_a) == (row.b, row.n_b)
    assert replace(swapped, difference=None).notes == row.notes


@pytest.mark.parametrize(
    ("values", "in_a", "message"),
    [
        ([1, 2], [True, False, False], "'x' has 2 values for 3 items"),
        ([1, 2, float("inf")], [True, False, False], r"'x'\[2\] is infinite"),
        ([1, 2, 3], [True, True, True], "all items in one set"),
        ([1, 2], [True, False], "2 entries of in_a but 3"),
    ],
    ids=["lengths", "infinite", "one-set", "labels"],
)
def test_unusable_arguments_are_named(values: list[float], in_a: list[bool], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        balance_table({"x": values}, in_a, [1, 2, 3])
