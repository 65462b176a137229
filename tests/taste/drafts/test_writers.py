"""Eight people on one file: nobody waits in vain, and no assignment is held by two."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Engine

from taste.database import open_database
from taste.drafts.leases import holder_name, is_gone, take_lease
from taste.drafts.store import DraftStore
from tests.taste.conftest import NOW
from tests.taste.drafts.test_store import SEEN, assign

WRITERS = 8


def write(path: Path, number: int) -> int:
    """One annotator's process: its own connections, keystrokes and steps."""
    engine = open_database(str(path))
    assert take_lease(engine, number, f"writer {number}", NOW)
    store = DraftStore(engine, number, f"writer {number}", lambda: NOW)
    for at in range(20):
        store.put("note:e1", "x" * at)
        store.change("mark:4", {"confidence": at - 1}, {"confidence": at}, SEEN)
        store.put_state({"row": at})
    engine.dispose()
    return len(store.history())


def test_eight_write_at_once_without_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "taste.db"
    engine = open_database(str(path))
    numbers = [assign(engine, f"s{number}") for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        assert list(pool.map(write, [path] * WRITERS, numbers)) == [20] * WRITERS
    for number in numbers:
        store = DraftStore(engine, number, "reader", lambda: NOW)
        assert store.read() == {"note:e1": "x" * 19, "mark:4": {"confidence": 19}}
    engine.dispose()


def test_of_eight_who_claim_at_once_one_gets_each_assignment(tmp_path: Path) -> None:
    path = tmp_path / "taste.db"
    engine = open_database(str(path))
    numbers = [assign(engine, f"s{number}") for number in range(10)]

    def claim(who: int) -> list[int]:
        own: Engine = open_database(str(path))
        got = [number for number in numbers if take_lease(own, number, f"w{who}", NOW)]
        own.dispose()
        return got

    with ThreadPoolExecutor(WRITERS) as pool:
        claimed = [number for got in pool.map(claim, range(WRITERS)) for number in got]
    assert sorted(claimed) == sorted(numbers)
    engine.dispose()


def test_what_a_process_held_that_was_killed_here_is_free(tmp_path: Path) -> None:
    engine = open_database(str(tmp_path / "taste.db"))
    number = assign(engine, "s")
    host, _, unique = holder_name().split(":")
    dead = f"{host}:{2**22 + 1}:{unique}"
    assert is_gone(dead)
    assert not is_gone(holder_name())
    assert not is_gone(dead.replace(host, host.split("/")[0]))
    assert take_lease(engine, number, dead, NOW)
    assert take_lease(engine, number, "me", NOW)
    engine.dispose()
