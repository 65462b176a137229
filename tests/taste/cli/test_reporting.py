import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.database import open_database
from taste.demo.setup import SETS, prepare, read_script, study_text
from taste.study import parse_study
from taste.tables import Run, Trial
from taste.workers import RunResult
from transcripts.db import Db

Taste = Callable[..., Any]


@pytest.fixture
def done(database: Path, go: Callable[..., RunResult]) -> Path:
    """A database with a finished run."""
    assert go().stopped is None
    return database


def test_a_report_is_written_in_the_form_that_the_files_ending_says(
    taste: Taste, done: Path, folder: Path
) -> None:
    for ending in ("html", "json", "md"):
        said = taste("report", "-o", f"r.{ending}", "--db", done)
        assert (said.code, said.out.strip()) == (0, f"r.{ending}")
    assert (folder / "r.html").read_text(encoding="utf-8").lstrip().startswith("<!")
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["simulated"] is True
    assert (folder / "r.md").read_text(encoding="utf-8").startswith("#")


@pytest.mark.parametrize("ending", ["html", "json", "md"])
def test_a_report_is_the_same_bytes_twice_and_says_simulated(
    taste: Taste, done: Path, folder: Path, ending: str
) -> None:
    for name in ("a", "b"):
        taste("report", "1", "-o", name, "--format", ending, "--db", done)
    written = (folder / "a").read_bytes()
    assert written == (folder / "b").read_bytes()
    assert b"simulated" in written.lower()


@pytest.mark.parametrize("command", ["report", "demo"])
@pytest.mark.parametrize("place", ["gone/r.html", "."])
def test_a_report_that_cannot_be_written_is_refused_at_once(
    taste: Taste, command: str, place: str
) -> None:
    said = taste(command, "-o", place)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"taste: cannot write {place!r}: ")
    assert len(said.err.splitlines()) == 1


def test_the_demonstrations_preparation_changes_nothing_the_second_time(
    examples: Db, now: Any
) -> None:
    before = examples.connection().exec_driver_sql("select count(*) from event").scalar()
    prepared = prepare(examples, now)
    assert (prepared.points, prepared.items) == (36, {"suboptimal": 18, "strong": 18})
    assert examples.connection().exec_driver_sql("select count(*) from event").scalar() == before


def test_every_item_of_the_demonstration_has_written_answers(examples: Db) -> None:
    study = parse_study(study_text("http://127.0.0.1:1"), "demo/study.toml")
    items = [item for item in read_script(examples).items if item.moves]
    assert len(items) == 36
    models = {proposer.model for proposer in study.proposers}
    assert all(set(item.moves) == models for item in items)
    assert set(study.sets) == {rule.name for rule in SETS}


def test_the_demonstration_runs_without_key_or_network(taste: Taste, folder: Path) -> None:
    said = taste("--db", "demo.db", "demo", "-o", "demo.html")
    assert (said.code, "Traceback" in said.err) == (0, False)
    assert said.out.startswith("report: ")
    assert "simulated" in said.out
    assert b"simulated" in (folder / "demo.html").read_bytes().lower()
    engine = open_database("demo.db")
    with Db(engine) as db:
        assert [(run.status, run.simulated) for run in db.exec(select(Run))] == [("done", True)]
        assert {trial.exclusion for trial in db.exec(select(Trial))} == {None}
    engine.dispose()
