from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD
from analysis.judges.length_control import LengthControl, length_control

REFERENCE = "length_control"
SOURCE = "R glm, refitted without each cluster"

Agrees = Callable[..., None]
Scales = pytest.mark.parametrize("scale", ["tanh", "linear"])

ROWS = st.lists(
    st.tuples(st.integers(1, 3).map(lambda q: q / 4), st.integers(-9, 9), st.integers(0, 4)),
    min_size=25,
    max_size=40,
).filter(lambda rows: len({row[2] for row in rows}) > 2 and len({row[1] for row in rows}) > 4)


def controlled(data: dict[str, Any], scale: Any) -> LengthControl:
    differences = {"length": data["length"], "bullets": data["bullets"]}
    return length_control(data["score"], data["cluster"], differences, scale)


@Scales
def test_rate_and_coefficients_are_those_of_glm(agrees: Agrees, reference: Any, scale: str) -> None:
    found = controlled(reference["data"], scale)
    theirs = reference[scale]
    ours = [found.controlled.value, *(each.value for each in found.coefficients.values())]
    expected = [theirs["rate"], *theirs["coefficients"][1:]]
    agrees(f"length control, {scale}", "R glm quasibinomial", ours, expected, 1e-9)


@Scales
def test_variances_are_those_of_literal_refits(agrees: Agrees, reference: Any, scale: str) -> None:
    found = controlled(reference["data"], scale)
    assert found.controlled.effective_n is not None
    rate = found.controlled.value
    ours = [rate * (1 - rate) / found.controlled.effective_n]
    for each in found.coefficients.values():
        assert each.p_value is not None
        assert each.high is not None
        ours.append(((each.high - each.value) / 2.200985160082949) ** 2)  # t(11) at .975
    expected = [reference[scale]["rate_variance"], *reference[scale]["refits"][1:]]
    agrees(f"length control jackknife, {scale}", SOURCE, ours, expected, 1e-8)


@Scales
def test_the_library_gives_the_clustered_covariance_of_sandwich(
    agrees: Agrees, reference: Any, scale: str
) -> None:
    data = reference["data"]
    x = np.column_stack([data["length"], data["bullets"]]) / np.std(
        [data["length"], data["bullets"]], axis=1, ddof=1
    )
    design = np.column_stack([np.ones(len(x)), np.tanh(x) if scale == "tanh" else x])
    groups = np.unique(data["cluster"], return_inverse=True)[1]
    options = {"groups": groups, "use_correction": False}
    fit = GLM(data["score"], design, family=Binomial()).fit(
        tol=1e-14, cov_type="cluster", cov_kwds=options
    )
    found, expected = np.ravel(fit.cov_params()), np.ravel(reference[scale]["clustered"])
    agrees(f"GLM covariance, {scale}", "R sandwich 3.0.2 vcovCL HC0", found, expected, 1e-6)


def test_without_an_effect_of_length_both_rates_agree() -> None:
    scores = [0.0, 1.0, 0.5, 0.25] * 10
    lengths = [-3.0, -3.0, -3.0, -3.0, 3.0, 3.0, 3.0, 3.0] * 5
    found = length_control(scores, [at // 4 for at in range(40)], {"length": lengths})
    assert found.controlled.value == pytest.approx(found.raw.value)
    assert found.coefficients["length"].value == pytest.approx(0, abs=1e-12)
    assert found.controlled.method.startswith("sensitivity")


def test_the_difference_is_not_centred() -> None:
    # All proposals are longer, so at equal length the rate lies beyond every observed one.
    rng = np.random.default_rng(2)
    lengths = rng.uniform(1, 3, 200)
    scores = rng.binomial(4, 1 / (1 + np.exp(1 - lengths))) / 4
    found = length_control(scores, list(range(200)), {"length": lengths}, "linear")
    assert found.raw.value > 0.6
    assert found.controlled.value < 0.45


def test_all_ties_give_one_half_without_a_slope() -> None:
    found = length_control([0.5] * 12, [at // 2 for at in range(12)], {"length": list(range(12))})
    assert found.controlled.value == 0.5
    assert found.controlled.effective_n == 6
    assert found.coefficients["length"].low is None
    assert NO_SPREAD in found.coefficients["length"].warnings


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from([1.0, 250.0]))
def test_roles_units_rows_and_names_change_nothing_else(rows: Any, unit: float) -> None:
    scores, lengths, groups = (list(column) for column in zip(*rows, strict=True))
    found = length_control(scores, groups, {"length": lengths})
    other = length_control(
        [1 - score for score in scores[::-1]],
        [f"g{group}" for group in groups[::-1]],
        {"length": [-unit * length for length in lengths[::-1]]},
    )
    low, high = other.controlled.low, other.controlled.high
    assert low is not None
    assert high is not None
    expected = (1 - other.controlled.value, 1 - high, 1 - low)
    ours = (found.controlled.value, found.controlled.low, found.controlled.high)
    assert ours == pytest.approx(expected, abs=1e-9)


def worlds(runs: int) -> npt.NDArray[np.float64]:
    rng, found = np.random.default_rng(4), []
    for _ in range(runs):
        lengths = rng.normal(1, 1, 150)
        scores = rng.binomial(2, 1 / (1 + np.exp(0.4 - 0.8 * lengths))) / 2
        clusters = [at // 6 for at in range(150)]
        result = length_control(scores, clusters, {"length": lengths}, "linear")
        low, high = result.controlled.low, result.controlled.high
        assert low is not None
        assert high is not None
        truth = 1 / (1 + np.exp(0.4))
        found.append([result.controlled.value, low <= truth <= high, result.raw.value])
    return np.array(found)


def test_the_rate_at_equal_length_is_recovered_and_covered() -> None:
    found = worlds(150).mean(axis=0)
    truth = 1 / (1 + np.exp(0.4))
    assert found[0] == pytest.approx(truth, abs=0.01)
    assert 0.90 <= found[1] <= 0.99
    assert found[2] - truth > 0.1


REFUSED: list[Any] = [
    pytest.param({"differences": {}}, "names nothing", id="nothing"),
    pytest.param({"scale": "z"}, "scale is 'z'", id="scale"),
    pytest.param({"differences": {"x": [1] * 6}}, r"\['x'\] never varies", id="constant"),
    pytest.param({"differences": {"x": [1, 2]}}, "2 entries, not 6", id="length"),
    pytest.param(
        {"differences": {"x": [1, np.nan, 3, 4, 5, 6]}}, r"\['x'\]\[1\] is missing", id="missing"
    ),
    pytest.param(
        {"differences": {"x": [1, 2, 3, 4, 5, 9], "y": [2, 4, 6, 8, 10, 18]}},
        "follows from the others",
        id="collinear",
    ),
    pytest.param({"scores": [1] * 6}, "All scores are 1", id="all-won"),
    pytest.param({"scores": [0, 0, 0, 1, 1, 1]}, "separate wins from losses", id="separated"),
    pytest.param(
        {"scores": [0, 0, 1, 0, 1, 1], "clusters": [1, 1, 2, 2, 3, 3]},
        "Without cluster 2 no finite fit",
        id="separated-without",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_cannot_be_fitted_is_refused(change: dict[str, Any], message: str) -> None:
    given = {
        "scores": [0, 0.5, 1, 0.5, 0, 1],
        "clusters": [1, 2, 3, 1, 2, 3],
        "differences": {"length": [-3, -2, -1, 1, 2, 3]},
    }
    with pytest.raises(EstimateError, match=message):
        length_control(**{**given, **change})


def test_one_cluster_is_refused() -> None:
    with pytest.raises(TooFewClusters):
        length_control([0, 0.5, 1], [1, 1, 1], {"length": [1, 2, 4]})
