from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from analysis.contrasts import mean_effect, paired_difference
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.models.equivalence import Conclusion, equivalence
from analysis.rates import win_rate

REFERENCE = "equivalence"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)

MARGINS = st.floats(0.01, 0.5)
EIGHTHS = st.integers(-8, 8).map(lambda eighths: eighths / 8)
VALUES = st.lists(EIGHTHS, min_size=3, max_size=30).filter(lambda values: len(set(values)) > 1)


def spread(shift: float, half: float, n: int = 40) -> Estimate:
    """A difference of about `shift` whose 95% interval is about `half` wide on either side."""
    values = shift + half * np.sqrt(n) / 2 * np.resize([-1, 1], n)
    return mean_effect(values, list(range(n)))


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_the_tests_are_those_of_r(agrees: Agrees, reference: Any, name: str) -> None:
    n = len(reference["difference"])
    labels = reference["cluster"] if name == "clustered" else list(range(n))
    estimate = mean_effect(reference["difference"], labels)
    test, expected = equivalence(estimate, reference["margin"]), reference[name]
    source = "R clubSandwich 0.5.8" if name == "clustered" else "R t.test"
    found = [test.p_lower, test.p_upper, test.low, test.high]
    numbers = [expected["p_lower"], expected["p_upper"], *expected["interval"]]
    agrees("equivalence", source, found, numbers, within=1e-9)


@FEW
@given(VALUES, MARGINS)
def test_single_items_have_the_p_value_of_statsmodels(values: list[float], margin: float) -> None:
    test = equivalence(mean_effect(values, list(range(len(values)))), margin)
    p, lower, upper = DescrStatsW(values).ttost_mean(-margin, margin)
    found = (test.p_value, test.p_lower, test.p_upper)
    assert found == pytest.approx((p, lower[1], upper[1]), rel=1e-9)


@FEW
@given(VALUES, MARGINS, st.sampled_from([0.01, 0.05, 0.1]))
def test_the_interval_lies_within_the_margin_when_p_is_below_alpha(
    values: list[float], margin: float, alpha: float
) -> None:
    test = equivalence(mean_effect(values, list(range(len(values)))), margin, alpha)
    assert test.level == pytest.approx(1 - 2 * alpha)
    if abs(test.p_value - alpha) > 1e-9:
        assert (test.p_value < alpha) == (-margin < test.low and test.high < margin)


@FEW
@given(VALUES, MARGINS)
def test_swapping_the_roles_mirrors_the_tests(values: list[float], margin: float) -> None:
    labels = list(range(len(values)))
    test = equivalence(mean_effect(values, labels), margin)
    mirrored = equivalence(mean_effect([-value for value in values], labels), margin)
    assert mirrored.p_lower == pytest.approx(test.p_upper, rel=1e-9)
    assert mirrored.low == pytest.approx(-test.high, rel=1e-9)
    assert mirrored.conclusion == test.conclusion


@FEW
@given(VALUES, MARGINS, st.sampled_from([0.5, 0.9, 0.99]))
def test_the_level_of_the_estimate_does_not_matter(
    values: list[float], margin: float, level: float
) -> None:
    labels = list(range(len(values)))
    test = equivalence(mean_effect(values, labels), margin)
    other = equivalence(mean_effect(values, labels, level), margin)
    assert other.p_value == pytest.approx(test.p_value, rel=1e-9)


@pytest.mark.parametrize(
    ("shift", "half", "conclusion"),
    [
        pytest.param(0.0, 0.05, "equivalent", id="near-zero-and-sure"),
        pytest.param(0.2, 0.05, "different", id="beyond-the-margin"),
        pytest.param(0.05, 0.02, "both", id="small-but-there"),
        pytest.param(0.0, 0.15, "neither", id="too-few-items-to-say"),
    ],
)
def test_there_are_four_conclusions(shift: float, half: float, conclusion: Conclusion) -> None:
    assert equivalence(spread(shift, half), 0.1).conclusion == conclusion


def test_a_rate_is_refused_even_where_its_interval_is_symmetric() -> None:
    for scores in ([0.0, 1.0] * 10, [0.0] * 5 + [1.0] * 15):
        with pytest.raises(EstimateError, match="cluster-Wilson"):
            equivalence(win_rate(scores, list(range(20))), 0.1)


def test_an_interval_that_is_not_symmetric_is_refused() -> None:
    estimate = spread(0.0, 0.1)
    assert estimate.high is not None
    with pytest.raises(EstimateError, match="symmetric t interval"):
        equivalence(replace(estimate, high=estimate.high + 0.01), 0.1)


def test_a_difference_without_variance_is_refused() -> None:
    same = [0.5] * 10
    with pytest.raises(EstimateError, match="no interval"):
        equivalence(paired_difference(same, same, list(range(10))), 0.1)


@pytest.mark.parametrize("margin", [0.0, -0.1, float("inf"), float("nan")])
def test_a_margin_that_is_no_positive_number_is_refused(margin: float) -> None:
    with pytest.raises(EstimateError, match="margin is"):
        equivalence(spread(0, 0.1), margin)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 5.0])
def test_an_unusable_alpha_is_refused(alpha: float) -> None:
    with pytest.raises(EstimateError, match="alpha is"):
        equivalence(spread(0, 0.1), 0.1, alpha)
