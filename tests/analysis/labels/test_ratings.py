import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.labels.ratings import agreement_weights, category_counts, clusters_of, rating_codes

YES_NO = ["yes", "no"]


def test_labels_become_numbers_and_missing_ones_minus_one() -> None:
    codes = rating_codes([["no", None, "yes"], [math.nan, "no", "no"]], YES_NO)
    assert codes.tolist() == [[1, -1, 0], [-1, 1, 1]]


def test_counts_leave_missing_labels_out() -> None:
    counts = category_counts([["no", None], ["no", None], ["yes", "yes"]], YES_NO)
    assert counts.tolist() == [[1, 2], [1, 0]]


@pytest.mark.parametrize(
    ("ratings", "categories", "message"),
    [
        pytest.param([["yes", "maybe"]], YES_NO, r"ratings\[0\]\[1\] is 'maybe'", id="unknown"),
        pytest.param([["yes"], ["no", "no"]], YES_NO, r"ratings\[1\] has 2 units", id="lengths"),
        pytest.param([], YES_NO, "ratings are empty", id="no-rows"),
        pytest.param([[], []], YES_NO, "ratings are empty", id="no-units"),
        pytest.param([["yes"]], ["yes"], "categories must be two or more", id="one-category"),
        pytest.param([["yes"]], ["yes", "no", "no"], "all different", id="repeated-category"),
        pytest.param([["yes"]], ["yes", None], "two or more", id="missing-category"),
    ],
)
def test_unusable_ratings_are_refused(
    ratings: list[list[str]], categories: list[str], message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        rating_codes(ratings, categories)


def test_each_unit_needs_a_cluster_label() -> None:
    assert clusters_of(["a", "b", "c"], np.array([0, 2]), 3) == ["a", "c"]
    with pytest.raises(EstimateError, match="3 units but 2 cluster labels"):
        clusters_of(["a", "b"], np.array([0]), 3)


def test_weights_of_near_misses_fall_with_the_distance() -> None:
    assert agreement_weights(None, 3).tolist() == np.eye(3).tolist()
    assert agreement_weights("linear", 3)[0].tolist() == [1, 0.5, 0]
    assert agreement_weights("quadratic", 3)[0].tolist() == [1, 0.75, 0]
    with pytest.raises(EstimateError, match="weights is 'cubic'"):
        agreement_weights("cubic", 3)  # type: ignore[arg-type]


@given(st.lists(st.lists(st.sampled_from(["a", "b", None]), min_size=4, max_size=4), min_size=1))
def test_the_counts_are_those_of_each_column(ratings: list[list[str | None]]) -> None:
    counts = category_counts(ratings, ["a", "b"])
    columns = list(zip(*ratings, strict=True))
    assert counts.tolist() == [[column.count("a"), column.count("b")] for column in columns]
