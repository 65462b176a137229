"""`taste show` and `taste prefixes`: all threads are in reach, and hashes agree."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SECRET = "sk-ant-api03-" + "Ab1_" * 20 + "AA"
Taste = Callable[..., Any]


def objects(said: Any) -> list[dict[str, Any]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


@pytest.fixture
def recording(folder: Path) -> Path:
    """A session in whose first message stands a secret."""
    told = [("u1", None, "user", f"use {SECRET}"), ("a1", "u1", "assistant", "done"),
            ("u2", "a1", "user", "now stop")]  # fmt: skip
    lines = []
    for uuid, parent, role, text in told:
        message: dict[str, Any] = {"role": role, "content": text}
        if role == "assistant":
            message |= {"id": "m1", "content": [{"type": "text", "text": text}]}
        lines.append(
            {"type": role, "uuid": uuid, "parentUuid": parent, "sessionId": "s", "message": message}
        )
    file = folder / "s.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


DETECTOR = pytest.param(("--detector",), marks=pytest.mark.needs_package("kingfisher_sdk"))


@pytest.mark.parametrize("options", [(), ("--no-redact",), DETECTOR])
def test_the_hash_of_a_file_is_that_of_its_import(
    taste: Taste, recording: Path, options: tuple[str, ...]
) -> None:
    assert taste("import", recording, *options).code == 0
    stored = objects(taste("show", "s", "--before", "u2", "--json"))[0]
    found = {
        one["before"]: one for one in objects(taste("prefixes", recording, "--json", *options))
    }
    assert found["u2"]["prefix_hash"] == stored["prefix_hash"]
    assert (SECRET in stored["text"]) is ("--no-redact" in options)


@pytest.mark.needs_package("kingfisher_sdk")
def test_the_detector_is_named_by_what_it_made(taste: Taste, recording: Path) -> None:
    report = objects(taste("import", recording, "--detector", "--json"))[-1]["report"]
    assert report["redactor"].startswith("patterns 1 + kingfisher ")
    (listed,) = objects(taste("sessions", "--json"))
    assert listed["redactor"] == report["redactor"]


def test_threads_inside_a_session_are_named_and_shown(taste: Taste, database: Path) -> None:
    said = taste("show", "ee0fcf12", "--db", database)
    (line,) = [row for row in said.out.splitlines() if row.startswith("subagent ")]
    thread = line.rpartition("--thread ")[2]
    shown = objects(taste("show", "ee0fcf12", "--thread", thread, "--json", "--db", database))
    assert {row["thread"] for row in shown} == {thread}
    said = taste("show", "ee0fcf12", "--thread", "nosuch", "--db", database)
    assert (said.code, said.out) == (1, "")
    assert "has no thread 'nosuch'" in said.err


def test_commands_that_change_something_answer_programs(taste: Taste, database: Path) -> None:
    (one,) = objects(taste("session", "allow", "ee0fcf12", "here", "--json", "--db", database))
    assert one["may_send"] == "here"
    (one,) = objects(
        taste("session", "set", "ee0fcf12", "--project", "p", "--json", "--db", database)
    )
    assert (one["project"], one["sessions"]) == ("p", 1)
    freeze = ("sets", "freeze", "all", "--set", "random", "--labels", "one", "--json")
    (one,) = objects(taste(*freeze, "--db", database))
    assert (one["name"], one["created"]) == ("all", True)
    assert one["items"] > 0
