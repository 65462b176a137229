from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import examples_folder

EXAMPLE = next(iter(sorted(examples_folder().glob("*/ee0fcf12*.jsonl"))))
SESSION = "ee0fcf12"
Taste = Callable[..., Any]


BAD = [
    ("import", "nowhere.jsonl"),
    ("import", "bad.jsonl"),
    ("import", EXAMPLE, "--may-send", "none,x"),
    ("import", "empty"),
    ("show", "nothing"),
    ("show", SESSION, "--before", "nothing"),
    ("show", ""),
    ("prefixes", "nowhere.jsonl"),
    ("prefixes", "bad.jsonl"),
    ("session", "allow", "nothing", "local"),
    ("session", "allow", SESSION, ","),
    ("points", "import", "nowhere.jsonl"),
    ("points", "import", "bad.jsonl"),
    ("points", "import", "bad.jsonl", "--codebook", "nowhere.toml"),
    ("points", "import", "bad.jsonl", "--codebook", "bad.toml"),
    ("moves", "import", "nowhere.jsonl", "--person", "a"),
    ("moves", "import", "bad.jsonl", "--person", "a"),
    ("moves", "import", "bad.jsonl", "--person", " "),
    ("stock", "fit", "nowhere.toml"),
    ("stock", "fit", "unknown.toml", "--yes"),
    ("stock", "fit", "unknown.toml", "--set", "few"),
    ("annotate", "--annotator", "a"),
    ("sets", "freeze", "few", "--set", "random", "--labels", "one"),
    ("sets", "freeze", "new", "--set", "strong", "--labels", "adjudicated"),
    ("sets", "freeze", "my set", "--set", "strong", "--labels", "one"),
    ("sets", "show", "nothing"),
    ("run", "nowhere.toml"),
    ("run", "bad.toml"),
    ("run", "binary.toml"),
    ("run", "unknown.toml", "--yes"),
    ("report", "99"),
    ("run", "hostile.toml"),
    ("simulator", "--fault", "sloth"),
    ("simulator", "--requests", "3", "--burst", "1"),
]


@pytest.fixture
def mishaps(folder: Path, study_text: Callable[..., str]) -> None:
    """Files that no command can use, in the folder that `taste` runs in."""
    (folder / "bad.jsonl").write_text("no JSON\n", encoding="utf-8")
    (folder / "bad.toml").write_text("name = [", encoding="utf-8")
    (folder / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (folder / "unknown.toml").write_text(study_text("http://127.0.0.1:1"), encoding="utf-8")
    (folder / "hostile.toml").write_text('"\\u001b]0;mine\\u0007" = 1', encoding="utf-8")
    (folder / "empty").mkdir()


@pytest.mark.usefixtures("mishaps")
@pytest.mark.parametrize("words", BAD, ids=lambda words: " ".join(map(str, words))[:60])
def test_bad_input_is_one_sentence_and_changes_nothing(
    taste: Taste, database: Path, words: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = database.read_bytes()
    monkeypatch.setenv("TASTE_DB", str(database))
    said = taste(*words)
    assert said.code == 1
    assert said.out in {"", "0 stored, 0 unchanged, 1 refused\n"}
    assert 1 <= len(said.err.splitlines()) <= 2
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    assert database.read_bytes() == before


@pytest.mark.parametrize("command", ["sessions", "status", "sets list", "points list"])
@pytest.mark.parametrize("place", ["notes.txt", ".", "gone/taste.db", "nosuch://x/y"])
def test_a_database_that_is_none_is_one_sentence(taste: Taste, command: str, place: str) -> None:
    Path("notes.txt").write_text("notes " * 99, encoding="utf-8")
    said = taste(*command.split(), "--db", place)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("taste: cannot open the database ")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("words", [("nonsense",), ("show",), ("run", "--limit", "0", "x.toml")])
def test_a_misuse_is_said_with_exit_code_2(taste: Taste, words: tuple[str, ...]) -> None:
    said = taste(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Usage: taste")


def test_a_terminal_that_cannot_move_its_cursor_is_refused_before_anything_is_drawn(
    taste: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    said = taste("annotate", "--annotator", "ann")
    assert (said.code, said.out) == (1, "")
    assert "TERM=dumb says that this terminal cannot move its cursor" in said.err
