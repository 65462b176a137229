"""What is to be estimated: from a table alone, and with a study beside it."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.errors import EstimateError
from analysis.figures.outline import (
    Outline,
    RunSet,
    order_by_release,
    outline_study,
    outline_table,
)
from analysis.trials.filters import HEADLINE
from taste.demo.setup import study_text
from taste.judging import Escalation
from taste.plan import Plan
from taste.study import Study, parse_study


@pytest.fixture
def study() -> Study:
    text = study_text("http://127.0.0.1:1")
    return parse_study(text.replace("[analysis]", "[analysis]\nmargin = 0.2"), "study")


def dated(row: dict[str, Any]) -> str:
    return {"late": "2026-03-01", "early": "2026-01-01"}.get(row["arm"], "")


def test_a_table_says_its_sets_models_and_judges(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(judges="kj"), released=dated)
    found = outline_table(lab.table(rows), Plan())
    assert found.sets == (
        RunSet("strong", "strong", "human", 12), RunSet("suboptimal", "suboptimal", "human", 12)
    )  # fmt: skip
    assert (found.models, found.judges) == (("early", "late"), ("j", "k"))
    assert found.released == {"early": date(2026, 1, 1), "late": date(2026, 3, 1)}
    assert found.named("strong") == ("strong",)


def test_controls_are_no_models_also_by_an_author(lab: SimpleNamespace) -> None:
    arms = [
        "echo", "placebo:a", "person", "oracle:b", "recovery", "shuffled", "stock_fit", "m",
        "stockish",
    ]  # fmt: skip
    rows = lab.rows({"strong": dict.fromkeys(arms, 0.5)})
    assert outline_table(lab.table(rows), Plan()).models == ("m", "stockish")


def test_families_and_models_behind_judges_are_read(lab: SimpleNamespace) -> None:
    rows = lab.rows(judge_model="jm", judge_family="jf", proposer_family="pf")
    found = outline_table(lab.table(rows), Plan())
    assert (found.judge_models, found.judge_families) == ({"j": "jm"}, {"j": "jf"})
    assert found.families == {"early": "pf", "late": "pf"}


def test_a_study_adds_plan_dates_and_families(lab: SimpleNamespace, study: Study) -> None:
    seat = study.proposers[0]
    rows = lab.rows({"strong": {seat.name: 0.5, "other": 0.5}})
    found = outline_table(lab.table(rows), Plan(), study)
    assert found.plan.margin == 0.2
    assert found.released.get(seat.name) == seat.released
    assert "other" not in found.released


def test_a_study_keeps_its_own_models_and_lists_every_judge(
    lab: SimpleNamespace, study: Study
) -> None:
    table = lab.table(lab.rows(judges=("stranger",)))
    sets = (RunSet("strong", "strong", "human", 12),)
    found = outline_study(study, sets, table)
    assert set(found.models) == {seat.name for seat in study.proposers}
    assert found.judges == (*(judge.name for judge in study.judges), "stranger")
    assert (found.sets, found.plan) == (sets, study.analysis)


def test_models_without_a_date_come_last() -> None:
    released = {"b": date(2026, 1, 1), "c": date(2025, 1, 1)}
    assert order_by_release(["a", "b", "c"], released) == ("c", "b", "a")


@pytest.mark.parametrize("arm", ["recovery", "oracle", "oracle:m"])
def test_an_arm_with_hindsight_can_never_be_a_model(arm: str) -> None:
    sets = (RunSet("strong", "strong", "human", 12),)
    with pytest.raises(EstimateError, match="it can never be a model"):
        Outline(sets, ("m", arm), ("j",), Plan())


def test_a_judge_that_was_asked_by_chance_makes_no_headline(lab: SimpleNamespace) -> None:
    some = lab.update(lab.rows(judges="k"), judge_probability=0.5)
    found = outline_table(
        lab.table([*lab.update(lab.rows(), judge_probability=None), *some]), Plan()
    )
    assert (found.judges, found.escalated) == (("j",), ("k",))


def test_a_study_says_who_is_asked_last(lab: SimpleNamespace, study: Study) -> None:
    judge = study.judges[0]
    last = judge.model_copy(update={"name": "last"})
    escalation = Escalation(first=judge.name, then="last")
    judging = study.judging.model_copy(update={"escalation": escalation, "horizon": 7})
    asked = study.model_copy(update={"judges": (judge, last), "judging": judging})
    found = outline_study(asked, (), lab.table(lab.rows(judges=("last",))))
    assert (found.judges, found.escalated, found.horizon) == ((judge.name,), ("last",), 7)


def test_a_judge_of_one_view_is_planned_under_that_view_alone(
    lab: SimpleNamespace, study: Study
) -> None:
    only = study.judges[0].model_copy(update={"name": "only", "view": "digest"})
    asked = study.model_copy(update={"judges": (*study.judges, only)})
    table = lab.table(lab.rows(judges=(study.judges[0].name,)))
    digest = replace(HEADLINE, view="digest")
    assert "only" not in outline_study(asked, (), table).judges
    assert "only" in outline_study(asked, (), table, digest).judges


def test_own_family_needs_both_families(lab: SimpleNamespace) -> None:
    rows = lab.rows(judge_family="f", proposer_family="f")
    found = outline_table(lab.table(rows), Plan())
    assert found.is_own_family("j", "late")
    assert not found.is_own_family("stranger", "late")
    unknown = outline_table(lab.table(lab.rows()), Plan())
    assert not unknown.is_own_family("j", "late")
