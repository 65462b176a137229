import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from taste.cli.main import app


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_calls_are_listed_by_what_they_were_for(done_file: Path) -> None:
    lines = run("calls", "--purpose", "judge", "--limit", "3", "--json", "--db", str(done_file))
    assert [json.loads(line)["purpose"] for line in lines.splitlines()] == ["judge"] * 3


def test_calls_are_listed_by_the_item_or_the_session_that_they_were_about(done_file: Path) -> None:
    def points(*words: str) -> set[int]:
        lines = run("calls", *words, "--limit", "999", "--json", "--db", str(done_file))
        return {json.loads(line)["decision_point_id"] for line in lines.splitlines()}

    (first,), (second,) = points("--item", "few:1"), points("--item", "few:2")
    assert points() == {first, second}
    (of_session,) = points("--session", "f0e996cf")
    assert of_session in {first, second}
    same = of_session == first
    assert points("--item", "few:1", "--session", "f0e996cf") == ({first} if same else set())


@pytest.mark.parametrize(
    ("flag", "heading"), [("--request", "request (sha256"), ("--reply", "reply")]
)
def test_a_call_is_shown_with_the_request_as_it_was_sent(
    done_file: Path, flag: str, heading: str
) -> None:
    assert f"\n{heading}" in run("show-call", "1", flag, "--db", str(done_file))


def test_an_audit_says_what_it_checked(done_file: Path) -> None:
    assert "requests" in run("audit", "--db", str(done_file))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("calls", "--outcome", "anwsered"),
            "no call has the outcome 'anwsered'; there are: 'answered'.",
        ),
        (("calls", "--run", "9"), "there is no run 9"),
        (("calls", "--run", "9" * 30), "a number is larger than any here"),
        (("calls", "--limit", "9" * 30), "a number is larger than any here"),
        (("audit", "--run", "9"), "there is no run 9"),
    ],
)
def test_a_filter_that_fits_nothing_is_named(
    done_file: Path, taste: Callable[..., Any], words: tuple[str, ...], said: str
) -> None:
    result = taste(*words, "--db", done_file)
    assert (result.code, said in result.err) == (1, True)


@pytest.mark.parametrize(("day", "found"), [("0001-01-01", True), ("9999-12-31", False)])
def test_calls_are_listed_from_a_day_on(
    done_file: Path, taste: Callable[..., Any], day: str, found: bool
) -> None:
    said = taste("calls", "--since", day, "--db", done_file)
    assert (said.code, len(said.out.splitlines()) > 1) == (0, found)


def test_a_full_disk_under_the_output_is_one_sentence(done_file: Path) -> None:
    words = [sys.executable, "-c", "from taste.cli.main import main; main()"]
    command = [*words, "calls", "--json", "--db", str(done_file)]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=-1, text=True)
    assert (done.returncode, done.stderr) == (1, "taste: No space left on device\n")
