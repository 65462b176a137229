"""What the judge was shown: rates under each view, and gaps on the trials that both views have."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.board import Board, build_board
from analysis.figures.conditions import board_under, pair_conditions
from analysis.figures.outline import outline_table
from analysis.trials.filters import HEADLINE
from taste.plan import Plan

pytestmark = pytest.mark.no_cover

BASE = {"full": 0.5, "digest": 0.4, "digest_open": 0.3, "prefix": 0.2, "wording": 0.1}
RATES = {"suboptimal": {"late": 0.5, "stock": 0.5}, "strong": {"late": 0.5, "stock": 0.5}}


def score(row: dict[str, Any]) -> float:
    """By view, higher on odd items and for the model, so that only pairs give the gap."""
    odd, model = int(row["item"]) % 2, row["arm"] == "late"
    return BASE[str(row["view"])] + 0.1 * odd + 0.2 * bool(model)


def views(lab: SimpleNamespace, **share: int) -> list[dict[str, Any]]:
    """Every view on all items, or up to the item that `share` names for it."""
    rows = [row for view in BASE for row in lab.rows(RATES, view=view)]
    kept = [row for row in rows if row["item"] <= share.get(row["view"], 12)]
    return list(lab.update(kept, score=score, in_share=lambda r: r["item"] <= 6))


@pytest.mark.parametrize(
    ("name", "gap"),
    [("hindsight", 0.2), ("identification", -0.1), ("full less digest", 0.1)],
)
def test_gaps_are_those_of_the_views(lab: SimpleNamespace, name: str, gap: float) -> None:
    figures = lab.estimate(views(lab, prefix=6, wording=6, digest_open=6))
    for set_name in RATES:
        for arm in ("late", "stock"):
            found = lab.one(figures, name, set=set_name, arm=arm)
            assert found.value == pytest.approx(gap)
    over_all = lab.one(figures, name, set="", arm="", against="")
    assert over_all.value == pytest.approx(gap)
    assert over_all.extra["items"] == (24 if name == "full less digest" else 12)


def test_each_view_is_told_with_its_own_items(lab: SimpleNamespace) -> None:
    figures = lab.estimate(views(lab, prefix=6, wording=4))
    told = {
        view: lab.one(figures, f"win rate, view {view}", set="strong", arm="late").extra["items"]
        for view in BASE
    }
    assert told == {"full": 12, "digest": 12, "digest_open": 12, "prefix": 6, "wording": 4}
    face = lab.one(figures, "win rate, view wording", set="strong", arm="late")
    assert face.value == pytest.approx(0.1 + 0.05 + 0.2)
    assert lab.one(figures, "minus stock, view prefix", set="strong").value == pytest.approx(0.2)


def test_one_view_alone_has_no_gap(lab: SimpleNamespace) -> None:
    assert not lab.estimate(lab.rows(view="full")).of("views")


def test_a_gap_is_of_the_same_proposals(lab: SimpleNamespace) -> None:
    again = lab.update(views(lab), repeat=2, score=1.0)
    rows = [*views(lab), *(row for row in again if row["view"] in ("full", "digest"))]
    figures = lab.estimate(rows)
    found = lab.one(figures, "hindsight", set="strong", arm="late")
    assert found.value == pytest.approx(0.2)


def test_a_gap_is_by_the_judges_that_had_both_views(lab: SimpleNamespace) -> None:
    lenient = lab.update(lab.rows(RATES, view="digest"), judge="k", score=1.0)
    found = lab.one(lab.estimate([*views(lab), *lenient]), "hindsight", set="strong", arm="late")
    assert found.value == pytest.approx(0.2)


def test_conditions_without_a_trial_in_common_have_no_gap(lab: SimpleNamespace) -> None:
    rows = [r for r in views(lab) if (r["view"] == "prefix") == (r["item"] <= 6)]
    table = lab.table(rows)
    prefix = replace(HEADLINE, view="prefix")
    assert pair_conditions(table, outline_table(table, Plan()), HEADLINE, prefix) is None
    assert not lab.find(lab.estimate(rows), "hindsight")


def test_outside_the_share_nothing_is_missing_under_a_further_view(lab: SimpleNamespace) -> None:
    rows = views(lab, prefix=6)
    gap = {"judge": None, "view": None, "order": None, "score": None, "exclusion": "refused"}
    open_ = [r for r in lab.rows(RATES, view="full") if r["item"] > 6 and r["order"] == "human"]
    refused = lab.update(open_, repeat=3, in_share=False, **gap)
    board = build_board_under(lab, [*rows, *refused])
    found = next(one for one in board.sets if one.name == "strong")
    assert len(found.items) == int(found.run_on("late").sum()) == 6


def build_board_under(lab: SimpleNamespace, rows: list[dict[str, Any]]) -> Board:
    """The board under the view prefix."""
    table = lab.table(rows)
    headline = build_board(table, outline_table(table, Plan()))
    return board_under(table, headline, replace(HEADLINE, view="prefix"))


def test_each_of_several_judges_has_a_gap_of_its_own(lab: SimpleNamespace) -> None:
    by_k = lab.update(views(lab), judge="k", score=0.5)
    figures = lab.estimate([*views(lab), *by_k])
    told = {one.against: one.value for one in lab.find(figures, "hindsight", set="", arm="")}
    assert told == pytest.approx({"": 0.1, "j": 0.2, "k": 0.0})


def test_a_gap_over_both_sets_says_that_they_may_cancel(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(RATES, view="digest"), score=lambda r: 0.7 if r["set"] == "strong" else 0.3
    )
    figures = lab.estimate([*rows, *lab.rows(RATES, view="prefix"), *lab.rows(RATES, view="full")])
    assert "cancels here, so see each set" in lab.one(figures, "hindsight", set="", arm="").note
