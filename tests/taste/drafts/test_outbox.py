"""Typing never waits for a server: one that is killed loses nothing, and nothing is overwritten."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from taste.drafts.interface import Drafts
from taste.drafts.leases import leave_lease, take_lease
from taste.drafts.local import open_local, outbox_folder
from taste.drafts.opening import open_drafts
from taste.drafts.store import DraftStore, LostLease, Seen, Stretch, Withdrawn
from tests.on_postgres import Server
from tests.taste.conftest import NOW
from tests.taste.drafts.test_store import assign
from transcripts.errors import UserError

SEEN = Seen(furthest=3, outcome=False, active_ms=10)
Open = Callable[..., Drafts]


@pytest.fixture(autouse=True)
def server(private_server: Server) -> Iterator[Server]:
    """A server that a test may stop."""
    private_server.ensure_running()
    yield private_server
    private_server.ensure_running()


@pytest.fixture
def engine(server_engine: Engine) -> Engine:
    return server_engine


@pytest.fixture
def number(engine: Engine, request: pytest.FixtureRequest) -> int:
    return assign(engine, request.node.name)


@pytest.fixture
def outbox(engine: Engine, number: int) -> Iterator[Open]:
    """outbox("one") takes the lease and opens the draft as that process; all end with the test."""
    opened: list[Drafts] = []

    def opening(holder: str = "one", *, over: bool = False) -> Drafts:
        assert take_lease(engine, number, holder, NOW, over=over)
        opened.append(open_drafts(engine, number, holder, lambda: NOW))
        return opened[-1]

    yield opening
    for drafts in opened:
        drafts.close()


def on_server(engine: Engine, number: int) -> DraftStore:
    return DraftStore(engine, number, "a look", lambda: NOW)


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that within twelve seconds")


def test_what_was_typed_reaches_the_server(engine: Engine, number: int, outbox: Open) -> None:
    drafts = outbox()
    drafts.put("note:e1", "half a wo")
    drafts.change("mark:3", None, {"kind": "detour", "text": "nul \0"}, SEEN)
    drafts.put_state({"event": "e3", "row": 2})
    drafts.add_activity(Stretch(NOW, 1500, 0, 3))
    drafts.flush()
    there = on_server(engine, number)
    assert len(there.read()) == 2
    assert there.read() == drafts.read()
    assert there.history() == drafts.history()
    assert there.read_state() == {"event": "e3", "row": 2}
    assert (there.active_ms(), str(drafts.saving())) == (1500, "saved")


def test_what_is_known_to_be_right_does_not_come_to_the_annotators_machine(
    engine: Engine, number: int, outbox: Open
) -> None:
    with engine.begin() as connection:
        told = text("UPDATE assignment SET gold = 'first', seed = 7 WHERE id = :n")
        connection.execute(told, {"n": number})
    outbox()
    local = open_local(engine.url, "ann")
    with local.connect() as connection:
        row = text("SELECT gold, seed FROM assignment WHERE id = :n")
        assert connection.execute(row, {"n": number}).one() == (None, 0)
    local.dispose()


def test_what_was_typed_of_a_withdrawn_session_is_neither_pushed_nor_set_aside(
    engine: Engine, number: int, outbox: Open
) -> None:
    drafts, kept = outbox(), set(outbox_folder().glob("kept-*"))
    with engine.begin() as connection:
        mine = "(SELECT session_id FROM assignment WHERE id = :n)"
        gone = text(f"UPDATE session SET withdrawn_at = now() WHERE id = {mine}")
        connection.execute(gone, {"n": number})
        connection.execute(text("UPDATE assignment SET holder = NULL WHERE id = :n"), {"n": number})
    drafts.put("note:e1", "words of the session")
    with pytest.raises(Withdrawn):
        drafts.flush()
    assert (drafts.read(), on_server(engine, number).read()) == ({}, {})
    assert set(outbox_folder().glob("kept-*")) == kept


def test_typing_goes_on_while_the_server_is_dead_and_arrives_when_it_lives(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    drafts = outbox()
    drafts.put("note:e1", "a")
    server.stop()
    for length in range(1, 40):
        drafts.put("note:e1", "a" * length)
    until(lambda: str(drafts.saving()) == "offline, 1 pending")
    assert drafts.read() == {"note:e1": "a" * 39}
    with pytest.raises(UserError, match="safe on this machine"):
        drafts.flush()
    server.ensure_running()
    until(lambda: str(drafts.saving()) == "saved")
    assert on_server(engine, number).read() == {"note:e1": "a" * 39}


def test_what_is_pending_at_the_end_is_pushed_at_the_next_start(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    first = outbox()
    first.change("mark:3", None, {"kind": "detour"}, SEEN)
    first.flush()
    server.stop()
    first.put("note:e1", "typed offline")
    first.close()
    server.ensure_running()
    leave_lease(engine, number, "one")
    second = outbox("two")
    second.flush()
    assert on_server(engine, number).read() == {
        "mark:3": {"kind": "detour"}, "note:e1": "typed offline",
    }  # fmt: skip
    assert (second.undo(SEEN), second.read()) == (second.history()[0], {"note:e1": "typed offline"})


def test_a_push_that_is_made_twice_changes_nothing(
    engine: Engine, number: int, outbox: Open
) -> None:
    drafts = outbox()
    drafts.change("mark:3", None, 1, SEEN)
    drafts.change("mark:3", 1, None, SEEN)
    drafts.flush()
    drafts.close()
    local = open_local(engine.url, "ann")
    with local.begin() as connection:  # as if the process had died between the two commits
        again = (
            "INSERT INTO pending (assignment_id, kind, key) "
            "SELECT :n, 'draft_event', identity FROM draft_event WHERE assignment_id = :n"
        )
        connection.execute(text(again), {"n": number})
    local.dispose()
    again_opened = outbox()
    again_opened.flush()
    assert len(on_server(engine, number).history()) == 2


def test_what_another_wrote_meanwhile_is_never_overwritten(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    mine = outbox()
    mine.put("note:e1", "before")
    mine.flush()
    server.stop()
    mine.put("note:e1", "mine, offline")
    server.ensure_running()
    later = NOW + timedelta(seconds=1)
    assert take_lease(engine, number, "elsewhere", later, over=True)
    DraftStore(engine, number, "elsewhere", lambda: later).put("note:e1", "theirs")
    until(lambda: mine.read() == {"note:e1": "theirs"})
    assert on_server(engine, number).read() == {"note:e1": "theirs"}
    kept = mine.saving().kept
    assert kept is not None
    assert "mine, offline" in kept.read_text()
    with pytest.raises(LostLease, match="is kept in"):
        mine.put("note:e1", "more")


def test_a_start_after_another_wrote_sets_ours_aside_and_goes_on(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    mine = outbox()
    server.stop()
    mine.put("note:e1", "mine, offline")
    mine.close()
    server.ensure_running()
    later = NOW + timedelta(seconds=1)
    take_lease(engine, number, "elsewhere", later, over=True)
    DraftStore(engine, number, "elsewhere", lambda: later).put("note:e1", "theirs")
    again = outbox("two", over=True)
    assert again.read() == {"note:e1": "theirs"}
    kept = again.saving().kept
    assert kept is not None
    assert "mine, offline" in kept.read_text()
    again.put("note:e2", "on it goes")
    again.flush()
    assert on_server(engine, number).read() == {"note:e1": "theirs", "note:e2": "on it goes"}


def test_what_is_pending_never_goes_into_an_assignment_that_has_only_the_same_number(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    mine = outbox()
    server.stop()
    mine.put("note:e1", "of the former database")
    mine.close()
    server.ensure_running()
    leave_lease(engine, number, "one")
    with engine.begin() as connection:  # as in a database that was made anew
        renamed = text("UPDATE assignment SET identity = 'another' WHERE id = :n")
        connection.execute(renamed, {"n": number})
    again = outbox("two")
    again.flush()
    assert again.read() == on_server(engine, number).read() == {}
    kept = again.saving().kept
    assert kept is not None
    assert "of the former database" in kept.read_text()


def test_another_terminal_of_this_machine_goes_on_with_what_is_pending(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    first = outbox()
    server.stop()
    first.put("note:e1", "typed offline")
    server.ensure_running()
    second = outbox("two", over=True)
    second.put("note:e2", "typed there")
    second.flush()
    with pytest.raises(LostLease):
        first.put("note:e1", "more")
    assert len(on_server(engine, number).read()) == len(second.read())
    assert second.read()["note:e2"] == "typed there"


def test_a_lease_that_was_taken_is_noticed_without_waiting_for_the_server(
    server: Server, engine: Engine, number: int, outbox: Open
) -> None:
    drafts = outbox()
    server.stop()
    assert drafts.renew()
    until(lambda: str(drafts.saving()) == "offline")
    server.ensure_running()
    assert take_lease(engine, number, "elsewhere", NOW, over=True)
    until(lambda: not drafts.renew())
    assert drafts.saving().kept is None
    with pytest.raises(LostLease):
        drafts.put("note:e1", "a")


def test_whoever_does_not_hold_the_lease_reads_and_cannot_write(
    engine: Engine, number: int, outbox: Open
) -> None:
    drafts = outbox()
    drafts.put("note:e1", "a")
    drafts.flush()
    looking = open_drafts(engine, number, "a second terminal", lambda: NOW)
    assert looking.read() == {"note:e1": "a"}
    with pytest.raises(LostLease):
        looking.put("note:e1", "b")


def test_the_local_files_are_their_owners_alone(outbox: Open) -> None:
    outbox().put("note:e1", "private")
    files = list(Path(outbox_folder()).iterdir())
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert outbox_folder().stat().st_mode & 0o777 == 0o700


def test_the_local_files_name_holds_no_password() -> None:
    url = make_url("postgresql+psycopg://me:hunter2@db.example/taste")
    other = make_url("postgresql+psycopg://me:changed@db.example/taste")
    first, second = open_local(url, "ann"), open_local(other, "ann")
    assert first.url == second.url
    assert "hunter2" not in str(first.url)
    first.dispose()
    second.dispose()
