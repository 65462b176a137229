from math import sqrt, tanh
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.contrasts import set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.rates import win_rate
from analysis.sets.mover import (
    Bounds,
    mover_bounds,
    mover_contrast,
    set_contrast_near_ends,
    set_correlation,
)
from tests.analysis.conftest import Agreement

REFERENCE = "set_contrasts"
Sides = tuple[list[float], list[int], list[float], list[int]]


def wilson(count: int, n: int) -> Bounds:
    return (count / n, *proportion_confint(count, n, method="wilson"))


def test_unpaired_proportions_give_the_published_interval(agrees: Agreement) -> None:
    """Newcombe 1998 (Statistics in Medicine 17: 873-890), table II, method 10: 56/70 - 48/80."""
    found = mover_bounds(wilson(56, 70), wilson(48, 80), 0)
    agrees("MOVER, independent", "Newcombe 1998 table II", found, [0.0524, 0.3339], within=1e-3)
    theirs = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    agrees("MOVER, independent", "statsmodels newcomb", found, theirs)


def test_correlated_figures_give_the_published_interval(agrees: Agreement) -> None:
    """Zou 2007 (Psychological Methods 12: 399-413): .396 - .189 from the same 66 people.

    Each figure has its Fisher interval; the paper prints .0917 for their correlation.
    """
    half = float(ndtri(0.975)) / sqrt(63)
    bounds = [(r, tanh(np.arctanh(r) - half), tanh(np.arctanh(r) + half)) for r in (0.396, 0.189)]
    found = mover_bounds(bounds[0], bounds[1], 0.0917)
    agrees("MOVER, correlated", "Zou 2007 (3 digits)", found, [-0.096, 0.500], within=6e-3)


def test_the_correlation_of_set_means_is_that_of_clubsandwich(
    reference: Any, agrees: Agreement
) -> None:
    a, b = reference["a"], reference["b"]
    found = set_correlation(a["score"], a["session"], b["score"], b["session"])
    agrees("CR2 correlation of set means", "R clubSandwich 0.5.8", found, reference["correlation"])


def draw(seed: int, rate_a: float = 0.5) -> Sides:
    rng = np.random.default_rng(seed)
    a, b = rng.binomial(4, rate_a, 40) / 4, rng.binomial(4, 0.4, 35) / 4
    return (
        a.tolist(),
        rng.integers(0, 10, 40).tolist(),
        b.tolist(),
        rng.integers(4, 14, 35).tolist(),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(-0.9, 0.9), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_p_value_and_the_interval_agree_about_zero(
    seed: int, correlation: float, level: float
) -> None:
    a, in_a, b, in_b = draw(seed)
    found = mover_contrast(win_rate(a, in_a, level), win_rate(b, in_b, level), correlation)
    assert (found.p_value < 1 - level) == (not found.low <= 0 <= found.high)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(-1, 1))
def test_swapping_the_sets_mirrors_everything(seed: int, correlation: float) -> None:
    a, in_a, b, in_b = draw(seed)
    rates = win_rate(a, in_a), win_rate(b, in_b)
    found, swapped = mover_contrast(*rates, correlation), mover_contrast(*rates[::-1], correlation)
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    assert swapped.p_value == pytest.approx(found.p_value, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_correlation_narrows_the_interval_within_minus_one_and_one(seed: int) -> None:
    a, in_a, b, in_b = draw(seed, 0.95)
    rates = win_rate(a, in_a), win_rate(b, in_b)
    widths = []
    for correlation in (0.0, 0.3, 0.6):
        found = mover_contrast(*rates, correlation)
        assert -1 <= found.low <= found.value <= found.high <= 1
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_equal_rates_have_a_p_value_of_one() -> None:
    rate = win_rate([0, 1, 1, 0], [1, 2, 3, 4])
    assert mover_contrast(rate, rate, 0.2).p_value == 1


def test_rates_in_the_middle_keep_the_plain_contrast() -> None:
    assert set_contrast_near_ends(*draw(3)) == set_contrast(*draw(3))


@pytest.mark.parametrize("rate", [0.95, 0.05], ids=["near-one", "near-zero"])
def test_a_rate_near_an_end_takes_mover_and_says_so(rate: float) -> None:
    sides = draw(4, rate)
    found, plain = set_contrast_near_ends(*sides), set_contrast(*sides)
    assert "MOVER" in found.method
    assert "within 0.1 of 0 or 1" in found.method
    assert (found.value, found.df) == (plain.value, plain.df)
    assert found.low != plain.low


def test_all_wins_against_all_losses_have_an_interval_that_ends_at_one() -> None:
    sessions = list(range(10))
    found = set_contrast_near_ends([1.0] * 10, sessions, [0.0] * 10, sessions)
    assert (found.value, found.high) == (1, 1)
    assert found.low is not None
    assert 0.3 < found.low < 0.9
    assert any(text.startswith("set A: all clusters have the same mean") for text in found.warnings)


def test_sets_without_shared_clusters_or_spread_are_uncorrelated() -> None:
    assert set_correlation([0, 1], [1, 2], [0, 1], [3, 4]) == 0
    assert set_correlation([1, 1], [1, 2], [0, 1], [1, 2]) == 0


def test_the_same_scores_in_both_sets_are_wholly_correlated() -> None:
    assert set_correlation([0, 1, 0.5], [1, 2, 3], [0, 1, 0.5], [1, 2, 3]) == pytest.approx(1)


def test_unusable_arguments_are_refused() -> None:
    narrow, wide = win_rate([0, 1], [1, 2], 0.9), win_rate([0, 1], [1, 2], 0.95)
    with pytest.raises(EstimateError, match=r"level 0\.9 but rate_b 0\.95"):
        mover_contrast(narrow, wide, 0)
    with pytest.raises(EstimateError, match=r"correlation is 1\.2"):
        mover_contrast(wide, wide, 1.2)
    with pytest.raises(TooFewClusters):
        set_contrast_near_ends([1, 1], [1, 1], [0, 1], [1, 2])
