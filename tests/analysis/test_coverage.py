"""Do intervals and tests keep their word where the truth is known? Fixed seeds, vectorised.

A small part of `benchmarks/statistics`, which holds the worlds, the vectorised forms and the
rules; the first tests tie those forms to the estimators, replicate by replicate.
"""

import numpy as np
import pytest
from scipy.special import stdtrit

from analysis.clusters import anova_icc, cluster_sums
from analysis.contrasts import paired_difference, set_contrast
from analysis.permutation.sign_flips import sign_flip_test
from analysis.permutation.wild_bootstrap import wild_cluster_test
from analysis.rates import win_rate
from analysis.sets.mover import mover_contrast, set_correlation
from benchmarks.statistics.closed_forms import (
    cluster_wilson,
    moments,
    p_value,
    sign_flip_p,
    signs,
    wild_bootstrap_p,
)
from benchmarks.statistics.differences import contrast_intervals, measure_sets, paired_sizes
from benchmarks.statistics.findings import MEAN_OVER_WORLDS, Case, Finding
from benchmarks.statistics.rate_coverage import CLUSTER_WILSON, CONTROLS, average, measure_world
from benchmarks.statistics.worlds import (
    Sums,
    World,
    all_worlds,
    draw_paired,
    draw_set,
    draw_sets,
    near_equal,
    true_rate,
    unfold,
    unfold_all,
)

REPLICATES = 2_000
TIED = range(25)
SEED = 2026
HARSH = World(8, 129, 0.5, 0.3)


def draw_two_sets() -> list[Sums]:
    worlds = World(15, 60, 0.4, 0.2, tie=0.2), World(15, 40, 0.6, 0.2)
    return draw_sets(worlds, 0.5, len(TIED), np.random.default_rng(1), least=1)


def chosen(found: list[Finding], method: str, figure: str = "coverage") -> Finding:
    return next(one for one in found if (one.method, one.figure) == (method, figure))


def test_the_vectorised_rate_is_that_of_the_estimator() -> None:
    drawn = draw_two_sets()[0]
    found = moments((drawn.sizes, drawn.scores, 1.0))
    low, high = cluster_wilson(found)
    for row in TIED:
        rate = win_rate(*unfold(drawn, row))
        assert (rate.value, rate.df) == pytest.approx((found.value[row], found.df[row]))
        assert (rate.low, rate.high) == pytest.approx((low[row], high[row]))


def test_the_vectorised_contrast_is_that_of_the_estimator() -> None:
    drawn = draw_two_sets()
    found, intervals = contrast_intervals(drawn, np.random.default_rng(1))
    for row in TIED:
        a, b = unfold(drawn[0], row), unfold(drawn[1], row)
        contrast = set_contrast(*a, *b)
        half = stdtrit(found.df[row], 0.975) * found.cr2[row] ** 0.5
        assert (contrast.value, contrast.df) == pytest.approx((found.value[row], found.df[row]))
        assert contrast.high == pytest.approx(contrast.value + half)
        bounds = mover_contrast(win_rate(*a), win_rate(*b), set_correlation(*a, *b))
        expected = [end[row] for end in intervals["MOVER of cluster-Wilson"]]
        assert (bounds.low, bounds.high) == pytest.approx(expected)


def test_the_vectorised_paired_tests_are_those_of_the_estimators() -> None:
    rng = np.random.default_rng(1)
    sizes, discordant, won = draw_paired(World(9, 60, 0.5, 0), (0.5, 0.5), len(TIED), rng)
    sums = np.asarray(2 * won - discordant, dtype=np.float64)
    found, flips = moments((sizes, sums, 1.0)), signs(9, 0, rng)
    p, flipped = p_value(found, found.cr2, found.df), sign_flip_p(sums, flips)
    wild = wild_bootstrap_p(sizes, sums, flips)
    for row in TIED:
        outcomes, clusters = unfold(Sums(sizes, won, discordant - won), row)
        a, b = np.equal(outcomes, 1) * 1.0, np.equal(outcomes, 0.5) * 1.0
        assert paired_difference(a, b, clusters).p_value == pytest.approx(p[row])
        assert sign_flip_test(a - b, clusters).p_value == pytest.approx(flipped[row])
        assert wild_cluster_test(a - b, clusters).p_value == pytest.approx(wild[row])


def test_a_world_has_the_rate_the_ties_and_the_icc_that_it_names() -> None:
    world = World(40, 129, 0.25, 0.3, tie=0.2)
    drawn = draw_set(world, 400, np.random.default_rng(1))
    scores, sessions = unfold_all(drawn)
    icc = [anova_icc(cluster_sums(*row)) for row in zip(scores, sessions.tolist(), strict=True)]
    assert scores.mean() == pytest.approx(world.rate, abs=0.01)
    assert (scores == 0.5).mean() == pytest.approx(world.tie, abs=0.01)
    assert np.mean([one for one in icc if one is not None]) == pytest.approx(world.icc, abs=0.03)


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(8, 129, 0.5, 0.1, tie=0.3), id="few-sessions-with-ties"),
        pytest.param(World(25, 129, 0.3, 0.1), id="typical"),
        pytest.param(World(25, 129, 0.1, 0.1), id="rare-wins"),
        pytest.param(World(40, 60, 0.5, 0.0), id="no-clustering"),
        pytest.param(World(15, 60, 0.3, 0.3), id="strong-sessions"),
        pytest.param(near_equal(World(15, 129, 0.5, 0.1)), id="near-equal-sizes"),
        pytest.param(World(25, 129, 0.5, 0.1, informative=True), id="informative-sizes"),
    ],
)
def test_cluster_wilson_covers_the_truth(world: World) -> None:
    found = measure_world(world, REPLICATES, SEED, resamples=0)
    assert chosen(found, CLUSTER_WILSON).verdict == "pass"


def test_cluster_wilson_covers_as_it_says_on_average_over_all_worlds() -> None:
    rows = [
        chosen(measure_world(world, 200, SEED + place, resamples=0), CLUSTER_WILSON)
        for place, world in enumerate(all_worlds())
    ]
    assert len(rows) == 90
    mean = average("win rate", rows)
    assert mean.rule == MEAN_OVER_WORLDS
    assert mean.verdict == "pass"


@pytest.mark.parametrize("method", CONTROLS)
def test_what_ignores_sessions_or_their_number_undercovers(method: str) -> None:
    found = measure_world(HARSH, REPLICATES, SEED, resamples=499)
    assert chosen(found, method).verdict == "pass"
    assert chosen(found, method).found < 0.90 < chosen(found, CLUSTER_WILSON).found


def test_an_interval_that_undercovers_breaks_its_rule() -> None:
    found = measure_world(HARSH, REPLICATES, SEED, resamples=0)
    naive = chosen(found, "naive Wilson")
    rule = chosen(found, CLUSTER_WILSON).rule
    held = np.arange(REPLICATES) < naive.found * REPLICATES
    assert Case("win rate", HARSH.name, "naive Wilson", rule).share(held, "").verdict == "FAIL"


def test_informative_sizes_move_the_truth_and_not_the_world() -> None:
    world = World(25, 129, 0.5, 0.3)
    informed = World(25, 129, 0.5, 0.3, informative=True)
    assert true_rate(world) == 0.5
    assert 0.55 < true_rate(informed) < 0.65


@pytest.mark.parametrize("sessions", [8, 25])
@pytest.mark.parametrize("lean", [0.0, 0.5, 1.0])
def test_arms_of_equal_worth_are_seldom_told_apart(sessions: int, lean: float) -> None:
    found = paired_sizes(sessions, lean, REPLICATES, SEED)
    for method in ("CR2, Satterthwaite t", "session sign flip", "wild cluster bootstrap"):
        assert chosen(found, method, "size").verdict == "pass"


def test_mcnemar_tells_equal_arms_apart_where_sessions_lean() -> None:
    found = paired_sizes(8, 1.0, REPLICATES, SEED)
    assert chosen(found, "McNemar exact, items", "size").verdict == "pass"
    assert chosen(found, "McNemar exact, items", "size").found > 0.15


@pytest.mark.parametrize("sessions", [8, 25])
def test_the_contrast_of_two_sets_covers_and_seldom_errs(sessions: int) -> None:
    found = measure_sets(sessions, 0.1, (0.5, 0.5), REPLICATES, SEED)
    assert chosen(found, "CR2, Satterthwaite t").verdict == "pass"
    assert chosen(found, "CR2, Satterthwaite t", "size").verdict == "pass"
    assert chosen(found, "MOVER of cluster-Wilson").verdict == "pass"
    assert chosen(found, "Newcombe, items").found < 0.90
