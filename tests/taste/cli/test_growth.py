"""Growing a study from the command line: larger sets, and looks that are recorded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.run_tables import Look
from taste.simulator.server import Simulator
from taste.tables import ItemSet
from taste.workers import RunResult
from transcripts.db import Db

Taste = Callable[..., Any]
ALONE: dict[str, Any] = {"controls": {"arms": []}}


@pytest.fixture
def done(database: Path, go: Callable[..., RunResult]) -> Path:
    """A database with a finished run."""
    assert go(**ALONE).stopped is None
    return database


def test_a_set_is_extended_and_listed_with_the_set_that_it_extends(
    taste: Taste, database: Path, db: Db
) -> None:
    taste("sets", "freeze", "half", "--set", "strong", "--labels", "one", "--per-session", "1",
          "--db", database)  # fmt: skip
    said = taste("sets", "extend", "half", "--as", "whole", "--db", database)
    assert (said.code, said.err) == (1, said.err)
    assert "nothing new qualifies" in said.err
    half = db.exec(select(ItemSet).where(ItemSet.name == "half")).one()
    half.per_session = None
    db.commit()
    said = taste("sets", "extend", "half", "--as", "whole", "--json", "--db", database)
    row = json.loads(said.out)
    assert (row["name"], row["extends"], row["items"]) == ("whole", "half", 4)
    listed = taste("sets", "list", "--json", "--db", database).out.splitlines()
    extends = {one["name"]: one["extends"] for one in map(json.loads, listed)}
    assert extends == {"few": None, "half": None, "more": None, "whole": "half"}


@pytest.mark.parametrize("command", [("report", "-o", "r.json"), ("trials", "-o", "t.csv")])
def test_a_command_that_shows_outcomes_records_the_first_look(
    taste: Taste, done: Path, db: Db, command: tuple[str, ...]
) -> None:
    taste("status", "--db", done)
    assert db.exec(select(Look)).first() is None
    for _ in range(2):
        assert taste(*command, "--db", done).code == 0
    (look,) = db.exec(select(Look)).all()
    state = json.loads(taste("status", "--json", "--db", done).out)
    assert state["looked_at"] == str(look.created_at)
    assert state["added"]["look"]["simulated"] is True


def test_status_and_plan_name_what_is_added_after_a_look(
    taste: Taste, done: Path, simulator: Simulator, study_text: Callable[..., str],
    seat: Callable[..., Any], folder: Path,
) -> None:  # fmt: skip
    taste("report", "-o", "r.json", "--db", done)
    seats = [seat("simulated-late"), seat("simulated-early")]
    text = study_text(simulator.base_url, **ALONE, proposers=seats)
    (folder / "s.toml").write_text(text, encoding="utf-8")
    planned = json.loads(taste("plan", "s.toml", "--json", "--db", done).out)
    assert planned["added"]["models"] == ["simulated-early"]
    assert any("the model simulated-early" in warning for warning in planned["warnings"])
    assert "Added after that look" not in taste("status", "--db", done).out
    assert taste("run", "s.toml", "--yes", "--db", done).code == 0
    assert "the model simulated-early" in taste("status", "--db", done).out
