"""`taste import` over folders that nobody has looked into: what it says, and how it ends."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import examples_folder

EXAMPLE = next(iter(sorted(examples_folder().glob("*/ee0fcf12*.jsonl"))))
Taste = Callable[..., Any]


@pytest.fixture
def sessions(folder: Path) -> Path:
    """A folder with one session, in the folder that `taste` runs in."""
    made = folder / "sessions"
    made.mkdir()
    shutil.copy(EXAMPLE, made / "a.jsonl")
    return made


def report(said: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.out.splitlines()[-1])["report"]
    return found


def listed(taste: Taste) -> list[dict[str, Any]]:
    return [json.loads(line) for line in taste("sessions", "--json").out.splitlines()]


def test_the_report_sums_up_what_was_imported(taste: Taste, sessions: Path) -> None:
    unknown = b'{"type":"hologram","sessionId":"s"}\n' * 3
    secret = "sk-ant-api03-" + "Ab1_" * 20 + "AA"
    line = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"content": secret}}
    (sessions / "b.jsonl").write_bytes(unknown + json.dumps(line).encode() + b"\n")
    (sessions / "package.json").write_text('{\n "name": "x"\n}', encoding="utf-8")
    found = report(taste("import", sessions, "--json"))
    assert (found["files"], found["failed"], found["skipped"]) == (3, 0, 1)
    assert found["sessions"] == {"new": 2}
    assert found["unknown"] == {"entries 'hologram'": 3}
    assert sum(found["redactions"].values()) == 1


def test_the_report_in_words_names_no_file_that_is_no_transcript(
    taste: Taste, sessions: Path
) -> None:
    (sessions / "package.json").write_text('{"name":"x"}', encoding="utf-8")
    said = taste("import", sessions)
    assert said.code == 0
    assert "1 files are no transcripts." in said.err
    assert "package.json" not in said.err


def test_secrets_are_replaced_unless_that_is_declined(taste: Taste, folder: Path) -> None:
    secret = "sk-ant-api03-" + "Ab1_" * 20 + "AA"
    line = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"content": secret}}
    (folder / "s.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    taste("import", "s.jsonl")
    assert secret not in taste("show", "s").out
    taste("import", "s.jsonl", "--no-redact", "--db", "other.db")
    assert secret in taste("show", "s", "--db", "other.db").out
    again = taste("import", "s.jsonl", "--no-redact")
    assert "stored with another redaction than 'none'" in again.err


def test_names_of_people_are_replaced_on_request(
    taste: Taste, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    line = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"content": "ada@x.org"}}
    (folder / "s.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert taste("import", "s.jsonl", "--pseudonymise").code == 0
    assert "ada@x.org" not in taste("show", "s").out
    assert (folder / "config" / "taste" / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_consent_ends_on_the_day_that_is_given(taste: Taste) -> None:
    taste("import", EXAMPLE, "--usable-until", "2027-01-31")
    assert [row["usable_until"] for row in listed(taste)] == ["2027-01-31"]
    assert taste("import", EXAMPLE, "--usable-until", "soon").code == 2


def test_what_cannot_be_imported_is_told_and_the_rest_is_there(
    taste: Taste, sessions: Path, folder: Path
) -> None:
    os.mkfifo(sessions / "pipe.jsonl")
    shutil.copy(EXAMPLE, folder / "outside.jsonl")
    (sessions / "link.jsonl").symlink_to(folder / "outside.jsonl")
    (sessions / os.fsdecode(b"bad\xff\x1b.jsonl")).write_bytes(b'{"type":"user"}\nbad\n{}\n')
    said = taste("import", sessions)
    assert (said.code, len(listed(taste))) == (1, 1)
    assert "3 of 4 files could not be imported" in said.err
    assert "\x1b" not in said.err
    assert all(word in said.err for word in ("pipe.jsonl", "link.jsonl", "line 2"))


def test_the_same_hostile_folder_is_told_to_programs_as_json(taste: Taste, sessions: Path) -> None:
    os.mkfifo(sessions / "pipe.jsonl")
    (sessions / os.fsdecode(b"bad\xff.jsonl")).write_bytes(b'{"type":"user"}\nbad\n{}\n')
    said = taste("import", sessions, "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["outcome"] for row in rows[:-1]] == ["new", "failed", "failed"]
    assert rows[-1]["report"]["failed"] == 2


def test_known_sessions_keep_what_was_said_of_them(taste: Taste) -> None:
    taste("import", EXAMPLE, "--researcher", "R")
    said = taste("import", EXAMPLE, "--researcher", "S")
    assert "--researcher, --project, --may-send and --usable-until were not applied" in said.err
    assert [row["researcher"] for row in listed(taste)] == ["R"]


@pytest.mark.needs_package("inspect_ai")
def test_many_sessions_of_one_file_are_told_in_one_line(taste: Taste, corpus: Path) -> None:
    said = taste("import", corpus / "inspect" / "theory-of-mind.eval")
    assert said.out.splitlines() == [
        "100 new  sessions of theory-of-mind.eval, 400 entries, 200 events"
    ]
    (warning,) = [line for line in said.err.splitlines() if line.startswith("  warning:")]
    assert "100 sessions: model calls of scorers" in warning
    assert len(taste("import", corpus / "inspect", "--json").out.splitlines()) > 100
