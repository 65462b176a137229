"""How a verdict was come by, and what stood in the moves that its judge read, as columns."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from analysis.trials.columns import SURFACE, TrialRow
from analysis.trials.query import read_trials
from taste.study import Study, parse_study
from taste.tables import Comparison, Restatement, Run, Trial, Verdict
from transcripts.db import Db
from transcripts.tables import Session


@pytest.fixture
def study(run: Run) -> Study:
    return parse_study(run.study_text, "study")


@pytest.fixture
def first(world: Db, run: Run, study: Study) -> TrialRow:
    """The first verdict by a model's proposal."""
    return next(row for row in read_trials(world, run, study) if row.released)


def again(world: Db, run: Run, study: Study, row: TrialRow) -> TrialRow:
    """The same verdict, read again."""
    world.flush()
    return next(r for r in read_trials(world, run, study) if r.verdict_id == row.verdict_id)


def say(world: Db, row: TrialRow, **values: Any) -> None:
    world.exec(update(Verdict).where(col(Verdict.id) == row.verdict_id).values(**values))


def restatements(world: Db, row: TrialRow) -> Iterator[Restatement]:
    """The human's and the proposal's."""
    comparison = world.get_one(Comparison, row.comparison_id)
    yield world.get_one(Restatement, comparison.human_id)
    yield world.get_one(Restatement, comparison.proposed_id)


def test_a_verdict_says_how_it_was_come_by(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    assert (first.form, first.provenance, first.prompt) == ("restated", "blind", "standard")
    told = {"form": "verbatim", "provenance": "swapped", "prompt": "reworded"}
    say(world, first, **told, confidence="low")
    row = again(world, run, study, first)
    assert {name: getattr(row, name) for name in told} == told
    assert row.judge_confidence == "low"


@pytest.mark.parametrize(("form", "points"), [("verbatim", 1), ("restated", 2)])
def test_features_are_of_the_moves_as_the_judge_read_them(
    world: Db, run: Run, study: Study, first: TrialRow, form: str, points: int
) -> None:
    for side, move in enumerate(restatements(world, first)):
        surface = {"verbatim": 1, "restated": 2}
        move.surface = {n: dict.fromkeys(SURFACE, 10 * side + v) for n, v in surface.items()}
        move.verbatim, move.move = "v" * (100 + side), "r" * (50 + side)
        world.add(move)
    say(world, first, form=form)
    row = again(world, run, study, first)
    assert [getattr(row, f"human_{name}") for name in SURFACE] == [points] * 5
    assert [getattr(row, f"proposal_{name}") for name in SURFACE] == [10 + points] * 5
    chars = {"verbatim": (100, 101), "restated": (50, 51)}[form]
    assert (row.human_chars, row.proposal_chars) == chars


def test_features_that_were_not_stored_are_unknown(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    for move in restatements(world, first):
        move.surface = {"verbatim": dict.fromkeys(SURFACE, 1), "restated": None}
        world.add(move)
    row = again(world, run, study, first)
    assert (row.human_words, row.proposal_words) == (None, None)
    assert row.human_chars is not None


def test_a_trial_without_a_verdict_has_no_moves_that_a_judge_read(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    excluded = Trial(run_id=run.id or 0, item_id=first.item_id, arm="echo", repeat=7)
    world.add(excluded)
    world.flush()
    (row,) = [r for r in read_trials(world, run, study) if r.trial_id == excluded.id]
    assert (row.human_chars, row.proposal_words, row.judge_confidence) == (None, None, None)
    assert (row.form, row.provenance, row.prompt) == ("restated", "blind", "standard")


@pytest.mark.parametrize(
    ("started", "day"),
    [
        ("2026-03-04T23:59:59.123Z", date(2026, 3, 4)), ("2026-03-04", date(2026, 3, 4)),
        (None, None), ("last week", None),
    ],
)  # fmt: skip
def test_a_session_has_the_day_of_its_first_entry(
    world: Db, run: Run, study: Study, first: TrialRow, started: str | None, day: date | None
) -> None:
    world.exec(update(Session).values(started=started))
    assert again(world, run, study, first).session_date == day


def test_an_item_is_in_the_share_as_its_trial_says(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    for in_share in (True, False):
        world.exec(update(Trial).values(in_share=in_share))
        assert again(world, run, study, first).in_share is in_share


def with_escalation(study: Study, first: str, then: str) -> Study:
    judges = tuple(study.judges[0].model_copy(update={"name": n}) for n in (first, then))
    told: dict[str, Any] = {"escalation": {"first": first, "then": then}}
    judging = type(study.judging).model_validate(told)
    return study.model_copy(update={"judges": judges, "judging": judging})


def test_the_chance_of_a_verdict_is_that_of_the_escalated_judge_alone(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    world.exec(update(Trial).values(escalation=0.2))
    judge = first.judge or ""
    escalated = again(world, run, with_escalation(study, "cheap", judge), first)
    certain = again(world, run, with_escalation(study, judge, "other"), first)
    assert (escalated.judge_probability, certain.judge_probability) == (0.2, None)


def test_rows_carry_the_cutoff_and_the_family_of_the_recorded_agent(
    world: Db, run: Run, study: Study, first: TrialRow
) -> None:
    world.exec(update(Session).values(agent_models=["agent-5"]))
    day = date(2025, 5, 6)
    proposers = tuple(seat.model_copy(update={"cutoff": day}) for seat in study.proposers)
    told = study.model_copy(update={"proposers": proposers, "agent_families": {"agent-": "f"}})
    row = again(world, run, told, first)
    assert (row.cutoff, row.agent_family, row.agent_models) == (day, "f", "agent-5")
    assert (first.cutoff, first.agent_family) == (None, None)
