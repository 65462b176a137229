import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student_t

from analysis.contrasts import mean_effect
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD
from analysis.jackknife import (
    AT_THE_END,
    FISHER_Z,
    LEFT_OUT_UNDEFINED,
    PLAIN,
    PLAIN_INSTEAD,
    Undefined,
    cluster_jackknife,
    refit_jackknife,
)

Floats = npt.NDArray[np.float64]

PAIRS = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 6)), min_size=8, max_size=20
).filter(lambda rows: len({row[2] for row in rows}) > 3)


def ratio(sums: Floats) -> Floats:
    none = np.full(len(sums), np.nan)
    found: Floats = np.divide(sums[:, 0], sums[:, 1], out=none, where=sums[:, 1] != 0)
    return found


def correlation(rows: Floats) -> float:
    return float(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1])


def draw(n: int, clusters: int, seed: int) -> tuple[Floats, list[int]]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 2))
    values[:, 1] += 0.7 * values[:, 0]
    return values, rng.permutation(np.arange(n) % clusters).tolist()


def test_the_jackknife_of_a_mean_over_singletons_is_the_t_interval() -> None:
    values, _ = draw(25, 5, 1)
    terms = np.column_stack([values[:, 0] / 5, np.ones(25)])
    found = cluster_jackknife(ratio, terms, list(range(25)), "mean", PLAIN)
    expected = mean_effect(values[:, 0] / 5, list(range(25)))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-10)
    assert found.design_effect == pytest.approx(1, rel=1e-10)


def test_a_correlation_is_refitted_on_the_fisher_scale() -> None:
    rows, clusters = draw(40, 9, 2)
    found = refit_jackknife(lambda kept: correlation(rows[kept]), clusters, "r", FISHER_Z)
    labels = np.array(clusters)
    z = np.arctanh([correlation(rows[labels != g]) for g in range(9)])
    half = student_t.ppf(0.975, 8) * math.sqrt(8 / 9 * np.sum((z - z.mean()) ** 2))
    centre = np.arctanh(correlation(rows))
    assert (found.low, found.high) == pytest.approx(np.tanh([centre - half, centre + half]))
    assert found.df == 8
    assert found.design_effect is None


def test_sums_and_refits_give_the_same_interval() -> None:
    rows, clusters = draw(40, 9, 3)
    terms = np.abs(rows)
    summed = cluster_jackknife(ratio, terms, clusters, "ratio", PLAIN)
    fitted = refit_jackknife(
        lambda kept: float(terms[kept, 0].sum() / terms[kept, 1].sum()), clusters, "ratio", PLAIN
    )
    assert (summed.low, summed.high) == pytest.approx((fitted.low, fitted.high), rel=1e-12)
    assert summed.p_value == pytest.approx(fitted.p_value, rel=1e-10)


@settings(max_examples=40)
@given(PAIRS)
def test_names_of_clusters_and_order_of_items_change_nothing(
    rows: list[tuple[int, int, int]],
) -> None:
    def estimate(rows: list[tuple[int, int, int]], name: str) -> Floats:
        terms = np.array([(a, 10 + b) for a, b, _ in rows])
        found = cluster_jackknife(ratio, terms, [f"{name}{g}" for *_, g in rows], "r", PLAIN)
        return np.array([found.value, found.low, found.high, found.p_value], dtype=np.float64)

    assert estimate(rows, "a") == pytest.approx(
        estimate(rows[::-1], "b"), rel=1e-9, abs=1e-9, nan_ok=True
    )


@settings(max_examples=40)
@given(PAIRS)
def test_the_interval_leaves_out_zero_exactly_when_p_is_small(
    rows: list[tuple[int, int, int]],
) -> None:
    terms = np.array([(a, 6.0) for a, _, _ in rows])
    found = cluster_jackknife(ratio, terms, [g for *_, g in rows], "r", FISHER_Z)
    if found.low is None or found.high is None or found.p_value is None:
        assert found.warnings
    else:
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert (found.p_value < 0.05) == (not found.low <= 0 <= found.high)


def test_exactly_one_has_no_interval() -> None:
    found = cluster_jackknife(ratio, np.ones((9, 2)), list(range(9)), "share")
    assert (found.value, found.low, found.high, found.p_value) == (1, None, None, None)
    assert found.warnings == (AT_THE_END,)


def test_one_without_one_cluster_takes_the_plain_scale() -> None:
    terms = np.ones((9, 2))
    terms[4, 0] = 0
    found = cluster_jackknife(ratio, terms, list(range(9)), "share")
    assert found.warnings == (PLAIN_INSTEAD,)
    assert found.low is not None
    assert 0.5 < found.low < 8 / 9
    assert found.high == 1


def test_a_figure_that_needs_one_cluster_has_no_interval() -> None:
    terms = np.array([[0.0, 0.0]] * 8 + [[1.0, 2.0]])
    found = cluster_jackknife(ratio, terms, list(range(9)), "share")
    assert (found.value, found.low, found.high) == (0.5, None, None)
    assert found.warnings == (LEFT_OUT_UNDEFINED,)


def test_clusters_all_alike_have_no_interval() -> None:
    found = cluster_jackknife(ratio, np.array([[1.0, 2.0]] * 9), list(range(9)), "share")
    assert (found.value, found.low, found.warnings) == (0.5, None, (NO_SPREAD,))


def test_fewer_than_eight_clusters_are_marked_unreliable() -> None:
    rows, _ = draw(7, 7, 4)
    found = cluster_jackknife(ratio, np.abs(rows), list(range(7)), "ratio", PLAIN)
    assert found.warnings == ("unreliable: fewer than 8 clusters",)


def test_an_undefined_figure_says_so() -> None:
    with pytest.raises(Undefined, match="share is undefined on these 3 items"):
        cluster_jackknife(ratio, np.zeros((3, 2)), ["a", "b", "c"], "share")
    with pytest.raises(Undefined, match="fit is undefined on these 3 items"):
        refit_jackknife(lambda _: None, ["a", "b", "c"], "fit")


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        pytest.param(["a", None, "b"], r"clusters\[1\] is missing", id="none"),
        pytest.param(["a", "b", math.nan], r"clusters\[2\] is missing", id="nan"),
        pytest.param(["a", "b"], "3 items but 2 cluster labels", id="too-short"),
    ],
)
def test_unusable_labels_are_refused(clusters: list[object], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        cluster_jackknife(ratio, np.ones((3, 2)), clusters, "share")


def test_no_items_and_one_cluster_are_refused() -> None:
    with pytest.raises(EstimateError, match="0 items"):
        cluster_jackknife(ratio, np.ones((0, 2)), [], "share")
    with pytest.raises(TooFewClusters, match="All 3 items lie in one cluster"):
        cluster_jackknife(ratio, np.ones((3, 2)), ["a"] * 3, "share")
    with pytest.raises(EstimateError, match="level is"):
        cluster_jackknife(ratio, np.ones((3, 2)), ["a", "b", "c"], "share", level=95)


def test_clustered_items_show_icc_and_design_effect() -> None:
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(30), 10)
    values = rng.normal(size=30)[clusters] + rng.normal(size=300)
    terms = np.column_stack([values, np.ones(300)])
    found = cluster_jackknife(ratio, terms, clusters.tolist(), "mean", PLAIN)
    assert found.icc == pytest.approx(0.5, abs=0.15)
    assert found.design_effect == pytest.approx(1 + 9 * 0.5, rel=0.35)
    assert found.effective_n == pytest.approx(300 / (found.design_effect or 1))
