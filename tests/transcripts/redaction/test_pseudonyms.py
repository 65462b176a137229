"""People under pseudonyms: stable with one key, unguessable without, and the same twice."""

import json
import os
from pathlib import Path

import pytest

from transcripts.errors import UserError
from transcripts.redaction.pseudonyms import Pseudonyms, pseudonym_key
from transcripts.redaction.redactor import Redactor, make_redactor

ONE = Pseudonyms(b"1" * 32)
ALICE = ONE.person("alice")
PLACES = (
    "/home/alice/work", "/Users/alice", "file:///home/alice/a.py", "C:\\Users\\alice\\x",
    "C:\\\\Users\\\\alice\\\\x", "\\/home\\/alice\\/x", "~/.claude/projects/-home-alice-work",
    "-Users-alice-work", "alice@laptop:~/work$ ls", "scp a alice@server.lan:/tmp",
    "%2Fhome%2Falice",
)  # fmt: skip


def redactor(pseudonyms: Pseudonyms = ONE) -> Redactor:
    return make_redactor(pseudonyms=pseudonyms)


@pytest.mark.parametrize("text", PLACES)
def test_a_user_name_is_replaced_wherever_it_stands(text: str) -> None:
    for said in (text, json.dumps(text), json.dumps(json.dumps([text]))):
        redacted = redactor().redact_line(json.dumps({"cwd": said}).encode())
        assert b"alice" not in redacted
        assert ALICE in json.loads(redacted)["cwd"]


def test_mail_addresses_become_addresses_that_cannot_exist() -> None:
    text = redactor().redact_text("From: Alice <Alice.B@corp.example.org>\nTo: bob@uni.edu.")
    assert "corp" not in text
    assert text.count("@example.invalid") == 2
    assert ONE.email("alice.b@CORP.example.org") in text


def test_an_address_after_an_escaped_line_break_is_whole() -> None:
    raw = json.dumps({"out": json.dumps("a\nnina@uni.edu")}).encode()
    said = json.loads(json.loads(redactor().redact_line(raw))["out"])
    assert said == f"a\n{ONE.email('nina@uni.edu')}"


@pytest.mark.parametrize("text", PLACES)
def test_names_replaced_twice_are_replaced_once(text: str) -> None:
    once = redactor().redact_text(text)
    assert redactor().redact_text(once) == once


def test_another_key_gives_other_names_and_another_version() -> None:
    two = Pseudonyms(b"2" * 32)
    assert two.person("alice") != ALICE
    assert redactor(two).version != redactor().version
    assert "1111" not in repr(ONE)


@pytest.mark.parametrize(
    "text",
    ["@app.route decorates", "pip install a@1.2.3", "git@github.com:a/b", "go-home-now", "x @ y.T",
     "see /home for it", "the home of Users"],
)  # fmt: skip
def test_what_names_nobody_stays(text: str) -> None:
    raw = json.dumps({"text": text}).encode()
    assert redactor().redact_line(raw) is raw


def test_secrets_and_people_are_counted_together() -> None:
    both = redactor()
    both.redact_line(b'{"a":"DB_PASSWORD=hunter2! /home/alice bob@uni.edu"}')
    assert both.counts == {"password": 1, "home": 1, "email": 1}


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "taste" / "pseudonym.key"
    key = pseudonym_key(path)
    assert (len(key), pseudonym_key(path)) == (32, key)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_key_that_is_short_or_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")
    with pytest.raises(UserError, match="not a pseudonym key"):
        pseudonym_key(path)
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        pseudonym_key(path)
