"""The minimum detectable effect against the table it was planned by, R, and its own laws."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nct

from analysis.errors import EstimateError, TooFewClusters
from analysis.intervals import t_quantile
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import Planned, detectable_contrast, detectable_mean
from analysis.power.sizes import planned_sizes

REFERENCE = "power"
TABLE = "simulated sizes of CV .9 weights"
Agrees = Callable[..., None]


def plan(items: int, clusters: int, sd: float = 0.5, icc: float = 0.1) -> Planned:
    return Planned(planned_sizes(items, clusters), Spread(sd, icc))


# Of random sizes 1 + multinomial(129 - G, gamma weights of CV .9): effects at ICC 0, .05, .1 and
# .2, then the half-width at ICC .1. Such sizes have a CV of .75 themselves.
ROWS = [
    pytest.param(8, (0.160, 0.236, 0.293, 0.382), 0.218, id="8"),
    pytest.param(15, (0.139, 0.178, 0.210, 0.262), 0.151, id="15"),
    pytest.param(25, (0.132, 0.154, 0.173, 0.206), 0.123, id="25"),
    pytest.param(40, (0.128, 0.141, 0.152, 0.172), 0.107, id="40"),
]


@pytest.mark.parametrize(("clusters", "effects", "half"), ROWS)
def test_random_sizes_of_the_same_unevenness_detect_as_much(
    clusters: int, effects: tuple[float, ...], half: float
) -> None:
    found = [detectable_mean(plan(129, clusters, icc=icc)) for icc in (0, 0.05, 0.1, 0.2)]
    assert [one.mde for one in found[:3]] == pytest.approx(effects[:3], abs=0.0041)
    assert found[3].mde == pytest.approx(effects[3], abs=0.0062)
    assert found[2].half_width == pytest.approx(half, abs=0.003)


def test_singletons_detect_what_the_table_says() -> None:
    found = detectable_mean(plan(129, 129, icc=0.0))
    assert (found.mde, found.half_width) == pytest.approx((0.124, 0.087), abs=0.0005)


def test_a_paired_difference_and_a_contrast_detect_what_is_known() -> None:
    paired = detectable_mean(plan(129, 25, 0.45, 0.05))
    contrast = detectable_contrast((plan(129, 25, 0.45), plan(127, 25, 0.45)))
    assert paired.mde == pytest.approx(0.139, abs=0.0015)
    assert contrast.mde == pytest.approx(0.218, abs=0.0025)


def test_variance_and_df_of_planned_clusters_equal_r(agrees: Agrees, reference: Any) -> None:
    for case in reference["designs"]:
        sizes, spread = np.array(case["sizes"], dtype=float), Spread(case["sd"], case["icc"])
        found = detectable_mean(Planned(sizes, spread))
        agrees("planned df", "R clubSandwich", found.df, case["df"], within=1e-9)
        variance = case["variance"]
        agrees("planned variance", "R, whole matrix", found.error**2, variance, within=1e-12)


def test_variance_and_df_of_a_planned_contrast_equal_r(agrees: Agrees, reference: Any) -> None:
    case = reference["contrast"]
    sets = [
        Planned(np.array(case[sizes], dtype=float), Spread(sd, icc))
        for sizes, sd, icc in zip(("sizes_a", "sizes_b"), case["sd"], case["icc"], strict=True)
    ]
    found = detectable_contrast((sets[0], sets[1]), case["correlation"])
    agrees("planned contrast df", "R clubSandwich", found.df, case["df"], within=1e-9)
    agrees("planned contrast variance", "R, whole matrix", found.error**2, case["variance"])


def test_independent_scores_detect_what_the_exact_t_test_does(
    agrees: Agrees, reference: Any
) -> None:
    # Sums of t quantiles stand in for the noncentral t distribution that pwr inverts.
    for case in reference["means"]:
        found = detectable_mean(plan(case["n"], case["n"], 0.5, 0.0))
        agrees("MDE, singletons", "R pwr.t.test", found.mde / 0.5, case["d"], within=2e-3)


@pytest.mark.parametrize("clusters", [8, 15, 25, 40])
def test_power_at_the_detectable_effect_is_that_of_the_noncentral_t(clusters: int) -> None:
    found = detectable_mean(plan(129, clusters))
    exact = nct.sf(t_quantile(0.95, found.df), found.df, found.mde / found.error)
    assert exact == pytest.approx(found.power_of(found.mde), abs=0.01)


@given(st.integers(3, 40), st.floats(0, 0.9), st.floats(0.05, 0.95), st.floats(0.05, 0.5))
def test_power_of_the_detectable_effect_is_the_wanted_one(
    clusters: int, icc: float, power: float, sd: float
) -> None:
    found = detectable_mean(plan(4 * clusters, clusters, sd, icc), Aim(power=power))
    assert found.power_of(found.mde) == pytest.approx(power, abs=1e-9)
    assert found.power_of(-found.mde) == found.power_of(found.mde)


@given(st.integers(3, 30), st.integers(1, 10), st.floats(0, 0.9))
def test_more_clusters_never_widen_the_interval(clusters: int, each: int, icc: float) -> None:
    few = Planned(np.full(clusters, float(each)), Spread(0.5, icc))
    more = Planned(np.full(clusters + 1, float(each)), Spread(0.5, icc))
    assert detectable_mean(more).half_width < detectable_mean(few).half_width


def test_ever_more_items_in_the_same_clusters_reach_the_floor() -> None:
    few, many = detectable_mean(plan(129, 25)), detectable_mean(plan(200_000, 25))
    assert many.half_width == pytest.approx(many.floor, rel=0.01)
    assert many.half_width == pytest.approx(few.floor, rel=0.02)


def test_correlated_sessions_sharpen_a_contrast_of_sets() -> None:
    sets = (plan(129, 25), plan(127, 25))
    loose, tied = (detectable_contrast(sets, r) for r in (0.0, 0.8))
    assert tied.half_width < loose.half_width
    assert tied.df == loose.df


def test_equivalence_of_a_rate_is_out_of_reach_where_that_of_a_difference_is_not() -> None:
    rate = detectable_mean(plan(129, 25)).equivalence(0.1)
    paired = detectable_mean(plan(129, 25, 0.45, 0.05)).equivalence(0.1)
    assert (rate.half_width, paired.half_width) == pytest.approx((0.101, 0.081), abs=0.001)
    assert (rate.possible, rate.power) == (False, 0)
    assert paired.possible
    assert paired.power == pytest.approx(0.3, abs=0.03)


def test_the_power_of_equivalence_is_what_simulated_means_show() -> None:
    rng, n, margin = np.random.default_rng(5), 40, 0.2
    scores = rng.normal(0.05, 0.4, (20_000, n))
    half = t_quantile(0.9, n - 1) * scores.std(axis=1, ddof=1) / n**0.5
    shown = float((np.abs(scores.mean(axis=1)) + half < margin).mean())
    found = detectable_mean(plan(n, n, 0.4, 0.0)).equivalence(margin, 0.05)
    assert found.power == pytest.approx(shown, abs=0.02)


@pytest.mark.parametrize(
    ("spread", "aim", "said"),
    [
        (Spread(0.5, 1.0), Aim(), "the ICC of the scores is 1.0"),
        (Spread(0.5, -0.1), Aim(), "the ICC of the scores is -0.1"),
        (Spread(0.0, 0.1), Aim(), "the sd of the scores is 0.0"),
        (Spread(float("nan"), 0.1), Aim(), "the sd of the scores is nan"),
        (Spread(0.5, 0.1), Aim(power=1.0), "power is 1.0"),
        (Spread(0.5, 0.1), Aim(power=0.02), "power is 0.02"),
        (Spread(0.5, 0.1), Aim(level=95), "level is 95"),
    ],
)
def test_what_cannot_be_is_refused(spread: Spread, aim: Aim, said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        detectable_mean(Planned(np.full(5, 3.0), spread), aim)


def test_all_items_in_one_cluster_are_refused() -> None:
    with pytest.raises(TooFewClusters):
        detectable_mean(Planned(np.array([0.0, 12.0]), Spread(0.5, 0.1)))


@pytest.mark.parametrize("margin", [0.0, -0.1, float("inf"), float("nan")])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(EstimateError, match="margin is"):
        detectable_mean(plan(30, 10)).equivalence(margin)


def test_equivalence_needs_a_level_above_one_half() -> None:
    with pytest.raises(EstimateError, match=r"more than 0\.5"):
        detectable_mean(plan(30, 10), Aim(level=0.4)).equivalence(0.1)


def test_an_impossible_correlation_of_sets_is_refused() -> None:
    with pytest.raises(EstimateError, match=r"correlation of the sets is 1\.5"):
        detectable_contrast((plan(30, 10), plan(30, 10)), 1.5)
