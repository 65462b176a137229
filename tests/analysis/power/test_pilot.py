"""What a pilot shows: ICC interval against Shrout and Fleiss (1979) and R, and its own laws."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.clusters import anova_icc, cluster_sums
from analysis.errors import EstimateError, TooFewClusters
from analysis.power.icc import icc_interval
from analysis.power.pilot import (
    Effort,
    Noise,
    pilot_from_scores,
    proposal_variance,
    verdict_variance,
)

REFERENCE = "power"
SCORES = [0.0, 1.0, 0.5, 1.0, 1.0, 0.0, 0.5, 0.0]
CLUSTERS = ["a", "a", "a", "b", "b", "c", "c", "d"]
RATINGS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def test_the_published_icc_and_its_interval_come_out() -> None:
    """Shrout and Fleiss 1979, Psychological Bulletin 86, Table 2: ICC(1,1) = .17.

    The interval is the one that R's psych::ICC prints for these data, -.13 to .72.
    """
    sums = cluster_sums(np.ravel(RATINGS).astype(float), np.repeat(range(6), 4).tolist())
    assert anova_icc(sums) == pytest.approx(0.17, abs=0.005)
    assert icc_interval(sums) == pytest.approx((-0.133, 0.723), abs=0.0006)


def test_the_interval_solves_the_f_test_of_r(agrees: Callable[..., None], reference: Any) -> None:
    for case in reference["iccs"]:
        sums = cluster_sums(np.array(case["scores"]), case["clusters"])
        ends = [case["low"], case["high"]]
        agrees("ICC interval", "R aov, pf, uniroot", icc_interval(sums), ends, within=1e-9)


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.3])
def test_the_interval_of_uneven_win_and_loss_clusters_covers(icc: float) -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(range(12), [1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 15])
    covered, shape = 0, (1 / icc - 1) / 2 if icc else 0.0
    for _ in range(600):
        rates = rng.beta(shape, shape, 12) if icc else np.full(12, 0.5)
        scores = (rng.random(60) < rates[labels]).astype(float)
        low, high = icc_interval(cluster_sums(scores, labels.tolist())) or (-1, 1)
        covered += low <= icc <= high
    assert covered / 600 > 0.88


def test_a_pilot_tells_spread_yield_and_minutes() -> None:
    effort = Effort([3, 5, math.nan, 4, 4, math.nan, 4, 4], sessions_screened=10)
    pilot = pilot_from_scores(SCORES, CLUSTERS, effort)
    assert (pilot.items, pilot.clusters, pilot.mean) == (8, 4, 0.5)
    assert pilot.sd == pytest.approx(float(np.std(SCORES, ddof=1)))
    assert (pilot.minutes_per_item, pilot.items_timed) == (4, 6)
    assert (pilot.items_per_session, pilot.session_yield) == (0.8, 0.4)
    assert pilot.size_cv == pytest.approx(math.sqrt(0.5) / 2)


@given(st.permutations(range(8)))
def test_order_and_names_change_no_digit(order: list[int]) -> None:
    names = [f"session {ord(CLUSTERS[i])}" for i in order]
    shuffled = pilot_from_scores([SCORES[i] for i in order], names)
    pilot = pilot_from_scores(SCORES, CLUSTERS)
    assert (shuffled.icc, shuffled.icc_low) == pytest.approx((pilot.icc, pilot.icc_low), abs=1e-14)
    assert shuffled.mean == pilot.mean


def test_a_negative_icc_is_planned_with_as_none() -> None:
    pilot = pilot_from_scores([0.0, 1.0, 0.0, 1.0], ["a", "a", "b", "b"])
    assert pilot.icc is not None
    assert pilot.icc < 0
    assert pilot.spread().icc == 0
    assert pilot.spread(0.2).icc == 0.2


def test_singletons_show_no_icc() -> None:
    pilot = pilot_from_scores([0.0, 1.0, 0.5], ["a", "b", "c"])
    assert (pilot.icc, pilot.icc_low, pilot.icc_high) == (None, None, None)
    with pytest.raises(EstimateError, match="The pilot shows no ICC"):
        pilot.spread()


def test_clusters_that_never_differ_inside_show_no_interval() -> None:
    pilot = pilot_from_scores([0.0, 0.0, 1.0, 1.0], ["a", "a", "b", "b"])
    assert (pilot.icc, pilot.icc_high) == (1, None)
    with pytest.raises(EstimateError, match="ICC is 1"):
        pilot.spread()


def test_noise_is_carried_and_unresolved_where_the_icc_leaves_no_room() -> None:
    pilot = pilot_from_scores(SCORES, CLUSTERS, noise=Noise(0.1, 0.02, repeats=2, samples=3))
    spread = pilot.spread(0.1)
    assert (spread.verdict_variance, spread.repeats, spread.samples) == (0.1, 2, 3)
    noisy = pilot_from_scores(SCORES, CLUSTERS, noise=Noise(5.0)).spread(0.1)
    assert (spread.resolved, noisy.resolved) == (True, False)


def test_repeated_verdicts_and_proposals_tell_their_variance() -> None:
    rng = np.random.default_rng(8)
    items = np.repeat(np.arange(4000), 3)
    proposals = 0.5 + 0.1 * rng.choice([-1, 1], 12_000)
    verdicts = proposals[:, None] + 0.2 * rng.choice([-1, 1], (12_000, 4))
    shown = verdict_variance(verdicts.ravel(), np.repeat(np.arange(12_000), 4).tolist())
    assert shown == pytest.approx(0.04, rel=0.02)
    left = proposal_variance(verdicts.mean(axis=1), items.tolist(), 0.04, samples=2)
    assert left == pytest.approx(0.01, rel=0.05)


def test_nothing_repeated_tells_nothing() -> None:
    assert verdict_variance([0.0, 1.0], ["x", "y"]) is None
    assert proposal_variance([0.0, 1.0], ["x", "y"], 0.1) is None
    assert proposal_variance([0.5, 0.5], ["x", "x"], 0.1) == 0


@pytest.mark.parametrize(
    ("scores", "clusters", "effort", "said"),
    [
        ([0.5] * 4, "aabb", None, "All scores of the pilot are equal"),
        ([0.5, 2.0], "ab", None, r"scores\[1\] is 2"),
        ([0.5, math.nan], "ab", None, r"scores\[1\] is missing"),
        ([], "", None, "scores is empty"),
        ([0.0, 1.0], "ab", Effort(sessions_screened=1), "sessions_screened is 1"),
        ([0.0, 1.0], "ab", Effort([1.0]), "1 minutes but 2 items"),
        ([0.0, 1.0], "ab", Effort([1.0, -2.0]), r"minutes\[1\] is -2"),
    ],
)
def test_unusable_pilots_are_refused(
    scores: list[float], clusters: str, effort: Effort | None, said: str
) -> None:
    with pytest.raises(EstimateError, match=said):
        pilot_from_scores(scores, list(clusters), effort)


def test_one_cluster_is_no_pilot() -> None:
    with pytest.raises(TooFewClusters, match="All 2 items of the pilot"):
        pilot_from_scores([0.0, 1.0], ["a", "a"])


def test_impossible_noise_is_refused() -> None:
    with pytest.raises(EstimateError, match="verdicts -1"):
        proposal_variance([0.0, 1.0], ["x", "x"], -1)
