"""People's work goes where its session goes: away with it, into a bundle, to a colleague."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

import taste.assignment_tables as tables
from taste.assignment_tables import Assignment, LabelRecord, Submission
from taste.bundles.choosing import choose_rows
from taste.drafts.store import Seen
from taste.removal import delete_with_all, withdraw_with_all
from taste.tables import Comparison, Proposal, Restatement, Run, Verdict
from taste.workpacks.colleagues import merge_work
from tests.taste.workpacks.conftest import opened, store_of, works_of
from tests.taste.workpacks.test_importing import label
from transcripts.db import Db
from transcripts.merging.sessions import merge_sessions
from transcripts.tables import Annotation, DecisionPoint, Draw, Session, Table

HOUR = timedelta(hours=1)
OF_PEOPLE = [
    kind
    for kind in vars(tables).values()
    if isinstance(kind, type) and issubclass(kind, Table) and kind is not Table
]


def count(db: Db, kind: Any) -> int:
    return len(db.execute(select(col(kind.id))).all())


def dangling(db: Db) -> list[Any]:
    """Rows that point to nothing; a server allows none."""
    lite = db.get_bind().dialect.name == "sqlite"
    return list(db.execute(text("PRAGMA foreign_key_check")).all()) if lite else []


def fill(db: Db, work: Assignment, now: datetime) -> None:
    """A row of every table of people's work, each with a canary where it has words."""
    store = store_of(db, work, now)
    store.change("note:e1", None, "canary-draft", Seen())
    store.put_state({"needle": "canary-state"})
    db.refresh(work)
    point = db.get_one(DecisionPoint, work.decision_point_id)
    labels = select(Annotation).where(Annotation.decision_point_id == point.id)
    verdict = db.exec(select(Verdict).where(Verdict.comparison_id == work.comparison_id)).first()
    proposal = db.exec(select(Proposal).where(Proposal.decision_point_id == point.id)).first()
    label_ = db.exec(labels).first()
    assert label_ is not None
    drawn = Draw(name="n", number=1, decision_point_id=point.id or 0, source="x", stratum="s",
                 seed=1, created_at=now)  # fmt: skip
    done = Submission(identity="s", assignment_id=work.id or 0, number=1, guidelines="g",
                      reason="canary-reason", created_at=now)  # fmt: skip
    work.reason = "canary-flag"
    db.add_all([drawn, done, work])
    db.flush()
    common: dict[str, Any] = {"assignment_id": work.id, "active_ms": 1}
    ruled = tables.Adjudication(identity="a", session_id=point.session_id, cut=point.cut,
                                annotator_id=work.annotator_id, annotation_id=label_.id,
                                decision="take", reason="canary-ruling", created_at=now,
                                **common)  # fmt: skip
    db.add(ruled)
    db.flush()
    assert verdict is not None
    assert proposal is not None
    rows: list[Any] = [
        tables.Activity(identity="a", at=now, first=0, last=1, **common),
        tables.LabelRecord(annotation_id=label_.id or 0, submission_id=done.id or 0, active_ms=1,
                           condition="blind", furthest=1, outcome_seen=True),
        tables.Reveal(identity="r", assignment_id=work.id or 0, draw_id=drawn.id or 0,
                      action="shown", at=now),
        tables.PersonVerdict(verdict_id=verdict.id or 0, **common),
        tables.PersonProposal(proposal_id=proposal.id or 0, probability=1.0, **common),
        tables.AdjudicatedLabel(adjudication_id=ruled.id or 0, annotation_id=label_.id or 0),
    ]  # fmt: skip
    db.add_all(rows)
    db.commit()


def test_a_deleted_session_takes_people_s_work_along(judging: Db, now: datetime) -> None:
    fill(judging, works_of(judging)[0], now)
    assert all(count(judging, kind) for kind in OF_PEOPLE)
    for session in judging.exec(select(Session)).all():
        delete_with_all(judging, [session], None, now, force=True)
    assert {kind.__tablename__: count(judging, kind) for kind in OF_PEOPLE} == {
        kind.__tablename__: 0 for kind in OF_PEOPLE
    }
    assert dangling(judging) == []


def test_a_withdrawn_session_leaves_no_word_of_people_s_work(
    judging: Db, now: datetime, tmp_path: Path
) -> None:
    (work, *_) = works_of(judging)
    fill(judging, work, now)
    kept = {kind: count(judging, kind) for kind in OF_PEOPLE}
    session = judging.get_one(Session, work.session_id)
    withdraw_with_all(judging, [session], None, now)
    gone = {kind.__tablename__ for kind in OF_PEOPLE if count(judging, kind) < kept[kind]}
    assert gone == {"draft", "draft_event", "reading_state"}
    judging.close()
    for file in tmp_path.glob("done.db*"):
        found = file.read_bytes()
        assert [w for w in (b"canary-draft", b"canary-state", b"canary-reason", b"canary-flag",
                            b"canary-ruling") if w in found] == []  # fmt: skip


def test_pairs_of_a_copy_that_share_a_move_go_with_it(judging: Db, now: datetime) -> None:
    (work, *_) = works_of(judging)
    compared = judging.get_one(Comparison, work.comparison_id)
    other = judging.exec(select(Session).where(Session.id != work.session_id)).first()
    assert other is not None
    points = select(DecisionPoint.id).where(DecisionPoint.session_id == other.id)
    shared = judging.exec(
        select(Restatement).where(col(Restatement.decision_point_id).in_(points))
    ).first()
    assert shared is not None
    number = compared.id
    mine = col(Comparison.id) == number
    judging.execute(update(Comparison).where(mine).values(human_id=shared.id))
    judging.commit()
    delete_with_all(judging, [other], None, now, force=True)
    assert dangling(judging) == []
    judging.expunge_all()
    assert judging.get(Comparison, number) is None


def test_a_bundle_holds_what_was_handed_in_and_no_draft(judging: Db, now: datetime) -> None:
    (work, *_) = works_of(judging)
    store_of(judging, work, now).change("note:e1", None, "x", Seen())
    done = Submission(identity="s", assignment_id=work.id or 0, number=1, guidelines="g",
                      empty=True, created_at=now)  # fmt: skip
    judging.add(done)
    judging.commit()
    run = judging.exec(select(Run)).first()
    assert run is not None
    chosen = choose_rows(judging, run, ["few"])
    assert chosen["submission"] == {done.id}
    assert work.id in chosen["assignment"]
    assert not {"draft", "draft_event", "reading_state", "activity"} & set(chosen)


@pytest.fixture
def colleague(few_file: Path, tmp_path: Path) -> Path:
    """A database with the same sessions and none of the work."""
    return Path(shutil.copy(few_file, tmp_path / "colleague.db"))


def merge(db: Db, other: Db, now: datetime) -> Any:
    done = merge_work(db, other, merge_sessions(db, other, now), now)
    db.commit()
    return done


def test_a_colleague_gets_the_work_behind_the_labels_once(
    reading: Db, colleague: Path, now: datetime
) -> None:
    label(reading, now + HOUR)
    (work, *_) = works_of(reading)
    store_of(reading, work, now).change("note:e1", None, "hers", Seen(4))
    with opened(colleague) as db:
        done = merge(db, reading, now)
        assert (done.assignments, done.submissions, done.conflicts) == (4, 1, [])
        assert [row.state for row in works_of(db)] == ["submitted", "todo"]
        assert (count(db, LabelRecord), count(db, tables.DraftEvent)) == (1, 1)
        known = {kind: count(db, kind) for kind in OF_PEOPLE}
        again = merge(db, reading, now)
        assert (again.submissions, again.steps, again.conflicts) == (0, 0, [])
        assert {kind: count(db, kind) for kind in OF_PEOPLE} == known
