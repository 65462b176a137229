"""Finding sessions and reading their rows; the codebook's words."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transcripts.codebook import read_codebook
from transcripts.db import Db, database_url
from transcripts.errors import UserError
from transcripts.formats.registry import read_session
from transcripts.queries import (
    find_sessions,
    get_session,
    list_sessions,
    read_events,
    read_index,
    read_texts,
)
from transcripts.storing.store import ImportOptions, import_file

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


@pytest.fixture(autouse=True)
def three_sessions(new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime) -> None:
    for name, project in (("ab-1", "q"), ("ab-2", "p"), ("a_3", "q")):
        script = new_script(name)
        script.human(f"start {name}")
        script.gets(script.does("Bash", {}), "boom\nagain", error=True)
        script.sidechain("elsewhere")
        path = script.write(tmp_path / f"{name}.jsonl")
        import_file(db, path, ImportOptions("Ada", project), now)


def test_sessions_are_listed_by_project(db: Db) -> None:
    assert [session.external_id for session in list_sessions(db)] == ["ab-2", "a_3", "ab-1"]


def test_a_session_is_found_by_a_unique_beginning_of_its_id(db: Db) -> None:
    assert get_session(db, "ab-2").external_id == "ab-2"
    assert get_session(db, "a_").external_id == "a_3"


def test_a_beginning_that_fits_several_sessions_is_refused(db: Db) -> None:
    with pytest.raises(UserError, match="fits 2 sessions \\(ab-1, ab-2\\)"):
        get_session(db, "ab")


def test_an_unknown_session_is_named(db: Db) -> None:
    with pytest.raises(UserError, match="no session 'x'"):
        get_session(db, "x")


def test_letters_with_a_meaning_in_sql_stand_for_themselves(db: Db) -> None:
    assert [session.external_id for session in find_sessions(db, "a_")] == ["a_3"]
    assert find_sessions(db, "%") == []


def test_the_index_has_every_event_of_the_thread_without_its_text(db: Db) -> None:
    rows = read_index(db, 1, "main")
    assert [(row.kind, row.tool, row.is_error, row.n_lines) for row in rows] == [
        ("human", "", False, 1), ("call", "Bash", False, 1), ("result", "Bash", True, 2),
    ]  # fmt: skip


def test_texts_are_read_by_position(db: Db) -> None:
    assert read_texts(db, 1, [0, 2, 99]) == {0: "start ab-1", 2: "boom\nagain"}
    assert [event.text for event in read_events(db, 1, "a1")] == ["elsewhere"]


def test_more_texts_than_fit_one_statement_are_read(db: Db) -> None:
    assert len(read_texts(db, 1, range(2000))) == 4


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*missing.jsonl.*: No such file"):
        read_session(tmp_path / "missing.jsonl")


def test_a_path_becomes_a_url_and_a_url_stays_one(tmp_path: Path) -> None:
    assert database_url("sqlite://") == "sqlite://"
    assert database_url(str(tmp_path / "x.db")) == f"sqlite:///{tmp_path}/x.db"


def test_the_codebook_that_ships_defines_every_type() -> None:
    book = read_codebook()
    assert set(book.types) == {"detour", "strong", "neither", "unresolved"}
    assert all(definition for types in book.types.values() for definition in types.values())
    assert book.fault({"kind": "detour", "type": "other", "harm": 4, "confidence": 1}) is None


@pytest.mark.parametrize("text", ["version = 1", "not TOML", 'version = "2"\ntyps = {}'])
def test_a_codebook_with_a_wrong_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "book.toml").write_text(text)
    with pytest.raises(UserError, match="is not a valid codebook"):
        read_codebook(tmp_path / "book.toml")


def test_a_codebook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the codebook"):
        read_codebook(tmp_path / "missing.toml")
