import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from taste.database import open_database
from taste.simulator.rows import store_world
from taste.simulator.world import World
from transcripts.db import Db

Taste = Callable[..., Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a simulated run of 18 items in 4 sessions."""
    file = tmp_path_factory.mktemp("calibrate") / "world.db"
    engine = open_database(str(file))
    with Db(engine) as db:
        store_world(
            db, World(), 1, datetime(2026, 1, 2, tzinfo=UTC), {"suboptimal": 10, "strong": 8},
            sessions=4,
        )  # fmt: skip
    engine.dispose()
    return file


def judge_of(taste: Taste, world: Path) -> str:
    said = taste("calibrate", "plan", "1", "--judge", "nobody", "--db", world)
    assert said.code == 1
    assert "no judge 'nobody'" in said.err
    return str(said.err.split("--judge takes one of ")[1].split(",")[0].strip().rstrip("."))


def test_a_plan_says_what_labels_buy_and_shows_no_outcome(taste: Taste, world: Path) -> None:
    judge = judge_of(taste, world)
    said = taste("calibrate", "plan", "1", "--judge", judge, "--json", "--db", world)
    widths = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert {one["set"].rpartition("-")[2] for one in widths} <= {"suboptimal", "strong"}
    assert all(one["half_width"] is None or one["half_width"] > 0 for one in widths)
    assert "win" not in said.out


def test_a_sample_is_drawn_once_and_needs_people_before_it_is_reported(
    taste: Taste, world: Path
) -> None:
    words = ("--judge", judge_of(taste, world), "--seed", "1", "--name", "cal", "--db", world)
    drawn = taste("calibrate", "draw", "1", "--labels", "14", *words)
    assert drawn.code == 0, drawn.err
    assert "14 pairs" in drawn.out
    assert "few: too few labels" in drawn.out
    again = taste("calibrate", "draw", "1", "--labels", "14", *words)
    assert (again.code, "'cal' already" in again.err) == (1, True)
    told = taste("calibrate", "report", "cal", "--db", world)
    assert (told.code, told.out) == (1, "")
    assert "judged 0 of 14 pairs" in told.err


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("plan", "no-study"), "no run of a study 'no-study'"),
        (("plan", "1", "--arm", "nobody"), "no arm 'nobody'"),
        (("report", "none"), "no calibration sample 'none'"),
        (("plan", "1", "--correlation", "2"), "not in [-1, 1]"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    taste: Taste, world: Path, words: tuple[str, ...], fault: str
) -> None:
    judge = ("--judge", judge_of(taste, world)) if words[0] == "plan" else ()
    said = taste("calibrate", *words, *judge, "--db", world)
    assert (said.code, said.out) == (1, "")
    assert fault in said.err
    assert said.err.count("\n") == 1
