from typing import Any

import numpy as np
import pytest

from analysis.errors import EstimateError, TooFewClusters
from analysis.joint_tests import joint_test
from analysis.regression import ClusteredFit, cr2_fit
from tests.analysis.conftest import Agreement

REFERENCE = "regression"


def draw(seed: int, clusters: int) -> ClusteredFit:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(80), rng.normal(size=(80, 4))])
    return cr2_fit(x, rng.random(80), rng.integers(0, clusters, 80).tolist())


@pytest.mark.parametrize("q", [2, 3])
@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_several_coefficients_are_tested_as_by_clubsandwich(
    kind: str, q: int, reference: Any, agrees: Agreement
) -> None:
    data = reference["data"]
    x = np.column_stack([np.ones(len(data["x"])), data["in_a"], data["x"], data["level"]])
    weights = data["weight"] if kind == "weighted" else None
    found = joint_test(cr2_fit(x, data["score"], data["cluster"], weights), np.eye(4)[1 : q + 1])
    theirs = reference[kind]["wald"][q - 2]
    ours = [found.statistic, found.df_numerator, found.df_denominator, found.p_value]
    expected = [theirs[key] for key in ("F", "df_num", "df_denom", "p")]
    agrees(f"{kind} HTZ test of {q}", "R clubSandwich 0.5.8", ours, expected)


@pytest.mark.parametrize("seed", range(3))
def test_one_contrast_gives_the_square_of_its_t_test(seed: int) -> None:
    fit = draw(seed, 12)
    joint, single = joint_test(fit, [[0, 1, -1, 0, 0]]), fit.contrast([0, 1, -1, 0, 0])
    assert joint.df_denominator == pytest.approx(single.df, rel=1e-10)
    assert joint.p_value == pytest.approx(single.p_value, rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_other_contrasts_with_the_same_span_give_the_same_test(seed: int) -> None:
    fit, contrasts = draw(seed, 12), np.eye(5)[1:4]
    turned = np.array([[1.0, 1, 0], [0, 2, 1], [1, 0, -1]]) @ contrasts
    found, expected = joint_test(fit, turned), joint_test(fit, contrasts)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-8)
    assert found.df_denominator == pytest.approx(expected.df_denominator, rel=1e-8)


def test_contrasts_that_repeat_each_other_are_refused() -> None:
    with pytest.raises(EstimateError, match="vary in fewer than 2 directions"):
        joint_test(draw(1, 12), [[0, 1, 0, 0, 0], [0, 2, 0, 0, 0]])


def test_more_contrasts_than_few_clusters_can_test_are_refused() -> None:
    with pytest.raises(TooFewClusters, match="too few to test 4 contrasts"):
        joint_test(draw(2, 4), np.eye(5)[1:])


def test_five_per_cent_of_true_nulls_are_rejected_at_most() -> None:
    rng = np.random.default_rng(20)
    clusters = rng.integers(0, 12, 90)
    x = np.column_stack([np.ones(90), rng.normal(size=(12, 1))[clusters], rng.normal(size=(90, 1))])
    p_values = [
        joint_test(
            cr2_fit(
                x, rng.normal(size=12)[clusters] * 0.5 + rng.normal(size=90), clusters.tolist()
            ),
            np.eye(3)[1:],
        ).p_value
        for _ in range(200)
    ]
    assert np.mean(np.array(p_values) < 0.05) < 0.1
