"""`taste retry`: what failed, what trying it again costs, and doing it."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.run_tables import Retry
from taste.simulator.server import Simulator
from taste.tables import Call
from transcripts.db import Db
from transcripts.tables import Session

Taste = Callable[..., Any]
LIMITS = {"budget_usd": 10, "concurrency": 1, "max_wait": 0.01}


@pytest.fixture
def failed(
    taste: Taste, database: Path, folder: Path, simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
) -> Iterator[Path]:  # fmt: skip
    """A study whose run is done, with a refused proposal and a verdict in the wrong form."""
    path = folder / "study.toml"
    with simulate("refusal:1", "malformed:6x2", "off_schema:9") as server:
        text = study_text(server.base_url, limits=LIMITS, controls={"arms": []})
        path.write_text(text, encoding="utf-8")
        assert taste("run", path, "--yes", "--db", database).code == 0
        yield path


def test_failures_are_listed_by_reason_with_what_they_would_cost(
    taste: Taste, database: Path, failed: Path
) -> None:
    before = database.read_bytes()
    said = taste("retry", failed, "--db", database)
    assert said.code == 0
    malformed, refused = said.out.splitlines()
    assert malformed.startswith("malformed: 1 verdict; 1 trials; again: up to 1 calls, about $")
    assert refused.startswith("refusal:frontier_llm: 1 proposal; 1 trials; again: up to 4 calls")
    (first, _) = map(
        json.loads, taste("retry", failed, "--json", "--db", database).out.split("\n")[:2]
    )
    assert (first["reason"], first["answers"]) == ("malformed", {"verdict": 1})
    assert database.read_bytes() == before


def test_the_chosen_ones_are_asked_for_and_the_report_says_so(
    taste: Taste, database: Path, failed: Path
) -> None:
    said = taste("retry", failed, "--reason", "refusal", "--yes", "--db", database)
    assert (said.code, said.out.startswith("run 1: 1 of 1 open trials done, 4 answers")) == (
        0,
        True,
    )
    assert "malformed" in taste("retry", failed, "--db", database).out
    taste("report", "--db", database, "--format", "md", "--output", "r.md")
    told = Path("r.md").read_text(encoding="utf-8")
    assert "1 answer tried again after a first outcome (refusal:frontier" in told
    assert taste("audit", "--db", database).code == 0


def test_marking_sends_nothing_and_the_next_run_asks(
    taste: Taste, database: Path, failed: Path
) -> None:
    said = taste("retry", failed, "--reason", "malformed", "--mark-only", "--db", database)
    assert (said.code, said.out) == (0, "")
    assert taste("run", failed, "--yes", "--db", database).out.startswith("run 1: 1 of 1 open")


def test_they_are_asked_for_in_batches_if_one_likes(
    taste: Taste, database: Path, db: Db, failed: Path
) -> None:
    asked = ("--reason", "refusal", "--reason", "malformed", "--yes", "--batch", "--poll", "0.01")
    said = taste("retry", failed, *asked, "--db", database)
    assert (said.code, said.out.startswith("run 1: 2 of 2 open trials done")) == (0, True)
    assert {"batch"} < set(db.exec(select(Call.mode)).all())
    assert "no answer failed" in taste("retry", failed, "--db", database).out
    assert taste("audit", "--db", database).code == 0


def test_nothing_is_marked_where_the_start_would_be_refused(
    taste: Taste, database: Path, db: Db, failed: Path
) -> None:
    for session in db.exec(select(Session)):
        session.usable_until = date(2020, 1, 1)
    db.commit()
    said = taste("retry", failed, "--reason", "refusal", "--yes", "--db", database)
    assert (said.code, "2020-01-01" in said.err) == (1, True)
    assert db.exec(select(Retry)).all() == []


def test_nothing_is_marked_where_the_endpoint_does_not_answer(
    taste: Taste, database: Path, folder: Path, simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
) -> None:  # fmt: skip
    path = folder / "study.toml"
    with simulate("refusal:1") as server:
        path.write_text(study_text(server.base_url, limits=LIMITS, controls={"arms": []}))
        taste("run", path, "--yes", "--db", database)
    before = database.read_bytes()
    said = taste("retry", path, "--reason", "refusal", "--yes", "--db", database)
    assert (said.code, "does not answer" in said.err) == (1, True)
    assert database.read_bytes() == before


@pytest.mark.parametrize("reason", ["nonsense", "ref"])
def test_a_reason_that_is_not_there_changes_nothing(
    taste: Taste, database: Path, failed: Path, reason: str
) -> None:
    before = database.read_bytes()
    said = taste("retry", failed, "--reason", reason, "--yes", "--db", database)
    assert said.code == 1
    assert f"no answer of this run failed with reason '{reason}'; there is: 'malformed'" in said.err
    assert taste("retry", failed, "--reason", "refusal", "--db", database).code == 1
    assert database.read_bytes() == before
