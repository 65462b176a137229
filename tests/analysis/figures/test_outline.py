"""What is to be estimated: from a table alone, and with a study beside it."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.outline import RunSet, order_by_release, outline_study, outline_table
from taste.demo.setup import study_text
from taste.study import Plan, Study, parse_study


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
    arms = ["echo", "placebo:a", "person", "oracle:b", "recovery", "shuffled", "m", "stockish"]
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
