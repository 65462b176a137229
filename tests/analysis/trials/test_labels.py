"""What annotators say of a run's sessions: all of it, as it stands now, under pseudonyms."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from analysis.report.contents import build_report
from analysis.report.material import read_material
from analysis.trials.labels import LabelTable, PointLabel, read_labels
from taste.database import open_database
from taste.demo.setup import study_text
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.study import parse_study
from taste.tables import Item, Run, Trial
from transcripts.annotations import Label, annotate, find_or_add_annotator, withdraw
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_points, store_points
from transcripts.queries import find_sessions
from transcripts.shipped import examples_folder, list_examples
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Annotation, DecisionPoint, Event, Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST, SECOND = "ee0fcf12", "f0e996cf"
"""Two example sessions with three annotated points each; `FIRST` comes first."""


def add_run(db: Db) -> None:
    """A run with every item once."""
    text = study_text("http://127.0.0.1:1")
    run = Run(
        study="demo", study_text=text, study_hash="", simulated=True, seed=1, status="done",
        plan_hash=parse_study(text, "study").plan_hash, started_at=NOW,
    )  # fmt: skip
    db.add(run)
    db.flush()
    for item in db.exec(select(Item)):
        db.add(Trial(run_id=run.id or 0, item_id=item.id or 0, arm="stock", repeat=1))
    db.commit()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two example sessions with one detour each as the items of a run."""
    file = tmp_path_factory.mktemp("labels") / "labels.db"
    engine = open_database(str(file))
    with Db(engine) as db:
        for example in list_examples():
            if example.path.name.startswith((FIRST, SECOND)):
                import_file(db, example.path, ImportOptions(), NOW)
        lines = read_points(examples_folder() / "points.jsonl", read_codebook())
        store_points(db, lines, None, NOW, partial=True)
        freeze_set(db, SetRule("few", "suboptimal", "one"), NOW)
        add_run(db)
    engine.dispose()
    return file


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Iterator[Db]:
    engine = open_database(str(shutil.copy(prepared, tmp_path / "copy.db")))
    with Db(engine) as db:
        yield db
    engine.dispose()


def read(db: Db) -> LabelTable:
    return read_labels(db, db.exec(select(Run)).one())


def session_of(db: Db, name: str) -> Session:
    return next(s for s in find_sessions(db, name) if s.external_id.startswith(name))


def act_ids(db: Db, name: str) -> list[str]:
    """The first event of every human act of a session."""
    session = session_of(db, name)
    events = db.exec(
        select(Event)
        .where(Event.session_id == session.id, col(Event.act).is_not(None))
        .order_by(col(Event.position))
    )
    first: dict[int | None, str] = {}
    for event in events:
        first.setdefault(event.act, event.event_id)
    return list(first.values())


def say(db: Db, name: str, act: int | str, who: str, kind: str, **more: Any) -> Annotation:
    """Annotates a human act by its number, or any event by its id, a day later."""
    before = act if isinstance(act, str) else act_ids(db, name)[act]
    label = Label(kind=kind, codebook="1.0", **more)
    return annotate(db, session_of(db, name), before, who, label, NOW + timedelta(days=1))


def by(table: LabelTable, annotator: str) -> list[PointLabel]:
    return [label for label in table.labels if label.annotator == annotator]


def agents_event(db: Db, name: str) -> str:
    """A response in the middle of a session."""
    session = session_of(db, name)
    responses = select(Event.event_id).where(
        Event.session_id == session.id, col(Event.response).is_not(None)
    )
    found = db.exec(responses.order_by(col(Event.position))).all()
    return found[len(found) // 2]


def test_all_points_of_the_sessions_are_read_not_only_items(db: Db) -> None:
    assert len(db.exec(select(Item)).all()) == 2
    table = read(db)
    assert len(table.labels) == 6
    assert sorted({label.kind for label in table.labels}) == ["detour", "strong"]
    stored = db.exec(select(Annotation).where(Annotation.kind == "detour")).first()
    assert stored is not None
    values = (stored.type, stored.harm, stored.confidence, stored.knowable, stored.recovery)
    assert values in [
        (label.type, label.harm, label.confidence, label.knowable, label.recovery)
        for label in table.labels
    ]


def test_sessions_of_another_run_are_not_read(db: Db) -> None:
    other = session_of(db, SECOND).id
    items = (
        select(Item.id)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .where(DecisionPoint.session_id == other)
    )
    first = db.exec(select(Run)).one()
    add_run(db)
    db.execute(delete(Trial).where(col(Trial.item_id).in_(items), col(Trial.run_id) == first.id))
    table = read_labels(db, first)
    assert {label.place.session[:8] for label in table.labels} == {FIRST}
    assert {place.session[:8] for place in table.acts} == {FIRST}


def test_a_position_is_the_number_of_the_human_act_in_its_thread(db: Db) -> None:
    acts = act_ids(db, FIRST)
    for number in range(1, len(acts)):
        say(db, FIRST, number, "second", "neither")
    table = read(db)
    places = [table.position(label) for label in by(table, "annotator-2")]
    assert places == list(range(len(acts) - 1))


def test_an_act_that_cannot_be_marked_is_none_to_agree_on(db: Db) -> None:
    """Nobody can mark an opening: counted, it would make any agreement look better than chance."""
    acts = [act_ids(db, name) for name in (FIRST, SECOND)]
    with pytest.raises(UserError, match="precedes every response"):
        say(db, FIRST, 0, "second", "neither")
    assert [len(cuts) for cuts in read(db).acts.values()] == [len(each) - 1 for each in acts]


def test_annotators_are_numbered_by_first_appearance_and_never_named(db: Db) -> None:
    say(db, SECOND, 6, "Ada Lovelace", "detour")
    say(db, FIRST, 6, "Zuse", "detour")
    table = read(db)
    assert table.annotators == ("annotator-1", "annotator-2", "annotator-3")
    assert by(table, "annotator-2")[0].place.session.startswith(FIRST)
    assert by(table, "annotator-3")[0].place.session.startswith(SECOND)
    assert not any(name in repr(table) for name in ("Lovelace", "Zuse", "example-annotator"))


def test_the_order_is_stable(db: Db) -> None:
    for number in (6, 1, 3):
        say(db, SECOND, number, "second", "strong")
    table = read(db)
    assert table == read(db)
    places = [(label.place, label.cut) for label in table.labels]
    assert places == sorted(places)


def test_what_was_corrected_is_read_as_it_stands_now(db: Db) -> None:
    say(db, FIRST, 6, "second", "detour", harm=1)
    say(db, FIRST, 6, "second", "strong")
    (label,) = by(read(db), "annotator-2")
    assert (label.kind, label.harm) == ("strong", None)


def test_what_was_withdrawn_is_gone_and_brings_nothing_back(db: Db) -> None:
    say(db, FIRST, 6, "second", "detour")
    last = say(db, FIRST, 6, "second", "strong")
    assert last.id is not None
    withdraw(db, last.id, NOW + timedelta(days=2))
    assert read(db).annotators == ("annotator-1",)


def test_of_several_labels_by_one_annotator_the_latest_stands(db: Db) -> None:
    """Databases that were merged hold labels of one person that do not replace each other."""
    point = db.exec(select(DecisionPoint.id)).first() or 0
    for days, kind in ((3, "neither"), (2, "unresolved")):
        who = find_or_add_annotator(db, "second").id or 0
        db.add(Annotation(
            decision_point_id=point, annotator_id=who, digest=kind, kind=kind, codebook="1.0",
            created_at=NOW + timedelta(days=days),
        ))  # fmt: skip
    db.flush()
    assert [label.kind for label in by(read(db), "annotator-2")] == ["neither"]


def test_an_agents_decision_has_no_position(db: Db) -> None:
    say(db, FIRST, agents_event(db, FIRST), "second", "detour", attribution="agent")
    table = read(db)
    (label,) = by(table, "annotator-2")
    assert (label.actor, table.position(label)) == ("agent", None)


def test_a_humans_move_that_was_not_recorded_has_no_position(db: Db) -> None:
    event = agents_event(db, FIRST)
    say(db, FIRST, event, "second", "detour", human_move_source="inferred")
    table = read(db)
    (label,) = by(table, "annotator-2")
    assert (label.actor, table.position(label)) == ("human", None)


def test_a_subagents_thread_counts_its_own_acts(db: Db) -> None:
    before = read(db)
    label = by(before, "annotator-1")[-1]
    acts, session = before.acts[label.place], session_of(db, SECOND)
    turn = col(Event.position).between(acts[acts.index(label.cut) - 1], label.cut)
    moved = col(Event.session_id) == session.id, turn
    db.execute(update(Event).where(*moved).values(thread="agent-1"))
    point = col(DecisionPoint.session_id) == session.id, col(DecisionPoint.cut) == label.cut
    db.execute(update(DecisionPoint).where(*point).values(thread="agent-1"))
    table = read(db)
    (found,) = [x for x in table.labels if x.place.thread == "agent-1"]
    assert table.position(found) == 0
    assert table.acts[found.place] == (label.cut,)
    assert len(table.acts[label.place]) == len(acts) - 2


def test_a_report_reads_the_labels_and_says_what_they_are_worth(world: Db, run: Run) -> None:
    material = read_material(world, run)
    assert len(material.labels.labels) == 21
    assert set(material.labels.annotators) == {"annotator-1"}
    report = build_report(material).run
    assert report is not None
    (finding,) = report.figures.of("labels")
    assert "how far labels can be trusted is unknown" in finding.note
