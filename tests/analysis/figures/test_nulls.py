"""Section 2: stock first, the other arms, a redraw, and one half with what it is."""

from types import SimpleNamespace

import pytest

from analysis.contrasts import paired_difference
from analysis.figures.nulls import NOT_THE_HUMAN
from analysis.population.selection import redraw_null

pytestmark = pytest.mark.no_cover


def test_a_model_is_held_against_stock_on_the_same_items(lab: SimpleNamespace) -> None:
    scores = {
        "late": lambda i: (i % 5) / 4,
        "early": lambda i: i / 12,
        "stock": lambda i: (i % 3) / 2,
    }
    rows = lab.update(lab.rows(), score=lambda r: scores[r["arm"]](r["item"]))
    found = lab.one(lab.estimate(rows), "minus stock", set="strong", arm="late")
    items = range(1, 13)
    expected = paired_difference(
        [(i % 5) / 4 for i in items], [(i % 3) / 2 for i in items], [i % 4 for i in items]
    )
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert found.against == "stock"
    assert {"sign_flip_p", "sign_flip_exact", "wild_p", "wild_exact"} <= set(found.extra)


def test_items_that_one_of_the_two_lacks_are_counted(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if r["arm"] != "stock" or r["item"] > 3]
    found = lab.one(lab.estimate(rows), "minus stock", set="strong", arm="late")
    assert lab.of(found).exclusions == {"without a score for one of the two": 3}
    assert lab.of(found).n == 9


def test_without_an_item_in_common_there_is_no_difference(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if (r["arm"] == "stock") == (r["item"] > 6)]
    found = lab.one(lab.estimate(rows), "minus stock", set="strong", arm="late")
    assert (found.value, found.note) == (None, "not estimated: no item was scored for both")


def test_what_is_missing_bounds_a_difference(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), score=lambda r: None if r["item"] < 3 and r["arm"] == "late" else 0.5
    )
    found = lab.one(lab.estimate(rows), "minus stock", set="strong", arm="late").extra
    assert (found["worst_case"], found["best_case"]) == pytest.approx((-1 / 12, 1 / 12))
    assert found["outer_low"] <= found["worst_case"] <= found["best_case"] <= found["outer_high"]
    one = lab.estimate(lab.update(rows, lineage="L"))
    assert "outer_low" not in lab.one(one, "minus stock", set="strong", arm="late").extra


def test_other_arms_are_nulls_where_they_ran(lab: SimpleNamespace) -> None:
    rows = lab.rows({"strong": {"m": 0.5, "echo": 0.5, "person": 0.5, "oracle": 0.9}})
    names = {one.name for one in lab.estimate(rows).of("nulls")}
    assert names == {"minus echo", "minus person", "minus a redraw", "minus half"}


def test_a_redraw_is_that_of_the_stated_selection(lab: SimpleNamespace) -> None:
    stated = {"bottom": 0.1, "top": 0.3, "reliability": 0.7}
    figures = lab.estimate(lab.rows(), selection=stated)
    null = redraw_null(0.1, 0.3, 0.7)
    for kind in ("suboptimal", "strong"):
        found = lab.one(figures, "minus a redraw", set=kind, arm="late")
        rate = lab.one(figures, "win rate", set=kind, arm="late")
        expected = getattr(null, kind)
        assert found.extra["redraw"] == expected
        assert found.value == pytest.approx(rate.value - expected)
        assert found.low == pytest.approx(rate.low - expected)
        assert found.estimate.null == 0


def test_a_redraw_is_told_of_selected_sets_only(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), set_kind="pilot"))
    assert not lab.find(figures, "minus a redraw")
    assert lab.find(figures, "minus half")


def test_one_half_is_never_called_chance(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows())
    on_detours = lab.one(figures, "minus half", set="suboptimal", arm="late")
    assert NOT_THE_HUMAN in on_detours.note
    assert NOT_THE_HUMAN in lab.one(figures, "minus half", set="strong", arm="late").note
    rate = lab.one(figures, "win rate", set="suboptimal", arm="late")
    assert on_detours.p_value == pytest.approx(rate.p_value)
    assert on_detours.value == pytest.approx(rate.value - 0.5)


def test_a_margin_decides_what_counts_as_equal(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: 0.5 + 0.01 * (r["item"] % 7) * (r["arm"] < "f"))
    found = lab.one(lab.estimate(rows, margin=0.1), "minus stock", set="strong", arm="early")
    assert found.extra["margin"] == 0.1
    assert found.extra["equivalence_p"] < 0.05
    assert -0.1 < found.extra["equivalence_low"] < found.extra["equivalence_high"] < 0.1
    plain = lab.one(lab.estimate(rows), "minus stock", set="strong", arm="early")
    assert "margin" not in plain.extra


def test_a_redraw_has_no_p_value_and_says_why(lab: SimpleNamespace) -> None:
    found = lab.find(lab.estimate(lab.rows()), "minus a redraw")
    assert {one.p_value for one in found} == {None}
    assert all("a judge without error" in one.note for one in found)


def test_shares_that_no_study_states_are_called_assumed(lab: SimpleNamespace) -> None:
    found = lab.find(lab.estimate(lab.rows(), selection=None), "minus a redraw")
    assert all("these shares are assumed" in one.note for one in found)


def test_the_fitted_stock_move_is_a_null_with_its_reason(lab: SimpleNamespace) -> None:
    rows = lab.rows({"strong": {"late": 0.7, "stock_fit": 0.3}})
    rows = lab.update(rows, score=lambda r: 1.0 if r["arm"] == "late" else 0.25)
    found = lab.one(lab.estimate(rows), "minus stock_fit", arm="late")
    assert (found.value, found.against) == (0.75, "stock_fit")
    assert "the one context-free move that did best on the pilot set" in found.note


def test_on_the_set_it_was_picked_on_the_fitted_move_is_too_good(lab: SimpleNamespace) -> None:
    rows = lab.rows({"pilot": {"late": 0.7, "stock_fit": 0.3}})
    assert "its rate here is too high" in lab.one(lab.estimate(rows), "minus stock_fit").note
