"""The one query for trials: every verdict a row, every gap a row, outcomes computed."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, update
from sqlmodel import col, delete, select

from analysis.errors import EstimateError
from analysis.trials.columns import KEY, NOT_JUDGED, TrialRow, describe_columns
from analysis.trials.filters import HEADLINE
from analysis.trials.query import compute_outcome, read_trials
from analysis.trials.table import tabulate
from taste.study import parse_study
from taste.tables import Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db


def takes(row: TrialRow) -> bool:
    return len(tabulate([row]).choose(HEADLINE).frame) == 1


def read(db: Db, run: Run) -> tuple[TrialRow, ...]:
    return read_trials(db, run, parse_study(run.study_text, "study"))


def test_every_verdict_of_the_run_is_one_row(world: Db, run: Run) -> None:
    stored = world.exec(select(func.count()).select_from(TrialVerdict)).one()
    rows = read(world, run)
    assert len(rows) == stored
    assert len({tuple(getattr(row, name) for name in KEY) for row in rows}) == stored


def test_the_order_of_rows_is_stable(world: Db, run: Run) -> None:
    assert read(world, run) == read(world, run)
    places = [(row.set, row.item, row.arm, row.repeat) for row in read(world, run)]
    assert places == sorted(places)


def test_a_trial_without_a_verdict_stays_as_a_row(world: Db, run: Run) -> None:
    trial = world.exec(select(Trial)).first()
    assert trial is not None
    world.exec(delete(TrialVerdict).where(col(TrialVerdict.trial_id) == trial.id))
    (row,) = [row for row in read(world, run) if row.trial_id == trial.id]
    assert (row.verdict, row.outcome, row.judge, row.gap) == (None, None, None, NOT_JUDGED)


def test_an_excluded_trial_tells_its_reason(world: Db, run: Run) -> None:
    trial = world.exec(select(Trial)).first()
    assert trial is not None
    world.exec(delete(TrialVerdict).where(col(TrialVerdict.trial_id) == trial.id))
    trial.exclusion = "proposal refused: no reason"
    world.add(trial)
    world.flush()
    (row,) = [row for row in read(world, run) if row.trial_id == trial.id]
    assert row.gap == "proposal refused: no reason"


def test_an_unscored_verdict_is_neither_dropped_nor_a_tie(world: Db, run: Run) -> None:
    first = read(world, run)[0]
    values = {"verdict": "unscored", "reason": "no JSON"}
    world.exec(update(Verdict).where(col(Verdict.id) == first.verdict_id).values(**values))
    row = read(world, run)[0]
    assert (row.outcome, row.gap, row.is_scored) == ("unscored", "unscored: no JSON", False)


def test_a_verdict_of_an_unknown_word_is_an_error(world: Db, run: Run) -> None:
    world.exec(update(Verdict).values(verdict="frist"))
    with pytest.raises(EstimateError, match="frist"):
        read(world, run)


@given(st.sampled_from(["first", "second", "tie", "unscored"]))
def test_swapping_order_and_verdict_leaves_the_outcome(verdict: str) -> None:
    swapped = {"first": "second", "second": "first"}.get(verdict, verdict)
    assert compute_outcome(verdict, "human") == compute_outcome(swapped, "proposal")


@pytest.mark.parametrize(
    ("verdict", "order", "outcome"),
    [
        pytest.param("first", "proposal", "win", id="proposal-first-and-chosen"),
        pytest.param("second", "human", "win", id="proposal-second-and-chosen"),
        pytest.param("first", "human", "loss", id="human-first-and-chosen"),
        pytest.param("tie", "human", "tie", id="tie"),
    ],
)
def test_an_outcome_is_seen_from_the_proposal(verdict: str, order: str, outcome: str) -> None:
    assert compute_outcome(verdict, order) == outcome


def test_an_order_of_an_unknown_word_is_an_error() -> None:
    with pytest.raises(EstimateError, match="left"):
        compute_outcome("first", "left")


def test_the_headline_takes_full_views_and_keeps_gaps(world: Db, run: Run) -> None:
    row = read(world, run)[0]
    assert takes(row)
    assert not takes(replace(row, view="prefix"))
    assert not takes(replace(row, judge_kind="person"))
    assert not takes(replace(row, form="verbatim"))
    assert takes(replace(row, verdict=None, view=None, judge_kind=None))


def test_rows_carry_what_the_study_states_of_the_models(world: Db, run: Run) -> None:
    rows = {row.arm: row for row in read(world, run)}
    assert str(rows["simulated-early"].released) == "2001-01-01"
    assert rows["simulated-early"].proposer_family == "simulated"
    assert rows["placebo:simulated-early"].proposer_family == "simulated"
    assert rows["stock"].proposer_family is None
    assert all(row.simulated for row in rows.values())


def test_every_column_has_a_sentence() -> None:
    described = describe_columns()
    assert list(described) == [field.name for field in fields(TrialRow)]
    assert all(sentence.endswith(".") for sentence in described.values())
