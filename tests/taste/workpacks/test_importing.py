"""A workpack comes back once: nothing is taken twice, nothing is lost, conflicts are told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assignment_tables import (
    Activity,
    Assignment,
    Draft,
    DraftEvent,
    LabelRecord,
    PersonVerdict,
    Submission,
)
from taste.drafts.leases import leave_lease
from taste.drafts.store import DraftStore, Seen, Stretch
from taste.pairs import read_pair
from taste.submitting.judging import Choice, Given, Hand, submit_verdict
from taste.tables import Comparison, Verdict
from taste.workpacks.exporting import PACKED_AT
from taste.workpacks.importing import Brought
from tests.taste.workpacks.conftest import opened, store_of, works_of
from transcripts.annotations import EvidenceSpan, Label, annotate
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, DecisionPoint, Event, Evidence, Session

Pack = Callable[[Db], Path]
Bring = Callable[[Db, Path], Brought]
HOUR = timedelta(hours=1)


def let_go(db: Db, work: Assignment) -> None:
    engine = db.get_bind()
    assert isinstance(engine, Engine)
    leave_lease(engine, work.id or 0, "me")
    db.expire_all()


def change(db: Db, name: str, value: Any, at: datetime, before: Any = None) -> None:
    """Change a part of Ada's first draft, and leave."""
    (work, *_) = works_of(db)
    store_of(db, work, at).change(name, before, value, Seen(3, active_ms=5))
    let_go(db, work)


def said(store: DraftStore) -> dict[str, Any]:
    """What a draft says, but for when it was packed."""
    return {name: value for name, value in store.read().items() if name != PACKED_AT}


def counts(db: Db) -> dict[str, int]:
    kinds: tuple[Any, ...] = (Annotation, Evidence, Submission, LabelRecord, DraftEvent, Activity,
                              Verdict, PersonVerdict, DecisionPoint)  # fmt: skip
    return {kind.__tablename__: len(db.exec(select(kind.id)).all()) for kind in kinds}


def label(db: Db, now: datetime) -> str:
    """Have Ada hand a label in; the event that it is before."""
    (work, *_) = works_of(db)
    session = db.get_one(Session, work.session_id)
    acts = select(Event.event_id).where(
        Event.session_id == session.id, col(Event.act) == col(Event.position)
    )
    before = db.exec(acts.order_by(col(Event.position).desc())).first()
    assert before is not None
    spans = (EvidenceSpan(event=before, start=0, end=1),)
    said = Label(kind="neither", codebook="1", rationale="hers", evidence_harm=spans)
    row = annotate(db, session, before, "Ada", said, now)
    values: dict[str, Any] = {"number": 1, "guidelines": "g", "created_at": now}
    done = Submission(identity="s1", assignment_id=work.id or 0, **values)
    db.add(done)
    db.flush()
    how: dict[str, Any] = {"annotation_id": row.id, "submission_id": done.id, "active_ms": 1}
    db.add(LabelRecord(condition="blind", furthest=9, outcome_seen=True, **how))
    work.state = "submitted"
    db.commit()
    return before


def test_labels_come_in_under_their_assignment_once(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    file = packed(reading)
    with opened(file) as pack:
        before = label(pack, now + HOUR)
    done = bring(reading, file)
    assert (done.assignments, done.labels, done.submissions) == (2, 1, 1)
    (work, *_) = works_of(reading)
    row = reading.exec(select(Annotation).order_by(col(Annotation.id).desc())).first()
    assert row is not None
    assert (row.annotator_id, row.rationale, work.state) == (work.annotator_id, "hers", "submitted")
    assert reading.get_one(DecisionPoint, row.decision_point_id).before == before
    known = counts(reading)
    again = bring(reading, file)
    assert (again.labels, again.submissions, again.steps, again.conflicts) == (0, 0, 0, [])
    assert counts(reading) == known


def test_drafts_come_in_with_their_history_time_and_place(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    change(reading, "note:e1", "old", now - HOUR)
    file = packed(reading)
    with opened(file) as pack:
        change(pack, "note:e1", "new", now + HOUR, before="old")
        (work, *_) = works_of(pack)
        store = store_of(pack, work, now + HOUR)
        store.put_state({"event": "e7"})
        store.add_activity(Stretch(now, 1000, 0, 5))
    assert bring(reading, file).conflicts == []
    (work, *_) = works_of(reading)
    store = store_of(reading, work, now + 2 * HOUR)
    assert (said(store), store.read_state()) == ({"note:e1": "new"}, {"event": "e7"})
    assert store.active_ms() == 1000
    store.undo(Seen())
    assert said(store) == {"note:e1": "old"}


@pytest.mark.parametrize("ours_is_later", [False, True])
def test_of_two_changes_the_later_stands_and_undo_brings_the_other_back(
    reading: Db, packed: Pack, bring: Bring, now: datetime, ours_is_later: bool
) -> None:
    file = packed(reading)
    with opened(file) as pack:
        change(pack, "note:e1", "theirs", now + 2 * HOUR)
    change(reading, "note:e1", "ours", now + (3 if ours_is_later else 1) * HOUR)
    done = bring(reading, file)
    later, earlier = ("ours", "theirs") if ours_is_later else ("theirs", "ours")
    assert len(done.conflicts) == 1
    assert "note:e1: changed on both sides" in done.conflicts[0]
    (work, *_) = works_of(reading)
    store = store_of(reading, work, now + 4 * HOUR)
    assert said(store) == {"note:e1": later}
    store.undo(Seen())
    assert said(store) == {"note:e1": earlier}
    let_go(reading, work)
    assert bring(reading, file).conflicts == []


def test_what_was_taken_away_in_the_pack_is_taken_away_here(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    change(reading, "bookmark:e1", True, now - HOUR)
    file = packed(reading)
    with opened(file) as pack:
        change(pack, "bookmark:e1", None, now + HOUR, before=True)
    assert bring(reading, file).conflicts == []
    (work, *_) = works_of(reading)
    assert said(store_of(reading, work, now)) == {}


def test_an_undo_in_the_pack_takes_nothing_of_ours_back(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    change(reading, "note:e1", "first", now - HOUR)
    file = packed(reading)
    with opened(file) as pack:
        (work, *_) = works_of(pack)
        store_of(pack, work, now + HOUR).undo(Seen())
    change(reading, "note:e2", "other", now + HOUR)
    bring(reading, file)
    (work, *_) = works_of(reading)
    store = store_of(reading, work, now + 2 * HOUR)
    assert said(store) == {"note:e2": "other"}
    store.undo(Seen())
    assert said(store) == {"note:e1": "first", "note:e2": "other"}


def test_versions_handed_in_on_both_sides_are_all_kept(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    file = packed(reading)
    with opened(file) as pack:
        label(pack, now + HOUR)
    label(reading, now + 2 * HOUR)
    done = bring(reading, file)
    assert any("handed in on both sides" in told for told in done.conflicts)
    versions = reading.exec(select(Submission.number).order_by(col(Submission.number))).all()
    assert versions == [1, 2]
    assert len(reading.exec(select(LabelRecord)).all()) == 2


def test_an_assignment_that_is_open_here_is_left_for_later(
    reading: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    file = packed(reading)
    with opened(file) as pack:
        label(pack, now + HOUR)
    (work, *_) = works_of(reading)
    store_of(reading, work, now)
    done = bring(reading, file)
    assert (done.assignments, done.labels) == (1, 0)
    assert "open in the annotation tool" in done.refused[0]
    let_go(reading, work)
    assert bring(reading, file).labels == 1


def test_verdicts_are_stored_on_the_pairs_here_as_they_were_shown(
    judging: Db, packed: Pack, bring: Bring, now: datetime
) -> None:
    file = packed(judging)
    with opened(file) as pack:
        for work in works_of(pack):
            store_of(pack, work, now).add_activity(Stretch(now, 7, 0, 1))
            pair = read_pair(pack, work)
            engine = pack.get_bind()
            assert isinstance(engine, Engine)
            choice: Choice = "first" if pair.first < pair.second else "second"
            given = Given(choice, "high", "because", "first")
            submit_verdict(engine, Hand(work.id or 0, "me", "g"), pair, given, now + HOUR)
    done = bring(judging, file)
    assert done.verdicts == len(works_of(judging))
    said = select(Verdict, PersonVerdict, Assignment).where(
        PersonVerdict.verdict_id == Verdict.id, PersonVerdict.assignment_id == Assignment.id
    )
    for verdict, how, work in judging.exec(said):
        pair = read_pair(judging, work)
        assert verdict.verdict == ("first" if pair.first < pair.second else "second")
        assert verdict.comparison_id == work.comparison_id
        assert (verdict.judge, how.guess, how.active_ms) == ("person", "first", 7)
    orders = {judging.get_one(Comparison, w.comparison_id).order for w in works_of(judging)}
    assert orders == {"human", "proposal"}
    assert bring(judging, file).verdicts == 0


def test_who_may_not_judge_hands_no_verdict_in(judging: Db, now: datetime) -> None:
    (work, *_) = works_of(judging)
    judging.get_one(Session, work.session_id).researcher = "ada"
    judging.commit()
    store_of(judging, work, now)
    engine = judging.get_bind()
    assert isinstance(engine, Engine)
    hand, given = Hand(work.id or 0, "me", "g"), Given("tie", "low")
    with pytest.raises(UserError, match="may not judge"):
        submit_verdict(engine, hand, read_pair(judging, work), given, now)
    assert counts(judging)["person_verdict"] == 0


def test_who_may_not_any_more_is_refused_and_told(judging: Db, packed: Pack, bring: Bring) -> None:
    file = packed(judging)
    for session in judging.exec(select(Session)):
        session.researcher = "ada"
    judging.commit()
    done = bring(judging, file)
    assert done.assignments == 0
    assert all("may not judge" in told for told in done.refused)


@pytest.mark.sqlite
def test_a_database_that_is_no_pack_is_refused(reading: Db, bring: Bring, few_file: Path) -> None:
    with pytest.raises(UserError, match=r"no workpack.*taste db merge"):
        bring(reading, few_file)


def test_work_on_what_is_not_here_is_refused_and_told(
    reading: Db, packed: Pack, bring: Bring
) -> None:
    file = packed(reading)
    for draft in reading.exec(select(Draft)).all():
        reading.delete(draft)
    reading.flush()
    for work in works_of(reading):
        reading.delete(work)
    reading.commit()
    done = bring(reading, file)
    assert len(done.refused) == 2
    assert all("no such assignment" in told for told in done.refused)
