"""The judge model's laws: they hold at every margin, not only at the defaults."""

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.judging import Provenance
from taste.seats import VIEWS, View
from taste.simulator.sight import Sight
from taste.simulator.world import World

PROVENANCES: tuple[Provenance, ...] = ("blind", "labelled", "swapped")
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


@pytest.mark.parametrize(
    ("effect", "views", "sign"),
    [
        ("style", VIEWS, 1),
        ("own_family", VIEWS, 1),
        ("hindsight", ("full", "digest", "digest_open"), 1),
        ("taken_bonus", ("full", "digest_open"), -1),
    ],
)
def test_a_bonus_is_added_in_its_views_alone(effect: str, views: tuple[View], sign: int) -> None:
    world = World(**{effect: 0.9})  # type: ignore[arg-type]
    for view in VIEWS:
        sight = Sight(view, by_model=True, own_family=True)
        added = world.seen_margin(0.5, sight) - World().seen_margin(0.5, sight)
        assert added == pytest.approx(0.9 * sign if view in views else 0.0)


def test_a_bonus_needs_its_writer() -> None:
    world = World(style=0.9, own_family=0.9)
    assert world.seen_margin(0.5, Sight()) == 0.5
    assert world.seen_margin(0.5, Sight(by_model=True)) == pytest.approx(1.4)


def test_a_digest_that_leaks_tells_which_move_was_taken() -> None:
    world, leaky = World(taken_bonus=0.9), Sight("digest", leaky=True)
    assert world.seen_margin(0.5, leaky) == pytest.approx(-0.4)
    assert world.seen_margin(0.5, Sight("prefix", leaky=True)) == pytest.approx(0.3)
    assert world.recognition(leaky) == pytest.approx(0.9)


def test_the_labelled_move_gets_the_bonus() -> None:
    seen = {
        kind: World(label_bonus=0.9).seen_margin(0.5, Sight(provenance=kind))
        for kind in PROVENANCES
    }
    assert seen == pytest.approx({"blind": 0.5, "labelled": -0.4, "swapped": 1.4})


@given(worlds, margins)
def test_a_clean_world_reads_a_margin_as_it_is_or_shrunk(world: World, margin: float) -> None:
    kept = {"prefix": world.foresight, "wording": world.wording}
    for view, kind in product(VIEWS, PROVENANCES):
        sight = Sight(view, kind, by_model=True, own_family=True, leaky=True)
        assert world.seen_margin(margin, sight) == margin * kept.get(view, 1.0)


def test_the_true_rate_is_of_what_is_seen() -> None:
    world = World(session_sd=0, item_sd=0, style=0.9)
    sight = Sight("wording", by_model=True)
    assert world.true_rate(1.0, sight) == pytest.approx(world.expected_score(0.3 + 0.9))


@pytest.mark.parametrize(
    ("seen", "said"), [(0.1, "low"), (-0.4, "low"), (0.7, "medium"), (-1.5, "high")]
)
def test_confidence_is_the_distance_from_even(seen: float, said: str) -> None:
    assert World().confidence(seen) == said


@pytest.mark.parametrize("name", ["style", "own_family", "label_bonus", "taken_bonus", "hindsight"])
def test_a_world_refuses_an_effect_that_is_no_number(name: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        World(**{name: float("nan")})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"judge_error": 1.2}, {"item_sd": -1}, {"guess_first": -0.1}, {"leak": 2}]
)
def test_a_world_refuses_what_is_no_probability_or_width(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        World(**wrong)  # type: ignore[arg-type]
