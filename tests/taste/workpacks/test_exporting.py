"""A workpack holds what its annotator needs, and no byte of what they must not see."""

import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, Text, update
from sqlmodel import col, select

from taste.appending import table_of
from taste.assigning.queue import read_queue
from taste.assignment_tables import Assignment, CalibrationDraw, Draft, DraftEvent, Submission
from taste.database import open_database
from taste.drafts.store import Seen
from taste.eligibility import refuse_ineligible
from taste.pairs import read_pair
from taste.tables import Call, Comparison, Digest, Item, Proposal, Restatement, Run, Trial, Verdict
from taste.workpacks.exporting import export_workpack
from tests.taste.workpacks.conftest import opened, store_of, works_of
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import (
    Annotation,
    Annotator,
    DecisionPoint,
    Draw,
    Entry,
    Event,
    Screening,
    Session,
    Source,
)

Pack = Callable[[Db], Path]
OTHERS = (Annotation, Screening, Source, Draw, Call, Verdict, Trial, CalibrationDraw)
"""Tables of which every text is hidden."""
KEPT = {"identity", "external_id", "before", "human_move_source"}


def plant(db: Db, *kinds: Any) -> None:
    """Write a canary into every text that may hold one, named for its column."""
    for kind in kinds:
        for column in table_of(kind).columns:
            texts = isinstance(column.type, String | Text) and not column.foreign_keys
            if texts and not column.unique and column.name not in KEPT:
                where = column.is_not(None)
                value = f"canary-{kind.__tablename__}-{column.name}"
                db.execute(update(kind).where(where).values({column.name: value}))


def plant_sessions(db: Db) -> None:
    hidden: dict[str, Any] = {name: f"canary-{name}" for name in ("researcher", "project")}
    hidden |= {"version": "canary-version", "started": "canary-started"}
    hidden |= {name: ["canary"] for name in ("agent_models", "warnings", "origins")}
    db.execute(update(Session).values(hidden))
    db.execute(update(Entry).values(raw=b"canary-raw"))
    db.commit()


def test_nothing_of_others_is_in_a_pack_to_read(reading: Db, packed: Pack, now: datetime) -> None:
    (theirs, *_) = works_of(reading, "Quillibrand")
    store = store_of(reading, theirs, now)
    store.change("note:e1", None, "canary-draft", Seen())
    point = reading.exec(select(DecisionPoint)).first()
    assert point is not None
    values: dict[str, Any] = {"decision_point_id": point.id, "number": 1, "seed": 1}
    drawn = Draw(name="canary-name", source="x", stratum="x", created_at=now, **values)
    reading.add(drawn)
    reading.flush()
    plant(reading, Annotation, Draw, Source, Item)
    plant_sessions(reading)
    file = packed(reading)
    assert b"canary" not in file.read_bytes()
    assert b"Quillibrand" not in file.read_bytes()


def test_a_pack_is_one_private_file_with_a_queue(reading: Db, packed: Pack, now: datetime) -> None:
    file = packed(reading)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob("*ada.db*")] == ["ada.db"]
    engine = open_database(str(file))
    queue = read_queue(engine, "Ada", now.date())
    engine.dispose()
    here = [one.session_id for one in works_of(reading)]
    names = [reading.get_one(Session, number).external_id for number in here]
    assert [one.session.external_id for one in queue.queued] == names
    with opened(file) as db:
        assert db.exec(select(Annotator.name)).all() == ["Ada"]
        assert db.exec(select(DecisionPoint)).all() == []


def test_events_are_whole_where_the_session_is_read(reading: Db, packed: Pack) -> None:
    query = select(Session.external_id, Event.position, Event.text)
    joined = query.join(Session, col(Session.id) == Event.session_id)
    order = (Session.external_id, col(Event.position))
    with opened(packed(reading)) as db:
        assert db.exec(joined.order_by(*order)).all() == reading.exec(joined.order_by(*order)).all()


@pytest.mark.parametrize("state", ["blind", "assisted", "after a first pass"])
def test_candidates_are_packed_only_where_they_may_be_seen(
    reading: Db, packed: Pack, now: datetime, state: str
) -> None:
    (work, *_) = works_of(reading)
    here = DecisionPoint.session_id == work.session_id
    points = reading.exec(select(DecisionPoint).where(here)).all()
    values: dict[str, Any] = {"decision_point_id": points[0].id, "number": 1, "seed": 9}
    drawn = Draw(
        name="n",
        source="candidate",
        stratum="s",
        reason="doubts",
        score=0.5,
        created_at=now,
        **values,
    )
    reading.add(drawn)
    if state == "assisted":
        work.condition = "assisted"
    elif state != "blind":
        values = {"assignment_id": work.id, "number": 1, "guidelines": "g", "created_at": now}
        reading.add(Submission(identity="s", **values))
    reading.commit()
    with opened(packed(reading)) as db:
        rows = [(row.reason, row.score, row.stratum) for row in db.exec(select(Draw))]
    assert rows == ([] if state == "blind" else [("doubts", None, "hidden")])


def test_pairs_are_shown_as_here_and_have_no_authors(judging: Db, packed: Pack) -> None:
    pairs = {work.identity: read_pair(judging, work) for work in works_of(judging)}
    assert {pair.view for pair in pairs.values()} == {"full", "digest", "prefix"}
    with opened(packed(judging)) as db:
        for work in works_of(db):
            there, here = read_pair(db, work), pairs[work.identity]
            assert (there.texts, there.first, there.second) == (
                here.texts, here.first, here.second,
            )  # fmt: skip
        compared = db.exec(select(Comparison)).all()
        moves = db.exec(select(Restatement).order_by(col(Restatement.id))).all()
    assert {row.order for row in compared} == {"human"}
    assert all(row.proposed_id == row.human_id + 1 for row in compared)
    told = [row.model_dump(exclude={"id", "identity", "verbatim", "move", "decision_point_id",
                                    "content_hash"}) for row in moves]  # fmt: skip
    assert all(row == told[0] for row in told)


def test_nothing_of_models_or_judges_is_in_a_pack_to_judge(judging: Db, packed: Pack) -> None:
    for work in works_of(judging):
        work.gold = "canary-gold"
    plant(judging, Annotation, Screening, Source, CalibrationDraw, Draw)
    hidden = {Proposal: ("move", "why", "wrong_if"), Restatement: ("verbatim", "initiator"),
              Verdict: ("reasoning", "verdict"), Digest: ("reason", "model"), Call: ("raw_reply",),
              Run: ("study", "plan_hash")}  # fmt: skip
    for kind, names in hidden.items():
        judging.execute(update(kind).values(dict.fromkeys(names, "canary-text")))
    plant_sessions(judging)
    told = packed(judging).read_bytes()
    for word in (b"canary", b"simulated-late", b"placebo", b"suboptimal", b"Quillibrand"):
        assert word not in told


def test_of_a_session_judged_by_its_prefix_nothing_later_is_packed(
    judging: Db, packed: Pack
) -> None:
    for work in works_of(judging):
        if work.view == "full":
            judging.delete(work)
    judging.flush()
    works = works_of(judging)
    cuts = {w.session_id: judging.get_one(DecisionPoint, w.decision_point_id).cut for w in works}
    judging.execute(update(Event).values(timestamp="canary"))
    for number, cut in cuts.items():
        early = (col(Event.session_id) == number, col(Event.position) < cut)
        judging.execute(update(Event).where(*early).values(timestamp=None))
    judging.commit()
    file = packed(judging)
    assert b"canary" not in file.read_bytes()
    with opened(file) as db:
        events = db.exec(select(Event)).all()
        assert sum(db.exec(select(Session.event_count))) == len(events) > 0


def test_what_would_spoil_other_work_of_hers_stays(
    judging: Db, packed: Pack, now: datetime
) -> None:
    (work, *_) = works_of(judging)
    values = work.model_dump(exclude={"id", "identity", "mode", "comparison_id", "view", "gold"})
    judging.add(Assignment(identity="h", mode="hindsight", **values))
    judging.add(Assignment(identity="f", mode="foresight", **values))
    judging.flush()
    done = export_workpack(judging, "Ada", packed(judging).with_name("second.db"), now)
    assert done.sessions == 1
    assert any("come after foresight" in reason for reason in done.stays)
    assert any("of the mode foresight stay" in reason for reason in done.stays)


def test_who_has_a_pack_counts_as_having_read_it(reading: Db, packed: Pack, now: datetime) -> None:
    session = reading.get_one(Session, works_of(reading)[0].session_id)
    refuse_ineligible(reading, "propose", "Ada", session)
    export_workpack(reading, "Ada", packed(reading).with_name("again.db"), now)
    with pytest.raises(UserError, match="have read this lineage"):
        refuse_ineligible(reading, "propose", "Ada", session)


def test_her_own_drafts_travel_and_her_lease_does_not(
    reading: Db, packed: Pack, now: datetime
) -> None:
    (work, *_) = works_of(reading)
    store_of(reading, work, now).change("note:e1", None, "mine", Seen())
    with opened(packed(reading)) as db:
        assert [(row.name, row.value) for row in db.exec(select(Draft))] == [("note:e1", "mine")]
        assert len(db.exec(select(DraftEvent)).all()) == 1
        assert {row.holder for row in db.exec(select(Assignment))} == {None}


def test_a_file_is_not_written_over_and_nobody_gets_an_empty_one(
    reading: Db, packed: Pack, now: datetime
) -> None:
    file = packed(reading)
    before = file.read_bytes()
    with pytest.raises(UserError, match="is there already"):
        packed(reading)
    with pytest.raises(UserError, match="nothing is assigned to 'Cy'"):
        export_workpack(reading, "Cy", file.with_name("cy.db"), now)
    for session in reading.exec(select(Session)):
        session.usable_until = now.date() - timedelta(days=1)
    with pytest.raises(UserError, match="no work of 'Ada' that can be packed; 2 are of sessions"):
        export_workpack(reading, "Ada", file.with_name("new.db"), now)
    assert file.read_bytes() == before
    assert not list(file.parent.glob("*.part*"))
