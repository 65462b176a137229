from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from analysis.clusters import cluster_sums, cr2_variance, satterthwaite_df
from analysis.contrasts import mean_effect, set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD, Estimate
from analysis.regression import ClusteredFit, cr2_fit
from tests.analysis.conftest import Agreement

Floats = npt.NDArray[np.float64]

REFERENCE = "regression"
CLUBSANDWICH = "R clubSandwich 0.5.8"


def fit_reference(data: Any, kind: str) -> ClusteredFit:
    x = np.column_stack([np.ones(len(data["x"])), data["in_a"], data["x"], data["level"]])
    weights = data["weight"] if kind == "weighted" else None
    return cr2_fit(x, data["score"], data["cluster"], weights)


def half_width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return (estimate.high - estimate.low) / 2


def standard_error(estimate: Estimate) -> float:
    return half_width(estimate) / float(stdtrit(estimate.df, (1 + estimate.level) / 2))


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_coefficients_and_covariance_are_those_of_clubsandwich(
    kind: str, reference: Any, agrees: Agreement
) -> None:
    fit, theirs = fit_reference(reference["data"], kind), reference[kind]
    agrees(f"{kind} coefficients", "R lm", fit.coefficients, theirs["coefficients"])
    agrees(f"{kind} CR2 covariance", CLUBSANDWICH, fit.covariance, theirs["covariance"])


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_each_coefficient_is_tested_as_by_clubsandwich(
    kind: str, reference: Any, agrees: Agreement
) -> None:
    fit, theirs = fit_reference(reference["data"], kind), reference[kind]
    found = [fit.contrast(c) for c in np.eye(4)]
    agrees(f"{kind} CR2 SE", CLUBSANDWICH, [standard_error(e) for e in found], theirs["se"])
    agrees(f"{kind} Satterthwaite df", CLUBSANDWICH, [e.df for e in found], theirs["df"])
    p_values = np.array([e.p_value for e in found], dtype=np.float64)
    agrees(f"{kind} regression p", CLUBSANDWICH, p_values, theirs["p"])


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_a_combination_has_the_interval_of_clubsandwich(
    kind: str, reference: Any, agrees: Agreement
) -> None:
    fit, theirs = fit_reference(reference["data"], kind), reference[kind]["combined"]
    found = fit.contrast([0, 1, -0.5, 0.25], level=0.9)
    assert found.low is not None
    assert found.high is not None
    ours = [found.value, found.low, found.high, found.df]
    expected = [theirs[key] for key in ("value", "low", "high", "df")]
    agrees(f"{kind} contrast of coefficients", CLUBSANDWICH, ours, expected)


def test_a_cluster_that_determines_a_coefficient_is_inverted_as_by_clubsandwich(
    reference: Any, agrees: Agreement
) -> None:
    data = reference["data"]
    x = np.column_stack([np.ones(len(data["x"])), data["in_a"], data["last"]])
    fit, theirs = cr2_fit(x, data["score"], data["cluster"]), reference["marked"]
    agrees("CR2, singular cluster", CLUBSANDWICH, fit.covariance, theirs["covariance"])
    found = [fit.contrast(c) for c in np.eye(3)]
    agrees("df, singular cluster", CLUBSANDWICH, [e.df for e in found], theirs["df"])
    told = [any("one cluster alone" in text for text in e.warnings) for e in found]
    assert told == [False, False, True]


def matrix_fit(x: Floats, y: Floats, groups: Floats, w: Floats, c: Floats) -> tuple[float, ...]:
    """Returns value, variance and df as the papers define them, with full matrices."""
    hat = x @ np.linalg.inv(x.T @ np.diag(w) @ x) @ x.T @ np.diag(w)
    maker = np.eye(len(y)) - hat
    lever = np.linalg.inv(x.T @ np.diag(w) @ x) @ x.T @ np.diag(w)
    variance, columns = 0.0, []
    for group in np.unique(groups):
        rows = groups == group
        roots, vectors = np.linalg.eigh(maker[rows] @ maker[rows].T)
        roots = np.array([root**-0.5 if root > 1e-12 else 0 for root in roots])
        direction = vectors @ np.diag(roots) @ vectors.T @ lever[:, rows].T @ c
        variance += float(direction @ (maker @ y)[rows]) ** 2
        columns.append(maker[rows].T @ direction)
    omega = np.array(columns) @ np.array(columns).T
    return float(c @ lever @ y), variance, float(np.trace(omega) ** 2 / np.sum(omega**2))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 4), st.booleans())
def test_any_regression_equals_the_matrices_of_the_definition(
    seed: int, clusters: int, p: int, weighted: bool
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(clusters + p + 3, 60))
    groups = np.concatenate([np.arange(clusters), rng.integers(0, clusters, n - clusters)])
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p))])
    y, c, w = rng.random(n), rng.normal(size=p + 1), rng.gamma(2, size=n) + 0.1
    w = w if weighted else np.ones(n)
    fit = cr2_fit(x, y, groups.tolist(), w)
    value, variance, df = matrix_fit(x, y, groups, w, c)
    assert c @ fit.coefficients == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert c @ fit.covariance @ c == pytest.approx(variance, rel=1e-7)
    assert fit.contrast(c).df == pytest.approx(df, rel=1e-7)


def draw(seed: int, n: int = 60, clusters: int = 9) -> tuple[Floats, Floats, list[int]]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    return x, rng.integers(0, 5, n) / 4, rng.integers(0, clusters, n).tolist()


def figures(found: Estimate) -> tuple[float, ...]:
    assert found.p_value is not None
    assert found.design_effect is not None
    return found.value, half_width(found), found.df, found.p_value, found.design_effect


def test_an_intercept_alone_is_the_closed_form_of_a_mean() -> None:
    _, y, clusters = draw(1)
    fit = cr2_fit(np.ones((60, 1)), y, clusters)
    sums = cluster_sums(y, clusters)
    assert fit.covariance[0, 0] == pytest.approx(cr2_variance(sums), rel=1e-12)
    assert fit.contrast([1]).df == pytest.approx(satterthwaite_df([sums]), rel=1e-12)
    assert figures(fit.contrast([1])) == pytest.approx(figures(mean_effect(y, clusters)))


def test_two_dummies_are_the_closed_form_of_a_set_contrast() -> None:
    _, y, clusters = draw(2)
    dummies = np.column_stack([np.arange(60) < 33, np.arange(60) >= 33]).astype(float)
    found = cr2_fit(dummies, y, clusters).contrast([1, -1])
    closed = set_contrast(y[:33], clusters[:33], y[33:], clusters[33:])
    assert figures(found) == pytest.approx(figures(closed), rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_clusters_change_nothing(seed: int, random: Any) -> None:
    x, y, clusters = draw(seed)
    order = list(range(60))
    random.shuffle(order)
    names = [f"session {clusters[row] * 7 % 9}" for row in order]
    found = cr2_fit(x[order], y[order], names).contrast([0, 1, 0])
    expected = figures(cr2_fit(x, y, clusters).contrast([0, 1, 0]))
    assert figures(found) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-6, 0.5, 1e6]))
def test_the_unit_of_the_response_changes_only_the_unit(seed: int, unit: float) -> None:
    x, y, clusters = draw(seed)
    value, half, *rest = figures(cr2_fit(x, y, clusters).contrast([0, 1, 0]))
    found = figures(cr2_fit(x, unit * y, clusters).contrast([0, 1, 0]))
    assert found == pytest.approx((value * unit, half * unit, *rest), rel=1e-9, abs=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_other_columns_for_the_same_space_change_no_contrast(seed: int) -> None:
    x, y, clusters = draw(seed)
    turn = np.array([[1.0, 2, 0], [0, 1, -1], [0, 0, 3]])
    c = np.array([1.0, -1, 2])
    found = cr2_fit(x @ turn, y, clusters).contrast(c @ turn)
    expected = figures(cr2_fit(x, y, clusters).contrast(c))
    assert figures(found) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_rows_of_weight_zero_are_left_out() -> None:
    x, y, clusters = draw(4)
    weights = np.where(np.arange(60) < 45, 1.5, 0)
    found = cr2_fit(x, y, clusters, weights)
    assert found.items.n == 45
    expected = cr2_fit(x[:45], y[:45], clusters[:45])
    assert found.covariance == pytest.approx(expected.covariance, rel=1e-10)


def test_responses_on_a_plane_have_no_interval() -> None:
    x, _, clusters = draw(5)
    flat = cr2_fit(x, x @ [0.5, 0.1, 0.2], clusters).contrast([0, 1, 0])
    assert flat.value == pytest.approx(0.1)
    assert (flat.low, flat.p_value) == (None, None)
    assert NO_SPREAD in flat.warnings


def test_a_contrast_of_single_clusters_is_refused() -> None:
    dummies = np.repeat(np.eye(2), 5, axis=0)
    fit = cr2_fit(dummies, np.arange(10) / 10, ["a"] * 5 + ["b"] * 5)
    with pytest.raises(TooFewClusters, match="determined by one cluster alone"):
        fit.contrast([1, -1])


@pytest.mark.parametrize(
    ("column", "dependent"),
    [
        pytest.param(np.ones(60), 3, id="second-intercept"),
        pytest.param(np.zeros(60), 3, id="zeros"),
        pytest.param(1e6 * draw(6)[0].sum(axis=1), 3, id="sum-of-the-others"),
    ],
)
def test_a_column_that_repeats_others_is_named(column: Floats, dependent: int) -> None:
    x, y, clusters = draw(6)
    with pytest.raises(EstimateError, match=rf"design\[:, {dependent}\] is a combination"):
        cr2_fit(np.column_stack([x, column]), y, clusters)


def test_more_columns_than_rows_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"design\[:, 3\] is a combination"):
        cr2_fit(np.eye(3, 4) + 0.1, [0.1, 0.2, 0.3], [1, 2, 3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"response": [0.1, np.nan, 0.3]}, r"response\[1\] is missing", id="nan"),
        pytest.param({"response": [0.1, 0.2]}, "do not match", id="lengths"),
        pytest.param({"response": []}, "response is empty", id="no-rows"),
        pytest.param({"design": [[1], [np.inf], [1]]}, r"design\[1, 0\] is inf", id="infinite"),
        pytest.param({"clusters": ["a", None, "b"]}, r"clusters\[1\] is missing", id="label"),
        pytest.param({"weights": [1, -1, 1]}, r"weights\[1\] is -1", id="negative-weight"),
        pytest.param({"weights": [0, 0, 0]}, "0 rows with weight", id="no-weight"),
        pytest.param({"clusters": ["a", "a", "a"]}, "fewer than 2 clusters", id="one-cluster"),
    ],
)
def test_an_unusable_argument_is_named(change: dict[str, Any], message: str) -> None:
    arguments = {"design": [[1]] * 3, "response": [0.1, 0.2, 0.3], "clusters": ["a", "b", "c"]}
    with pytest.raises(EstimateError, match=message):
        cr2_fit(**{**arguments, **change})


@pytest.mark.parametrize("c", [[1, 0], [0, 0, 0], [1, np.nan, 0]])
def test_an_unusable_contrast_is_refused(c: list[float]) -> None:
    with pytest.raises(EstimateError, match="contrast"):
        cr2_fit(*draw(7)).contrast(c)
