import pytest

from analysis.errors import EstimateError
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import Planned, detectable_contrast, detectable_mean
from analysis.power.simulated import simulate_contrast, simulate_difference, simulate_rate
from analysis.power.sizes import planned_sizes

TOLERANCE = 0.03
"""Beside three Monte Carlo errors: the formula knows no skew and no discreteness."""


def plan(items: int, clusters: int, sd: float, icc: float) -> Planned:
    return Planned(planned_sizes(items, clusters), Spread(sd, icc))


@pytest.mark.parametrize("sd", [0.5, 0.42], ids=["no-ties", "ties"])
@pytest.mark.parametrize(("clusters", "icc"), [(15, 0.0), (25, 0.1), (40, 0.2)])
def test_formula_and_simulated_rates_agree(clusters: int, icc: float, sd: float) -> None:
    planned = plan(129, clusters, sd, icc)
    formula = detectable_mean(planned)
    shown = simulate_rate(planned, formula.mde, seed=3)
    assert shown.power == pytest.approx(formula.power, abs=TOLERANCE + 3 * shown.monte_carlo_error)


@pytest.mark.parametrize(("clusters", "icc"), [(15, 0.0), (25, 0.05), (40, 0.1)])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_formula_and_simulated_differences_agree(clusters: int, icc: float, share: float) -> None:
    planned = plan(129, clusters, 0.45, icc)
    formula = detectable_mean(planned)
    effect = share * formula.mde
    shown = simulate_difference(planned, effect, seed=3)
    allowed = TOLERANCE + 3 * shown.monte_carlo_error
    assert shown.power == pytest.approx(formula.power_of(effect), abs=allowed)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_formula_and_simulated_contrasts_agree(correlation: float) -> None:
    sets = (plan(129, 25, 0.45, 0.1), plan(127, 25, 0.45, 0.1))
    formula = detectable_contrast(sets, correlation)
    shown = simulate_contrast(sets, -formula.mde, seed=3, correlation=correlation)
    allowed = TOLERANCE + 3 * shown.monte_carlo_error
    assert shown.power == pytest.approx(formula.power, abs=allowed)


def test_no_effect_is_found_as_often_as_the_level_says() -> None:
    planned = plan(129, 25, 0.5, 0.1)
    shown = simulate_rate(planned, 0.0, seed=4, replicates=8000)
    assert shown.power == pytest.approx(0.025, abs=0.01)


def test_the_seed_decides_everything() -> None:
    planned = plan(60, 12, 0.45, 0.1)
    first, again, other = (simulate_rate(planned, 0.15, seed, 500) for seed in (1, 1, 2))
    assert first == again
    assert (first.replicates, first.seed) == (500, 1)
    assert other.power != first.power


def test_all_scores_equal_find_nothing_and_do_not_fail() -> None:
    shown = simulate_difference(plan(4, 2, 0.1, 0.0), 0.001, seed=1, replicates=200)
    assert shown.power <= 0.1


def test_an_effect_that_no_scores_can_show_is_refused() -> None:
    with pytest.raises(EstimateError, match=r"losses have a mean score of 1\.1"):
        simulate_rate(plan(60, 12, 0.5, 0.1), 0.6, seed=1)
    with pytest.raises(EstimateError, match="lower effect or ICC"):
        simulate_difference(plan(60, 12, 0.2, 0.9), 0.03, seed=1)
    with pytest.raises(EstimateError, match=r"sd of 0\.6"):
        simulate_contrast((plan(60, 12, 0.6, 0.1), plan(60, 12, 0.6, 0.1)), 0.1, seed=1)


def test_more_ties_than_the_rate_leaves_room_for_are_refused() -> None:
    with pytest.raises(EstimateError, match="lower the effect"):
        simulate_rate(plan(60, 12, 0.2, 0.0), 0.2, seed=1)


@pytest.mark.parametrize(
    ("replicates", "seed", "said"), [(0, 1, "replicates is 0"), (10**7, 1, "1 to"), (9, -1, "seed")]
)
def test_unusable_draws_are_refused(replicates: int, seed: int, said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        simulate_rate(plan(60, 12, 0.5, 0.1), 0.1, seed, replicates, Aim())
