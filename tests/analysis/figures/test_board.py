"""Scores side by side: an item a row, whatever arm was run on it and whoever says what of it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.figures.board import Board, build_board
from analysis.figures.outline import outline_table
from taste.plan import Plan


def board_of(lab: SimpleNamespace, rows: list[dict[str, Any]], **plan: Any) -> Board:
    table = lab.table(rows)
    return build_board(table, outline_table(table, Plan(**plan)))


def test_scores_stand_at_their_items(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: r["item"] / 12)
    (found,) = board_of(lab, rows).of_kind("strong")
    for item, score in zip(found.items, found.scores["late"], strict=True):
        assert score == pytest.approx(int(item.removeprefix("strong/")) / 12)


def test_an_arm_that_was_not_run_on_an_item_has_no_score_there(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if r["arm"] != "late" or r["item"] <= 6]
    (found,) = board_of(lab, rows).of_kind("strong")
    assert found.run_on("late").sum() == found.scored("late").sum() == 6
    assert found.scored("late", "early").sum() == 6
    assert len(found.items) == 12


def test_a_fact_is_known_if_any_row_tells_it(lab: SimpleNamespace) -> None:
    told = {"confidence": lambda r: 4 if r["arm"] == "stock" else None}
    (found,) = board_of(lab, lab.update(lab.rows(), **told)).of_kind("strong")
    assert found.facts["confidence"].tolist() == [4.0] * 12


def test_a_cluster_is_known_if_any_row_tells_it(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), project=lambda r: "p" if r["arm"] == "stock" else "")
    (found,) = board_of(lab, rows, cluster="project").of_kind("strong")
    assert found.clusters.tolist() == ["p"] * 12


def test_items_can_be_taken_out(lab: SimpleNamespace) -> None:
    (found,) = board_of(lab, lab.rows()).of_kind("strong")
    kept = np.arange(12) % 3 == 0
    few = found.take(kept)
    assert few.items.tolist() == found.items[kept].tolist()
    assert few.clusters.tolist() == found.clusters[kept].tolist()
    assert few.scores["late"].tolist() == found.scores["late"][kept].tolist()
    assert len(few.facts) == 4


def test_every_suboptimal_set_meets_every_strong_one(lab: SimpleNamespace) -> None:
    rows = lab.rows()
    more = [r for r in lab.update(rows, set_kind=lambda r: r["set"]) if r["set"] == "strong"]
    both = [*lab.update(rows, set_kind=lambda r: r["set"]), *lab.update(more, set="another")]
    pairs = [(a.name, b.name) for a, b in board_of(lab, both).pairs()]
    assert pairs == [("suboptimal", "another"), ("suboptimal", "strong")]
