"""What is known of a run's items: labels, votes, prefixes and chances, as the tables have them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from analysis.trials.facts import ITEM_FACTS, read_item_facts
from taste.database import open_database
from taste.demo.setup import prepare, study_text
from taste.study import parse_study
from taste.tables import Item, ItemSet, Run, Trial
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.queries import read_prefix
from transcripts.tables import Annotation, DecisionPoint, Draw, Event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example sessions with both sets, and a run whose trials are every item once."""
    file = tmp_path_factory.mktemp("facts") / "facts.db"
    engine = open_database(str(file))
    with Db(engine) as db:
        prepare(db, NOW)
        text = study_text("http://127.0.0.1:1")
        hashes: dict[str, Any] = {
            "study_hash": "",
            "plan_hash": parse_study(text, "study").plan_hash,
        }
        run = Run(
            study="demo", study_text=text, simulated=True, seed=1, status="done", started_at=NOW,
            **hashes,
        )  # fmt: skip
        db.add(run)
        db.flush()
        for item in db.exec(select(Item)):
            db.add(Trial(run_id=run.id or 0, item_id=item.id or 0, arm="stock", repeat=1))
        db.commit()
    engine.dispose()
    return file


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Iterator[Db]:
    engine = open_database(str(shutil.copy(prepared, tmp_path / "copy.db")))
    with Db(engine) as db:
        yield db
    engine.dispose()


def read(db: Db) -> dict[int | None, Any]:
    found: Any = read_item_facts(db, db.exec(select(Run)).one())
    return dict(found)


def first_item(db: Db) -> Item:
    item = db.exec(select(Item).order_by(Item.id)).first()  # type: ignore[arg-type]
    assert item is not None
    return item


def annotate(db: Db, item: Item, name: str, kind: str, **more: Any) -> Annotation:
    found = Annotation(
        decision_point_id=item.decision_point_id,
        annotator_id=find_or_add_annotator(db, name).id or 0,
        digest=f"{name} {kind} {more}", kind=kind, codebook="1",
        **{"created_at": NOW + timedelta(days=1), **more},
    )  # fmt: skip
    db.add(found)
    db.flush()
    return found


def test_a_prefix_is_counted_as_it_is_cut(db: Db) -> None:
    facts = read(db)
    assert len(facts) > 5
    for item in db.exec(select(Item)):
        point = db.get(DecisionPoint, item.decision_point_id)
        assert point is not None
        prefix = read_prefix(db, point.session_id, item.thread, item.cut)
        shown = (len(prefix.events), sum(len(event.text) for event in prefix))
        assert (facts[item.id]["prefix_events"], facts[item.id]["prefix_chars"]) == shown


def test_a_label_is_that_of_the_annotation_which_made_the_item(db: Db) -> None:
    facts = read(db)
    for item in db.exec(select(Item)):
        annotation = db.get(Annotation, item.annotation_id)
        assert annotation is not None
        found = facts[item.id]
        assert found["label_kind"] == annotation.kind
        assert found["label_type"] == annotation.type
        assert (found["confidence"], found["harm"]) == (annotation.confidence, annotation.harm)
        assert (found["annotators"], found["label_agreement"]) == (1, 1.0)
        assert (found["label_rule"], found["position"]) == ("one", item.cut)


def test_agreement_is_the_share_of_annotators_with_the_items_kind(db: Db) -> None:
    item = first_item(db)
    kind = read(db)[item.id]["label_kind"]
    annotate(db, item, "second", "neither")
    annotate(db, item, "third", kind)
    found = read(db)[item.id]
    assert (found["annotators"], found["label_agreement"]) == (3, pytest.approx(2 / 3))


def test_what_was_withdrawn_or_corrected_does_not_count(db: Db) -> None:
    item = first_item(db)
    taken = annotate(db, item, "second", "neither")
    annotate(db, item, "second", "neither", replaces_id=taken.id, withdrawn=True)
    corrected = annotate(db, item, "third", "neither")
    kind = read(db)[item.id]["label_kind"]
    annotate(db, item, "third", kind, replaces_id=corrected.id)
    found = read(db)[item.id]
    assert (found["annotators"], found["label_agreement"]) == (2, 1.0)


def test_of_several_labels_by_one_annotator_the_latest_stands(db: Db) -> None:
    item = first_item(db)
    annotate(db, item, "second", "neither", created_at=NOW + timedelta(days=3))
    annotate(db, item, "second", "unresolved", created_at=NOW + timedelta(days=2))
    found = read(db)[item.id]
    assert (found["annotators"], found["label_agreement"]) == (2, 0.5)


def as_random(db: Db, item: Item) -> None:
    item_set = db.get(ItemSet, item.set_id)
    assert item_set is not None
    item_set.kind, item_set.sample, item.annotation_id = "random", "drawn", None
    db.add_all([item_set, item])
    values: dict[str, Any] = {
        "name": "drawn",
        "number": 1,
        "source": "random",
        "stratum": "unscreened",
    }
    point = item.decision_point_id
    db.add(Draw(**values, decision_point_id=point, probability=0.25, seed=1, created_at=NOW))
    db.add(Draw(**values | {"name": "other"}, decision_point_id=point, seed=1, created_at=NOW))
    db.flush()


def test_a_chance_is_that_of_the_sample_which_the_set_was_frozen_from(db: Db) -> None:
    item = first_item(db)
    assert read(db)[item.id]["probability"] is None
    as_random(db, item)
    assert read(db)[item.id]["probability"] == 0.25


def test_a_random_item_has_the_kind_that_all_its_annotators_say(db: Db) -> None:
    item = first_item(db)
    kind = read(db)[item.id]["label_kind"]
    as_random(db, item)
    found = read(db)[item.id]
    assert (found["label_kind"], found["annotators"], found["confidence"]) == (kind, 1, None)
    annotate(db, item, "second", "neither")
    found = read(db)[item.id]
    assert (found["label_kind"], found["annotators"], found["label_agreement"]) == (None, 2, None)


def test_a_point_that_nobody_labelled_has_no_annotators(db: Db) -> None:
    item = first_item(db)
    as_random(db, item)
    for row in db.exec(select(Annotation)):
        annotate(db, item, "gone", "neither", replaces_id=row.id, withdrawn=True)
    found = read(db)[item.id]
    assert (found["label_kind"], found["annotators"]) == (None, None)


def acts_after(db: Db, item: Item) -> list[int]:
    point = db.get_one(DecisionPoint, item.decision_point_id)
    acts = db.exec(
        select(Event.act).where(Event.session_id == point.session_id, Event.thread == item.thread)
    ).all()
    return sorted({act for act in acts if act is not None and act > item.cut})


def mark(db: Db, item: Item, event: str | None) -> None:
    db.exec(
        update(Annotation).where(col(Annotation.id) == item.annotation_id).values(recognised=event)
    )


def events(db: Db, item: Item) -> list[Event]:
    point = db.get_one(DecisionPoint, item.decision_point_id)
    query = select(Event).where(Event.session_id == point.session_id)
    return list(db.exec(query.order_by(col(Event.position))))


def item_with_acts(db: Db) -> Item:
    return next(item for item in db.exec(select(Item)) if len(acts_after(db, item)) > 1)


def test_evidence_is_as_many_turns_away_as_there_are_human_acts_until_it(db: Db) -> None:
    item = item_with_acts(db)
    acts = acts_after(db, item)
    later = [event for event in events(db, item) if event.position >= item.cut]
    turns = []
    for event in later:
        mark(db, item, event.event_id)
        turns.append(read(db)[item.id]["evidence_turns"])
    assert turns == [sum(act <= event.position for act in acts) for event in later]
    assert (turns[0], turns[-1]) == (0, len(acts))


def test_turns_are_those_of_the_items_own_thread(db: Db) -> None:
    item = item_with_acts(db)
    acts = acts_after(db, item)
    mark(db, item, events(db, item)[-1].event_id)
    db.exec(update(Event).where(col(Event.act) == acts[0]).values(thread="another"))
    assert read(db)[item.id]["evidence_turns"] == len(acts) - 1


def test_evidence_that_is_not_marked_or_not_in_the_session_is_unknown(db: Db) -> None:
    item = item_with_acts(db)
    for event in (None, "no such event"):
        mark(db, item, event)
        assert read(db)[item.id]["evidence_turns"] is None


def test_the_columns_that_are_read_here_are_named(db: Db) -> None:
    assert all(facts.keys() == set(ITEM_FACTS) for facts in read(db).values())
