"""The table in columns, as made of rows from a database, and what a filter leaves of it."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from analysis.trials.columns import KEY, TrialRow
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.query import read_trials
from analysis.trials.table import TrialTable, tabulate
from taste.study import parse_study
from taste.tables import Run
from transcripts.db import Db


@pytest.fixture
def found(world: Db, run: Run) -> tuple[TrialRow, ...]:
    return read_trials(world, run, parse_study(run.study_text, "study"))


def test_every_row_is_a_row_with_its_score(found: tuple[TrialRow, ...]) -> None:
    table = tabulate(found)
    points = {"win": 1.0, "tie": 0.5, "loss": 0.0, "unscored": np.nan}
    expected = sorted(points[row.outcome] for row in found if row.outcome in ("win", "tie", "loss"))
    assert len(table.frame) == len(found)
    assert sorted(table.frame["score"].dropna()) == expected
    assert table.simulated


def test_the_order_of_rows_does_not_matter(found: tuple[TrialRow, ...]) -> None:
    keys = list(KEY)
    one, other = tabulate(found).frame[keys], tabulate(found[::-1]).frame[keys]
    assert one.equals(other)


def test_a_given_score_stands_where_there_is_no_outcome(found: tuple[TrialRow, ...]) -> None:
    row = replace(found[0], outcome=None, verdict=None, score=0.25)
    assert tabulate([row]).frame["score"].tolist() == [0.25]


def others(found: tuple[TrialRow, ...]) -> TrialTable:
    row = found[0]
    gap = replace(row, verdict=None, outcome=None, view=None, judge_kind=None, repeat=9)
    changed: list[dict[str, Any]] = [
        {"view": "prefix"}, {"judge_kind": "person"}, {"form": "verbatim"},
        {"provenance": "labelled"}, {"prompt": "reworded", "judge_prompt": "other"},
    ]  # fmt: skip
    return tabulate([row, gap, *(replace(row, **change) for change in changed)])


def test_a_filter_takes_its_rows_and_keeps_gaps(found: tuple[TrialRow, ...]) -> None:
    table = others(found)
    chosen = table.choose(HEADLINE)
    assert sorted(chosen.frame["judged"]) == [False, True]
    assert chosen.simulated == table.simulated
    assert table.choose(replace(HEADLINE, view="wording")).frame["judged"].tolist() == [False]


@pytest.mark.parametrize(
    "change",
    [
        {"view": "prefix"}, {"form": "verbatim"}, {"provenance": "labelled"},
        {"prompt": "reworded"}, {"judge_kind": "person"},
    ],
    ids=str,
)  # fmt: skip
def test_a_filter_takes_the_rows_of_its_condition_alone(
    found: tuple[TrialRow, ...], change: dict[str, Any]
) -> None:
    frame = others(found).choose(replace(HEADLINE, **change)).frame
    (row,) = frame[frame["judged"]].to_dict("records")
    assert {name: row[name] for name in change} == change


def test_a_table_lists_every_way_its_verdicts_were_come_by(found: tuple[TrialRow, ...]) -> None:
    filters = others(found).filters
    assert len(filters) == 6
    assert filters == tuple(sorted(filters))
    assert HEADLINE in filters
    assert Filter("full", "restated", "blind", "person") in filters
    assert replace(HEADLINE, prompt="reworded") in filters


def test_days_are_days_and_flags_are_numbers(found: tuple[TrialRow, ...]) -> None:
    day = date(2026, 3, 4)
    row = replace(found[0], session_date=day, cutoff=None, in_share=True, hindsight=False)
    (told,) = tabulate([row]).frame.to_dict("records")
    assert (told["session_date"], told["cutoff"]) == (day, None)
    assert (told["in_share"], told["hindsight"]) == (1.0, 0.0)


def test_no_rows_are_an_empty_table() -> None:
    assert tabulate([]).frame.empty
    assert tabulate([]).filters == ()
