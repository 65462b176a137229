from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.jackknife import AT_THE_END
from analysis.labels.agreement import NO_KAPPA, Agreement, agreement, pairwise_agreement

REFERENCE = "agreement"

Agrees = Callable[..., None]

LABELLED = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5)), min_size=6, max_size=24
).filter(lambda rows: len({row[2] for row in rows}) > 2)
Rows = list[tuple[int, int, int]]


def expand(table: list[list[int]]) -> tuple[list[int], list[int]]:
    cells = [(a, b) for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)]
    return [a for a, _ in cells], [b for _, b in cells]


def of_table(table: list[list[int]], weights: Any = None) -> Agreement:
    first, second = expand(table)
    return agreement(first, second, list(range(len(first))), range(len(table)), weights)


def of_rows(rows: Rows) -> Agreement:
    first, second, clusters = map(list, zip(*rows, strict=True))
    return agreement(first, second, clusters, [0, 1, 2])


def numbers(estimate: Estimate | None) -> list[float]:
    if estimate is None or estimate.low is None or estimate.high is None:
        return []
    return [estimate.value, estimate.low, estimate.high]


@pytest.mark.parametrize("name", ["kappa", "ac1"])
def test_value_interval_and_p_equal_the_replicates_of_r(
    reference: Any, agrees: Agrees, name: str
) -> None:
    first, second, clusters = (reference[key] for key in ("first", "second", "cluster"))
    both = agreement(first, second, clusters, [1, 2, 3])
    found, expected = getattr(both, name), reference[name]
    agrees(
        f"{'Cohen kappa' if name == 'kappa' else 'Gwet AC1'}, cluster jackknife on z",
        f"R survey {reference['versions']['survey']} (JK1 replicates)",
        [*numbers(found), found.p_value],
        [expected[key] for key in ("value", "low", "high", "p")],
        within=1e-10,
    )


def test_kappa_equals_epir(reference: Any, agrees: Agrees) -> None:
    both = of_table(reference["table"])
    assert both.kappa is not None
    source = f"R epiR {reference['versions']['epiR']} epi.kappa"
    agrees("Cohen kappa", source, both.kappa.value, reference["epir_kappa"], within=1e-12)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_equals_statsmodels(agrees: Agrees, weights: Any) -> None:
    table = [[43, 5, 2, 1], [4, 19, 6, 0], [1, 5, 17, 3], [0, 2, 4, 9]]
    both, expected = of_table(table, weights), cohens_kappa(table, wt=weights).kappa
    assert both.kappa is not None
    name = f"Cohen kappa, {weights or 'no'} weights"
    agrees(name, "statsmodels cohens_kappa", both.kappa.value, expected, within=1e-12)


def test_the_jackknife_of_many_singletons_nears_the_asymptotic_error_of_statsmodels() -> None:
    table = [[430, 50, 20], [40, 190, 60], [10, 50, 150]]
    both, error = of_table(table), cohens_kappa(table).std_kappa
    _, low, high = numbers(both.kappa)
    assert (high - low) / (2 * 1.96) == pytest.approx(error, rel=0.02)


def test_cohens_own_table_has_his_kappa(agrees: Agrees) -> None:
    """Cohen 1960, "A coefficient of agreement for nominal scales", table 1: kappa = .29 / .59."""
    both = of_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert both.raw.value == pytest.approx(0.70)
    assert both.kappa is not None
    agrees("Cohen kappa", "Cohen 1960", both.kappa.value, 0.29 / 0.59, within=1e-12)


def test_the_abstractors_of_gwet_have_his_kappa_and_ac1(agrees: Agrees) -> None:
    """Gwet 2014, as printed by R irrCAC 1.0, vignette "overview", cont3x3abstractors."""
    both = of_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    assert both.kappa is not None
    found = [both.raw.value, both.kappa.value, both.ac1.value]
    agrees("raw, kappa, AC1", "Gwet 2014 (R irrCAC)", found, [0.89, 0.7964094, 0.8493305], 1e-7)


def test_a_skewed_table_has_high_agreement_and_no_kappa_to_speak_of() -> None:
    both = of_table([[118, 5], [2, 0]])
    assert both.kappa is not None
    found = (both.raw.value, both.kappa.value, both.ac1.value)
    assert found == pytest.approx((0.944, -0.02, 0.94), abs=0.005)
    assert both.confusion == ((118, 5), (2, 0))


def test_one_category_for_all_has_ac1_but_no_kappa() -> None:
    both = of_table([[12, 0], [0, 0]])
    assert (both.kappa, both.no_kappa) == (None, NO_KAPPA)
    assert (both.ac1.value, both.raw.value) == (1, 1)
    assert both.ac1.warnings == (AT_THE_END,)
    assert both.raw.low is not None
    assert 0.6 < both.raw.low < 1


def test_full_agreement_on_two_categories_is_one_without_a_kappa_interval() -> None:
    both = of_table([[7, 0], [0, 5]])
    assert both.kappa is not None
    assert (both.kappa.value, both.kappa.low, both.kappa.warnings) == (1, None, (AT_THE_END,))


def test_weights_reward_near_misses() -> None:
    near, far = [[9, 3, 0], [2, 9, 3], [0, 2, 9]], [[9, 0, 3], [2, 9, 2], [3, 0, 9]]
    assert of_table(near).raw.value == of_table(far).raw.value
    assert of_table(near, "linear").raw.value > of_table(far, "linear").raw.value


@settings(max_examples=40)
@given(LABELLED)
def test_swapping_the_two_changes_no_digit_but_turns_the_table(rows: Rows) -> None:
    one, other = of_rows(rows), of_rows([(b, a, g) for a, b, g in rows])
    assert np.array_equal(np.transpose(one.confusion), other.confusion)
    assert numbers(one.kappa) == pytest.approx(numbers(other.kappa), rel=1e-9, abs=1e-9)
    assert numbers(one.ac1) == pytest.approx(numbers(other.ac1), rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(LABELLED)
def test_order_of_units_and_names_of_clusters_change_nothing(rows: Rows) -> None:
    one, other = of_rows(rows), of_rows([(a, b, -g) for a, b, g in sorted(rows)])
    assert one.raw == other.raw
    assert numbers(one.kappa) == pytest.approx(numbers(other.kappa), rel=1e-12, abs=1e-12)
    assert numbers(one.ac1) == pytest.approx(numbers(other.ac1), rel=1e-12, abs=1e-12)


@settings(max_examples=40)
@given(LABELLED)
def test_intervals_lie_between_minus_one_and_one_around_the_value(rows: Rows) -> None:
    both = of_rows(rows)
    for estimate in (both.kappa, both.ac1):
        if estimate is not None and estimate.low is not None and estimate.high is not None:
            assert -1 <= estimate.low <= estimate.value + 1e-12
            assert estimate.value - 1e-12 <= estimate.high <= 1


def test_renaming_categories_changes_no_coefficient() -> None:
    first, second = expand([[9, 2, 1], [3, 8, 1], [0, 1, 7]])
    names = ["win", "tie", "loss"]
    labels = list(range(len(first)))
    one = agreement(first, second, labels, [0, 1, 2])
    a, b = ([names[code] for code in row] for row in (first, second))
    other = agreement(a, b, labels, names)
    assert (one.kappa, one.ac1, one.raw) == (other.kappa, other.ac1, other.raw)
    assert other.categories == ("win", "tie", "loss")


def test_a_missing_label_is_refused_by_name() -> None:
    with pytest.raises(EstimateError, match=r"second\[1\] is missing"):
        agreement(["a", "b"], ["a", None], [0, 1], ["a", "b"])


def test_one_cluster_and_too_few_labels_are_refused() -> None:
    with pytest.raises(TooFewClusters, match="one cluster"):
        agreement(["a", "b"], ["a", "b"], [0, 0], ["a", "b"])
    with pytest.raises(EstimateError, match="2 units but 1 cluster labels"):
        agreement(["a", "b"], ["a", "b"], [0], ["a", "b"])


def test_pairs_are_compared_on_the_units_that_both_labelled() -> None:
    ratings = [list("aabbab"), [*"aab", None, *"bb"], [None, None, None, "b", None, None]]
    one, two, three = pairwise_agreement(ratings, ["x", "y", "z"], range(6), ["a", "b"])
    assert (one.first, one.second, one.shared) == ("x", "y", 5)
    assert one.agreement is not None
    assert one.agreement.confusion == ((2, 1), (0, 2))
    assert (two.agreement, two.shared) == (None, 1)
    assert two.no_agreement is not None
    assert "one cluster" in two.no_agreement
    assert (three.shared, three.no_agreement) == (0, "no unit that both labelled")


def test_each_row_needs_a_name() -> None:
    with pytest.raises(EstimateError, match="2 rows of ratings but 1 names"):
        pairwise_agreement([["a"], ["a"]], ["x"], [0], ["a", "b"])


def test_the_intervals_cover_kappa_and_ac1_of_a_known_world() -> None:
    # Both give the true one of two even categories with chance p, p varying over sessions.
    rng, covered, runs = np.random.default_rng(8), np.zeros(2), 200
    for _ in range(runs):
        clusters = np.repeat(np.arange(20), 1 + rng.poisson(4, 20))
        skill = rng.beta(8, 2, 20)[clusters]
        truth = rng.integers(0, 2, len(clusters))
        first, second = (
            np.where(rng.random(len(clusters)) < skill, truth, 1 - truth) for _ in range(2)
        )
        both = agreement(first.tolist(), second.tolist(), clusters.tolist(), [0, 1])
        # P(agree) = E[p^2 + (1 - p)^2], p ~ Beta(8, 2); chance is one half for either figure.
        true = 2 * (0.8**2 + 0.16 / 11 + 0.2**2 + 0.16 / 11) - 1
        for at, estimate in enumerate((both.kappa, both.ac1)):
            _, low, high = numbers(estimate)
            covered[at] += low <= true <= high
    assert (covered / runs > 0.92).all()
    assert (covered / runs < 0.98).all()
