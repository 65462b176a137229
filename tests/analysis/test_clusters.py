import numpy as np
import pytest
from scipy.stats import f_oneway

from analysis.clusters import (
    anova_icc,
    check_values,
    cluster_sums,
    cr2_variance,
    reliability_warnings,
    satterthwaite_df,
    unclustered_variance,
)
from analysis.errors import EstimateError, TooFewClusters

VALUES = np.array([0.0, 0.25, 1.0, 1.0, 0.5, 0.75, 0.25, 0.0, 1.0])
CLUSTERS = ["a", "a", "b", "b", "b", "c", "c", "d", "d"]


def test_sums_are_grouped_by_label() -> None:
    sums = cluster_sums(VALUES, CLUSTERS)
    assert sums.sizes.tolist() == [2, 3, 2, 2]
    assert sums.sums.tolist() == [0.25, 2.5, 1.0, 1.0]
    assert sums.within == pytest.approx([0.03125, 1 / 6, 0.125, 0.5])
    assert (sums.n, sums.clusters, sums.largest_share) == (9, 4, 3 / 9)


def test_singletons_give_the_variance_and_df_of_a_plain_mean() -> None:
    sums = cluster_sums(VALUES, list(range(9)))
    assert cr2_variance(sums) == pytest.approx(np.var(VALUES, ddof=1) / 9, rel=1e-12)
    assert satterthwaite_df([sums]) == pytest.approx(8, rel=1e-12)


def test_unclustered_variance_ignores_the_clusters() -> None:
    sums = cluster_sums(VALUES, CLUSTERS)
    assert unclustered_variance(sums) == pytest.approx(np.var(VALUES, ddof=1) / 9, rel=1e-12)


def test_equal_clusters_have_one_degree_of_freedom_less_than_clusters() -> None:
    sums = cluster_sums(VALUES, ["a", "b", "c"] * 3)
    assert satterthwaite_df([sums]) == pytest.approx(2, rel=1e-12)


def test_icc_agrees_with_the_f_statistic_of_scipy() -> None:
    groups = [VALUES[:2], VALUES[2:5], VALUES[5:7], VALUES[7:]]
    ratio = f_oneway(*groups).statistic
    typical_size = (9 - (4 + 9 + 4 + 4) / 9) / 3
    expected = (ratio - 1) / (ratio + typical_size - 1)
    assert anova_icc(cluster_sums(VALUES, CLUSTERS)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        pytest.param([0.0, 1.0], ["a", "b"], id="singletons"),
        pytest.param([0.0, 1.0], ["a", "a"], id="one-cluster"),
        pytest.param([0.5, 0.5, 0.5], ["a", "a", "b"], id="no-variance"),
    ],
)
def test_icc_is_none_where_it_is_undefined(values: list[float], labels: list[str]) -> None:
    assert anova_icc(cluster_sums(np.array(values), labels)) is None


def test_identical_items_in_a_cluster_have_icc_one() -> None:
    assert anova_icc(cluster_sums(np.array([0.0, 0.0, 1.0, 1.0]), list("aabb"))) == 1


@pytest.mark.parametrize("labels", [["a"] * 9, [None] * 8 + ["a"], [float("nan")] * 9])
def test_one_cluster_or_missing_labels_are_refused(labels: list[object]) -> None:
    with pytest.raises(EstimateError, match=r"one cluster|clusters\[0\] is missing"):
        cr2_variance(cluster_sums(VALUES, labels))


def test_one_cluster_has_an_error_of_its_own_that_says_what_to_do() -> None:
    with pytest.raises(TooFewClusters, match=r"All 1 items lie in one cluster.*Add items"):
        satterthwaite_df([cluster_sums(np.array([1.0]), ["a"])])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param([], "scores is empty", id="empty"),
        pytest.param([0.5, float("nan")], r"scores\[1\] is missing", id="nan"),
        pytest.param([0.5, None], r"scores\[1\] is missing", id="none"),
        pytest.param([0.5, 0.1, 1.5], r"scores\[2\] is 1.5, outside \[0, 1\]", id="above"),
        pytest.param([-0.1], r"scores\[0\] is -0.1", id="below"),
        pytest.param([float("inf")], r"scores\[0\] is inf", id="infinite"),
        pytest.param([[0.5]], r"one-dimensional, not of shape \(1, 1\)", id="matrix"),
    ],
)
def test_unusable_values_are_refused_by_index(values: list[float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        check_values(values, "scores", 0, 1)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(EstimateError, match="9 values but 2 cluster labels"):
        cluster_sums(VALUES, ["a", "b"])


def test_warnings_name_what_is_too_few() -> None:
    assert reliability_warnings(7, 6.0) == ("unreliable: fewer than 8 clusters",)
    assert reliability_warnings(8, 3.9) == ("unreliable: fewer than 4 degrees of freedom",)
    assert reliability_warnings(8, 4.0) == ()
