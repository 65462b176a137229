"""A proposal that was written with the aftermath in sight never enters a model's rate."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from analysis.errors import EstimateError, TableError
from analysis.figures.outline import outline_table
from analysis.trials.files import read_trial_file
from analysis.trials.hindsight import explain_hindsight
from analysis.trials.query import read_trials
from taste.seats import is_hindsight
from taste.study import parse_study
from taste.tables import Proposal, Run, Trial
from transcripts.db import Db

Write = Callable[..., Path]
HINDSIGHT = ("recovery", "oracle", "oracle:m")
FORESIGHT = ("m", "stock", "stock_fit", "placebo:m", "person", "oracles", "m:oracle")


def table(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {"set": "strong", "item": "1", "order": "human", "score": 1}
    return [{**plain, "item": str(number), **row} for number, row in enumerate(rows)]


@pytest.mark.parametrize("arm", HINDSIGHT)
def test_an_arm_that_saw_the_aftermath_says_so(write: Write, arm: str) -> None:
    assert is_hindsight(arm)
    frame = read_trial_file(write(table({"arm": arm}, {"arm": "m"}))).frame
    assert frame.set_index("arm")["hindsight"].to_dict() == {arm: 1.0, "m": 0.0}
    with pytest.raises(TableError, match=f"row 1: arm '{arm}' is shown the aftermath, but"):
        read_trial_file(write(table({"arm": arm, "hindsight": "false"})))


@pytest.mark.parametrize("arm", FORESIGHT)
def test_no_other_arm_of_a_file_may_have_hindsight(write: Write, arm: str) -> None:
    assert not is_hindsight(arm)
    with pytest.raises(TableError, match=f"row 2: arm '{arm}' may not have hindsight; only"):
        read_trial_file(
            write(table({"arm": "recovery", "hindsight": 1}, {"arm": arm, "hindsight": 1}))
        )


def test_one_row_of_a_model_cannot_have_hindsight_among_others_without(write: Write) -> None:
    rows = table(*({"arm": "m", "hindsight": flag} for flag in ("no", "no", "yes")))
    with pytest.raises(TableError, match="row 3: arm 'm' may not have hindsight"):
        read_trial_file(write(rows))


def test_a_row_cannot_leave_open_whether_it_has_hindsight(write: Write) -> None:
    with pytest.raises(TableError, match="row 2: hindsight is empty"):
        read_trial_file(write(table({"arm": "m", "hindsight": "no"}, {"arm": "m"})))


def test_an_arm_with_hindsight_is_no_model(run: Run, write: Write) -> None:
    study = parse_study(run.study_text, "study")
    read = read_trial_file(write(table({"arm": "recovery"}, {"arm": "oracle:m"}, {"arm": "m"})))
    assert outline_table(read, study.analysis).models == ("m",)


def hindsight_proposal(world: Db, arm: str) -> Proposal:
    proposal = world.exec(select(Proposal).where(Proposal.arm == "simulated-late")).first()
    assert proposal is not None
    proposal.arm, proposal.hindsight = arm, True
    world.add(proposal)
    world.flush()
    return proposal


@pytest.mark.parametrize("arm", ["recovery", "oracle:simulated-late"])
def test_a_database_cannot_count_hindsight_as_a_models_move(world: Db, run: Run, arm: str) -> None:
    study = parse_study(run.study_text, "study")
    proposal = hindsight_proposal(world, arm)
    with pytest.raises(EstimateError, match="arm 'simulated-late' may not have hindsight"):
        read_trials(world, run, study)
    trial = world.exec(select(Trial).where(Trial.proposal_id == proposal.id)).one()
    trial.arm = arm
    world.add(trial)
    found = [row for row in read_trials(world, run, study) if row.hindsight]
    assert {(row.trial_id, row.arm) for row in found} == {(trial.id, arm)}


def test_a_models_move_cannot_be_counted_under_an_arm_with_hindsight(world: Db, run: Run) -> None:
    trial = world.exec(select(Trial).where(Trial.arm == "simulated-late")).first()
    assert trial is not None
    trial.arm = "oracle:simulated-late"
    world.add(trial)
    with pytest.raises(EstimateError, match="arm 'oracle:simulated-late' is shown the aftermath"):
        read_trials(world, run, parse_study(run.study_text, "study"))


def test_the_database_itself_refuses_hindsight_under_a_models_name(world: Db) -> None:
    with pytest.raises(IntegrityError, match="hindsight_arms"):
        hindsight_proposal(world, "simulated-late")


def test_a_trial_without_a_proposal_has_the_hindsight_of_its_arm(world: Db, run: Run) -> None:
    trial = world.exec(select(Trial)).first()
    assert trial is not None
    values: dict[str, Any] = {"arm": "recovery", "repeat": 1, "exclusion": "nothing was recovered"}
    world.add(Trial(run_id=trial.run_id, item_id=trial.item_id, **values))
    rows = read_trials(world, run, parse_study(run.study_text, "study"))
    assert [row.hindsight for row in rows if row.arm == "recovery"] == [True]


def test_a_reason_is_given_exactly_where_name_and_row_differ() -> None:
    for arm in (*HINDSIGHT, *FORESIGHT):
        told = [bool(explain_hindsight(arm, flag)) for flag in (True, False)]
        assert told == [arm in FORESIGHT, arm in HINDSIGHT]


@pytest.mark.parametrize("arm", ["Oracle:m", "RECOVERY", "oracle :m"])
def test_an_arm_with_hindsight_cannot_pass_for_a_model_by_its_spelling(
    write: Write, arm: str
) -> None:
    with pytest.raises(TableError, match=f"row 2: arm '{arm}' would count as a model; write"):
        read_trial_file(write(table({"arm": "m"}, {"arm": arm})))
