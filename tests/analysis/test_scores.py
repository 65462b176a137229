from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.scores import HUMAN_FIRST, PROPOSAL_FIRST, ItemScore, ScoredVerdict, score_items

Outcomes = list[str]

OUTCOMES = st.lists(st.sampled_from(["win", "tie", "loss"]), min_size=1, max_size=5)
SWAPPED = {"win": "loss", "tie": "tie", "loss": "win"}


def verdicts(
    first: Outcomes, second: Outcomes, item: str = "i", repeat: int = 0
) -> list[ScoredVerdict]:
    return [
        ScoredVerdict(item, repeat, order, sample, outcome)
        for order, outcomes in ((PROPOSAL_FIRST, first), (HUMAN_FIRST, second))
        for sample, outcome in enumerate(outcomes)
    ]


def only(first: Outcomes, second: Outcomes) -> ItemScore:
    (item,) = score_items(verdicts(first, second)).items
    return item


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [("win", "win", 1), ("win", "tie", 0.75), ("win", "loss", 0.5), ("tie", "loss", 0.25)],
)
def test_one_sample_per_order_gives_five_levels(first: str, second: str, score: float) -> None:
    assert only([first], [second]).score == score


def test_unequal_samples_do_not_let_one_order_weigh_more() -> None:
    item = only(["win", "win", "win"], ["loss"])
    assert (item.score, item.won, item.tied, item.lost) == (0.5, 0.5, 0, 0.5)
    assert (item.position, item.flipped, item.reversed) == (1, 1, 1)


def test_a_tie_against_a_win_is_a_flip_and_no_reversal() -> None:
    item = only(["win"], ["tie"])
    assert (item.flipped, item.reversed, item.position) == (1, 0, 0.5)


def test_samples_that_vary_flip_in_part() -> None:
    item = only(["win", "loss"], ["win", "tie"])
    assert (item.flipped, item.reversed) == (0.75, 0.25)


def test_repeats_are_averaged_within_the_item() -> None:
    rows = verdicts(["win"], ["win"], repeat=0) + verdicts(["loss"], ["tie"], repeat=1)
    (item,) = score_items(rows).items
    assert item.score == (1 + 0.25) / 2
    assert item.position == -0.25


def test_a_repeat_with_many_samples_weighs_no_more_than_another() -> None:
    rows = verdicts(["win"] * 4, ["win"] * 4, repeat=0) + verdicts(["loss"], ["loss"], repeat=1)
    assert score_items(rows).scores.tolist() == [0.5]


def test_an_item_with_an_order_missing_is_excluded_counted_and_bounded() -> None:
    rows = verdicts(["win"], ["win"], "a") + verdicts(["win"], [], "b")
    scored = score_items(rows)
    assert [item.item for item in scored.items] == ["a"]
    assert scored.excluded == ("b",)
    assert scored.exclusions == {"no repeat judged in both orders": 1}
    assert (scored.worst_case, scored.best_case) == (0.75, 1)


def test_an_incomplete_repeat_of_a_scored_item_is_counted_and_bounded() -> None:
    rows = verdicts(["win"], ["win"], repeat=0) + verdicts([], ["loss"], repeat=1)
    scored = score_items(rows)
    assert scored.scores.tolist() == [1]
    assert (scored.excluded, scored.incomplete_repeats) == ((), 1)
    assert (scored.worst_case, scored.best_case) == (0.5, 0.75)


def test_a_trial_without_any_verdict_is_counted_too() -> None:
    scored = score_items(verdicts(["tie"], ["tie"], "a"), trials=[("a", 0), ("b", 0), ("a", 1)])
    assert scored.excluded == ("b",)
    assert scored.incomplete_repeats == 2
    assert (scored.worst_case, scored.best_case) == ((0.25 + 0) / 2, (0.75 + 1) / 2)


def test_complete_items_leave_nothing_between_the_cases() -> None:
    scored = score_items(verdicts(["win"], ["loss"], "a") + verdicts(["tie"], ["win"], "b"))
    assert scored.worst_case == scored.best_case == scored.scores.mean()
    assert scored.exclusions == {}
    assert scored.positions.tolist() == [1, -0.5]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param(("i", 0, PROPOSAL_FIRST, 0, "first"), "'first' of item 'i'", id="outcome"),
        pytest.param(("i", 0, PROPOSAL_FIRST, 0, ""), "is no outcome", id="empty-outcome"),
        pytest.param(("i", 0, "ab", 0, "win"), "'ab' of item 'i' is no order", id="order"),
    ],
)
def test_unknown_words_raise(row: tuple[str, int, str, int, str], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        score_items([row])


def test_a_verdict_given_twice_raises() -> None:
    with pytest.raises(EstimateError, match="occur twice"):
        score_items(verdicts(["win"], ["win"]) * 2)


def test_nothing_to_score_raises() -> None:
    with pytest.raises(EstimateError, match="nothing to score"):
        score_items([])


@given(OUTCOMES, OUTCOMES, st.integers(2, 4))
def test_duplicating_the_samples_changes_nothing(
    first: Outcomes, second: Outcomes, times: int
) -> None:
    assert only(first * times, second) == only(first, second)
    assert only(first * times, second * times) == only(first, second)


@given(OUTCOMES, OUTCOMES)
def test_swapping_roles_mirrors_the_score_and_keeps_the_position_effect(
    first: Outcomes, second: Outcomes
) -> None:
    item = only(first, second)
    swapped = only([SWAPPED[word] for word in second], [SWAPPED[word] for word in first])
    assert swapped.score == pytest.approx(1 - item.score, abs=1e-15)
    assert (swapped.won, swapped.lost) == (item.lost, item.won)
    assert (swapped.position, swapped.flipped) == (item.position, item.flipped)


@given(st.integers(1, 6), st.data())
def test_an_additive_position_shift_leaves_the_score(samples: int, data: st.DataObject) -> None:
    shift = data.draw(st.integers(0, samples))
    wins_first = data.draw(st.integers(0, samples - shift))
    wins_second = data.draw(st.integers(shift, samples))
    before = only(_won(wins_first, samples), _won(wins_second, samples))
    after = only(_won(wins_first + shift, samples), _won(wins_second - shift, samples))
    assert after.score == before.score
    moved = Fraction(wins_first - wins_second + 2 * shift, samples)
    assert after.position == float(moved)


def _won(wins: int, samples: int) -> Outcomes:
    return ["win"] * wins + ["loss"] * (samples - wins)
