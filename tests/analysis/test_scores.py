from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.scores import HUMAN_FIRST, PROPOSAL_FIRST, ItemScores, score_items

Outcomes = list[str]
Trial = tuple[Outcomes, Outcomes]
"""Outcomes with the proposal first, and with the human move first."""

POINTS = {"win": 1.0, "tie": 0.5, "loss": 0.0}
SWAPPED = {"win": "loss", "tie": "tie", "loss": "win"}
OUTCOMES = st.lists(st.sampled_from(["win", "tie", "loss"]), min_size=1, max_size=5)
PARTIAL = st.lists(st.sampled_from(["win", "tie", "loss"]), max_size=3)
ITEMS = st.lists(st.lists(st.tuples(PARTIAL, PARTIAL), min_size=1, max_size=3), min_size=1)


def score(items: list[list[Trial]], seed: int | None = None) -> ItemScores:
    """Scores items given as trials; a seed shuffles the verdicts."""
    rows = []
    owner = [number for number, trials in enumerate(items) for _ in trials]
    for trial, both in enumerate(both for trials in items for both in trials):
        for order, outcomes in zip((PROPOSAL_FIRST, HUMAN_FIRST), both, strict=True):
            rows += [(trial, order, POINTS[outcome]) for outcome in outcomes]
    if seed is not None:
        np.random.default_rng(seed).shuffle(rows)
    trial_of, order_of, points = zip(*rows, strict=True) if rows else ((), (), ())
    return score_items(owner, trial_of, order_of, points, items=len(items))


def only(first: Outcomes, second: Outcomes) -> ItemScores:
    return score([[(first, second)]])


def numbers(*parts: npt.NDArray[np.generic]) -> tuple[float, ...]:
    return tuple(float(part.item()) for part in parts)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("win", "win", 1), ("win", "tie", 0.75), ("win", "loss", 0.5), ("tie", "loss", 0.25)],
)
def test_one_sample_per_order_gives_five_levels(first: str, second: str, expected: float) -> None:
    assert only([first], [second]).score == expected


def test_unequal_samples_do_not_let_one_order_weigh_more() -> None:
    item = only(["win", "win", "win"], ["loss"])
    assert numbers(item.score, item.won, item.tied, item.lost) == (0.5, 0.5, 0, 0.5)
    assert numbers(item.position, item.flipped, item.reversed) == (1, 1, 1)


def test_a_tie_against_a_win_is_a_flip_and_no_reversal() -> None:
    item = only(["win"], ["tie"])
    assert numbers(item.flipped, item.reversed, item.position) == (1, 0, 0.5)


def test_samples_that_vary_flip_in_part() -> None:
    item = only(["win", "loss"], ["win", "tie"])
    assert numbers(item.flipped, item.reversed) == (0.75, 0.25)


def test_repeats_are_averaged_within_the_item() -> None:
    item = score([[(["win"], ["win"]), (["loss"], ["tie"])]])
    assert numbers(item.score, item.position) == ((1 + 0.25) / 2, -0.25)


def test_a_repeat_with_many_samples_weighs_no_more_than_another() -> None:
    assert score([[(["win"] * 4, ["win"] * 4), (["loss"], ["loss"])]]).score == 0.5


def test_an_item_with_an_order_missing_has_no_score_and_two_bounds() -> None:
    scored = score([[(["win"], ["win"])], [(["win"], [])]])
    assert np.isnan(scored.score).tolist() == [False, True]
    assert (scored.worst.tolist(), scored.best.tolist()) == ([1, 0.5], [1, 1])
    assert scored.incomplete.tolist() == [0, 1]


def test_an_incomplete_repeat_of_a_scored_item_is_counted_and_bounded() -> None:
    scored = score([[(["win"], ["win"]), ([], ["loss"])]])
    assert numbers(scored.score, scored.incomplete, scored.worst, scored.best) == (1, 1, 0.5, 0.75)


def test_an_item_without_any_verdict_is_bounded_by_nothing() -> None:
    scored = score([[([], [])]])
    assert np.isnan(scored.score).all()
    assert numbers(scored.worst, scored.best) == (0, 1)


def test_no_trial_is_an_error() -> None:
    with pytest.raises(EstimateError, match="no trial"):
        score_items([], [], [], [], items=0)


@pytest.mark.parametrize("points", [1.5, -0.1, float("nan")])
def test_points_off_the_scale_are_an_error(points: float) -> None:
    with pytest.raises(EstimateError, match=r"points\[1\]"):
        score_items([0], [0, 0], [0, 1], [1, points], items=1)


@given(OUTCOMES, OUTCOMES)
def test_swapping_the_roles_gives_one_minus_the_score(first: Outcomes, second: Outcomes) -> None:
    item = only(first, second)
    swapped = only([SWAPPED[o] for o in second], [SWAPPED[o] for o in first])
    assert swapped.score == pytest.approx(1 - item.score, abs=1e-15)
    assert swapped.position == pytest.approx(item.position, abs=1e-15)


@given(OUTCOMES, OUTCOMES)
def test_won_and_half_of_tied_are_the_score(first: Outcomes, second: Outcomes) -> None:
    item = only(first, second)
    assert item.won + item.tied / 2 == pytest.approx(item.score, abs=1e-15)
    assert item.won + item.tied + item.lost == pytest.approx(1, abs=1e-15)


@given(ITEMS, st.integers(0, 9))
def test_the_order_of_the_rows_changes_no_digit(items: list[list[Trial]], seed: int) -> None:
    one, other = score(items), score(items, seed)
    assert np.array_equal(one.score, other.score, equal_nan=True)
    assert np.array_equal(one.worst, other.worst)


@given(ITEMS)
def test_scores_equal_those_of_exact_fractions(items: list[list[Trial]]) -> None:
    scored = score(items)
    for number, trials in enumerate(items):
        expected = exact_score(trials)
        if expected is None:
            assert np.isnan(scored.score[number])
        else:
            assert scored.score[number] == pytest.approx(float(expected), abs=1e-15)
            assert scored.worst[number] <= scored.best[number]


def exact_score(trials: list[Trial]) -> Fraction | None:
    """A second, slow implementation."""
    kept = []
    for both in trials:
        if all(both):
            means = []
            for outcomes in both:
                counts = defaultdict(int, Counter(outcomes))
                total = Fraction(2 * counts["win"] + counts["tie"], 2 * len(outcomes))
                means.append(total)
            kept.append(sum(means, Fraction(0)) / 2)
    return sum(kept, Fraction(0)) / len(kept) if kept else None
