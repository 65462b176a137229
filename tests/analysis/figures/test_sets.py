"""Section 3: balance, the contrast in every form, and whether models differ in it."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.sets import JOINT

PAIR = "suboptimal − strong"


def facts(rows: Any, lab: SimpleNamespace) -> Any:
    return lab.update(
        rows, position=lambda r: r["item"] * (2 if r["set"] == "strong" else 1),
        act_kind=lambda r: ["typed", "answer"][r["item"] % 2],
        project=lambda r: f"P{r['item'] % 2}",
    )  # fmt: skip


def test_a_contrast_is_the_difference_of_the_rates(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows())
    for arm in ("late", "early", "stock"):
        sub, strong = (
            lab.one(figures, "win rate", set=kind, arm=arm) for kind in ("suboptimal", "strong")
        )
        found = lab.one(figures, "set contrast", arm=arm)
        assert found.value == pytest.approx(sub.value - strong.value)
        assert (found.set, found.against) == (PAIR, "strong")
        assert 0 <= found.extra["wild_p"] <= 1


def test_a_model_has_the_contrast_in_every_form(lab: SimpleNamespace) -> None:
    figures = lab.estimate(facts(lab.rows(), lab), covariates=("position", "act_kind"))
    within = lab.one(figures, "set contrast within sessions", arm="late")
    assert (within.extra["items_suboptimal"], within.extra["clusters_left_out"]) == (12, 0)
    weighted = lab.one(figures, "set contrast, weighted", arm="late")
    assert weighted.extra["covariates"] == "position, act_kind"
    odds = lab.one(figures, "set contrast, log odds ratio", arm="late")
    assert odds.role == "exploratory"
    assert odds.extra["low"] <= odds.extra["odds_ratio"] <= odds.extra["high"]
    assert not lab.find(figures, "set contrast within sessions", arm="stock")


def test_a_covariate_that_is_not_known_of_all_is_named(lab: SimpleNamespace) -> None:
    rows = lab.update(facts(lab.rows(), lab), harm=lambda r: 1 if r["item"] > 1 else None)
    figures = lab.estimate(rows, covariates=("position", "harm"))
    found = lab.one(figures, "set contrast, weighted", arm="late")
    assert found.note == "not estimated: harm is not known for every item"


def test_a_covariate_that_tells_the_sets_apart_gives_a_reason(lab: SimpleNamespace) -> None:
    rows = lab.update(facts(lab.rows(), lab), position=lambda r: 1 + (r["set"] == "strong"))
    found = lab.one(
        lab.estimate(rows, covariates=("position",)), "set contrast, weighted", arm="late"
    )
    assert (found.value, found.estimate) == (None, None)
    assert found.note


def test_what_is_known_of_the_items_is_balanced(lab: SimpleNamespace) -> None:
    figures = lab.estimate(facts(lab.rows(), lab))
    position = lab.one(figures, "balance of position")
    assert position.value == pytest.approx(-6.5)
    assert (position.extra["suboptimal"], position.extra["strong"]) == (6.5, 13.0)
    assert "imbalanced" in position.note
    act = lab.one(figures, "balance of act_kind = typed")
    assert (act.value, act.role, act.note) == (0.0, "descriptive", act.note)
    assert lab.find(figures, "balance of project = P0")
    assert not lab.find(lab.estimate(lab.rows()), "balance of position")


def test_models_are_compared_in_their_contrasts(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows())
    one = lab.one(figures, "model x set interaction")
    contrasts = [lab.one(figures, "set contrast", arm=m).value for m in (one.arm, one.against)]
    assert one.value == pytest.approx(contrasts[0] - contrasts[1])
    joint = lab.one(figures, JOINT)
    assert 0 <= joint.extra["p"] <= 1
    assert joint.extra["df_numerator"] == 1


def test_one_model_has_none_to_be_compared_with(lab: SimpleNamespace) -> None:
    rows = [row for row in lab.rows() if row["arm"] != "late"]
    assert not lab.find(lab.estimate(rows), "model x set interaction")


def test_a_model_that_ran_on_one_set_has_no_contrast(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if (r["arm"], r["set"]) != ("late", "strong")]
    assert not lab.find(lab.estimate(rows), "set contrast", arm="late")


def test_a_model_without_scores_on_one_set_says_so(lab: SimpleNamespace) -> None:
    gone = ("late", "strong")
    rows = lab.update(
        lab.rows(), score=lambda r: None if (r["arm"], r["set"]) == gone else r["score"]
    )
    found = lab.one(lab.estimate(rows), "set contrast", arm="late")
    assert found.note == "not estimated: no score on one of the sets"


def test_what_is_missing_bounds_the_contrast(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: None if r["item"] == 1 else r["score"])
    found = lab.one(lab.estimate(rows), "set contrast", arm="late")
    assert found.extra["worst_case"] < found.value < found.extra["best_case"]
    assert found.extra["outer_low"] <= found.low
    assert found.extra["outer_high"] >= found.high
