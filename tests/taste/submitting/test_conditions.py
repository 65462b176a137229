"""Labels given after candidates were shown are told apart from those of the first pass."""

from sqlmodel import select

from analysis.trials.labels import LabelTable, read_labels_of
from taste.assignment_tables import Assignment
from taste.drafts.store import Seen
from tests.taste.submitting.conftest import DETOUR, STRONG, Desk, mark
from transcripts.db import Db
from transcripts.tables import Session


def read(desk: Desk, condition: str = "blind") -> LabelTable:
    with Db(desk.engine) as db:
        return read_labels_of(db, select(Session.id), condition=condition)


def said(table: LabelTable) -> list[tuple[int, str, int | None]]:
    return [(label.cut, label.kind, label.confidence) for label in table.labels]


def test_agreement_takes_labels_as_they_stood_before_candidates_were_shown(desk: Desk) -> None:
    desk.draft(mark(STRONG, 4, confidence=3), mark(STRONG, 7, confidence=3))
    desk.submit()
    desk.draft(mark(STRONG, 4, confidence=4))
    desk.submit()
    desk.show_candidate()
    first = [(4, "strong", 4), (7, "strong", 3)]
    assert (said(read(desk)), read(desk).left_out) == (first, {})
    desk.draft(mark(DETOUR, 4, confidence=1))
    desk.store.change("mark:7", mark(STRONG, 7, confidence=3).value(), None, Seen())
    desk.submit()
    assert (said(read(desk)), read(desk).left_out) == (first, {"revealed": 1})
    assert said(read(desk, "all")) == [(4, "detour", 1)]


def test_who_had_candidates_from_the_start_has_no_first_pass(desk: Desk) -> None:
    with Db(desk.engine) as db:
        db.get_one(Assignment, desk.number).condition = "assisted"
        db.commit()
    desk.draft(mark(STRONG))
    desk.submit()
    assert read(desk).annotators == ()
    assert read(desk).left_out == {"assisted": 1}
    assert said(read(desk, "assisted")) == [(4, "strong", 5)]
