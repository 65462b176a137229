"""Arms whose rate is known beforehand: what raises an alarm, and what does not."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.checks import ADJUSTED, NOT_TESTED

pytestmark = pytest.mark.no_cover

NAME = "minus its expected value"
SETS = {
    name: {"late": 0.5, "placebo:late": 0.5, "shuffled": 0.1, "recovery": 0.9, "oracle:late": 0.8}
    for name in ("suboptimal", "strong")
}


def estimated(lab: SimpleNamespace, arm: str, rate: float, **more: Any) -> Any:
    """All figures where one arm scores so, every third item .1 above and below; others as usual."""
    rates = {"placebo:late": 0.5, "shuffled": 0.0, "late": 0.5} | {arm: rate}

    def score(row: dict[str, Any]) -> float:
        mean = rates.get(row["arm"], 0.8)
        return mean + 0.1 * (row["item"] % 3 - 1) if 0 < mean < 1 else mean

    return lab.estimate(lab.update(lab.rows(SETS, lineages=12, **more), score=score))


def test_arms_where_they_have_to_be_raise_no_alarm(lab: SimpleNamespace) -> None:
    figures = estimated(lab, "late", 0.5)
    found = lab.find(figures, NAME)
    assert [(one.set, one.arm, one.extra["alarm"]) for one in found] == [
        (name, arm, False) for name in ("strong", "suboptimal") for arm in ("placebo", "shuffled")
    ]
    assert {one.extra["family"] for one in found} == {4}
    assert figures.alarms == ()


@pytest.mark.parametrize("rate", [1.0, 0.0])
def test_a_placebo_off_one_half_to_either_side_is_an_alarm(
    lab: SimpleNamespace, rate: float
) -> None:
    figures = estimated(lab, "placebo:late", rate)
    assert {(one.arm, one.set) for one in figures.alarms} == {
        ("placebo", "suboptimal"), ("placebo", "strong")
    }  # fmt: skip
    assert {one.value for one in figures.alarms} == {rate - 0.5}


def test_a_judge_that_does_not_read_is_an_alarm(lab: SimpleNamespace) -> None:
    figures = estimated(lab, "shuffled", 0.6)
    assert {one.arm for one in figures.alarms} == {"shuffled"}
    assert figures.alarms[0].extra["rate"] == pytest.approx(0.6)


def test_shuffled_moves_that_lose_more_than_expected_are_none(lab: SimpleNamespace) -> None:
    found = lab.one(estimated(lab, "shuffled", 0.0), NAME, set="strong", arm="shuffled")
    assert found.value == -0.2
    assert found.extra["p"] > 0.9
    assert found.p_value < 0.2


def test_checks_are_adjusted_for_each_other(lab: SimpleNamespace) -> None:
    figures = estimated(lab, "shuffled", 0.4)
    one, other = lab.find(figures, NAME, arm="shuffled")
    assert one.extra[ADJUSTED] == pytest.approx(min(1, 4 * one.extra["p"]))
    assert other.extra[ADJUSTED] == one.extra[ADJUSTED]
    assert not {one.name for one in figures.primary} & {NAME}


def test_a_check_that_cannot_be_made_says_so_and_raises_no_alarm(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(SETS, lineages=1), score=1.0)
    found = lab.find(lab.estimate(rows), NAME)
    assert {one.extra["alarm"] for one in found} == {None}
    assert all(NOT_TESTED in one.note for one in found)


def test_recovery_and_ceiling_are_told_and_test_nothing(lab: SimpleNamespace) -> None:
    figures = estimated(lab, "recovery", 0.9, judges="jk")
    recovery = lab.one(figures, "recovery", set="strong")
    assert recovery.value == pytest.approx(0.9)
    ceilings = lab.find(figures, "practical ceiling", set="strong")
    assert [(one.arm, one.against) for one in ceilings] == [("oracle:late", j) for j in "jk"]
    assert not any("alarm" in one.extra for one in (recovery, *ceilings))
