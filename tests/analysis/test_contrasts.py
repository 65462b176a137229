import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student_t
from scipy.stats import ttest_1samp, ttest_ind

from analysis.contrasts import mean_effect, paired_difference, set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD

Pairs = list[tuple[float, float, int]]

TWELFTHS = st.integers(0, 12).map(lambda twelfths: twelfths / 12)
PAIRS = st.lists(st.tuples(TWELFTHS, TWELFTHS, st.integers(0, 9)), min_size=2, max_size=50).filter(
    lambda pairs: len({label for *_, label in pairs}) > 1
)

A = [1.0, 0.5, 0.75, 0.25, 1.0, 1.0, 0.5, 0.0, 0.75]
B = [0.5, 0.5, 0.25, 0.5, 0.0, 0.75, 0.25, 0.25, 0.5]


def test_singletons_give_the_one_sample_t_test_of_scipy() -> None:
    difference = paired_difference(A, B, list(range(9)), level=0.9)
    expected = ttest_1samp(np.subtract(A, B), 0)
    interval = expected.confidence_interval(0.9)
    assert difference.df == pytest.approx(8)
    assert difference.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))
    assert difference.design_effect == pytest.approx(1)
    assert difference.icc is None


def test_separate_singletons_have_the_standard_error_of_the_welch_test() -> None:
    # The df differ: Welch estimates two variances, the working model here has one.
    contrast = set_contrast(A, list("abcdefghi"), B[:7], list("jklmnop"))
    expected = ttest_ind(A, B[:7], equal_var=False)
    assert contrast.p_value == pytest.approx(2 * student_t.sf(expected.statistic, contrast.df))
    assert contrast.design_effect == pytest.approx(1)
    assert contrast.effective_n == pytest.approx(16)


@given(PAIRS)
def test_swapping_arms_mirrors_the_difference(pairs: Pairs) -> None:
    a, b, clusters = map(list, zip(*pairs, strict=True))
    forth, back = paired_difference(a, b, clusters), paired_difference(b, a, clusters)
    assert back.value == pytest.approx(-forth.value, abs=1e-12)
    assert back.p_value == pytest.approx(forth.p_value, abs=1e-9)
    assert (back.low is None) == (forth.high is None)
    if forth.low is not None and forth.high is not None:
        assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low), abs=1e-9)


@given(PAIRS)
def test_swapping_sets_mirrors_the_contrast(pairs: Pairs) -> None:
    a, b, clusters = map(list, zip(*pairs, strict=True))
    forth, back = set_contrast(a, clusters, b, clusters), set_contrast(b, clusters, a, clusters)
    assert back.value == -forth.value
    assert (back.low, back.high, back.p_value) == pytest.approx(
        (forth.high and -forth.high, forth.low and -forth.low, forth.p_value), abs=1e-12
    )


@given(PAIRS)
def test_sets_of_the_same_items_contrast_as_the_pairs_do(pairs: Pairs) -> None:
    a, b, clusters = map(list, zip(*pairs, strict=True))
    stacked, paired = set_contrast(a, clusters, b, clusters), paired_difference(a, b, clusters)
    assert stacked.value == pytest.approx(paired.value, abs=1e-12)
    assert (stacked.low is None) == (paired.low is None)
    assert (stacked.low, stacked.df) == pytest.approx((paired.low, paired.df), abs=1e-9)


@given(PAIRS)
def test_names_of_clusters_change_nothing(pairs: Pairs) -> None:
    a, b, clusters = map(list, zip(*pairs, strict=True))
    names = [f"researcher {9 - label}" for label in clusters]
    assert paired_difference(a, b, names) == paired_difference(a, b, clusters)
    assert set_contrast(a, names, b, names) == set_contrast(a, clusters, b, clusters)


@pytest.mark.parametrize("shift", [0.0, 1 / 3], ids=["equal-arms", "constant-difference"])
def test_arms_that_differ_everywhere_alike_have_no_interval(shift: float) -> None:
    scores = [score / 12 for score in (0, 1, 2, 3, 5, 7, 8, 4, 6)]
    difference = paired_difference([s + shift for s in scores], scores, list(range(9)))
    assert difference.value == pytest.approx(shift)
    assert (difference.low, difference.high, difference.p_value) == (None, None, None)
    assert (difference.effective_n, difference.design_effect) == (None, None)
    assert difference.warnings == (NO_SPREAD,)


def test_a_mean_effect_takes_negative_values_and_warns_of_few_clusters() -> None:
    effect = mean_effect([-1.0, 0.5, 0.0, 0.25], ["a", "a", "b", "c"])
    assert effect.value == -0.0625
    assert "unreliable: fewer than 8 clusters" in effect.warnings
    assert (effect.null, effect.n, effect.clusters, effect.largest_share) == (0, 4, 3, 0.5)


def test_a_shared_session_is_one_cluster_of_the_contrast() -> None:
    contrast = set_contrast([0.0, 1.0, 0.5], ["a", "b", "c"], [1.0, 0.5], ["b", "d"])
    assert (contrast.n, contrast.clusters, contrast.largest_share) == (5, 4, 0.4)


def test_a_set_in_one_cluster_raises_its_own_error() -> None:
    with pytest.raises(TooFewClusters, match="All 2 items lie in one cluster"):
        set_contrast([0.0, 1.0], ["a", "b"], [1.0, 0.5], ["b", "b"])


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        pytest.param([0.5, 0.5], [0.5], "2 scores of A but 1 of B", id="lengths"),
        pytest.param([0.5, -0.5], [0.5, 0.5], r"scores_a\[1\] is -0.5", id="range"),
        pytest.param([0.5, 0.5], [float("nan"), 0.5], r"scores_b\[0\] is missing", id="nan"),
    ],
)
def test_unusable_pairs_are_refused(a: list[float], b: list[float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        paired_difference(a, b, ["x", "y"])


def test_labels_of_the_wrong_number_are_refused_in_either_set() -> None:
    with pytest.raises(EstimateError, match="1 values but 2 cluster labels"):
        set_contrast([0.5, 0.0], ["a", "b"], [0.5], ["a", "b"])
