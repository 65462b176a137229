"""Copies of one piece of work are one lineage, whatever the order in which they came."""

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from transcripts.db import Db, open_engine
from transcripts.storing.lineages import tie_lineages
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Session, Table

if TYPE_CHECKING:
    from datetime import datetime

    from tests.transcripts.conftest import Script

Lineages = Callable[[tuple[Path, ...]], dict[str, str]]


@pytest.fixture
def lineages(now: "datetime") -> Lineages:
    """Imports files in the given order into a fresh database: external id to lineage."""

    def imported(paths: tuple[Path, ...]) -> dict[str, str]:
        engine = open_engine("sqlite://")
        Table.metadata.create_all(engine)
        with Db(engine) as db:
            for path in paths:
                import_file(db, path, ImportOptions(), now)
            return {s.external_id: s.lineage for s in db.exec(select(Session))}

    return imported


def start(script: "Script", asks: int) -> None:
    for n in range(asks):
        script.human(f"ask {n}")
        script.says(f"reply {n}")


def copied(script: "Script", session: str, path: Path, lines: int, **more: object) -> Path:
    """A copy of the first lines under another session id, and a line of its own."""
    found = [json.loads(line) | {"sessionId": session} | more for line in script.lines[:lines]]
    own = found[-1] | {"uuid": f"{session}-own", "parentUuid": found[-1]["uuid"]}
    path.write_text("".join(json.dumps(line) + "\n" for line in [*found, own]), encoding="utf-8")
    return path


def same_in_every_order(lineages: Lineages, paths: list[Path]) -> dict[str, str]:
    """The lineages, which must not depend on the order of the import."""
    results = [lineages(order) for order in permutations(paths)]
    assert all(result == results[0] for result in results)
    return results[0]


def test_a_fork_with_copied_history_is_of_the_lineage_of_its_origin(
    script: "Script", lineages: Lineages, tmp_path: Path
) -> None:
    start(script, 3)
    origin = {"sessionId": "session-1", "messageUuid": "session-1-e4"}
    fork = copied(script, "a-fork", tmp_path / "b.jsonl", 4, forkedFrom=origin)
    found = same_in_every_order(lineages, [script.write(tmp_path / "a.jsonl"), fork])
    assert found == {"session-1": "session-1", "a-fork": "session-1"}


def test_a_resumed_copy_without_a_pointer_is_tied_by_its_entries(
    script: "Script", lineages: Lineages, tmp_path: Path
) -> None:
    start(script, 3)
    copy = copied(script, "resumed", tmp_path / "b.jsonl", 3)
    found = same_in_every_order(lineages, [script.write(tmp_path / "a.jsonl"), copy])
    assert len(set(found.values())) == 1


def test_a_chain_of_three_is_one_lineage_whichever_comes_first(
    script: "Script", new_script: "type[Script]", lineages: Lineages, tmp_path: Path
) -> None:
    start(script, 2)
    middle = new_script("session-1")
    start(middle, 2)
    middle.lines = middle.lines[2:]
    third = copied(middle, "third", tmp_path / "c.jsonl", 1)
    second = copied(middle, "second", tmp_path / "b.jsonl", 2)
    script.lines = script.lines[:4]
    other = new_script("elsewhere")
    start(other, 1)
    paths = [script.write(tmp_path / "a.jsonl"), second, third, other.write(tmp_path / "d.jsonl")]
    found = same_in_every_order(lineages, paths)
    assert len(set(found.values())) == 2
    assert found["elsewhere"] == "elsewhere"


def test_a_subagent_is_of_the_lineage_of_its_session_and_of_its_forks(
    script: "Script", new_script: "type[Script]", lineages: Lineages, tmp_path: Path
) -> None:
    start(script, 2)
    fork = copied(script, "fork", tmp_path / "b.jsonl", 3)
    agent = new_script("fork")
    agent.chained("user", isSidechain=True, agentId="a1", message={"content": "do it"})
    agent.sidechain("done")
    agent.lines = [line.replace(b'"fork-e', b'"agent-e') for line in agent.lines]
    paths = [script.write(tmp_path / "a.jsonl"), fork, agent.write(tmp_path / "agent-a1.jsonl")]
    found = same_in_every_order(lineages, paths)
    assert "fork/a1" in found
    assert len(set(found.values())) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_sessions_that_name_an_origin_are_tied_even_before_it_is_there(
    db: Db, now: "datetime", order: tuple[int, ...]
) -> None:
    chain = [("b", []), ("c", ["b"]), ("a", ["c"])]
    for number in order:
        name, origins = chain[number]
        row = Session(
            external_id=name, lineage=name, origins=origins, format="x", thread="main",
            imported_at=now,
        )  # fmt: skip
        db.add(row)
        db.flush()
        assert row.id is not None
        tie_lineages(db, [row.id])
    assert {session.lineage for session in db.exec(select(Session))} == {"b"}


def test_two_that_go_on_from_one_session_nobody_has_are_one_lineage(
    db: Db, now: "datetime"
) -> None:
    for name in ("x", "y"):
        row = Session(
            external_id=name, lineage=name, origins=["gone"], format="x", thread="main",
            imported_at=now,
        )  # fmt: skip
        db.add(row)
        db.flush()
        tie_lineages(db, [row.id or 0])
    assert {session.lineage for session in db.exec(select(Session))} == {"x"}
