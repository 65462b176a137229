"""What a study states of models, by the names that arms, judges and recorded agents go by."""

from datetime import date

import pytest

from analysis.trials.seats import Seats
from taste.study import Study

PRICE = {"input": 1, "output": 1}


@pytest.fixture
def seats() -> Seats:
    judges = [{"name": n, "model": n, "family": "g", "price": PRICE} for n in ("cheap", "strong")]
    proposer = {"name": "m", "model": "m-1", "family": "f", "price": PRICE, "cutoff": "2025-06-30"}
    return Seats(
        Study.model_validate({
            "name": "s", "sets": ["a"], "proposers": [proposer], "judges": judges,
            "restater": {"name": "r", "model": "r", "price": PRICE}, "limits": {"budget_usd": 1},
            "judging": {"escalation": {"first": "cheap", "then": "strong"}},
            "agent_families": {"claude-": "claude", "claude-old": "elder", "gpt-": "gpt"},
        })
    )  # fmt: skip


@pytest.mark.parametrize("arm", ["m", "placebo:m", "oracle:m"])
def test_an_arm_has_the_family_and_the_cutoff_of_its_model(seats: Seats, arm: str) -> None:
    told = {"proposer_family": "f", "released": None, "cutoff": date(2025, 6, 30)}
    assert seats.of_arm(arm) == told


def test_an_arm_without_a_model_has_neither(seats: Seats) -> None:
    assert set(seats.of_arm("stock").values()) == {None}


def test_only_the_strong_judge_was_asked_by_chance(seats: Seats) -> None:
    assert seats.of_judge("strong", 0.2) == {"judge_family": "g", "judge_probability": 0.2}
    assert seats.of_judge("cheap", 0.2) == {"judge_family": "g", "judge_probability": None}
    assert seats.of_judge(None, 0.2) == {"judge_family": None, "judge_probability": None}


@pytest.mark.parametrize(
    ("models", "family"),
    [
        pytest.param(["claude-5"], "claude", id="by prefix"),
        pytest.param(["claude-old-1"], "elder", id="by the longest prefix"),
        pytest.param(["claude-5", "claude-6"], "claude", id="two of one family"),
        pytest.param(["claude-5", "gpt-5"], "several", id="two families"),
        pytest.param(["claude-5", "gpt-5", "x"], "several", id="two families and an unknown one"),
        pytest.param(["claude-5", "x"], None, id="one unknown"),
        pytest.param(["x"], None, id="unknown"),
        pytest.param([], None, id="no model"),
    ],
)
def test_an_agent_is_of_the_family_of_its_models(
    seats: Seats, models: list[str], family: str | None
) -> None:
    assert seats.agent_family(models) == family
