"""The primary family: exactly what the plan names, adjusted together, unless the plan is later."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.everything import estimate_everything
from analysis.figures.families import ADJUSTED_DEFECT, PlanAge
from analysis.figures.outline import outline_table
from taste.plan import Plan

pytestmark = pytest.mark.no_cover

ALL = ("minus_stock", "minus_half", "between_sets", "between_models")
EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def holm(p_values: list[float]) -> list[float]:
    """The step-down procedure as in Holm (1979), one step after the other."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    for step, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        worst = max(worst, min(1.0, (len(p_values) - step) * p_values[place]))
        adjusted[place] = worst
    return adjusted


@pytest.mark.parametrize(
    ("primary", "names", "count"),
    [
        (("minus_stock",), {"minus stock"}, 2),
        (("minus_half",), {"minus half"}, 2),
        (("between_sets",), {"set contrast"}, 2),
        (("between_models",), {"model minus model"}, 1),
        (ALL, {"minus stock", "minus half", "set contrast", "model minus model"}, 7),
    ],
)
def test_the_family_is_what_the_plan_names_and_no_more(
    lab: SimpleNamespace, primary: tuple[str, ...], names: set[str], count: int
) -> None:
    family = lab.estimate(lab.rows(), primary=primary).primary
    assert {one.name for one in family} == names
    assert {one.extra["family"] for one in family} == {len(family)} == {count}
    assert {one.role for one in family} == {"primary"}
    single = {one.set for one in family if one.name != "set contrast"}
    assert single <= {"suboptimal"}
    adjusted = holm([one.extra["p"] for one in family])
    assert [one.extra["p_adjusted"] for one in family] == pytest.approx(adjusted)


@pytest.mark.parametrize(
    ("test", "column"), [("sign_flip", "sign_flip_p"), ("wild_bootstrap", "wild_p")]
)
def test_the_plans_test_gives_the_p_value(lab: SimpleNamespace, test: str, column: str) -> None:
    family = lab.estimate(lab.rows(), test=test, primary=("minus_stock", "minus_half")).primary
    assert all(one.extra["p"] == one.extra[column] for one in family)
    assert {one.extra["p_by"] for one in family} == {test}


def test_a_test_that_cannot_be_made_leaves_its_p_value_open(lab: SimpleNamespace) -> None:
    family = lab.estimate(lab.rows(lineages=1)).primary
    assert {(one.extra["p"], one.extra["p_adjusted"]) for one in family} == {(None, None)}
    assert {one.extra["family"] for one in family} == {2}


def test_a_control_is_never_primary(lab: SimpleNamespace) -> None:
    family = lab.estimate(lab.rows(), primary=ALL).primary
    assert "stock" not in {one.arm for one in family}


def test_without_a_suboptimal_set_nothing_is_primary(lab: SimpleNamespace) -> None:
    rows = [row for row in lab.rows() if row["set"] == "strong"]
    assert lab.estimate(rows, primary=ALL).primary == ()


def aged(lab: SimpleNamespace, age: PlanAge) -> Any:
    table = lab.table(lab.rows())
    figures = estimate_everything(table, outline_table(table, Plan(draws=999)), age=age)
    lab.assert_sound(figures)
    return figures


@pytest.mark.parametrize(
    ("fixed", "first", "role", "said"),
    [
        (EARLY, LATE, "primary", "2026-01-01 00:00 UTC, before the first verdict"),
        (EARLY, None, "primary", "before the first verdict"),
        (EARLY, EARLY, "primary", "before the first verdict"),
        (LATE, EARLY, "exploratory", "after the first verdict (2026-01-01 00:00 UTC)"),
        (None, EARLY, "secondary", "It is not known when the analysis plan was fixed"),
    ],
)
def test_a_plan_that_is_younger_than_the_verdicts_makes_nothing_primary(
    lab: SimpleNamespace, fixed: datetime | None, first: datetime | None, role: str, said: str
) -> None:
    figures = aged(lab, PlanAge(fixed, first))
    assert {one.role for one in figures.primary} == {role}
    assert said in figures.age.sentence


def test_what_was_planned_and_cannot_be_made_is_told_and_counted(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if r["set"] == "strong" or r["arm"] != "late"]
    found = {one.arm: one for one in lab.estimate(rows).primary}
    assert set(found) == {"early", "late"}
    assert found["late"].note == "not estimated: the table has no scores for it"
    assert found["late"].extra["p_adjusted"] is None
    assert found["early"].extra["family"] == 2
    assert found["early"].extra["p_adjusted"] == min(1, 2 * found["early"].p_value)


def test_a_family_without_stock_is_told(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if r["arm"] != "stock"]
    assert {one.note for one in lab.estimate(rows).primary} == {
        "not estimated: the table has no scores for it"
    }


def test_an_empty_family_is_told(lab: SimpleNamespace) -> None:
    figures = lab.estimate([r for r in lab.rows() if r["set"] == "strong"])
    assert figures.primary == ()
    assert figures.notes[-1].startswith("the family that the plan names is empty")


def leaning(lab: SimpleNamespace) -> Any:
    """Two judges that favour what is labelled the person's; `j` varies with its own family."""
    labels = {"blind": 0.0, "labelled": -0.1, "swapped": 0.1}
    rows = [r for told in labels for r in lab.rows(judges="jk", lineages=12, provenance=told)]
    return lab.update(
        rows, judge_family=lambda r: {"j": "one", "k": "two"}[r["judge"]],
        proposer_family=lambda r: {"late": "one", "early": "two"}.get(r["arm"]),
        score=lambda r: 0.4 + labels[r["provenance"]]
        + 0.05 * (r["item"] % 5) * ((r["judge"], r["arm"]) == ("j", "late")),
    )  # fmt: skip


def test_measured_defects_are_a_family_of_their_own(lab: SimpleNamespace) -> None:
    figures = lab.estimate(leaning(lab))
    assert {(one.name, one.against) for one in figures.defects} == {
        ("label swap", "j"), ("label swap", "k"), ("self-preference", "")
    }  # fmt: skip
    p_values = [one.extra["p"] for one in figures.defects]
    assert [one.extra[ADJUSTED_DEFECT] for one in figures.defects] == pytest.approx(holm(p_values))
    assert {one.extra["family"] for one in figures.defects} == {3}
    assert not set(figures.defects) & set(figures.primary)


def test_a_defect_is_told_over_all_sets_and_arms(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(lineages=12), score=lambda r: 1.0 if r["order"] == "proposal" or r["item"] % 3
        else 0.0,
    )  # fmt: skip
    (found,) = lab.estimate(rows).defects
    assert (found.name, found.set, found.arm, found.against) == ("position effect", "", "", "j")
    assert found.extra[ADJUSTED_DEFECT] == found.p_value


def test_a_defect_that_is_the_same_everywhere_is_found(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(lineages=12), score=lambda r: float(r["order"] == "proposal"))
    (found,) = lab.estimate(rows).defects
    assert (found.value, found.p_value) == (1.0, None)
    assert found.extra[ADJUSTED_DEFECT] == found.extra["sign_flip_p"] == 2 / 2**12
