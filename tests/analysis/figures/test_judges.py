"""Section 7, first half: the judge's position, flips, repetition and agreement."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.findings import ORDERS_UNKNOWN

MOVES = {"human": -0.5, "proposal": 0.5}


def leaning(lab: SimpleNamespace, **more: Any) -> Any:
    """Every third item is won whenever the proposal is read first, and tied otherwise."""
    return lab.update(
        lab.rows(), score=lambda r: 0.5 + (0.5 if r["order"] == "proposal" and r["item"] % 3 == 0
        else 0), **more,
    )  # fmt: skip


def test_a_position_effect_is_first_less_second(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(leaning(lab)), "position effect", set="", against="j")
    assert found.value == pytest.approx(1 / 3 * 0.5)
    assert (found.extra["first_won_both"], found.extra["second_won_both"]) == (0, 0)
    assert "mcnemar_p_without_clusters" in found.extra


def test_flips_are_told_by_set_and_model(lab: SimpleNamespace) -> None:
    figures = lab.estimate(leaning(lab))
    for where in ({"set": ""}, {"set": "strong", "arm": ""}, {"set": "strong", "arm": "late"}):
        found = lab.find(figures, "flip rate", **where)[0]
        assert found.value == pytest.approx(1 / 3)
    assert lab.one(figures, "reversal rate", against="j").value == 0


def test_repetition_needs_two_verdicts_in_one_order(lab: SimpleNamespace) -> None:
    once = lab.one(lab.estimate(lab.rows()), "repetition stability", against="j")
    assert once.note == "not known: no comparison was judged twice in one order"
    twice = [*lab.rows(sample=1), *lab.rows(sample=2)]
    found = lab.one(lab.estimate(twice), "repetition stability", against="j")
    assert found.value == 1.0
    assert lab.one(lab.estimate(twice), "noise floor", against="j").value == 0.0


def test_flips_are_told_by_closeness(lab: SimpleNamespace) -> None:
    found = [one for one in lab.estimate(lab.rows()).of("judges") if "from one half" in one.name]
    assert sum(one.extra["trials"] for one in found) == 72
    assert {one.role for one in found} == {"exploratory"}


def test_without_orders_nothing_is_said_of_position(lab: SimpleNamespace) -> None:
    rows = [{k: v for k, v in r.items() if k != "order"} for r in lab.rows()[::2]]
    figures = lab.estimate(rows)
    assert lab.one(figures, "position effect").note == ORDERS_UNKNOWN
    assert not lab.find(figures, "flip rate")


def test_one_order_alone_says_so(lab: SimpleNamespace) -> None:
    figures = lab.estimate([row for row in lab.rows() if row["order"] == "human"])
    position = lab.one(figures, "position effect", set="", against="j")
    assert "one order only" in position.note
    assert "one order only" in lab.one(figures, "flip rate", set="", against="j").note


def test_scores_between_are_no_verdicts_to_tell_position_from(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), score=0.3))
    assert not lab.find(figures, "position effect")


def test_judges_agree_as_often_as_they_say_the_same(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(judges="jk"), score=lambda r: 1.0 if r["item"] % 2 else 0.0)
    rows = lab.update(rows, score=lambda r: 0.5 if r["judge"] == "k" and r["item"] > 9
                      else r["score"])  # fmt: skip
    figures = lab.estimate(rows)
    found = lab.one(figures, "agreement", arm="j", against="k")
    assert found.value == pytest.approx(9 / 12)
    assert found.extra["confusion"].startswith("win: ")
    assert lab.one(figures, "kappa", arm="j", against="k").value < found.value
    assert lab.one(figures, "AC1", arm="j", against="k").value < found.value


def test_people_are_compared_with_judges_and_with_each_other(lab: SimpleNamespace) -> None:
    people = [*lab.rows(judge_kind="person", judge="p"), *lab.rows(judge_kind="person", judge="q")]
    figures = lab.estimate([*lab.rows(judge_kind="model"), *people])
    pairs = {(one.arm, one.against) for one in lab.find(figures, "agreement")}
    assert pairs == {("j", "p"), ("j", "q"), ("p", "q")}


def test_judges_with_nothing_in_common_do_not_agree_or_disagree(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows(judges="jk") if (r["judge"] == "j") == (r["item"] < 7)]
    found = lab.one(lab.estimate(rows), "agreement", arm="j", against="k")
    assert found.note == "not estimated: no comparison in common"


def test_agreement_on_one_word_has_no_kappa(lab: SimpleNamespace) -> None:
    found = lab.one(
        lab.estimate(lab.update(lab.rows(judges="jk"), score=1.0)), "kappa", arm="j", against="k"
    )
    assert (found.value, bool(found.note)) == (None, True)


def test_one_cluster_leaves_agreement_without_interval(lab: SimpleNamespace) -> None:
    found = lab.find(lab.estimate(lab.rows(judges="jk", lineages=1)), "agreement")
    assert all(one.estimate is None and one.note for one in found)
