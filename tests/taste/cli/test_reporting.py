import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.demo.setup import SETS, prepare, read_script, study_text
from taste.study import parse_study
from taste.workers import RunResult
from transcripts.db import Db

README = Path(__file__).parents[3] / "README.md"
STAGE = re.compile(r'<span class="count">([^<]+)</span><span class="what">([^<]+)</span>')
"""How a report counts what fell out."""
Taste = Callable[..., Any]


@pytest.fixture
def done(database: Path, go: Callable[..., RunResult]) -> Path:
    """A database with a finished run."""
    assert go().stopped is None
    return database


def test_a_report_is_written_in_the_form_that_the_files_ending_says_or_the_option(
    taste: Taste, done: Path, folder: Path
) -> None:
    for ending, start in (("html", b"<!"), ("json", b"{"), ("md", b"#")):
        said = taste("report", "-o", f"r.{ending}", "--db", done)
        assert (said.code, said.out.strip()) == (0, f"r.{ending}")
        taste("report", "1", "-o", "named", "--format", ending, "--db", done)
        written = (folder / f"r.{ending}").read_bytes()
        assert written == (folder / "named").read_bytes()
        assert written.lstrip().startswith(start)
        assert b"simulated" in written.lower()
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["simulated"] is True


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


@pytest.mark.no_cover
def test_the_demonstration_prints_what_the_readme_shows_and_leaves_its_report(
    taste: Taste, folder: Path
) -> None:
    said = taste("demo")
    assert (said.code, "Traceback" in said.err) == (0, False)
    assert f"```console\n$ make demo\n{said.out}```\n" in README.read_text(encoding="utf-8")
    assert [path.name for path in folder.iterdir()] == ["taste-demo.html"]
    page = (folder / "taste-demo.html").read_text(encoding="utf-8")
    assert "simulated" in page.lower()
    counts = {name: count for count, name in STAGE.findall(page)}
    assert f"{counts['trials']} trials, " in said.err
    assert counts["scored verdicts"] == counts["verdicts"]
