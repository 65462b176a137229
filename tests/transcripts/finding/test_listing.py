"""Narrowing the list of sessions down: days, marks, models; and what stands for nothing."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from transcripts.annotations import Label, annotate
from transcripts.db import Db
from transcripts.finding.listing import ANY, Wanted, list_wanted
from transcripts.queries import find_family, get_session, main_id
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Session

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


@pytest.fixture(autouse=True)
def sessions(new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime) -> None:
    """Two sessions of 2026-02-01, s-1 with two marks by ada, and s-3 without a line of its own."""
    for name in ("s-1", "s-2"):
        script = new_script(name)
        script.human("start")
        for number in range(3):
            script.says("reply")
            script.human(f"act {number}")
        import_file(db, script.write(tmp_path / f"{name}.jsonl"), ImportOptions("Ada"), now)
        if name == "s-1":
            for uuid, _ in script.prompts[1:3]:
                label = Label(kind="strong", codebook="1.0")
                annotate(db, get_session(db, name), uuid, "ada", label, now)
    db.add(Session(
        external_id="s-3", lineage="s-3", format="codex", thread="main", imported_at=now,
    ))  # fmt: skip
    db.commit()


def names(db: Db, **wanted: Any) -> list[str]:
    return sorted(one.session.external_id for one in list_wanted(db, Wanted(**wanted)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["s-1", "s-2", "s-3"]),
        ({"since": date(2026, 2, 1)}, ["s-1", "s-2"]),
        ({"until": date(2026, 2, 1)}, ["s-1", "s-2"]),
        ({"since": date(2026, 2, 2)}, []),
        ({"until": date(2026, 1, 31)}, []),
        ({"until": date.max}, ["s-1", "s-2"]),
        ({"marks": ANY}, ["s-1"]),
        ({"marks": 2}, ["s-1"]),
        ({"marks": 3}, []),
        ({"marks": 0}, ["s-2", "s-3"]),
        ({"marks": ANY, "annotator": "bob"}, []),
        ({"model": "MODEL-X"}, ["s-1", "s-2"]),
        ({"model": "%"}, []),
        ({"researcher": "Ada", "format": "claude-code"}, ["s-1", "s-2"]),
        ({"format": "codex", "max_events": 0}, ["s-3"]),
    ],
)
def test_what_fits_is_listed(db: Db, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(db, **wanted) == found


def test_the_number_of_queries_does_not_grow_with_the_sessions(db: Db, now: datetime) -> None:
    seen: list[str] = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *told: seen.append(told[2]))
    list_wanted(db, Wanted())
    before = len(seen)
    for number in range(50):
        name = f"t-{number}"
        db.add(Session(external_id=name, lineage=name, format="x", thread="main", imported_at=now))
    db.commit()
    seen.clear()
    assert len(list_wanted(db, Wanted())) == 53
    assert len(seen) <= before


def test_a_family_is_a_session_with_its_parts_and_subagents(db: Db, now: datetime) -> None:
    for name, part in (("s-1", 2), ("s-1/a", 1), ("s-1/b", 1), ("s-10", 1)):
        row = Session(external_id=name, part=part, lineage="s-1", format="x", thread="main",
                      imported_at=now)  # fmt: skip
        db.add(row)
    db.commit()
    family = find_family(db, get_session(db, "s-1"))
    assert [(s.external_id, s.part) for s in family] == [
        ("s-1", 1), ("s-1", 2), ("s-1/a", 1), ("s-1/b", 1),
    ]  # fmt: skip
    one = db.exec(select(Session).where(Session.external_id == "s-1/a")).one()
    assert [s.external_id for s in find_family(db, one)] == ["s-1/a"]
    assert main_id("s-1/a") == main_id("s-1") == "s-1"
