"""A drawn study is stored as a run leaves it, and says that it is simulated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import col, func, select

from taste.judging import CONFIDENCES
from taste.probe_tables import Probe, TrialProbe
from taste.simulator.designs import EVERYTHING, JUDGE, SECOND_JUDGE
from taste.simulator.rows import store_study, store_world
from taste.simulator.studies import SimulatedStudy, draw_study
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Digest, Proposal, Run, Trial, Verdict
from transcripts.db import Db, open_engine
from transcripts.tables import Table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = {"suboptimal": 14, "strong": 12}
ESCALATING = f"""
[judging]
escalation = {{ first = "{JUDGE}", then = "{SECOND_JUDGE}", share = 0.25 }}
"""


@contextmanager
def new_database() -> Iterator[Db]:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        yield db
    engine.dispose()


@pytest.fixture(scope="module")
def drawn() -> SimulatedStudy:
    return draw_study(World(leak=0.5), 6, replace(EVERYTHING, tables=ESCALATING), SIZES, 5)


@pytest.fixture(scope="module")
def db(drawn: SimulatedStudy) -> Iterator[Db]:
    with new_database() as db:
        store_study(db, drawn, NOW)
        yield db


def test_every_reference_leads_to_a_row(db: Db) -> None:
    assert not db.connection().exec_driver_sql("pragma foreign_key_check").all()


def test_the_run_is_over_and_its_study_file_can_be_read(db: Db, drawn: SimulatedStudy) -> None:
    run = db.exec(select(Run)).one()
    assert (run.status, run.purpose, run.simulated) == ("done", "study", True)
    assert parse_study(run.study_text, "simulated") == drawn.study
    assert all(trial.done for trial in db.exec(select(Trial)))


def test_only_arms_that_saw_the_aftermath_have_hindsight(db: Db) -> None:
    found = {proposal.arm for proposal in db.exec(select(Proposal)) if proposal.hindsight}
    assert found == {"recovery", "oracle:simulated-late"}


def test_a_refused_digest_leaves_every_draft_and_verdicts_that_say_why(db: Db) -> None:
    leaky = db.exec(select(Digest).where(Digest.outcome == "leaky")).all()
    assert {digest.attempt for digest in leaky} == {1, 2, 3}
    unscored = db.exec(select(Verdict).where(Verdict.verdict == "unscored")).all()
    last = {digest.id for digest in leaky if digest.attempt == 3}
    assert {verdict.digest_id for verdict in unscored} == last
    assert {verdict.reason for verdict in unscored} == {"leaky digest"}
    assert all(verdict.call_id is None and verdict.confidence is None for verdict in unscored)


def test_the_chance_of_escalation_is_stored_with_the_trial(db: Db) -> None:
    assert set(db.exec(select(Trial.escalation)).all()) == {1.0, 0.25}
    asked = select(func.count()).where(Verdict.judge == SECOND_JUDGE, Verdict.view == "prefix")
    assert db.exec(asked).one() == 0


def test_a_loading_probe_is_used_by_every_trial_of_its_item(db: Db) -> None:
    probes = db.exec(select(Probe).where(Probe.kind == "loading")).all()
    assert len(probes) == sum(SIZES.values())
    links = select(func.count()).where(col(TrialProbe.probe_id).in_([p.id for p in probes]))
    assert db.exec(links).one() == db.exec(select(func.count()).select_from(Trial)).one()


def test_judges_say_how_sure_they_are(db: Db) -> None:
    said = db.exec(select(Verdict.confidence).where(Verdict.verdict != "unscored")).all()
    assert set(said) == set(CONFIDENCES)


def test_a_plain_world_has_one_judge_one_view_and_no_probe() -> None:
    with new_database() as db:
        store_world(db, World(), 1, NOW, SIZES, sessions=5)
        assert {(v.judge, v.view, v.form) for v in db.exec(select(Verdict))} == {
            (JUDGE, "full", "restated")
        }
        assert not db.exec(select(Probe)).all()
        assert {t.in_share for t in db.exec(select(Trial)) if t.arm == "echo"} == {True}
