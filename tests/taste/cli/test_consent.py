import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import list_examples

Taste = Callable[..., Any]
SESSION = "f0e996cf"


@pytest.fixture
def say(taste: Taste, database: Path) -> Callable[..., Any]:
    """say("db", "info") runs a command on the database with two example sessions."""
    return lambda *words: taste(*words, "--db", database)


def sessions(say: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    rows = map(json.loads, say("sessions", "--json").out.splitlines())
    return {row["external_id"][:8]: row for row in rows}


def test_what_is_said_of_a_session_can_be_changed(say: Callable[..., Any]) -> None:
    said = say(
        "session", "set", SESSION, "--researcher", "Eve", "--project", "",
        "--usable-until", "2030-01-31",
    )  # fmt: skip
    assert said.code == 0
    row = sessions(say)[SESSION]
    assert (row["researcher"], row["project"], row["usable_until"]) == ("Eve", None, "2030-01-31")
    say("session", "set", SESSION, "--usable-until", "none")
    assert sessions(say)[SESSION]["usable_until"] is None


def test_subagents_follow_their_session(say: Callable[..., Any], folder: Path) -> None:
    for name, agent in (("s-1", {}), ("x", {"agentId": "a7", "isSidechain": True})):
        line = {"type": "user", "uuid": name, "sessionId": "s-1", "parentUuid": None, **agent}
        line["message"] = {"role": "user", "content": "hello"}
        file = folder / ("agent-a7.jsonl" if agent else "s-1.jsonl")
        file.write_text(json.dumps(line) + "\n", encoding="utf-8")
        assert say("import", file).code == 0
    said = say("session", "allow", "s-1", "local")
    assert said.out == "s-1 may be sent to: local (with 1 parts and subagents)\n"
    said = say("session", "delete", "s-1", "--yes", "--json")
    assert json.loads(said.out)["sessions"] == 2
    assert {"s-1", "s-1/a7"}.isdisjoint(sessions(say))


def test_a_session_is_deleted_with_what_hangs_on_it(say: Callable[..., Any]) -> None:
    said = say("session", "delete", SESSION, "--force", "--yes", "--reason", "by mistake")
    assert said.code == 0
    assert "used in the frozen set" in said.err
    assert " deleted: 1 sessions, " in said.out
    assert SESSION not in sessions(say)
    assert json.loads(say("db", "info", "--json").out)["tombstone"] == 1


def test_a_withdrawn_session_says_so_and_cannot_come_back(say: Callable[..., Any]) -> None:
    assert say("session", "withdraw", SESSION, "--yes").code == 0
    row = sessions(say)[SESSION]
    assert (row["withdrawn_at"] is None, row["may_send"]) == (False, "none")
    assert "withdrawn" in say("sessions").out
    again = say("session", "withdraw", SESSION, "--yes")
    assert (again.code, "is withdrawn already" in again.err) == (1, True)
    (path,) = [e.path for e in list_examples() if e.path.name.startswith(SESSION)]
    said = say("import", path)
    assert (said.code, "was withdrawn" in said.err) == (1, True)


def test_a_colleagues_database_is_merged(
    taste: Taste, say: Callable[..., Any], database: Path, folder: Path
) -> None:
    said = taste("db", "merge", database, "--db", "mine.db")
    assert said.out == "sessions: 2 new; 6 labels and 0 screenings were brought in\n"
    again = taste("db", "merge", database, "--db", "mine.db")
    assert again.out == "sessions: 2 unchanged; 0 labels and 0 screenings were brought in\n"
    mine = taste("points", "export", "--db", "mine.db").out
    assert mine == say("points", "export").out
    assert taste("search", "the", "--db", folder / "mine.db").out


def test_a_merge_leaves_the_other_file_as_it_was(taste: Taste, database: Path) -> None:
    before = database.read_bytes()
    assert taste("db", "merge", database, "--json", "--db", "mine.db").code == 0
    assert database.read_bytes() == before
    assert [p.name for p in database.parent.glob("taste.db*")] == ["taste.db"]


def test_what_is_not_merged_is_named(taste: Taste, database: Path) -> None:
    taste("db", "merge", database, "--db", "mine.db")
    taste("session", "withdraw", SESSION, "--yes", "--db", "mine.db")
    said = taste("db", "merge", database, "--db", "mine.db")
    assert said.out.startswith("sessions: 1 refused, 1 unchanged; ")
    assert re.match(rf"not merged: {SESSION}\S* was withdrawn here on ", said.err)
    told = taste("db", "merge", database, "--json", "--db", "mine.db").out.splitlines()
    rows = map(json.loads, told)
    assert {row["outcome"] for row in rows} == {"refused", "unchanged"}


def test_a_database_is_not_merged_into_itself(say: Callable[..., Any], database: Path) -> None:
    said = say("db", "merge", database)
    assert (said.code, "is this very database" in said.err) == (1, True)


def test_another_revision_is_refused(taste: Taste, database: Path) -> None:
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute("update alembic_version set version_num = '0001'")
    connection.close()
    said = taste("db", "merge", database, "--db", "mine.db")
    assert (said.code, "is at revision '0001' and this one at" in said.err) == (1, True)


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_file_that_is_no_database_is_refused(taste: Taste, folder: Path, content: bytes) -> None:
    (folder / "x.db").write_bytes(content)
    said = taste("db", "merge", "x.db", "--db", "mine.db")
    assert (said.code, said.err.startswith("taste: ")) == (1, True)
    assert len(said.err.splitlines()) == 1
    assert (folder / "x.db").read_bytes() == content


def test_what_may_not_be_used_any_more_is_left_out_and_counted(say: Callable[..., Any]) -> None:
    assert say("session", "set", SESSION, "--usable-until", "2020-01-01").code == 0
    assert "usable until 2020-01-01" in say("sessions").out
    for words in (("candidates",), ("sample", "--random", "1", "--seed", "1")):
        said = say(*words, "--json")
        assert said.code == 0
        assert "1 sessions were left out: past their last day of use." in said.err
        assert SESSION not in said.out
    said = say("screen", SESSION, "--open-ended", "no", "--outcome", "hidden", "--reason", "x",
               "--annotator", "a")  # fmt: skip
    assert said.code == 1
    assert "could be used until 2020-01-01 only: nothing more is said of it" in said.err
