"""A draft is saved when a call returns, undone step by step, and written by one process only."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from taste.assignment_tables import Assignment
from taste.database import open_database
from taste.drafts.leases import LEASE, leave_lease, take_lease
from taste.drafts.store import DraftStore, LostLease, Seen, Stretch
from taste.removal import withdraw_with_all
from tests.taste.conftest import NOW
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.tables import Session

SEEN = Seen(furthest=3, outcome=False, active_ms=10)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("drafts") / "taste.db"
    engine = open_database(str(path))
    yield engine
    engine.dispose()


def assign(engine: Engine, name: str) -> int:
    with Db(engine) as db:
        session = Session(
            external_id=name, lineage=name, format="told", thread="main", imported_at=NOW
        )
        db.add(session)
        db.flush()
        assert session.id is not None
        row = Assignment(
            identity=name, batch="b", annotator_id=find_or_add_annotator(db, "ann").id or 0,
            mode="hindsight", session_id=session.id, thread="main", number=1, seed=1,
            created_at=NOW,
        )  # fmt: skip
        db.add(row)
        db.commit()
        assert row.id is not None
        return row.id


def open_store(engine: Engine, name: str, holder: str = "one") -> DraftStore:
    number = assign(engine, name)
    assert take_lease(engine, number, holder, NOW)
    return DraftStore(engine, number, holder, lambda: NOW)


def test_what_is_put_is_there_for_whoever_opens_it_next(engine: Engine) -> None:
    store = open_store(engine, "put")
    store.put("note:e1", "half a wo")
    store.put("note:e1", "half a word")
    store.put("gone", "x")
    store.put("gone", None)
    assert store.read() == {"note:e1": "half a word"}
    assert store.history() == ()


def test_a_state_is_replaced_whole(engine: Engine) -> None:
    store = open_store(engine, "state")
    assert store.read_state() == {}
    store.put_state({"event": "e1", "row": 2})
    store.put_state({"event": "e2"})
    assert store.read_state() == {"event": "e2"}


def test_active_time_adds_up_on_the_whole_and_on_a_point(engine: Engine) -> None:
    store = open_store(engine, "active")
    store.add_activity(Stretch(NOW, 700, 0, 9))
    store.add_activity(Stretch(NOW, 300, 4, 12, cut=7))
    assert (store.active_ms(), store.active_ms(cut=7)) == (1000, 300)


def test_one_process_writes_and_another_may_take_over(engine: Engine) -> None:
    store = open_store(engine, "lease")
    number = store._id
    assert not take_lease(engine, number, "two", NOW)
    assert take_lease(engine, number, "two", NOW, over=True)
    with pytest.raises(LostLease):
        store.change("mark:1", None, 1, SEEN)
    assert store.read() == {}


def test_a_lease_that_is_left_or_over_is_free_and_keeps_the_draft(engine: Engine) -> None:
    store = open_store(engine, "left")
    store.put("note:e1", "kept")
    leave_lease(engine, store._id, "one")
    assert take_lease(engine, store._id, "two", NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    assert take_lease(engine, store._id, "three", later)
    assert store.read() == {"note:e1": "kept"}


def test_nothing_more_is_written_about_a_session_that_was_withdrawn(engine: Engine) -> None:
    store = open_store(engine, "withdrawn")
    store.put("note:e1", "words of the session")
    with Db(engine) as db:
        withdraw_with_all(
            db, db.exec(select(Session).where(Session.lineage == "withdrawn")).all(), None, NOW
        )
    for over in (False, True):
        assert not take_lease(engine, store._id, "one", NOW, over=over)
        with pytest.raises(LostLease, match="the session was withdrawn"):
            store.change("mark:1", None, {"span": "words of the session"}, SEEN)
    assert (store.read(), store.history()) == ({}, ())


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=6))
def test_undoing_all_gives_what_was_before_and_redoing_all_what_was_after(
    engine: Engine, values: list[tuple[str, int]]
) -> None:
    store = open_store(engine, f"undo {len(values)} {hash(tuple(values))} {next(_NUMBERS)}")
    for name, value in values:
        store.change(name, store.read().get(name), value, SEEN)
    after = store.read()
    while store.undo(SEEN) is not None:
        pass
    assert store.read() == {}
    while store.redo(SEEN) is not None:
        pass
    assert store.read() == after


def test_a_change_after_an_undo_leaves_nothing_to_redo(engine: Engine) -> None:
    store = open_store(engine, "redo")
    store.change("a", None, 1, SEEN)
    store.undo(SEEN)
    store.change("a", None, 2, SEEN)
    assert store.redo(SEEN) is None
    assert store.read() == {"a": 2}


_NUMBERS = iter(range(10_000))
