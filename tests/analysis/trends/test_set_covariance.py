from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.contrasts import paired_difference
from analysis.errors import EstimateError, TooFewClusters
from analysis.trends.set_covariance import set_covariance

REFERENCE = "trend"

Agrees = Callable[..., None]


def table(reference: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(reference["scores"], dtype=np.float64)


def test_models_that_share_items_have_the_covariance_of_r(agrees: Agrees, reference: Any) -> None:
    found = set_covariance(table(reference), reference["cluster"])
    source = f"clubSandwich {reference['versions']['clubSandwich']} vcovCR, stacked"
    agrees("rates of models", source, found.rates, reference["rate"])
    agrees("CR2 covariance of models", source, found.covariance, reference["sigma"])
    assert found.n[1] == len(reference["cluster"]) - 3
    assert found.clusters == 22


def test_the_covariance_gives_the_variance_of_a_paired_difference(reference: Any) -> None:
    both = table(reference)[:, [0, 3]]
    found = set_covariance(both, reference["cluster"])
    difference = paired_difference(both[:, 0], both[:, 1], reference["cluster"])
    variance = found.covariance[0, 0] + found.covariance[1, 1] - 2 * found.covariance[0, 1]
    assert difference.design_effect is not None
    spread = float(np.var(both[:, 0] - both[:, 1], ddof=1)) / len(both)
    assert variance == pytest.approx(difference.design_effect * spread, rel=1e-10)


def test_order_of_items_and_names_of_clusters_do_not_matter(reference: Any) -> None:
    scores, clusters = table(reference), reference["cluster"]
    one = set_covariance(scores, clusters)
    moved = np.random.default_rng(0).permutation(len(clusters))
    other = set_covariance(scores[moved], [f"s{clusters[row]}" for row in moved])
    assert other.rates.tolist() == one.rates.tolist()
    assert other.covariance == pytest.approx(one.covariance, rel=1e-11, abs=1e-16)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        pytest.param([[0.1, 1.2], [0.5, 0.5]], r"scores\[0, 1\] is 1.2", id="outside"),
        pytest.param([[0.1, np.nan], [0.5, np.nan]], "Model 1 has no score", id="no-item"),
        pytest.param([0.1, 0.2], "items by models", id="flat"),
        pytest.param([[], []], "items by models", id="no-model"),
        pytest.param([[0.1], [0.2], [0.3]], "3 items but 2 cluster labels", id="length"),
    ],
)
def test_unusable_scores_are_named(scores: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        set_covariance(scores, ["a", "b"])


def test_a_model_in_one_cluster_has_no_variance() -> None:
    with pytest.raises(TooFewClusters):
        set_covariance([[0.1, 0.3], [0.4, np.nan]], ["a", "b"])
