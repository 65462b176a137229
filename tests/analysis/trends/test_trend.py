from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.trends.trend import (
    SINGULAR,
    Trend,
    leave_one_family_out,
    logit_trend,
    trend,
    unweighted_trend,
)
from analysis.trends.trend_line import in_years

REFERENCE = "trend"

Agrees = Callable[..., None]
Floats = npt.NDArray[np.float64]

YEARS = [2023.0, 2023.4, 2024.1, 2024.2, 2025.0, 2025.5, 2026.0]
RATES = st.lists(st.floats(0.05, 0.95), min_size=7, max_size=7)


def covariance(shared: float = 0.001) -> Floats:
    return np.full((7, 7), shared) + np.diag(np.linspace(0.001, 0.004, 7))


def numbers(found: Trend) -> list[float]:
    return [
        found.intercept,
        found.slope,
        found.standard_error,
        found.p_value,
        found.low,
        found.high,
    ]


def expected(theirs: dict[str, float]) -> list[float]:
    return [theirs[name] for name in ("intercept", "slope", "error", "p", "low", "high")]


@pytest.mark.parametrize("case", ["scattered", "on_a_line"])
def test_independent_rates_have_the_trend_of_metafor(
    case: str, agrees: Agrees, reference: Any
) -> None:
    given_rates, theirs = reference[case], reference[case]["weighted"]
    found = trend(given_rates["rate"], np.diag(given_rates["variance"]), reference["year"])
    source = f"metafor {reference['versions']['metafor']} rma, PM, adhoc Knapp-Hartung"
    agrees(f"trend, {case}", source, numbers(found), expected(theirs))
    agrees(
        f"trend tau2 and Q, {case}",
        source,
        (found.tau2, found.heterogeneity),
        (theirs["tau2"], theirs["q"]),
    )


@pytest.mark.parametrize("case", ["scattered", "on_a_line"])
def test_unweighted_rates_have_the_trend_of_metafor(
    case: str, agrees: Agrees, reference: Any
) -> None:
    given_rates, theirs = reference[case], reference[case]["equal"]
    found = unweighted_trend(
        given_rates["rate"], np.diag(given_rates["variance"]), reference["year"]
    )
    source = f"metafor {reference['versions']['metafor']} rma, HE, unweighted"
    agrees(f"unweighted trend, {case}", source, numbers(found), expected(theirs))
    agrees(f"unweighted trend tau2, {case}", source, found.tau2, theirs["tau2"])


@pytest.mark.parametrize("scale", ["correlated", "logit"])
def test_correlated_rates_have_the_trend_of_metafor(
    scale: str, agrees: Agrees, reference: Any
) -> None:
    estimate = trend if scale == "correlated" else logit_trend
    found = estimate(reference["rate"], reference["sigma"], reference["year"])
    theirs = reference[scale]
    source = f"metafor {reference['versions']['metafor']} rma.mv at uniroot's tau2"
    agrees(f"trend, {scale}", source, numbers(found), expected(theirs))
    ours = found.tau2, found.heterogeneity
    agrees(f"trend tau2 and Q, {scale}", source, ours, (theirs["tau2"], theirs["q"]))


def test_correlated_rates_have_the_unweighted_trend_of_r(agrees: Agrees, reference: Any) -> None:
    found = unweighted_trend(reference["rate"], reference["sigma"], reference["year"])
    theirs = reference["unweighted"]
    source = "R, matrices written out"
    agrees("unweighted trend, correlated", source, numbers(found), expected(theirs))
    agrees("unweighted trend tau2, correlated", source, found.tau2, theirs["tau2"])


@settings(max_examples=30)
@given(RATES)
def test_the_order_of_the_models_does_not_matter(rates: list[float]) -> None:
    sigma, order = covariance(), [3, 0, 6, 1, 5, 2, 4]
    one = trend(rates, sigma, YEARS)
    other = trend([rates[m] for m in order], sigma[np.ix_(order, order)], [YEARS[m] for m in order])
    assert numbers(other) == pytest.approx(numbers(one), rel=1e-7, abs=1e-9)


@settings(max_examples=30)
@given(RATES, st.sampled_from([trend, unweighted_trend, logit_trend]))
def test_swapping_the_roles_turns_the_slope_around(
    rates: list[float], estimate: Callable[..., Trend]
) -> None:
    one = estimate(rates, covariance(), YEARS)
    other = estimate([1 - rate for rate in rates], covariance(), YEARS)
    assert other.slope == pytest.approx(-one.slope, abs=1e-8)
    assert (other.low, other.tau2) == pytest.approx((-one.high, one.tau2), abs=1e-7)


@settings(max_examples=30)
@given(RATES, st.floats(0.0, 0.05))
def test_a_variance_that_all_models_share_leaves_the_slope_alone(
    rates: list[float], shared: float
) -> None:
    one, other = (unweighted_trend(rates, covariance(level), YEARS) for level in (0.0, shared))
    assert other.slope == pytest.approx(one.slope, abs=1e-12)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-9)


def test_a_known_line_is_found_in_dates_and_in_years() -> None:
    dates = [date(2023, 1, 1), date(2023, 7, 1), date(2024, 3, 1), date(2025, 1, 1)]
    dates += [date(2025, 6, 1), date(2026, 2, 1)]
    rates = [0.4 + 0.1 * (in_years(when) - 2024) for when in dates]
    found = trend(rates, np.eye(6) * 0.001, dates)
    assert found.slope == pytest.approx(0.1, abs=1e-12)
    assert found.tau2 == 0
    assert found.mean_year == pytest.approx(np.mean([in_years(when) for when in dates]))
    assert in_years(date(2024, 1, 1)) == pytest.approx(2024, abs=0.01)


def test_rates_on_a_line_by_luck_keep_their_sampling_error() -> None:
    found = trend([0.5] * 7, covariance(), YEARS)
    assert found.slope == pytest.approx(0, abs=1e-15)
    assert found.high - found.low > 0.05
    assert found.p_value == pytest.approx(1)


def test_fewer_clusters_than_models_are_warned_of() -> None:
    terms = np.random.default_rng(0).normal(0, 0.02, (7, 4))
    rates = np.linspace(0.4, 0.6, 7) + terms.sum(axis=1)
    for estimate in (trend, unweighted_trend):
        found = estimate(rates, terms @ terms.T, YEARS)
        assert found.warnings == (SINGULAR,)
        assert found.low < found.slope < found.high


@pytest.mark.parametrize(
    ("rates", "sigma", "dates", "message"),
    [
        pytest.param([0.5] * 5, np.eye(5), YEARS[:5], "5 models: a trend needs at least 6", id="5"),
        pytest.param([0.5] * 7, np.eye(7), [2024.0] * 7, "the same release date", id="equal-dates"),
        pytest.param([0.5] * 7, np.eye(6), YEARS, "7 rates need", id="shape"),
        pytest.param([0.5] * 6 + [np.nan], np.eye(7), YEARS, r"rates\[6\] is missing", id="nan"),
        pytest.param([0.5] * 7, np.zeros((7, 7)), YEARS, "covariance is zero", id="zero"),
        pytest.param([0.5] * 7, -np.eye(7), YEARS, "no covariance", id="negative"),
        pytest.param([0.5] * 7, np.triu(np.ones((7, 7))), YEARS, "not symmetric", id="lopsided"),
    ],
)
def test_what_has_no_trend_is_refused(
    rates: list[float], sigma: Floats, dates: list[float], message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        trend(rates, sigma, dates)


def test_a_rate_of_one_has_no_logit() -> None:
    with pytest.raises(EstimateError, match=r"rates\[6\] is 1: it has no logit"):
        logit_trend([0.5] * 6 + [1.0], covariance(), YEARS)


def test_rates_that_move_together_only_have_no_slope_variance() -> None:
    with pytest.raises(EstimateError, match="slope has no variance"):
        unweighted_trend(np.linspace(0.3, 0.5, 6), np.ones((6, 6)), np.arange(6.0).tolist())


def test_each_family_is_left_out_in_turn() -> None:
    families = ["a", "b", "a", "b", "c", "b", "c"]
    rates = [0.3, 0.35, 0.4, 0.38, 0.5, 0.45, 0.9]
    found = leave_one_family_out(rates, covariance(), YEARS, [*families[:6], "d"])
    assert [(left.family, left.models) for left in found] == [
        ("a", 5),
        ("b", 4),
        ("c", 6),
        ("d", 6),
    ]
    assert [left.trend is None for left in found] == [True, True, False, False]
    keep = covariance()[:6, :6]
    assert found[3].trend == trend(rates[:6], keep, YEARS[:6])


def test_families_of_another_number_are_refused() -> None:
    with pytest.raises(EstimateError, match="7 rates but 2 families"):
        leave_one_family_out([0.5] * 7, covariance(), YEARS, ["a", "b"])


@pytest.mark.parametrize("tau", [0.0, 0.08])
def test_intervals_cover_the_slope_of_simulated_models(tau: float) -> None:
    rng, hits = np.random.default_rng(6), np.zeros(2)
    sigma, years = covariance(0.002), np.array(YEARS)
    line = 0.5 + 0.05 * (years - 2024)
    for _ in range(150):
        rates = line + rng.multivariate_normal(np.zeros(7), sigma + tau**2 * np.eye(7))
        found = trend(rates, sigma, YEARS), unweighted_trend(rates, sigma, YEARS)
        hits += [one.low <= 0.05 <= one.high for one in found]
    assert (hits / 150 > 0.9).all()
