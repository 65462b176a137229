"""`taste assign` and `taste progress` as commands."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.assignment_tables import Assignment
from taste.database import open_database
from transcripts.db import Db
from transcripts.tables import Annotator

Taste = Callable[..., Any]
TEAM = ("--annotator", "Ada", "--annotator", "Ben", "--annotator", "Cy")


@pytest.fixture
def few(few_file: Path, folder: Path) -> Path:
    return Path(shutil.copy(few_file, folder / "taste.db"))


def lines(said: Any) -> list[dict[str, Any]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


@pytest.mark.usefixtures("few")
def test_queues_are_made_once_and_progress_tells_of_them(taste: Taste) -> None:
    (made,) = lines(taste("assign", *TEAM, "--overlap", 2, "--json"))
    assert (made["batch"], sum(made["made"].values()), made["short"]) == ("hindsight-1", 4, [])
    (again,) = lines(taste("assign", *TEAM, "--overlap", 2, "--json"))
    assert (sum(again["made"].values()), again["there"]) == (0, 4)
    told = lines(taste("progress", "--json"))
    assert sum(row["todo"] for row in told) == 4
    assert "gold judged" in taste("progress").out


@pytest.mark.usefixtures("few")
def test_where_nobody_was_refused_no_refusal_is_spoken_of(taste: Taste) -> None:
    said = taste("assign", *TEAM[:2], "--overlap", 3, "--due", "2001-01-01")
    assert "1 of 3 people; no more were named." in said.err
    assert "the deadline 2001-01-01 is past already." in said.err
    assert "--check" not in said.err


def rows(file: Path) -> dict[str, int]:
    engine = open_database(str(file))
    with Db(engine) as db:
        found = {
            "assignments": len(db.exec(select(Assignment.id)).all()),
            "annotators": len(db.exec(select(Annotator.id)).all()),
        }
    engine.dispose()
    return found


def test_a_check_names_what_cannot_be_staffed_and_writes_nothing(few: Path, taste: Taste) -> None:
    before = rows(few)
    said = taste("assign", "--check", *TEAM[:4], "--staff", "annotate=2,adjudicate=1")
    assert "cannot be staffed: not at once: annotate 2, adjudicate 1" in said.out
    assert "0 of 2 can be staffed" in said.out
    checks = lines(taste("assign", "--check", *TEAM, "--overlap", 2, "--json"))
    assert all(row["fault"] is None for row in checks)
    assert {role["role"]: role["wanted"] for role in checks[0]["roles"]} == {
        "propose": 0, "annotate": 2, "adjudicate": 1, "judge": 0,
    }  # fmt: skip
    assert rows(few) == before


@pytest.mark.usefixtures("few")
def test_a_check_without_names_is_about_everybody_known(taste: Taste) -> None:
    checks = lines(taste("assign", "--check", "--json"))
    (propose,) = [role for role in checks[0]["roles"] if role["role"] == "propose"]
    assert list(propose["refused"]) == ["example-annotator"]
    assert propose["eligible"] == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), "name who is to do it"),
        ((*TEAM, "--gold", 0.1), "--gold goes with --mode judge"),
        ((*TEAM, "--mode", "judge"), "name one calibration sample"),
        ((*TEAM, "--mode", "judge", "--sample", "no"), "no calibration sample 'no'"),
        ((*TEAM, "--mode", "adjudicate"), "two annotators have handed in"),
        ((*TEAM, "--name", "own"), "cannot name a batch"),
        ((*TEAM, "--set", "no"), "'no'"),
        ((*TEAM, "--sample", "no"), "no sample 'no'"),
        ((*TEAM, "--check", "--staff", "annotate"), "say how many for each"),
    ],
)
def test_a_bad_call_is_one_sentence_and_changes_nothing(
    few: Path, taste: Taste, words: tuple[Any, ...], fault: str
) -> None:
    before = rows(few)
    said = taste("assign", *words)
    assert (said.code, said.out) == (1, "")
    assert fault in said.err
    assert len(said.err.splitlines()) == 1
    assert rows(few) == before


@pytest.mark.usefixtures("few")
def test_progress_of_nothing_says_what_to_do(taste: Taste) -> None:
    assert "`taste assign` makes queues" in taste("progress").err
