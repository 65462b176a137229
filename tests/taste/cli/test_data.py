import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import examples_folder

EXAMPLE = next(iter(sorted(examples_folder().glob("*/ee0fcf12*.jsonl"))))
SESSION = "ee0fcf12"
Taste = Callable[..., Any]


def count(taste: Taste, *words: Any) -> int:
    return len(taste(*words, "--json").out.splitlines())


def test_the_database_is_the_options_then_the_variables_then_the_folders(
    taste: Taste, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taste("import", EXAMPLE)
    assert count(taste, "sessions") == 1
    assert Path("taste.db").is_file()
    monkeypatch.setenv("TASTE_DB", str(database))
    assert count(taste, "sessions") == 2
    assert count(taste, "sessions", "--db", "taste.db") == 1
    assert count(taste, "--db", "taste.db", "sessions") == 1
    assert count(taste, "--db", "taste.db", "sessions", "--db", database) == 2


@pytest.mark.parametrize("words", ["sessions", "status", "audit", "calls", "report"])
def test_a_name_that_is_mistyped_makes_no_database(taste: Taste, words: str) -> None:
    said = taste(words, "--db", "typo.db")
    assert (said.code, "there is no database 'typo.db'" in said.err) == (1, True)
    assert not Path("typo.db").exists()


def test_importing_twice_changes_nothing(taste: Taste) -> None:
    first = taste("import", EXAMPLE, "--researcher", "R", "--json")
    assert (first.code, json.loads(first.out.split("\n")[0])["outcome"]) == (0, "new")
    before = Path("taste.db").read_bytes()
    again = json.loads(taste("import", EXAMPLE, "--json").out.split("\n")[0])
    assert (again["outcome"], again["entries"], again["events"]) == ("unchanged", 0, 0)
    assert Path("taste.db").read_bytes() == before


def test_a_broken_file_in_a_folder_does_not_keep_the_others_out(taste: Taste) -> None:
    folder = Path("sessions")
    folder.mkdir()
    shutil.copy(EXAMPLE, folder / "b.jsonl")
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    (folder / "a.jsonl").write_text("\n".join([*lines[:3], "{", *lines[3:]]), encoding="utf-8")
    (folder / "c.jsonl").write_text('{"recipe": 1}\n', encoding="utf-8")
    said = taste("import", folder, "--json")
    outcomes = {
        Path(row["file"]).name: row["outcome"] for row in map(json.loads, said.out.split("\n")[:-2])
    }
    assert (said.code, outcomes) == (
        1,
        {"a.jsonl": "failed", "b.jsonl": "new", "c.jsonl": "skipped"},
    )
    assert "1 of 3 files could not be imported" in said.err
    assert count(taste, "sessions") == 1


def test_sessions_are_listed_with_what_is_known_of_them(taste: Taste, database: Path) -> None:
    said = taste("sessions", "--json", "--db", database)
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert {row["researcher"] for row in rows} == {"Ines"}
    keys = {"external_id", "part", "lineage", "may_send", "cuts_reliable", "warnings", "version"}
    assert keys <= set(rows[0])
    table = taste("sessions", "--db", database).out
    assert all(row["external_id"] in table for row in rows)


def test_prefixes_are_listed_without_a_database(taste: Taste) -> None:
    said = taste("prefixes", EXAMPLE, "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert set(rows[0]) == {
        "file", "before", "actor", "act_kind", "line", "offset", "prefix_hash", "shown_hash",
        "chars",
    }  # fmt: skip
    assert rows[-1]["actor"] == "end"
    assert not Path("taste.db").exists()
    assert len(taste("prefixes", EXAMPLE).out.splitlines()) == len(rows)


def test_a_session_says_where_it_may_be_sent(taste: Taste, database: Path) -> None:
    said = taste("session", "allow", SESSION, "local,anthropic", "--db", database)
    assert said.out.endswith("may be sent to: anthropic,local\n")
    rows = map(json.loads, taste("sessions", "--json", "--db", database).out.splitlines())
    allowed = {row["external_id"][:8]: row["may_send"] for row in rows}
    assert allowed == {SESSION: "anthropic,local", "f0e996cf": "none"}
    taste("session", "allow", SESSION, "none", "--db", database)
    assert "anthropic" not in taste("sessions", "--db", database).out


def test_points_come_back_as_they_went_in(taste: Taste, database: Path) -> None:
    exported = taste("points", "export", "--db", database).out
    Path("points.jsonl").write_text(exported, encoding="utf-8")
    assert len(exported.splitlines()) == 6
    said = taste("points", "import", "points.jsonl", "--db", database)
    assert said.out == "0 stored, 6 unchanged, 0 refused\n"
    taste("import", EXAMPLE, "--db", "other.db")
    said = taste("points", "import", "points.jsonl", "--partial", "--db", "other.db")
    assert (said.code, said.out) == (0, "3 stored, 0 unchanged, 3 refused\n")
    assert count(taste, "points", "list", "--db", "other.db") == 3


def test_sets_are_frozen_listed_and_shown(taste: Taste, database: Path) -> None:
    words = ("sets", "freeze", "again", "--set", "strong", "--labels", "one", "--db", database)
    assert taste(*words).out.startswith("again frozen: 4 items, sha256 ")
    assert taste(*words).out.startswith("again was frozen already, unchanged: 4 items")
    rows = map(json.loads, taste("sets", "list", "--json", "--db", database).out.splitlines())
    assert {row["name"]: row["items"] for row in rows} == {"few": 2, "more": 4, "again": 4}
    shown = map(
        json.loads, taste("sets", "show", "few", "--json", "--db", database).out.splitlines()
    )
    assert [row["left out"] for row in shown].count("labelled strong") == 4
    assert "few" in taste("sets", "list", "--db", database).out
    assert "labelled strong" in taste("sets", "show", "few", "--db", database).out


def test_a_session_is_shown_event_by_event(taste: Taste, database: Path) -> None:
    said = taste("show", SESSION, "--db", database)
    assert (said.code, said.err) == (0, "")
    assert "[typed]" in said.out
    assert len(said.out.splitlines()) > 50


def test_what_a_terminal_gets_has_no_control_characters(taste: Taste) -> None:
    taste("import", EXAMPLE, "--researcher", "R\x1b[2J", "--db", "x.db")
    assert "\x1b" not in taste("sessions", "--db", "x.db").out
    assert "R\\u001b[2J" in taste("sessions", "--db", "x.db").out
