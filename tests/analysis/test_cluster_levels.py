import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.cluster_levels import rate_by_cluster_level, two_way_variance
from analysis.clusters import cluster_sums, cr2_variance
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.rates import win_rate

REFERENCE = "cluster_levels"
PAIR = ("researcher", "project")

Agrees = Callable[..., None]


def error_of(rate: Estimate | None) -> float:
    assert rate is not None
    assert rate.effective_n is not None
    return math.sqrt(rate.value * (1 - rate.value) / rate.effective_n)


@pytest.mark.parametrize("case", ["crossed", "apart"])
def test_each_level_has_the_error_and_df_of_r(case: str, agrees: Agrees, reference: Any) -> None:
    found = rate_by_cluster_level(reference[case]["score"], reference["labels"])
    source = f"clubSandwich {reference['versions']['clubSandwich']}"
    for level, theirs in reference[case]["one_way"].items():
        rate = found.one_way[level].estimate
        assert rate is not None
        ours = error_of(rate), rate.df
        agrees(f"rate by {level}, {case}", source, ours, (theirs["error"], theirs["df"]))


def test_two_way_adds_and_subtracts_as_sandwich_does(agrees: Agrees, reference: Any) -> None:
    theirs = reference["crossed"]
    rate = rate_by_cluster_level(theirs["score"], reference["labels"]).two_way[PAIR]
    source = f"sandwich {reference['versions']['sandwich']} vcovCL HC2"
    agrees("two-way CR2 variance", source, error_of(rate.estimate) ** 2, theirs["two_way"])
    assert rate.note is None


def test_two_way_df_is_the_smaller_one_way_df(reference: Any) -> None:
    found = rate_by_cluster_level(reference["crossed"]["score"], reference["labels"])
    one_way = [found.one_way[level].estimate for level in PAIR]
    two_way = found.two_way[PAIR].estimate
    assert two_way is not None
    assert two_way.df == min(rate.df for rate in one_way if rate is not None)


def test_a_two_way_variance_below_a_one_way_is_replaced_and_said(
    agrees: Agrees, reference: Any
) -> None:
    case, labels = reference["apart"], reference["labels"]
    rate = rate_by_cluster_level(case["score"], labels).two_way[PAIR]
    assert case["two_way"] < case["one_way"]["project"]["error"] ** 2
    agrees(
        "two-way replaced by the larger one-way",
        f"clubSandwich {reference['versions']['clubSandwich']}",
        error_of(rate.estimate),
        case["one_way"]["project"]["error"],
    )
    assert rate.note is not None
    assert "larger one-way" in rate.note


def test_the_plain_sum_may_be_negative_and_is_kept_beside_what_is_used(reference: Any) -> None:
    case, labels = reference["apart"], reference["labels"]
    scores = np.array(case["score"])
    one, other = (cluster_sums(scores, labels[level]) for level in PAIR)
    both = cluster_sums(scores, list(zip(*(labels[level] for level in PAIR), strict=True)))
    found = two_way_variance(one, other, both)
    assert found.added == pytest.approx(case["two_way"], rel=1e-9)
    assert found.replaced
    assert found.variance == max(cr2_variance(one), cr2_variance(other))


def test_nested_levels_give_the_coarser_one() -> None:
    scores = [0, 1, 0.5, 1, 1, 0.25, 0, 0, 1, 0.5]
    coarse = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    fine = [0, 0, 1, 2, 3, 3, 4, 4, 5, 6]
    labels = {"session": fine, "researcher": coarse}
    crossed = (("session", "researcher"),)
    rates = rate_by_cluster_level(scores, labels, crossed=crossed)
    two_way, plain = rates.two_way["session", "researcher"].estimate, win_rate(scores, coarse)
    assert error_of(two_way) == pytest.approx(
        max(error_of(plain), error_of(win_rate(scores, fine)))
    )


@pytest.mark.parametrize("gap", [None, math.nan], ids=["none", "nan"])
def test_a_level_with_a_missing_label_is_not_estimated_but_says_so(gap: object) -> None:
    labels: dict[str, list[Any]] = {
        "lineage": [1, 2, 3],
        "researcher": [1, gap, 2],
        "project": [1, 1, 2],
    }
    rates = rate_by_cluster_level([0, 0.5, 1], labels)
    assert rates.one_way["researcher"].estimate is None
    assert rates.one_way["researcher"].note == "not known for 1 items"
    assert rates.two_way[PAIR].estimate is None
    assert rates.two_way[PAIR].unlabelled == 1
    assert rates.one_way["lineage"].estimate == win_rate([0, 0.5, 1], [1, 2, 3])


def test_a_level_of_one_cluster_says_why_it_has_no_estimate() -> None:
    rates = rate_by_cluster_level([0, 1], {"researcher": [1, 2], "project": [7, 7]})
    assert rates.one_way["project"].estimate is None
    assert "All 2 items lie in one cluster" in str(rates.one_way["project"].note)
    assert rates.two_way[PAIR].estimate is None


def test_a_pair_with_an_absent_level_is_left_out() -> None:
    assert rate_by_cluster_level([0, 1], {"researcher": [1, 2]}).two_way == {}


def test_few_clusters_of_either_level_mark_the_two_way_rate_unreliable() -> None:
    labels = {"researcher": list(range(20)), "project": [i % 5 for i in range(20)]}
    rate = rate_by_cluster_level([i % 3 / 2 for i in range(20)], labels).two_way[PAIR].estimate
    assert rate is not None
    assert rate.clusters == 5
    assert "unreliable: fewer than 8 clusters" in rate.warnings


def test_all_ties_give_one_half_at_every_level() -> None:
    labels = {"researcher": [1, 1, 2, 2], "project": [1, 2, 1, 2]}
    rates = rate_by_cluster_level([0.5] * 4, labels)
    every = [*rates.one_way.values(), *rates.two_way.values()]
    assert [rate.estimate.value for rate in every if rate.estimate] == [0.5] * 3


def test_labels_of_another_length_are_refused() -> None:
    with pytest.raises(EstimateError, match="2 scores but 3 labels at 'project'"):
        rate_by_cluster_level([0, 1], {"project": [1, 2, 3]})
