from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.calibration.drawing import Wish, draw_sample
from analysis.calibration.population import Population, Unit
from analysis.calibration.widths import Assumed, expected_widths
from analysis.errors import EstimateError

ARMS = ("early", "late")


def population(places: int = 40, sets: tuple[str, ...] = ("strong", "weak")) -> Population:
    """Pairs of two arms at the places of each set; the judge's score goes with the place."""
    places_ = [(name, number) for name in sets for number in range(places)]
    units = [
        Unit(name, arm, f"{name}{number}", f"c{number % 7}", (number % 3) / 2, 2 * at + side)
        for at, (name, number) in enumerate(places_)
        for side, arm in enumerate(ARMS)
    ]
    return Population("full", "judge", tuple(units), 0)


@given(st.integers(4, 60), st.integers(0, 1000), st.booleans())
@settings(max_examples=30)
def test_so_many_pairs_are_drawn_as_wanted_and_one_a_place(
    labels: int, seed: int, by_verdict: bool
) -> None:
    drawn = draw_sample(population(), Wish(labels, seed, by_verdict))
    assert len(drawn) == labels
    assert len({one.unit.point for one in drawn}) == labels
    assert max(Counter(one.unit.cell for one in drawn).values()) <= labels / 4 + 1
    assert all(0 < one.probability <= 1 for one in drawn)


def test_the_same_seed_draws_the_same() -> None:
    assert draw_sample(population(), Wish(20, 5)) == draw_sample(population(), Wish(20, 5))
    assert draw_sample(population(), Wish(20, 5)) != draw_sample(population(), Wish(20, 6))


@pytest.mark.parametrize("wish", [Wish(16, 0), Wish(48, 0, per_place=2), Wish(24, 0, True)])
def test_the_drawn_pairs_stand_for_all_pairs(wish: Wish) -> None:
    pairs, draws = population(12), 60
    weights = [
        1 / one.probability
        for seed in range(draws)
        for one in draw_sample(pairs, replace(wish, seed=seed))
    ]
    assert sum(weights) / draws == pytest.approx(len(pairs.units), rel=0.02)


def test_more_labels_than_places_are_refused() -> None:
    with pytest.raises(EstimateError, match="give 4 to 80"):
        draw_sample(population(), Wish(81, 1))


def test_more_labels_buy_narrower_intervals() -> None:
    widths = expected_widths(population(), (20, 60), Assumed())
    few, many = (one for one in widths if one.set == "strong")
    assert many.half_width is not None
    assert few.half_width is not None
    assert many.half_width < few.half_width
    assert (few.labels_each, few.items, few.clusters) == (5, 40, 7)


def test_what_is_too_few_for_an_interval_is_said_rather_than_left_out() -> None:
    (found, _) = expected_widths(population(), (15,), Assumed())
    assert (found.labels, found.labels_each) == (15, 3)
    assert (found.half_width, found.half_width_alone) == (None, None)
