import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.judges.two_phase import (
    CLIPPED,
    FLAT,
    ONE_CLASS,
    SAME_SCORE,
    CorrectedRate,
    post_stratified_rate,
    two_phase_rate,
)

REFERENCE = "two_phase"

Agrees = Callable[..., None]
SOURCE = "R survey 4.1.1 twophase, calibrate, svymean"

Floats = npt.NDArray[np.float64]
CASES = ["single", "nested", "uneven"]
BOTH = pytest.mark.parametrize("estimator", [two_phase_rate, post_stratified_rate])
QUARTERS = st.integers(0, 4).map(lambda quarters: quarters / 4)


def usable(rows: list[tuple[float, float, int]]) -> bool:
    """Whether there are enough labels, in more than one cluster."""
    labelled = [row[2] for row in rows if not math.isnan(row[1])]
    return len(labelled) > 5 and len(set(labelled)) > 1


ROWS = st.lists(
    st.tuples(QUARTERS, st.one_of(QUARTERS, st.just(math.nan)), st.integers(0, 5)),
    min_size=12,
    max_size=40,
).filter(usable)


def arguments(case: dict[str, Any]) -> tuple[Any, Floats, list[Any], Any]:
    data = case["data"]
    labels = np.where(data["labelled"], data["people"], np.nan)
    return data["judge"], labels, data.get("cluster", data["item"]), data.get("chance")


def error_of(estimate: Estimate) -> float:
    assert estimate.effective_n is not None
    return math.sqrt(estimate.value * (1 - estimate.value) / estimate.effective_n)


def ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def slow_regression(judge: Floats, labels: Floats, groups: list[Any], weights: Floats) -> Any:
    """Point and variance from the definition, by loops and a weighted least-squares fit."""
    at = [i for i in range(len(judge)) if not math.isnan(labels[i])]
    root = np.sqrt(weights[at])[:, None]
    design = np.column_stack([np.ones(len(at)), judge[at]])
    beta = np.linalg.lstsq(design * root, labels[at] * root[:, 0], rcond=None)[0]
    m, n = len(at), len(judge)
    influence = beta[1] * (judge - judge.mean())
    for i in at:
        residual = labels[i] - beta[0] - beta[1] * judge[i]
        influence[i] += n * weights[i] / sum(weights[at]) * (m / (m - 2)) ** 0.5 * residual
    totals = [sum(influence[i] for i in range(n) if groups[i] == g) for g in set(groups)]
    count = len(totals)
    variance = count / (count - 1) * sum(total**2 for total in totals) / n**2
    return beta[0] + beta[1] * judge.mean(), variance


@pytest.mark.parametrize("case", CASES)
def test_the_regression_is_the_calibrated_mean_of_survey(
    agrees: Agrees, reference: Any, case: str
) -> None:
    found = two_phase_rate(*arguments(reference[case])).estimate.value
    expected = reference[case]["regression"]["value"]
    agrees(f"two-phase regression, {case}", SOURCE, found, expected, within=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_post_stratification_is_the_calibrated_mean_of_survey(
    agrees: Agrees, reference: Any, case: str
) -> None:
    found = post_stratified_rate(*arguments(reference[case])).estimate.value
    expected = reference[case]["classes"]["value"]
    agrees(f"post-stratified rate, {case}", SOURCE, found, expected, within=1e-12)


@pytest.mark.parametrize("case", ["single", "nested"])
def test_standard_errors_are_close_to_those_of_survey(
    agrees: Agrees, reference: Any, case: str
) -> None:
    # Survey splits the variance by phase and has no m - 2; they agree for large samples only.
    rows = arguments(reference[case])
    found = [error_of(f(*rows).estimate) for f in (two_phase_rate, post_stratified_rate)]
    expected = [reference[case][key]["se"] for key in ("regression", "classes")]
    agrees(f"two-phase standard errors, {case} (asymptotic)", SOURCE, found, expected, within=0.03)


@pytest.mark.parametrize("case", CASES)
def test_value_and_variance_are_those_of_the_definition(
    agrees: Agrees, reference: Any, case: str
) -> None:
    judge, labels, groups, chances = arguments(reference[case])
    weights = np.ones(len(labels)) if chances is None else 1 / np.array(chances)
    expected = slow_regression(np.array(judge), labels, groups, weights)
    estimate = two_phase_rate(judge, labels, groups, chances).estimate
    found = [estimate.value, error_of(estimate) ** 2]
    agrees(f"two-phase value, variance, {case}", "definition, slow loops", found, expected, 1e-9)


def test_for_a_judge_with_two_verdicts_both_estimators_agree(reference: Any) -> None:
    rows = arguments(reference["single"])
    a, b = two_phase_rate(*rows).estimate, post_stratified_rate(*rows).estimate
    assert a.value == pytest.approx(b.value, rel=1e-12)


@BOTH
def test_equal_probabilities_change_nothing(reference: Any, estimator: Any) -> None:
    judge, labels, groups, _ = arguments(reference["nested"])
    plain = estimator(judge, labels, groups).estimate
    weighted = estimator(judge, labels, groups, np.full(len(labels), 0.37)).estimate
    assert (plain.value, *ends(plain)) == pytest.approx((weighted.value, *ends(weighted)))


@BOTH
def test_labels_on_every_item_give_the_rate_of_people(reference: Any, estimator: Any) -> None:
    data = reference["nested"]["data"]
    result = estimator(data["judge"], data["people"], data["cluster"])
    assert result.estimate.value == pytest.approx(result.people.value, rel=1e-12)
    assert result.estimate.df == pytest.approx(result.people.df)


def test_a_perfect_judge_leaves_no_more_doubt_than_its_own_rate(reference: Any) -> None:
    judge, labels, groups, _ = arguments(reference["nested"])
    exact = np.where(np.isnan(labels), np.nan, judge)
    result = two_phase_rate(judge, exact, groups)
    assert result.slope == pytest.approx(1)
    assert result.estimate.value == pytest.approx(result.judge.value)
    assert result.width_saved > 0


def test_a_judge_that_tells_nothing_is_ignored() -> None:
    labels = [0.0, 1.0, 0.5, 1.0, 0.0, 1.0, *[math.nan] * 6]
    result = two_phase_rate([0.5] * 6 + [1.0] * 6, labels, list(range(12)))
    assert result.slope == 0
    assert result.estimate.value == pytest.approx(result.people.value)
    assert SAME_SCORE in result.estimate.warnings


def test_few_labels_in_few_clusters_are_told(reference: Any) -> None:
    judge, labels, groups, _ = arguments(reference["nested"])
    kept = np.where(np.isin(groups, ["k", "l", "m", "n", "o"]), labels, np.nan)
    result = two_phase_rate(judge, kept, groups)
    m = int(np.sum(~np.isnan(kept)))
    assert f"{m} labels: fewer than 40" in result.estimate.warnings
    assert "labels in 5 clusters: fewer than 8" in result.estimate.warnings
    assert (result.labelled, result.labelled_clusters) == (m, 5)
    assert 1 < result.estimate.df < 4


def test_a_rate_beyond_the_end_is_clipped_and_told() -> None:
    judge = [0.0, 0.25, 0.5, 0.75, *[1.0] * 8]
    result = two_phase_rate(judge, [0.5, 0.75, 1.0, 1.0, *[math.nan] * 8], list(range(12)))
    assert result.estimate.value == 1
    assert CLIPPED in result.estimate.warnings
    assert result.estimate.effective_n == result.labelled_clusters


@BOTH
def test_labels_that_are_all_wins_weigh_as_their_clusters(estimator: Any) -> None:
    labels = [1.0] * 10 + [math.nan] * 20
    result = estimator([0.0, 1.0] * 15, labels, [i // 2 for i in range(30)])
    assert result.estimate.value == 1
    assert result.estimate.effective_n == 5
    assert FLAT in result.estimate.warnings
    assert result.estimate.clusters == 15


def test_a_class_with_few_labels_is_merged_and_named() -> None:
    judge = [0.0] * 20 + [0.5] * 4 + [1.0] * 20
    labels = [0.0, 1.0] * 6 + [math.nan] * 8 + [0.5] * 4 + [1.0] * 8 + [math.nan] * 12
    result = post_stratified_rate(judge, labels, list(range(44)))
    assert [each.name for each in result.classes] == ["loss", "tie with win"]
    assert [each.labelled for each in result.classes] == [12, 12]
    expected = "judge classes merged for want of labels: tie with win"
    assert expected in result.estimate.warnings


def test_classes_without_enough_labels_leave_those_of_people_alone() -> None:
    labels = [0.0, 1.0, 0.5, 1.0, 0.0, 1.0, *[math.nan] * 6]
    result = post_stratified_rate([0.0, 1.0] * 6, labels, list(range(12)))
    assert result.estimate.value == pytest.approx(result.people.value)
    assert ONE_CLASS in result.estimate.warnings


@BOTH
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_swapping_roles_mirrors_rate_and_interval(estimator: Any, rows: Any) -> None:
    judge, labels, groups = (list(column) for column in zip(*rows, strict=True))
    found: CorrectedRate = estimator(judge, labels, groups)
    mirror: CorrectedRate = estimator([1 - f for f in judge], [1 - y for y in labels], groups)
    low, high = ends(found.estimate)
    expected = (
        1 - mirror.estimate.value,
        1 - ends(mirror.estimate)[1],
        1 - ends(mirror.estimate)[0],
    )
    assert (found.estimate.value, low, high) == pytest.approx(expected, abs=1e-9)
    assert 0 <= low <= found.estimate.value + 1e-12
    assert found.estimate.value - 1e-12 <= high <= 1


@BOTH
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_order_of_items_and_names_of_clusters_change_nothing(estimator: Any, rows: Any) -> None:
    judge, labels, groups = (list(column) for column in zip(*rows, strict=True))
    names = [f"s{group * 5 % 7}" for group in groups]
    found = estimator(judge, labels, groups).estimate
    other = estimator(judge[::-1], labels[::-1], names[::-1]).estimate
    assert (found.value, *ends(found)) == pytest.approx((other.value, *ends(other)), abs=1e-12)


@BOTH
def test_the_correction_is_unbiased_where_the_judge_is_not(estimator: Any) -> None:
    rng, found, alone = np.random.default_rng(11), [], []
    for _ in range(200):
        groups = np.repeat(np.arange(20), 6)
        people = rng.binomial(2, rng.beta(4, 6, 20)[groups]) / 2
        judge = np.where(rng.random(120) < 0.3, np.minimum(1, people + 0.5), people)
        labels = np.full(120, np.nan)
        drawn = rng.choice(120, 50, replace=False)
        labels[drawn] = people[drawn]
        result = estimator(judge, labels, groups.tolist())
        found.append(result.estimate.value)
        alone.append(result.judge.value)
    assert abs(np.mean(found) - 0.4) < 0.01
    assert np.mean(alone) - 0.4 > 0.08


REFUSED = [
    pytest.param([0.5] * 3, None, "4", id="three-labels"),
    pytest.param([0.5, 0.5, 2.0, 0.5, 0.5], None, r"labels\[2\] is 2", id="label-out-of-range"),
    pytest.param([0.5] * 5, [0.5, 0.0] + [0.5] * 6, r"probabilities\[1\] is 0", id="no-chance"),
    pytest.param([0.5] * 5, [1.5] * 8, r"probabilities\[0\] is 1.5", id="chance-above-1"),
    pytest.param([0.5] * 5, [0.5], "shape", id="too-few-chances"),
]


@pytest.mark.parametrize(("labels", "chances", "message"), REFUSED)
def test_unusable_labels_are_refused(labels: list[float], chances: Any, message: str) -> None:
    padded = labels + [math.nan] * (8 - len(labels))
    with pytest.raises(EstimateError, match=message):
        two_phase_rate([0.0, 1.0] * 4, padded, list(range(8)), chances)


def test_labels_of_another_length_are_refused() -> None:
    with pytest.raises(EstimateError, match="8 judge_scores but labels of shape"):
        two_phase_rate([0.0, 1.0] * 4, [1.0] * 7, list(range(8)))


@BOTH
def test_labels_in_one_cluster_are_refused(estimator: Any) -> None:
    with pytest.raises(TooFewClusters, match="All 6 labelled items lie in one cluster"):
        estimator([0.0, 1.0] * 6, [1.0, 0.0] * 3 + [math.nan] * 6, ["a"] * 6 + ["b"] * 6)
