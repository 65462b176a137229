"""All figures of whatever table: a number or a reason, never a traceback; and the laws of all."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.figures.everything import estimate_everything
from analysis.figures.outline import outline_table
from analysis.trials.columns import KEY
from analysis.trials.filters import HEADLINE
from taste.plan import Plan

pytestmark = pytest.mark.no_cover

Row = dict[str, Any]
SIX = {"suboptimal": {f"m{k}": 0.3 + 0.05 * k for k in range(6)} | {"stock": 0.2}}


def keep(wanted: Callable[[Row], Any]) -> Callable[[SimpleNamespace], list[Row]]:
    return lambda lab: [row for row in lab.rows() if wanted(row)]


def change(**values: Any) -> Callable[[SimpleNamespace], list[Row]]:
    return lambda lab: list(lab.update(lab.rows(), **values))


def drop(column: str) -> Callable[[SimpleNamespace], list[Row]]:
    return lambda lab: [{k: v for k, v in row.items() if k != column} for row in lab.rows()]


def make(**values: Any) -> Callable[[SimpleNamespace], list[Row]]:
    return lambda lab: list(lab.rows(**values))


def in_two(column: str, one: str, other: str) -> Callable[[SimpleNamespace], list[Row]]:
    return lambda lab: [*lab.rows(**{column: one}), *lab.rows(seed=2, **{column: other})]


TABLES = [
    pytest.param(make(), id="plain"),
    pytest.param(make(items=1, lineages=1), id="one item of each set"),
    pytest.param(make(lineages=1), id="one cluster"),
    pytest.param(make(lineages=2), id="two clusters"),
    pytest.param(make(lineages=12), id="items are clusters"),
    pytest.param(change(score=1.0), id="all wins"),
    pytest.param(change(score=0.0), id="all losses"),
    pytest.param(change(score=0.5), id="all ties"),
    pytest.param(change(score=lambda row: float(row["set"] == "strong")), id="wins and losses"),
    pytest.param(change(score=None, outcome="unscored"), id="all unscored"),
    pytest.param(change(score=None), id="no verdict at all"),
    pytest.param(change(score=lambda row: row["score"] if row["item"] % 2 else None), id="half"),
    pytest.param(change(score=lambda row: 0.1 * (row["item"] % 7)), id="scores between"),
    pytest.param(keep(lambda row: row["set"] == "suboptimal"), id="only suboptimal"),
    pytest.param(keep(lambda row: row["set"] == "strong"), id="only strong"),
    pytest.param(change(set_kind="random"), id="only random"),
    pytest.param(change(set_kind="pilot"), id="only pilot"),
    pytest.param(keep(lambda row: row["arm"] != "late" or row["item"] < 7), id="half a model"),
    pytest.param(keep(lambda row: row["arm"] != "late"), id="one model"),
    pytest.param(keep(lambda row: row["arm"] == "stock"), id="no model"),
    pytest.param(keep(lambda row: row["arm"] != "stock"), id="no stock"),
    pytest.param(keep(lambda row: row["order"] == "human"), id="one order"),
    pytest.param(keep(lambda r: r["order"] == "human" or r["arm"] != "late"), id="one of one arm"),
    pytest.param(drop("judge"), id="no judge"),
    pytest.param(drop("lineage"), id="no lineage"),
    pytest.param(change(view="digest"), id="another view only"),
    pytest.param(change(judge_kind="person"), id="people only"),
    pytest.param(in_two("view", "full", "digest"), id="two views"),
    pytest.param(in_two("form", "restated", "verbatim"), id="two forms"),
    pytest.param(in_two("provenance", "blind", "labelled"), id="two provenances"),
    pytest.param(in_two("repeat", "1", "2"), id="two repeats"),
    pytest.param(in_two("sample", "1", "2"), id="two samples"),
    pytest.param(make(judges=("j", "k")), id="two judges"),
    pytest.param(make(rates=SIX), id="six models without dates"),
    pytest.param(
        lambda lab: [r for r in lab.rows(judges="jk") if r["judge"] == "j" or r["item"] % 2],
        id="one judge scored half",
    ),
    pytest.param(
        lambda lab: [r for r in lab.rows(judges="jk") if (r["judge"] == "j") == (r["item"] < 7)],
        id="two judges with nothing in common",
    ),
    pytest.param(
        lambda lab: [row for row in drop("order")(lab) for row in [row]][::2], id="no order"
    ),
]
PLAN: dict[str, Any] = {
    "primary": ("minus_stock", "minus_half", "between_sets", "between_models"),
    "covariates": ("position", "act_kind"), "margin": 0.1, "test": "wild_bootstrap",
    "cluster": "session",
}  # fmt: skip
"""Asks for whatever a plan can ask for."""


@pytest.mark.parametrize("rows", TABLES)
def test_every_table_gives_figures_or_reasons(
    lab: SimpleNamespace, rows: Callable[[SimpleNamespace], list[Row]]
) -> None:
    given = rows(lab)
    assert lab.estimate(lab.update(given, session=lambda r: f"S{r['item'] % 4}"), **PLAN).findings


def test_an_empty_headline_says_what_the_table_has_instead(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), view="digest"))
    (said,) = [note for note in figures.notes if "as the headline asks" in note]
    assert said.endswith("the table has only view digest, restated, blind, by a model")
    assert not figures.of("rates")


def test_without_lineage_every_figure_says_clusters_unknown(lab: SimpleNamespace) -> None:
    rows = [{k: v for k, v in row.items() if k != "lineage"} for row in lab.rows()]
    figures = lab.estimate(rows)
    assert all("clusters unknown" in one.note.split("; ") for one in figures.findings)
    estimates = [one.estimate for one in figures.findings if one.estimate]
    assert all("clusters unknown" in found.warnings for found in estimates)
    rate = lab.of(lab.one(figures, "win rate", set="suboptimal", arm="late"))
    assert (rate.n, rate.clusters) == (12, 12)


def test_with_lineage_no_figure_says_so(lab: SimpleNamespace) -> None:
    assert not any("clusters unknown" in one.note for one in lab.estimate(lab.rows()).findings)


def numbers(figures: Any) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Every number of every figure, save names of items and clusters."""
    return {
        (f.section, f.name, f.set, f.arm, f.against): tuple(
            value
            for value in (
                f.value, *(v for k, v in f.extra.items() if k != "most_influential"),
                *((f.low, f.high, f.p_value, f.estimate.df) if f.estimate else ()),
            )
            if value is not None
        )
        for f in figures.findings
    }  # fmt: skip


def assert_same(one: Any, other: Any) -> None:
    left, right = numbers(one), numbers(other)
    assert left.keys() == right.keys()
    for key, values in left.items():
        for a, b in zip(values, right[key], strict=True):
            if isinstance(a, str):
                assert a == b, key
            else:
                assert a == pytest.approx(b, rel=1e-9, abs=1e-11), key


def test_the_order_of_rows_changes_no_digit(lab: SimpleNamespace) -> None:
    rows = lab.rows(judges="jk")
    shuffled = [rows[n] for n in np.random.default_rng(3).permutation(len(rows))]
    assert lab.estimate(rows).findings == lab.estimate(shuffled).findings


def test_parts_of_a_file_below_each_other_are_the_file(lab: SimpleNamespace) -> None:
    rows = lab.rows()
    assert lab.estimate(rows[70:] + rows[:70]).findings == lab.estimate(rows).findings


def test_names_of_clusters_and_items_do_not_matter(lab: SimpleNamespace) -> None:
    rows = lab.rows()
    named = lab.update(
        rows, lineage=lambda r: f"{9 - int(r['lineage'][1:])}x", item=lambda r: f"i{99 - r['item']}"
    )
    assert_same(lab.estimate(rows), lab.estimate(named))


def test_swapping_the_roles_gives_one_minus_the_rate(lab: SimpleNamespace) -> None:
    swap = {"human": "proposal", "proposal": "human"}
    rows = lab.rows()
    swapped = lab.update(rows, score=lambda r: 1 - r["score"], order=lambda r: swap[r["order"]])
    one, other = lab.estimate(rows), lab.estimate(swapped)
    for name in ("win rate", "panel"):
        for a, b in zip(lab.find(one, name), lab.find(other, name), strict=True):
            assert (a.value, a.low, a.high) == pytest.approx((1 - b.value, 1 - b.high, 1 - b.low))
            assert a.p_value == pytest.approx(b.p_value)
    position = [lab.one(f, "position effect", set="", against="j").value for f in (one, other)]
    assert position[0] == pytest.approx(position[1])


def test_all_ties_are_one_half_and_no_difference(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), score=0.5))
    assert {one.value for one in lab.find(figures, "win rate")} == {0.5}
    for name in ("minus stock", "minus half", "model minus model", "set contrast"):
        assert {one.value for one in lab.find(figures, name)} == {0.0}, name


def test_an_additive_position_effect_leaves_rates_alone(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: 0.3 + 0.02 * (r["item"] % 9))
    move = {"human": -0.1, "proposal": 0.1}
    moved = lab.update(rows, score=lambda r: r["score"] + move[r["order"]])
    one, other = lab.estimate(rows), lab.estimate(moved)
    for a, b in zip(lab.find(one, "win rate"), lab.find(other, "win rate"), strict=True):
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high))


def test_a_duplicated_judge_leaves_the_panel_alone(lab: SimpleNamespace) -> None:
    model = {"j": "one", "k": "two", "j again": "one"}
    rows = lab.update(lab.rows(judges="jk"), judge_model=lambda r: model[r["judge"]])
    more = [row for row in rows if row["judge"] == "j"]
    doubled = rows + lab.update(more, judge="j again")
    one, other = lab.estimate(rows), lab.estimate(doubled)
    for name in ("win rate", "panel", "minus stock", "set contrast"):
        for a, b in zip(lab.find(one, name), lab.find(other, name), strict=True):
            assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high)), name


def test_another_model_changes_nothing_of_the_first(lab: SimpleNamespace) -> None:
    rows = lab.rows()
    more = rows + lab.update([r for r in lab.rows(seed=9) if r["arm"] == "late"], arm="third")
    both = lab.estimate(rows), lab.estimate(more)
    for name in ("win rate", "minus stock", "minus half", "set contrast", "break-even"):
        for a in lab.find(both[0], name, arm="late"):
            b = lab.one(both[1], name, set=a.set, arm="late")
            assert (a.value, a.estimate) == (b.value, b.estimate)
            assert a.extra.get("p") == b.extra.get("p")


@pytest.mark.parametrize("models", [12, 5])
def test_a_wide_table_is_estimated_as_a_whole(lab: SimpleNamespace, models: int) -> None:
    arms = {f"m{k}": 0.2 + 0.05 * k for k in range(models)} | {"stock": 0.2}
    rows = lab.rows({"suboptimal": arms, "strong": arms}, items=8, judges="jk")
    figures = lab.estimate(rows)
    assert len(figures.outline.models) == models
    assert len(figures.primary) == models


def test_fifty_thousand_rows_are_no_trouble(lab: SimpleNamespace) -> None:
    """As many as CI has time for; 200,000 and a million are benchmarks."""
    rows = lab.rows(items=500, lineages=60, judges="jk", repeat=1)
    many = [row for n in range(4) for row in lab.update(rows, repeat=n)]
    assert len(many) == 48_000
    figures = lab.estimate(many)
    assert lab.of(lab.one(figures, "win rate", set="strong", arm="late")).clusters == 60


def test_the_same_key_stands_once_whatever_is_asked(lab: SimpleNamespace) -> None:
    frame = lab.table(lab.rows()).frame
    assert not frame.duplicated(list(KEY)).any()


def test_what_the_headline_asks_can_be_asked_otherwise(lab: SimpleNamespace) -> None:
    table = lab.table([*lab.rows(view="full"), *lab.rows(seed=2, view="digest")])
    digest = replace(HEADLINE, view="digest")
    outline = outline_table(table, Plan(draws=999), wanted=digest)
    other = lab.estimate(lab.rows(seed=2))
    figures = estimate_everything(table, outline, digest)
    for one in lab.find(figures, "win rate"):
        assert one.value == lab.one(other, "win rate", set=one.set, arm=one.arm).value
    assert {one.name for one in figures.of("views")} >= {"win rate, view full", "full less digest"}
