from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.judges.self_preference import (
    ALL_OWN_FAMILY,
    NO_LABEL,
    rate_without_own_family,
    self_preference,
    self_preference_against_people,
)
from analysis.rates import win_rate

REFERENCE = "self_preference"
SOURCE = "R lm, clubSandwich 0.5.8"
KEYS = ("value", "df", "low", "high", "p")

Agrees = Callable[..., None]


def summary(estimate: Estimate) -> list[Any]:
    return [estimate.value, estimate.df, estimate.low, estimate.high, estimate.p_value]


def test_the_coefficient_is_that_of_clubsandwich(agrees: Agrees, reference: Any) -> None:
    data = reference["data"]
    columns = [data[key] for key in ("score", "model", "judge", "same", "cluster")]
    expected = [reference["crossed"][key] for key in KEYS]
    found = summary(self_preference(*columns))
    agrees("self-preference, crossed", SOURCE, found, expected, 1e-8)


def test_the_coefficient_against_people_is_that_of_clubsandwich(
    agrees: Agrees, reference: Any
) -> None:
    data = reference["data"]
    difference = np.array(data["score"]) - np.array(data["people"], dtype=float)
    found = self_preference_against_people(difference, data["judge"], data["same"], data["cluster"])
    expected = [reference["people"][key] for key in KEYS]
    agrees("self-preference against people", SOURCE, summary(found), expected, 1e-8)
    assert found.exclusions == {NO_LABEL: 70}


def crossed(bonus: float, leniency: float, seed: int = 0) -> dict[str, Any]:
    """Scores of two judges on three models, items in clusters of three, true coefficient known."""
    rng = np.random.default_rng(seed)
    rows = [(i, m, j) for i in range(90) for m in "abc" for j in "ab"]
    noise = rng.normal(0, 0.1, len(rows))
    quality = {"a": 0.4, "b": 0.5, "c": 0.3}
    mean = [quality[m] + leniency * (j == "b") + bonus * (m == j) for _, m, j in rows]
    return {
        "scores": np.clip(np.array(mean) + noise, 0, 1),
        "models": [m for _, m, _ in rows],
        "judges": [j for _, _, j in rows],
        "same_family": [m == j for _, m, j in rows],
        "clusters": [i // 3 for i, _, _ in rows],
    }


@pytest.mark.parametrize("bonus", [0.0, 0.1])
def test_the_bonus_is_found_whatever_the_leniency(bonus: float) -> None:
    found = self_preference(**crossed(bonus, 0.15))
    assert found.value == pytest.approx(bonus, abs=0.02)


def test_one_judge_cannot_be_told_from_a_lenient_one() -> None:
    rows = crossed(0.1, 0)
    with pytest.raises(EstimateError, match="One judge: self-preference cannot be told"):
        self_preference(**{**rows, "judges": ["a"] * len(rows["judges"])})


@pytest.mark.parametrize(("flag", "word"), [(True, "are of"), (False, "are not of")])
def test_pairs_that_are_all_alike_are_refused(flag: bool, word: str) -> None:
    rows = crossed(0.1, 0)
    with pytest.raises(EstimateError, match=f"All pairs {word} one family"):
        self_preference(**{**rows, "same_family": [flag] * len(rows["judges"])})


def test_one_model_with_two_judges_is_refused() -> None:
    rows = crossed(0.1, 0)
    kept = [at for at, model in enumerate(rows["models"]) if model == "a"]
    one: dict[str, Any] = {key: [column[at] for at in kept] for key, column in rows.items()}
    with pytest.raises(EstimateError, match="follows from models and judges alone"):
        self_preference(**one)


def test_against_people_one_judge_suffices() -> None:
    rng = np.random.default_rng(1)
    same = np.arange(200) % 2
    differences = 0.1 * same + rng.normal(0, 0.1, 200)
    clusters = [at // 5 for at in range(200)]
    found = self_preference_against_people(differences, ["j"] * 200, same, clusters)
    assert found.value == pytest.approx(0.1, abs=0.04)


def test_against_people_a_judge_of_own_family_only_is_refused() -> None:
    with pytest.raises(EstimateError, match="no judge scored own family and others"):
        self_preference_against_people([0, 0.1, 0.2], ["a", "b", "b"], [1, 0, 0], [1, 2, 3])


def test_against_people_without_labels_is_refused() -> None:
    with pytest.raises(EstimateError, match="people scored none"):
        self_preference_against_people([np.nan] * 2, ["a", "b"], [1, 0], [1, 2])


def test_with_and_without_own_family_average_judges_on_the_item_first() -> None:
    scores = [1.0, 0.5, 1.0, 0.0, 1.0, 0.5, 1.0]
    items = ["i", "i", "j", "j", "k", "k", "l"]
    same = [True, False, True, False, True, False, True]
    found = rate_without_own_family(scores, items, same, items)
    assert found.everyone == win_rate([0.75, 0.5, 0.75, 1.0], ["i", "j", "k", "l"])
    assert found.others is not None
    assert found.others.value == pytest.approx(1 / 3)
    assert found.others.exclusions == {ALL_OWN_FAMILY: 1}
    assert found.own_family_scores == 4


def test_items_left_in_one_cluster_leave_no_rate_of_others() -> None:
    found = rate_without_own_family([1.0, 0.5, 0.0], ["i", "j", "j"], [1, 0, 1], ["x", "y", "y"])
    assert found.others is None


def test_without_a_judge_of_another_family_there_is_nothing_to_show() -> None:
    with pytest.raises(EstimateError, match="All judges are of the model's own family"):
        rate_without_own_family([1.0, 0.5], ["i", "j"], [1, 1], ["x", "y"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"same_family": [0.5] * 540}, r"same_family\[0\] is 0.5"),
        ({"same_family": [1]}, "same_family has shape"),
        ({"models": ["a"]}, "1 models, but 540 scores"),
        ({"judges": ["a"]}, "1 judges, but 540 scores"),
    ],
)
def test_unusable_columns_are_refused(change: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        self_preference(**{**crossed(0.1, 0), **change})
