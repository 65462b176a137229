"""Handing in appends what differs from what stands, all of it or nothing."""

import sqlite3
from contextlib import closing

import pytest
from sqlmodel import select

from annotation_tui.held import HeldDraft
from taste.assigning.states import note_change
from taste.assignment_tables import Adjudication, Assignment, LabelRecord, Submission
from taste.drafts.leases import take_lease
from taste.drafts.store import LostLease, Seen
from taste.submitting.handing_in import submitting
from taste.submitting.hindsight import NOTHING, HandedIn, Incomplete
from tests.taste.conftest import NOW
from tests.taste.submitting.conftest import DETOUR, STRONG, Desk, mark
from transcripts.annotations import Label, find_or_add_annotator
from transcripts.db import Db
from transcripts.errors import UserError


def test_complete_marks_become_annotations_with_how_they_came_about(desk: Desk) -> None:
    desk.see(0, 8)
    desk.draft(mark(DETOUR), mark(STRONG, 7))
    assert desk.submit() == HandedIn(number=1, labels=2, written=2, withdrawn=0)
    assert [row.kind for row in desk.rows()] == ["detour", "strong"]
    assert desk.state() == "submitted"
    with Db(desk.engine) as db:
        first, _ = db.exec(select(LabelRecord)).all()
        assert (first.condition, first.furthest, first.outcome_seen) == ("blind", 8, True)
        assert first.active_ms == 2000
        assert db.exec(select(Submission)).one().seen == 1


def test_a_label_says_whether_candidates_had_been_shown(desk: Desk) -> None:
    desk.draft(mark(STRONG))
    desk.submit()
    desk.show_candidate()
    desk.draft(mark(STRONG, confidence=2))
    desk.submit()
    with Db(desk.engine) as db:
        assert db.exec(select(LabelRecord.condition)).all() == ["blind", "revealed"]


def test_one_incomplete_mark_keeps_everything_from_being_handed_in(desk: Desk) -> None:
    desk.draft(mark(STRONG), mark({"kind": "strong"}, 7))
    with pytest.raises(Incomplete, match="the strong before 'e7' lacks type, confidence"):
        desk.submit()
    assert desk.rows() == []
    assert desk.state() == "todo"


def test_handing_in_again_writes_what_was_changed_and_withdraws_what_is_gone(desk: Desk) -> None:
    desk.draft(mark(DETOUR), mark(STRONG, 7))
    desk.submit()
    desk.draft(mark(DETOUR, confidence=2))
    desk.store.change("mark:7", mark(STRONG, 7).value(), None, Seen())
    assert desk.submit() == HandedIn(number=2, labels=1, written=1, withdrawn=1)
    rows = desk.rows()
    assert [(row.replaces_id, row.withdrawn) for row in rows[2:]] == [(1, False), (2, True)]
    assert desk.submit() == HandedIn(number=3, labels=1, written=0, withdrawn=0)


def test_a_label_of_an_earlier_version_counts_as_handed_in(desk: Desk) -> None:
    label = {**STRONG, "codebook": "0.9"}
    desk.say("e7", Label.model_validate(label))
    desk.say("e4", Label.model_validate(label), "bob")
    desk.draft(mark(STRONG))
    assert desk.submit() == HandedIn(number=1, labels=2, written=1, withdrawn=0)


def test_nothing_is_attested_by_who_has_seen_enough_or_says_why(desk: Desk) -> None:
    with pytest.raises(UserError, match="mark something"):
        desk.submit()
    desk.store.change(NOTHING, None, {"reason": None}, Seen())
    with pytest.raises(UserError, match="only 0% was in view"):
        desk.submit()
    desk.store.change(NOTHING, {"reason": None}, {"reason": "a setup session"}, Seen())
    assert desk.submit().labels == 0
    with Db(desk.engine) as db:
        row = db.exec(select(Submission)).one()
        assert (row.empty, row.reason) == (True, "a setup session")
    desk.draft(mark(STRONG))
    with pytest.raises(UserError, match="nothing is attested, but there is a strong"):
        desk.submit()


def test_who_has_lost_the_assignment_hands_nothing_in(desk: Desk) -> None:
    desk.draft(mark(STRONG))
    take_lease(desk.engine, desk.number, "there", NOW, over=True)
    with pytest.raises(LostLease):
        desk.submit()
    assert (desk.rows(), desk.state()) == ([], "todo")


@pytest.mark.sqlite
def test_nobody_takes_an_assignment_over_while_it_is_handed_in(desk: Desk) -> None:
    desk.draft(mark(STRONG))
    desk.submit()
    with (
        submitting(desk.engine, desk.number, "here"),
        closing(sqlite3.connect(str(desk.engine.url.database), timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("UPDATE assignment SET holder = 'there'")


def test_work_that_is_being_adjudicated_is_returned_by_a_change(desk: Desk) -> None:
    desk.draft(mark(STRONG))
    desk.submit()
    assert note_change(desk.engine, desk.number) == "draft"
    desk.submit()
    with Db(desk.engine) as db:
        who = find_or_add_annotator(db, "cy").id or 0
        row = Adjudication(
            identity="a", session_id=desk.session.id or 0, annotator_id=who, cut=4,
            decision="not_a_point", created_at=NOW,
        )  # fmt: skip
        db.add(row)
        db.commit()
    assert note_change(desk.engine, desk.number) == "returned"
    assert desk.state() == "returned"


def test_taking_a_bookmark_back_reopens_nothing_that_was_handed_in(desk: Desk) -> None:
    desk.draft(mark(STRONG))
    desk.submit()
    with Db(desk.engine) as db:
        held = HeldDraft(desk.engine, db.get_one(Assignment, desk.number), "here", lambda: NOW)
    held.change("bookmark:e1", value=True)
    held.undo()
    held.redo()
    assert desk.state() == "submitted"
    held.undo()
    held.undo()
    assert desk.state() == "draft"
