from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit, stdtrit

from analysis.errors import EstimateError, TooFewClusters
from analysis.sets.odds_ratios import gee_contrast
from tests.analysis.conftest import Agreement

REFERENCE = "set_contrasts"
Sides = tuple[list[float], list[int], list[float], list[int]]


def test_the_log_odds_ratio_and_its_error_are_those_of_r(reference: Any, agrees: Agreement) -> None:
    """Mancl-DeRouen under independence is CR3 of a logistic regression."""
    a, b, theirs = reference["a"], reference["b"], reference["gee"]
    found = gee_contrast(a["score"], a["session"], b["score"], b["session"]).log_odds_ratio
    agrees("GEE log odds ratio", "R geepack 1.3.9", found.value, theirs["geepack_log_odds"])
    assert found.low is not None
    error = (found.value - found.low) / float(stdtrit(found.df, 0.975))
    agrees("GEE bias-reduced SE", "R clubSandwich 0.5.8 CR3", error, theirs["se_bias_reduced"])


def draw(seed: int) -> Sides:
    rng = np.random.default_rng(seed)
    a, b = rng.binomial(4, 0.6, 40) / 4, rng.binomial(4, 0.4, 35) / 4
    return (
        a.tolist(),
        rng.integers(0, 10, 40).tolist(),
        b.tolist(),
        rng.integers(4, 14, 35).tolist(),
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_the_odds_are_those_of_the_win_rates(seed: int) -> None:
    a, in_a, b, in_b = draw(seed)
    found = gee_contrast(a, in_a, b, in_b)
    assert log(found.odds_ratio) == pytest.approx(logit(np.mean(a)) - logit(np.mean(b)))
    low, high = found.log_odds_ratio.low, found.log_odds_ratio.high
    assert low is not None
    assert high is not None
    assert (found.low, found.high) == pytest.approx((exp(low), exp(high)))
    assert found.log_odds_ratio.df == len({*in_a, *in_b}) - 2


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_swapping_the_sets_inverts_the_odds_ratio(seed: int) -> None:
    a, in_a, b, in_b = draw(seed)
    found, swapped = gee_contrast(a, in_a, b, in_b), gee_contrast(b, in_b, a, in_a)
    assert swapped.odds_ratio == pytest.approx(1 / found.odds_ratio)
    assert (swapped.low, swapped.high) == pytest.approx((1 / found.high, 1 / found.low))


def test_order_of_items_and_names_of_clusters_change_nothing() -> None:
    a, in_a, b, in_b = draw(5)
    names = [f"session {label * 3 % 14}" for label in in_b[::-1]]
    found = gee_contrast(a[::-1], [f"session {c * 3 % 14}" for c in in_a[::-1]], b[::-1], names)
    expected = gee_contrast(a, in_a, b, in_b)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-10)


@pytest.mark.parametrize(("score", "name"), [(1.0, "1"), (0.0, "0")], ids=["all-won", "all-lost"])
def test_a_sweep_has_no_finite_odds(score: float, name: str) -> None:
    with pytest.raises(EstimateError, match=f"All scores of set B are {name}"):
        gee_contrast([0, 1, 0.5], [1, 2, 3], [score] * 3, [1, 2, 3])


def test_all_ties_show_no_variance() -> None:
    with pytest.raises(EstimateError, match="show no variance"):
        gee_contrast([0.5] * 4, [1, 2, 3, 4], [0.5] * 4, [1, 2, 3, 4])


def test_too_few_clusters_are_refused() -> None:
    with pytest.raises(TooFewClusters, match="leave no degrees of freedom"):
        gee_contrast([0, 1], [1, 2], [0, 1], [1, 2])
    with pytest.raises(TooFewClusters, match="set A lie in fewer than 2"):
        gee_contrast([0, 1], [1, 1], [0, 1, 1], [1, 2, 3])


def test_a_missing_score_is_named() -> None:
    with pytest.raises(EstimateError, match=r"scores_b\[1\] is missing"):
        gee_contrast([0, 1], [1, 2], [0, np.nan], [1, 2])
