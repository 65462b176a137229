import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.simulator.server import Simulator

Taste = Callable[..., Any]


@pytest.fixture
def study_file(
    folder: Path, simulator: Simulator, study_text: Callable[..., str], seat: Callable[..., Any]
) -> Path:
    """A study whose proposer only another machine reaches."""
    path = folder / "study.toml"
    here = {"name": "local", "base_url": simulator.base_url}
    there = {"name": "away", "base_url": "https://models.invalid", "by_file": True}
    seats = [seat("simulated-late") | {"endpoint": "away"}]
    text = study_text(simulator.base_url, endpoints=[here, there], proposers=seats)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def exported(taste: Taste, database: Path, study_file: Path, folder: Path) -> Path:
    """The file of requests, after the owner allowed it."""
    for line in taste("sessions", "--json", "--db", database).out.splitlines():
        name = json.loads(line)["external_id"]
        assert taste("session", "allow", name, "away@models.invalid", "--db", database).code == 0
    file = folder / "requests.jsonl"
    said = taste("prompts", "export", study_file, file, "--endpoint", "away", "--db", database)
    assert said.code == 0, said.err
    return file


def test_nothing_is_written_of_a_session_that_may_not_leave(
    taste: Taste, database: Path, study_file: Path, folder: Path
) -> None:
    words = ("prompts", "export", study_file, "out.jsonl", "--endpoint", "away", "--db", database)
    said = taste(*words)
    assert (said.code, (folder / "out.jsonl").exists()) == (1, False)
    assert "away@models.invalid" in said.err


def test_requests_go_out_and_answers_come_in(
    taste: Taste, database: Path, study_file: Path, exported: Path, folder: Path
) -> None:
    lines = [json.loads(line) for line in exported.read_text().splitlines()]
    move = json.dumps({"move": "Look at the log.", "why": "w", "wrong_if": "x"})
    answers = [
        {key: value for key, value in line.items() if key != "body"} | {"reply": move}
        for line in lines
    ]
    file = folder / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, answers)))
    said = taste("proposals", "import", file, study_file, "--json", "--db", database)
    assert (json.loads(said.out)["stored"], said.code) == (len(lines), 0)


def test_what_is_tried_again_goes_out_once_more_under_another_name(
    taste: Taste, database: Path, study_file: Path, exported: Path, folder: Path
) -> None:
    first = [json.loads(line) for line in exported.read_text().splitlines()]
    file = folder / "answers.jsonl"
    told = [{k: v for k, v in line.items() if k != "body"} | {"reply": "no"} for line in first]
    file.write_text("\n".join(map(json.dumps, told)))
    assert taste("proposals", "import", file, study_file, "--db", database).code == 0
    assert taste("run", study_file, "--yes", "--db", database).code == 0
    again = ("retry", study_file, "--reason", "malformed", "--mark-only", "--db", database)
    assert taste(*again).code == 0
    out = ("prompts", "export", study_file, folder / "2.jsonl", "--endpoint", "away")
    assert taste(*out, "--db", database).code == 0
    second = [json.loads(line) for line in (folder / "2.jsonl").read_text().splitlines()]
    hashes = [{line["request_hash"] for line in lines} for lines in (first, second)]
    assert hashes[0] == hashes[1]
    assert not {one["custom_id"] for one in first} & {one["custom_id"] for one in second}


def test_a_bad_line_is_named_and_nothing_stored(
    taste: Taste, database: Path, study_file: Path, exported: Path
) -> None:
    said = taste("proposals", "import", exported, study_file, "--db", database)
    assert (said.code, "line 1: " in said.err, "nothing was stored" in said.err) == (1, True, True)


def test_a_study_of_several_endpoints_wants_one_named(
    taste: Taste, database: Path, study_file: Path
) -> None:
    said = taste("prompts", "export", study_file, "out.jsonl", "--db", database)
    assert (said.code, "say which with --endpoint" in said.err) == (1, True)
