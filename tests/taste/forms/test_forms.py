"""Forms of every mode: the same blindness, the same checks and the same rows as on the screen."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assigning.making import Design, make_assignments
from taste.assigning.pairs import find_pairs
from taste.assigning.targets import Chosen, find_targets
from taste.assignment_tables import (
    Assignment,
    CalibrationDraw,
    DraftEvent,
    LabelRecord,
    PersonProposal,
    PersonVerdict,
    Submission,
)
from taste.database import open_database
from taste.drafts.leases import take_lease
from taste.forms.carrying import Clerk, Taken, export_form, import_form
from taste.pairs import read_pair
from taste.tables import Comparison, Proposal, Verdict
from transcripts.annotations import list_marks
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_label
from transcripts.tables import Annotation, Event, Session

DETOUR = {
    "kind": "detour", "type": "stuck", "recognised_by": "human", "recovery": "never",
    "attribution": "human", "knowable": "yes", "harm": 0, "confidence": 3,
    "rationale": "it went round in circles from here on",
}  # fmt: skip


class Desk:
    """Ada at her forms."""

    def __init__(self, engine: Engine, folder: Path, now: datetime) -> None:
        self.clerk = Clerk(engine, read_codebook(), "g", lambda: now)
        self.db = Db(engine, expire_on_commit=False)
        self.now = now
        self.folder = folder
        self.file = folder / "form.yaml"

    def assign(self, mode: str, **values: Any) -> None:
        if mode == "judge":
            targets = find_pairs(self.db, "c")
        else:
            targets = list(find_targets(self.db, Chosen(), mode, self.now.date()).targets)
        make_assignments(self.db, Design("b", mode, ("Ada",), **values), targets, self.now)
        self.db.commit()

    def export(self, number: int | None = None) -> str:
        self.file.unlink(missing_ok=True)
        export_form(self.clerk, "Ada", number, self.file)
        return self.file.read_text(encoding="utf-8")

    def fill(self, **answers: Any) -> None:
        upper, line, lower = self.file.read_text(encoding="utf-8").partition("\n---\n")
        known = yaml.safe_load(upper)
        assert set(answers) <= set(known)
        text = yaml.safe_dump(known | answers, sort_keys=False)
        self.file.write_text(text.rstrip() + line + lower, encoding="utf-8")

    def take(self, **options: Any) -> Taken:
        self.db.expire_all()
        return import_form(self.clerk, self.file, **options)

    def work(self) -> Assignment:
        self.db.expire_all()
        return self.db.exec(select(Assignment).order_by(col(Assignment.number))).all()[0]

    def count(self, kind: Any) -> int:
        return len(self.db.exec(select(kind.id)).all())


def opened(source: Path, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    engine = open_database(str(shutil.copy(source, tmp_path / "taste.db")))
    desk = Desk(engine, tmp_path, now)
    yield desk
    desk.db.close()
    engine.dispose()


@pytest.fixture
def desk(bare_file: Path, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    """One session that nobody has labelled."""
    yield from opened(bare_file, tmp_path, now)


@pytest.fixture
def judging(done_file: Path, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    """Pairs of a study that was run."""
    yield from opened(done_file, tmp_path, now)


def act_of(desk: Desk) -> Event:
    """A late human act with work before it."""
    acts = select(Event).where(col(Event.act) == col(Event.position))
    return desk.db.exec(acts.order_by(col(Event.position).desc())).all()[1]


def detour(desk: Desk, **values: Any) -> dict[str, Any]:
    act = act_of(desk)
    early = select(Event).where(Event.position < act.position, Event.kind == "agent")
    shown = desk.db.exec(early.order_by(col(Event.position).desc())).first()
    assert shown is not None
    spans = [{"event": shown.event_id, "quote": shown.text[3:12]}]
    place = {"before": act.event_id, "recognised": act.event_id, "evidence_knowable": spans}
    return {**place, **DETOUR, **values}


def test_a_session_is_read_and_marked_on_paper(desk: Desk) -> None:
    desk.assign("hindsight")
    reading = list(yaml.safe_load_all(desk.export()))[1]
    assert len(reading) == len(desk.db.exec(select(Event.id)).all())
    desk.fill(marks=[detour(desk)])
    assert desk.take().outcome == "handed in"
    session = desk.db.exec(select(Session)).one()
    (mark,) = list_marks(desk.db, session.id or 0, "Ada")
    label = read_label(desk.db, mark.annotation)
    assert (label.type, label.knowable, label.rationale) == ("stuck", "yes", DETOUR["rationale"])
    (span,) = label.evidence_knowable
    assert (span.start, span.end) == (3, 12)
    record = desk.db.exec(select(LabelRecord)).one()
    assert (record.outcome_seen, desk.work().state) == (True, "submitted")


def test_the_same_form_twice_is_once(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.fill(marks=[detour(desk)])
    desk.take()
    assert desk.take().outcome == "unchanged"
    assert (desk.count(Submission), desk.count(Annotation), desk.count(DraftEvent)) == (1, 1, 1)


def test_a_corrected_form_is_a_new_version(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.fill(marks=[detour(desk)])
    desk.take()
    (mark,) = next(iter(yaml.safe_load_all(desk.export(1))))["marks"]
    desk.fill(marks=[mark | {"harm": 2, "waived": ["evidence_harm"]}])
    assert desk.take().outcome == "handed in"
    assert (desk.count(Submission), desk.count(Annotation)) == (2, 2)
    desk.export(1)
    desk.fill(marks=[], nothing=True, reason="I was wrong")
    desk.take()
    session = desk.db.exec(select(Session)).one()
    assert list_marks(desk.db, session.id or 0, "Ada") == []


def test_a_draft_may_lack_what_is_to_be_handed_in(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.fill(marks=[{"before": act_of(desk).event_id, "kind": "detour"}])
    assert desk.take(draft=True).outcome == "kept"
    with pytest.raises(UserError, match=r"the detour before .* lacks .*recognised \(the first"):
        desk.take()
    assert desk.count(Submission) == 0


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"marks": [DETOUR]}, "lacks `before`"),
        ({"marks": [{"before": "none", "kind": "strong"}]}, "has no event 'none'"),
        ({"nothing": True}, "nothing is attested without a reason"),
        ({}, "mark something, or attest"),
        ({"codebook": "0"}, "goes by the codebook '0'"),
        ({"nothing": "perhaps"}, "nothing: Input should be a valid boolean"),
        ({"annotator": "Ben"}, "annotator: Ada"),
        ({"assignment": "x"}, "not in this database"),
    ],
)
def test_a_form_that_is_not_right_changes_nothing(
    desk: Desk, answers: dict[str, Any], fault: str
) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.fill(**answers)
    with pytest.raises(UserError, match=fault):
        desk.take()
    assert (desk.count(DraftEvent), desk.count(Submission)) == (0, 0)
    assert (desk.work().state, desk.work().holder) == ("draft", None)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"harm": 9}, "harm 9 is not one of"),
        ({"evidence_knowable": [{"event": "none", "quote": "x"}]}, "does not hold the words 'x'"),
        ({"evidence_knowable": 5}, "evidence_knowable is a list"),
        ({"colour": "red"}, "keys that nothing knows"),
        ({"confidence": "high"}, "confidence"),
    ],
)
def test_a_mark_that_is_not_right_is_refused(
    desk: Desk, values: dict[str, Any], fault: str
) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.fill(marks=[detour(desk, **values)])
    with pytest.raises(UserError, match=fault):
        desk.take()


def test_a_form_is_not_taken_over_what_was_changed_since(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    old = desk.file.read_text(encoding="utf-8")
    desk.fill(marks=[detour(desk)])
    desk.take(draft=True)
    desk.file.write_text(old, encoding="utf-8")
    desk.fill(marks=[detour(desk, harm=1)])
    with pytest.raises(UserError, match="changed since this form was written"):
        desk.take(draft=True)


def test_what_is_open_on_a_screen_is_not_written(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    engine = desk.clerk.engine
    take_lease(engine, desk.work().id or 0, "screen", desk.now)
    with pytest.raises(UserError, match="open in the annotation tool"):
        desk.take()


def test_who_has_a_form_has_read_the_session(desk: Desk) -> None:
    desk.assign("hindsight")
    desk.export()
    desk.assign("foresight")
    assert desk.count(Assignment) == 1
    with pytest.raises(UserError, match="nothing is assigned to 'Ben'"):
        export_form(desk.clerk, "Ben", None, desk.folder / "ben.yaml")
    with pytest.raises(UserError, match="no assignment 7 in this queue, which has 1"):
        desk.export(7)


def test_the_assisted_arm_and_adjudication_have_no_form(desk: Desk) -> None:
    desk.assign("hindsight", assisted=1.0)
    with pytest.raises(UserError, match="shows candidates"):
        desk.export()


def test_foresight_goes_act_by_act_and_shows_nothing_beyond(desk: Desk) -> None:
    desk.assign("foresight", share=0.5)
    positions = desk.db.exec(select(Event.position, Event.text)).all()
    acts = 0
    outcome = "next"
    while outcome == "next":
        text = desk.export()
        if "\nmove:" in text:
            assert "heading: what the human did" not in text
            desk.fill(move="Plot it first.", confidence=3)
        else:
            acts += 1
            desk.fill(otherwise=False)
        outcome = desk.take().outcome
    assert outcome == "handed in"
    assert acts == desk.count(Proposal) == desk.count(PersonProposal) > 0
    assert positions[-1][1][:40] not in text
    with pytest.raises(UserError, match="all of it is handed in"):
        desk.export()


def test_a_form_of_another_act_is_refused(desk: Desk) -> None:
    desk.assign("foresight")
    desk.export()
    desk.fill(move="Plot it first.", confidence=3)
    desk.take()
    with pytest.raises(UserError, match="not of the act that is asked at now"):
        desk.take()
    desk.export()
    with pytest.raises(UserError, match="fill in `otherwise`"):
        desk.take()


def test_pairs_are_judged_on_paper_as_on_the_screen(judging: Desk) -> None:
    query = select(Comparison).join(Proposal, col(Proposal.id) == Comparison.proposal_id)
    compared = judging.db.exec(query.where(Proposal.arm == "simulated-late")).first()
    assert compared is not None
    values: dict[str, Any] = {"comparison_id": compared.id, "judge": "canary-judge", "seed": 1}
    values |= {"probability": 1.0, "created_at": judging.now, "stratum": "canary-stratum"}
    judging.db.add(CalibrationDraw(name="c", number=1, view="full", **values))
    judging.assign("judge")
    text = judging.export()
    pair = read_pair(judging.db, judging.work())
    assert [one["text"] for one in list(yaml.safe_load_all(text))[1][-2:]] == [
        pair.first, pair.second,
    ]  # fmt: skip
    for word in ("canary", "simulated-late", "proposal:", "human_id"):
        assert word not in text
    with pytest.raises(UserError, match="fill in the verdict"):
        judging.take()
    judging.fill(verdict="cannot tell", reason="too close", guess="unsure")
    assert (judging.take().outcome, judging.take().outcome) == ("handed in", "unchanged")
    said = select(Verdict).join(PersonVerdict, col(PersonVerdict.verdict_id) == Verdict.id)
    verdict = judging.db.exec(said).one()
    assert (verdict.verdict, verdict.reason, verdict.reasoning) == (
        "unscored", "cannot tell", "too close",
    )  # fmt: skip
