"""An adjudicator hands in: decisions, the labels they are about, and the labels that stand."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, func, select

from taste.adjudicating.cases import Case
from taste.adjudicating.merging import merge_adjudications
from taste.adjudicating.reading import read_cases, read_names
from taste.adjudicating.ruling import Ruling
from taste.adjudications import CHANGED, annotators_annotations, current_adjudications
from taste.assignment_tables import AdjudicatedLabel, Adjudication, Assignment
from taste.audit import audit
from taste.candidates import find_candidates
from taste.database import open_database
from taste.drafts.leases import take_lease
from taste.drafts.store import DraftStore, Seen
from taste.set_rules import SetRule, counts_of
from taste.sets import freeze_set, read_items
from taste.submitting.adjudication import (
    Adjudicated,
    Undecided,
    group_name,
    submit_adjudication,
)
from tests.taste.conftest import NOW
from transcripts.annotations import Label, annotate, find_or_add_annotator
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.merging.sessions import merge_sessions
from transcripts.queries import read_events
from transcripts.tables import Annotation, Event, Session

GOOD = {"attribution": "human", "knowable": "yes", "recovery": "full", "codebook": "1.0"}
HOLDER = "one"


@dataclass
class Desk:
    """One session, its annotators and its adjudicator."""

    db: Db
    session: Session
    places: list[str]
    assignment: int = 0

    @property
    def engine(self) -> Engine:
        return cast("Engine", self.db.get_bind())

    def mark(self, who: str, place: int, **fields: Any) -> Annotation:
        last = select(Event.event_id).where(Event.session_id == self.session.id)
        end = self.db.exec(last.order_by(col(Event.position).desc())).first()
        label = Label(**{"kind": "detour", "type": "stuck", "recovered": end, **GOOD, **fields})
        return annotate(self.db, self.session, self.places[place], who, label, NOW)

    def assign(self, who: str = "eve") -> None:
        row = Assignment(
            identity=f"adjudicate {who}", batch="b", mode="adjudicate", thread=self.session.thread,
            annotator_id=find_or_add_annotator(self.db, who).id or 0, number=1, seed=3,
            session_id=self.session.id or 0, created_at=NOW,
        )  # fmt: skip
        self.db.add(row)
        self.db.commit()
        self.assignment = row.id or 0
        assert take_lease(self.engine, self.assignment, HOLDER, NOW)

    def cases(self) -> tuple[Case, ...]:
        return read_cases(self.db, self.db.get_one(Assignment, self.assignment)).cases

    def rule(self, place: int, **fields: Any) -> None:
        case = self.cases()[place]
        values: dict[str, Any] = {"cause": "slip", "confidence": 4}
        ruling = Ruling(about=case.about, **values | fields)
        store = DraftStore(self.engine, self.assignment, HOLDER, lambda: NOW)
        store.change(group_name(case.cut), None, ruling.model_dump(mode="json"), Seen())

    def submit(self, hours: int = 1) -> Adjudicated:
        self.db.commit()
        when = NOW + timedelta(hours=hours)
        return submit_adjudication(
            self.engine, self.assignment, HOLDER, read_codebook(), "1.0", when
        )

    def count(self, table: Any) -> int:
        self.db.expire_all()
        return self.db.exec(select(func.count()).select_from(table)).one()

    def choose(self, labels: Any) -> tuple[int, dict[str, int]]:
        """How many points a set would take, and why not the others."""
        found = find_candidates(self.db, SetRule("any", "suboptimal", labels), NOW)
        return sum(one.reason is None for one in found), counts_of(found)


@pytest.fixture
def desk(bare: Db) -> Desk:
    session = bare.exec(select(Session)).one()
    events = read_events(bare, session.id or 0, session.thread)
    firsts = {event.act: event.event_id for event in reversed(events)}
    acts = sorted(cut for cut in firsts if cut is not None)
    return Desk(bare, session, [firsts[cut] for cut in acts if cut > acts[0]])


@pytest.fixture
def split(desk: Desk) -> Desk:
    """Two annotators who differ at one place, and of whom one marked another place as well."""
    desk.mark("ann", 1)
    desk.mark("bob", 1, type="wrong_cause", attribution="agent")
    desk.mark("ann", 4, kind="strong", type="shrink")
    desk.assign()
    return desk


def letter_of(desk: Desk, place: int, who: str) -> str:
    cases = read_cases(desk.db, desk.db.get_one(Assignment, desk.assignment))
    names = read_names(desk.db, cases, cases.cases[place].cut)
    return next(letter for letter, name in names.items() if name == who)


def test_the_label_that_is_taken_stands_under_the_adjudicators_name(split: Desk) -> None:
    split.rule(0, decision="take", of=letter_of(split, 0, "ann"))
    split.rule(1, decision="not_a_point")
    done = split.submit()
    assert (done.number, done.cases, done.by_rule, done.written) == (1, 2, 0, 2)
    taken, none = current_adjudications(split.db)
    assert (taken.decision, taken.cause, none.annotation_id) == ("take", "slip", None)
    standing = split.db.get_one(Annotation, taken.annotation_id)
    assert (standing.type, standing.attribution) == ("stuck", "human")
    assert standing.annotator_id == taken.annotator_id
    links = split.db.exec(select(AdjudicatedLabel).order_by(col(AdjudicatedLabel.id))).all()
    assert sorted(link.taken for link in links) == [False, False, True]
    assert audit(split.db, None, lambda _: None).differences == []


def test_a_decision_on_labels_that_were_changed_since_stands_in_no_set(split: Desk) -> None:
    split.rule(0, decision="take", of=letter_of(split, 0, "ann"))
    split.rule(1, decision="not_a_point")
    split.submit()
    assert split.choose("adjudicated")[0] == 1
    split.mark("bob", 1, type="stuck")
    counts = {CHANGED: 1, "adjudicated: not a decision point": 1}
    assert split.choose("adjudicated") == (0, counts)


def test_a_set_of_adjudicated_labels_takes_what_stands_and_says_why_not(split: Desk) -> None:
    split.rule(0, decision="take", of=letter_of(split, 0, "ann"))
    split.rule(1, decision="not_a_point")
    assert split.choose("adjudicated") == (0, {"not adjudicated": 2})
    split.submit()
    frozen = freeze_set(split.db, SetRule("ruled", "suboptimal", "adjudicated"), NOW)
    assert dict(frozen.excluded) == {"adjudicated: not a decision point": 1}
    (item,) = read_items(split.db, frozen.item_set)
    assert item.annotation_id == current_adjudications(split.db)[0].annotation_id


def test_an_adjudicators_label_is_no_annotators(split: Desk) -> None:
    split.rule(0, decision="take", of=letter_of(split, 0, "ann"))
    split.rule(1, decision="both_valid")
    split.submit()
    assert split.choose("unanimous")[1] == {"annotators disagree": 1, "one annotator only": 1}
    assert split.choose("one")[1] == {"labelled strong": 1}
    assert split.choose("adjudicated")[1] == {"adjudicated: both labels are valid": 1}


def test_nothing_is_stored_while_a_case_lacks_something(split: Desk) -> None:
    split.rule(0, decision="take", of="A", cause=None)
    with pytest.raises(Undecided, match="lacks the cause of the disagreement"):
        split.submit()
    assert split.count(Adjudication) == 0


def test_handing_in_again_writes_only_what_changed(split: Desk) -> None:
    split.rule(0, decision="take", of=letter_of(split, 0, "ann"))
    split.rule(1, decision="take", of="A")
    split.submit()
    split.rule(0, decision="take", of=letter_of(split, 0, "bob"))
    assert (split.submit(2).written, split.count(Adjudication)) == (1, 3)
    ruled = [
        split.db.get_one(Annotation, row.annotation_id) for row in current_adjudications(split.db)
    ]
    assert {row.type for row in ruled} == {"wrong_cause", "shrink"}
    assert split.choose("adjudicated")[1] == {"attribution agent": 1, "labelled strong": 1}


def test_what_all_agree_on_is_decided_by_the_rule(desk: Desk) -> None:
    desk.mark("ann", 1)
    desk.mark("bob", 2, harm=2)
    desk.assign()
    assert [case.waits for case in desk.cases()] == [False]
    assert desk.submit().by_rule == 1
    (row,) = current_adjudications(desk.db)
    assert (row.cause, desk.db.get_one(Annotation, row.annotation_id).harm) == ("agreed", 2)
    assert desk.choose("adjudicated") == (1, {"adjudicated: another act is the start": 1})


def test_nobody_adjudicates_labels_of_their_own(desk: Desk) -> None:
    desk.mark("ann", 1)
    desk.mark("bob", 1, kind="strong")
    desk.assign("ann")
    desk.rule(0, decision="take", of="A")
    with pytest.raises(UserError, match="have annotated this lineage"):
        desk.submit()
    assert desk.count(Adjudication) == 0


def test_labels_are_adjudicated_once_two_have_handed_in(desk: Desk) -> None:
    desk.mark("ann", 1)
    desk.assign()
    with pytest.raises(UserError, match="was handed in by 1 annotator"):
        desk.cases()


def test_a_decision_whose_labels_are_gone_is_taken_back(split: Desk) -> None:
    split.rule(0, decision="take", of="A")
    split.rule(1, decision="not_a_point")
    split.submit()
    split.mark("ann", 4, kind="neither", type=None)
    split.submit(2)
    assert [row.cut for row in current_adjudications(split.db)] == [split.cases()[0].cut]
    assert split.count(Adjudication) == 3


def test_labels_that_are_being_changed_are_not_decided_on(split: Desk) -> None:
    split.rule(0, decision="take", of="A")
    who = find_or_add_annotator(split.db, "ann").id or 0
    row = Assignment(
        identity="late", batch="b", mode="hindsight", thread=split.session.thread, number=1,
        annotator_id=who, seed=3, session_id=split.session.id or 0, created_at=NOW,
        state="returned",
    )  # fmt: skip
    split.db.add(row)
    split.db.commit()
    with pytest.raises(UserError, match="have not handed in yet"):
        split.submit()


def test_a_colleagues_decisions_come_with_their_labels_once(split: Desk, bare_file: Path) -> None:
    split.rule(0, decision="take", of="A")
    split.rule(1, decision="not_a_point")
    split.submit()
    engine = open_database(str(shutil.copy(bare_file, bare_file.with_name("mine.db"))))
    with Db(engine) as mine:
        merge_sessions(mine, split.db, NOW)
        assert [merge_adjudications(mine, split.db) for _ in range(2)] == [2, 0]
        mine.commit()
        assert len(annotators_annotations(mine)) == 3
        taken, none = current_adjudications(mine)
        assert (taken.decision, none.decision) == ("take", "not_a_point")
        assert audit(mine, None, lambda _: None).differences == []
    engine.dispose()


def test_an_audit_finds_a_decision_on_another_sessions_labels(split: Desk) -> None:
    split.rule(0, decision="take", of="A")
    split.rule(1, decision="not_a_point")
    split.submit()
    taken, none = (row.id for row in current_adjudications(split.db))
    label = split.db.exec(select(func.min(Annotation.id))).one()
    change = update(Adjudication).where(col(Adjudication.id) == none)
    split.db.execute(change.values(annotation_id=label))
    found = "\n".join(audit(split.db, None, lambda _: None).differences)
    assert f"row {none} of adjudication" in found
    assert f"row {taken} of adjudication" not in found
