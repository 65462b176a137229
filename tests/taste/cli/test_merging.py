"""`taste db merge` from the command line: what it says of text that nobody has redacted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transcripts.shipped import examples_folder

EXAMPLE = next(iter(sorted(examples_folder().glob("*/ee0fcf12*.jsonl"))))
Taste = Callable[..., Any]


def test_text_that_comes_in_without_redaction_is_named(taste: Taste, folder: Path) -> None:
    other = folder / "other.db"
    assert taste("import", EXAMPLE, "--no-redact", "--db", other).code == 0
    said = taste("db", "merge", other)
    assert said.code == 0
    assert "1 sessions came in as they were recorded: no secrets were replaced in" in said.err
    assert EXAMPLE.stem in said.err
    assert "as they were recorded" not in taste("db", "merge", other).err


def test_redacted_text_is_not_named(taste: Taste, folder: Path) -> None:
    other = folder / "other.db"
    assert taste("import", EXAMPLE, "--db", other).code == 0
    said = taste("db", "merge", other, "--json")
    assert said.err == ""
    assert json.loads(said.out)["redactor"] == "patterns 1"


def test_database_and_side_files_stay_private(taste: Taste, folder: Path) -> None:
    import os

    other, mine = folder / "other.db", folder / "mine.db"
    before = os.umask(0)
    try:
        assert taste("import", EXAMPLE, "--db", other).code == 0
        assert taste("db", "merge", other, "--db", mine).code == 0
        assert taste("search", "the", "--db", mine).code == 0
        assert taste("session", "withdraw", EXAMPLE.stem, "--yes", "--db", mine).code == 0
    finally:
        os.umask(before)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in folder.glob("*.db*")}
    assert set(modes.values()) == {"0o600"}
