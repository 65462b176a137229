"""Item scores of arms: orders, repeats, judges, and why an item has none."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.arm_scores import (
    ALL_JUDGES,
    BY_NO_JUDGE,
    NOT_BY_EVERY_JUDGE,
    ArmScores,
    average_judges,
    list_judges,
    score_arms,
)
from analysis.trials.columns import NOT_JUDGED


def row(order: str = "human", score: float | None = 1, **more: Any) -> dict[str, Any]:
    return {
        "set": "strong", "item": 1, "arm": "m", "repeat": 1, "judge": "j", "order": order,
        "sample": 1, "score": score, "lineage": "L", **more,
    }  # fmt: skip


def both(human: float | None, proposal: float | None, **more: Any) -> list[dict[str, Any]]:
    return [row("human", human, **more), row("proposal", proposal, **more)]


def scores_of(lab: SimpleNamespace, rows: list[dict[str, Any]], *judges: str) -> list[ArmScores]:
    return list(score_arms(lab.table(rows), judges or ("j",)))


def test_samples_are_averaged_inside_an_order_before_the_orders(lab: SimpleNamespace) -> None:
    rows = [*both(1, 0), row("human", 0, sample=2), row("human", 0, sample=3)]
    (found,) = scores_of(lab, rows)
    assert found.of.score.tolist() == [pytest.approx((1 / 3 + 0) / 2)]


def test_repeats_are_averaged_inside_an_item(lab: SimpleNamespace) -> None:
    (found,) = scores_of(lab, [*both(1, 1), *both(0, 0.5, repeat=2)])
    assert found.scores == {"strong/1": pytest.approx((1 + 0.25) / 2)}


def test_without_orders_a_score_stands_for_both(lab: SimpleNamespace) -> None:
    given = row(score=0.25)
    del given["order"]
    (found,) = scores_of(lab, [given])
    assert (found.of.score.tolist(), found.of.position.tolist()) == ([0.25], [0.0])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param([row()], "one order has no scored verdict", id="one order"),
        pytest.param(both(None, None), NOT_JUDGED, id="no verdict"),
        pytest.param(both(None, None, exclusion="refused"), "refused", id="excluded"),
        pytest.param(
            [row("human", 1, outcome=""), row("proposal", None, outcome="unscored", reason="?")],
            "unscored: ?", id="unscored",
        ),
    ],
)  # fmt: skip
def test_an_item_without_a_score_says_why(
    lab: SimpleNamespace, rows: list[dict[str, Any]], reason: str
) -> None:
    (found,) = scores_of(lab, rows)
    assert not found.scored.any()
    assert list(found.reasons.values()) == [1]
    assert reason in next(iter(found.reasons)) or len(rows) == 1


def test_verdicts_and_unscored_ones_are_counted(lab: SimpleNamespace) -> None:
    rows = [row(outcome=""), row("proposal", None, outcome="unscored"), row(repeat=2, outcome="")]
    (found,) = scores_of(lab, rows)
    assert (found.verdicts, found.unscored) == (3, 1)


def test_placebos_count_alone_and_together(lab: SimpleNamespace) -> None:
    rows = [*both(1, 1, arm="placebo:a"), *both(0, 0, arm="placebo:b")]
    found = {one.arm: one.of.score.tolist() for one in scores_of(lab, rows)}
    assert found == {"placebo": [0.5], "placebo:a": [1.0], "placebo:b": [0.0]}


def test_judges_with_one_model_share_a_weight(lab: SimpleNamespace) -> None:
    rows = [*both(1, 1, judge="a"), *both(1, 1, judge="b"), *both(0, 0, judge="c")]
    found = scores_of(lab, rows, "a", "b", "c")
    plain, weighted = average_judges(found), average_judges(found, {"a": "x", "b": "x"})
    assert plain.of.score.tolist() == [pytest.approx(2 / 3)]
    assert weighted.of.score.tolist() == [pytest.approx(1 / 2)]
    assert (plain.judge, plain.verdicts) == (ALL_JUDGES, 6)


def test_an_item_needs_every_judge(lab: SimpleNamespace) -> None:
    rows = [
        *both(1, 1, judge="a"), *both(1, 1, judge="a", item=2), *both(0, 0, judge="b"),
        *both(None, None, judge="a", item=3),
    ]  # fmt: skip
    found = average_judges(scores_of(lab, rows, "a", "b"))
    assert found.scores == {"strong/1": 0.5}
    assert found.reasons == {NOT_BY_EVERY_JUDGE: 1, BY_NO_JUDGE: 1}


def test_one_judge_is_its_own_mean(lab: SimpleNamespace) -> None:
    (found,) = scores_of(lab, both(1, 1))
    assert average_judges([found]) is found


def test_planned_judges_come_first(lab: SimpleNamespace) -> None:
    table = lab.table([*both(1, 1, judge="b"), *both(1, 1, judge="a")])
    assert list_judges(table) == ("a", "b")
    assert list_judges(table, ["z", "b"]) == ("z", "b", "a")


def test_nothing_comes_of_no_judge(lab: SimpleNamespace) -> None:
    assert score_arms(lab.table(both(1, 1)), ()) == ()


def test_a_bare_placebo_joins_those_of_the_proposers(lab: SimpleNamespace) -> None:
    rates = {"suboptimal": {"late": 0.7, "placebo": 0.5, "placebo:late": 0.5}}
    figures = lab.estimate(lab.rows(rates))
    assert {one.arm for one in lab.find(figures, "win rate")} >= {"placebo", "placebo:late"}
