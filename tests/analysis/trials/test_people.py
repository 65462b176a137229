"""What people said in the annotation tool, as rows of the trials that they are about."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from analysis.calibration.drawing import Wish, draw_sample
from analysis.calibration.reading import read_population, read_told
from analysis.calibration.results import estimate_calibration
from analysis.trials.columns import TrialRow
from analysis.trials.filters import HEADLINE
from analysis.trials.query import read_trials
from analysis.trials.table import tabulate
from taste.assignment_tables import Activity, Assignment
from taste.calibrating import PairDrawn, Sample, store_draws
from taste.pairs import BlindPair
from taste.study import parse_study
from taste.submitting.judging import Given, Hand, submit_verdict
from taste.tables import Comparison, Run, Verdict
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.postgres import keep_numbers
from transcripts.tables import DecisionPoint, Table

HOLDER = "here"


@pytest.fixture(autouse=True)
def _numbered(world: Db) -> None:
    keep_numbers(world.connection(), Table.metadata.sorted_tables)
    world.commit()


def read(db: Db, run: Run) -> tuple[TrialRow, ...]:
    return read_trials(db, run, parse_study(run.study_text, "study"))


def drawn(db: Db, run: Run, labels: int = 12) -> list[int]:
    """Comparisons of a calibration sample of the run."""
    judge = parse_study(run.study_text, "study").judges[0].name
    sample = draw_sample(read_population(db, run, "full", judge), Wish(labels, 1))
    pairs = [PairDrawn(o.unit.comparison_id, o.stratum, o.probability) for o in sample]
    store_draws(db, Sample("cal", "full", judge, 1), pairs, run.started_at)
    return [one.comparison_id for one in pairs]


def say(db: Db, run: Run, comparison_id: int, choice: Any, **values: Any) -> int:
    """Let `ada` judge a pair as it was shown to the model."""
    who = find_or_add_annotator(db, "ada")
    compared = db.get_one(Comparison, comparison_id)
    point = db.get_one(DecisionPoint, compared.decision_point_id)
    assert who.id is not None
    name = f"{comparison_id} {values}"
    task = db.exec(select(Assignment).where(Assignment.identity == name)).first() or Assignment(
        identity=name, batch="b", annotator_id=who.id, mode="judge", view="full", number=1, seed=1,
        session_id=point.session_id, thread=point.thread, comparison_id=comparison_id,
        created_at=run.started_at, holder=HOLDER, **values,
    )  # fmt: skip
    db.add(task)
    db.flush()
    assert task.id is not None
    query = select(Verdict.shown_hash).where(
        Verdict.comparison_id == comparison_id, Verdict.view == "full"
    )
    shown = db.exec(query).first() or ""
    pair = BlindPair("full", "?", (), "a", "b", shown, None, simulated=True)
    given = Given(choice, "low", None, "first")
    stretch = Activity(
        identity=f"{name} {choice}", assignment_id=task.id, active_ms=60_000, first=0, last=-1,
        at=run.started_at,
    )  # fmt: skip
    db.add(stretch)
    db.commit()
    engine = db.get_bind()
    assert isinstance(engine, Engine)
    return submit_verdict(engine, Hand(task.id, HOLDER, "1"), pair, given, run.started_at)


def test_what_people_say_is_beside_the_models_and_in_no_rate_of_theirs(world: Db, run: Run) -> None:
    before = read(world, run)
    for number in drawn(world, run):
        say(world, run, number, "first")
    after = read(world, run)
    people = [row for row in after if row.judge_kind == "person"]
    assert {(row.judge, row.outcome, row.simulated) for row in people} == {("ada", "loss", True)}
    assert all(row.label_probability is not None for row in people)
    assert [row.verdict_id for row in after if row not in people] == [r.verdict_id for r in before]
    kept = tabulate(after).choose(HEADLINE).frame
    assert len(kept) == len(tabulate(before).choose(HEADLINE).frame)


def test_the_latest_word_on_a_pair_stands(world: Db, run: Run) -> None:
    (number, *_) = drawn(world, run)
    assert [say(world, run, number, choice) for choice in ("first", "second")] == [1, 2]
    said = [row.verdict for row in read(world, run) if row.judge_kind == "person"]
    assert said == ["second"]


def test_gold_pairs_are_in_no_rate(world: Db, run: Run) -> None:
    (number, *_) = drawn(world, run)
    say(world, run, number, "first", gold="first")
    assert not [row for row in read(world, run) if row.judge_kind == "person"]


def test_a_sample_is_reported_from_what_was_handed_in(world: Db, run: Run) -> None:
    numbers = drawn(world, run)
    for at, number in enumerate(numbers):
        say(world, run, number, ("first", "second", "cannot tell")[at % 3])
    found = estimate_calibration(read_told(world, "cal"))
    assert (found.drawn, found.judged, found.cannot_tell, found.minutes) == (12, 12, 4, 1.0)
    assert found.probe.answers == 12
    assert sum(rate.labelled for rate in found.rates) == 8


def test_a_sample_is_never_changed(world: Db, run: Run) -> None:
    drawn(world, run)
    with pytest.raises(UserError, match="'cal' already"):
        drawn(world, run)


def test_the_order_of_a_repeat_is_of_the_same_pair(world: Db, run: Run) -> None:
    (number, *_) = drawn(world, run)
    one = world.get_one(Comparison, number)
    query = select(Comparison.id).where(
        Comparison.human_id == one.human_id,
        Comparison.proposed_id == one.proposed_id,
        col(Comparison.order) != one.order,
    )
    other = world.exec(query).one()
    say(world, run, number, "first")
    say(world, run, other or 0, "second", repeat=2)
    said = [row for row in read(world, run) if row.judge_kind == "person"]
    assert sorted((row.order, row.outcome) for row in said) == [
        ("human", "loss"), ("proposal", "loss"),
    ]  # fmt: skip
