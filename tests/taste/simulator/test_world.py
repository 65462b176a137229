"""The judge model's laws: they hold at every margin, not only at the defaults."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.simulator.world import World

shares = st.floats(0, 1)
margins = st.floats(-30, 30)
worlds = st.builds(World, judge_error=shares, guess_first=shares, tie_width=st.floats(0, 3))


@given(worlds, margins)
def test_the_three_verdicts_share_all_probability(world: World, margin: float) -> None:
    odds = world.verdict_probabilities(margin)
    assert min(odds.first, odds.second, odds.tie) >= 0
    assert odds.first + odds.second + odds.tie == pytest.approx(1)


@given(worlds, margins)
def test_swapping_the_moves_mirrors_a_reading_judge(world: World, margin: float) -> None:
    reading = replace(world, judge_error=0)
    there, back = (reading.verdict_probabilities(x) for x in (margin, -margin))
    assert there.first == pytest.approx(back.second)
    assert there.tie == pytest.approx(back.tie, abs=1e-12)


@given(worlds, margins)
def test_the_two_orders_average_to_the_expected_score(world: World, margin: float) -> None:
    first, second = (world.verdict_probabilities(x) for x in (margin, -margin))
    average = 0.5 * (first.first + first.tie / 2 + second.second + second.tie / 2)
    assert average == pytest.approx(world.expected_score(margin))


@given(worlds, margins)
def test_the_orders_differ_by_the_position_effect(world: World, margin: float) -> None:
    first, second = (world.verdict_probabilities(x) for x in (margin, -margin))
    difference = (first.first + first.tie / 2) - (second.second + second.tie / 2)
    assert difference == pytest.approx(world.position_effect(), abs=1e-12)


@given(worlds, st.floats(-3, 3), shares)
def test_the_rate_does_not_depend_on_the_position_bias(
    world: World, mean: float, guess: float
) -> None:
    assert replace(world, guess_first=guess).true_rate(mean) == world.true_rate(mean)


@given(worlds, st.floats(-3, 3))
def test_exchanging_the_roles_gives_the_complement(world: World, mean: float) -> None:
    assert world.true_rate(mean) + world.true_rate(-mean) == pytest.approx(1)


@pytest.mark.parametrize("mean", [-2.2, 0.0, 0.7])
def test_the_true_rate_agrees_with_monte_carlo(mean: float) -> None:
    world, rng, n = World(), random.Random(7), 40_000
    drawn = (rng.gauss(0, world.session_sd) + rng.gauss(0, world.item_sd) for _ in range(n))
    average = sum(world.expected_score(mean + x) for x in drawn) / n
    assert world.true_rate(mean) == pytest.approx(average, abs=0.004)


@pytest.mark.parametrize("deviation", [0.05, 0.6, 3.0])
def test_the_true_rate_agrees_with_a_finer_sum(deviation: float) -> None:
    world, n = World(session_sd=0.0, item_sd=deviation), 20_001
    grid = [-9 + 18 * k / (n - 1) for k in range(n)]
    normal = [2.718281828459045 ** (-z * z / 2) for z in grid]
    scores = (world.expected_score(0.7 + deviation * z) for z in grid)
    fine = sum(w * s for w, s in zip(normal, scores, strict=True)) / sum(normal)
    assert world.true_rate(0.7) == pytest.approx(fine, abs=1e-6)


def test_without_variance_the_true_rate_is_the_expected_score() -> None:
    world = World(session_sd=0, item_sd=0)
    assert world.true_rate(0.4) == pytest.approx(world.expected_score(0.4))


@pytest.mark.parametrize("wrong", [{"judge_error": 1.2}, {"item_sd": -1}, {"guess_first": -0.1}])
def test_a_world_refuses_what_is_no_probability_or_width(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        World(**wrong)  # type: ignore[arg-type]
