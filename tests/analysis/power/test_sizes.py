import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.power.sizes import check_sizes, cv_of, planned_sizes, size_excess, usual_size_cv


@given(st.integers(2, 60), st.integers(0, 300))
def test_sizes_are_whole_and_make_up_the_items(clusters: int, beyond: int) -> None:
    sizes = planned_sizes(clusters + beyond, clusters)
    assert len(sizes) == clusters
    assert sizes.sum() == clusters + beyond
    assert sizes.min() >= 1
    assert np.array_equal(sizes, np.sort(np.floor(sizes)))


@pytest.mark.parametrize("wanted", [0.3, 0.5, 0.75, 0.9, 1.5])
def test_sizes_have_the_wanted_unevenness(wanted: float) -> None:
    assert cv_of(planned_sizes(600, 60, wanted)) == pytest.approx(wanted, abs=0.005)


def test_equal_sizes_differ_by_no_more_than_one() -> None:
    assert set(planned_sizes(129, 25, 0.0)) == {5, 6}
    assert size_excess(planned_sizes(120, 24, 0.0)) == 4


def test_as_many_clusters_as_items_are_singletons() -> None:
    assert planned_sizes(129, 129).tolist() == [1] * 129


def test_the_usual_unevenness_fades_where_items_hardly_outnumber_clusters() -> None:
    assert usual_size_cv(129, 25) == 0.75
    assert usual_size_cv(129, 129) == 0
    assert 0 < usual_size_cv(30, 28) < 0.4


def test_sizes_that_cannot_be_so_uneven_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"10 items in 9 clusters allow 0 to 0\.28"):
        planned_sizes(10, 9, 0.9)
    with pytest.raises(EstimateError, match="size_cv is nan"):
        planned_sizes(100, 9, math.nan)


def test_more_clusters_than_items_are_refused() -> None:
    with pytest.raises(EstimateError, match="9 clusters but only 4 items"):
        planned_sizes(4, 9)


def test_one_cluster_is_refused() -> None:
    with pytest.raises(TooFewClusters, match="clusters is 1"):
        planned_sizes(30, 1)
    with pytest.raises(TooFewClusters, match="clusters is 1"):
        check_sizes(np.array([0.0, 30.0]))


def test_parts_of_items_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"sizes\[1\] is 1.5"):
        check_sizes(np.array([2, 1.5, 3]))
