"""The queue offers my assignments, says how far each is, and tells nothing of how it ended."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from taste.assignment_tables import Activity, Assignment
from tests.annotation_tui.conftest import NOW
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.tables import Session

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage


def assign(stage: Stage, session: Session, annotator: str = "ann", number: int = 1) -> int:
    """Assign a session to an annotator; returns the assignment's number."""
    with Db(stage.engine) as db:
        row = Assignment(
            identity=f"{annotator} {session.id} {number}",
            batch="first",
            annotator_id=find_or_add_annotator(db, annotator).id or 0,
            mode="hindsight",
            session_id=session.id or 0,
            thread="main",
            number=number,
            seed=1,
            due=date(2026, 2, 1),
            created_at=NOW,
        )
        db.add(row)
        db.commit()
        assert row.id is not None
        return row.id


def states(stage: Stage) -> list[tuple[str, str, str | None]]:
    with Db(stage.engine) as db:
        return [(row.batch, row.state, row.reason) for row in db.exec(select(Assignment))]


def line_of(drive: Driver, name: str) -> list[str]:
    return next(line for line in drive.screen_text().splitlines() if name in line).split()


def test_my_assignments_and_no_others_are_listed_with_what_was_seen_and_how_long_it_took(
    stage: Stage, session: Session
) -> None:
    other = stage.store(stage.tell().event("human", "hello"), "t-0002-other")
    assign(stage, other, "bob")
    number = assign(stage, session)
    with Db(stage.engine) as db:
        seen = Activity(
            identity="a", assignment_id=number, at=NOW, active_ms=120_000, first=0, last=4
        )
        db.add(seen)
        db.commit()

    async def script(drive: Driver) -> None:
        assert line_of(drive, "s-0001-a") == (
            ["s-0001-a", "hindsight", "todo", "9", "3", "67%", "2", "2026-02-01"]
        )
        assert "t-0002" not in drive.screen_text()
        assert "[/red]" not in drive.screen_text()
        assert "my assignments · done 0/1, today 0 · blind" in drive.screen_text()

    asyncio.run(stage.play(script))


@pytest.mark.usefixtures("session")
def test_who_has_no_assignment_takes_what_they_open_and_once_only(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        assert "none assigned: all sessions" in drive.screen_text()
        assert states(stage) == []
        for _ in range(2):
            await drive.press("enter", "q")
        assert [batch for batch, *_ in states(stage)] == ["own"]

    asyncio.run(stage.play(script))


def test_without_sessions_the_queue_says_what_to_do(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("enter")
        assert "taste import" in drive.status

    asyncio.run(stage.play(script))


def test_an_assignment_is_set_aside_with_its_reason_and_taken_back(
    stage: Stage, session: Session
) -> None:
    assign(stage, session)

    async def script(drive: Driver) -> None:
        await drive.press("exclamation_mark", "enter")
        assert drive.status == "! say why in a few words."
        await drive.press("j", "S", "enter")
        assert states(stage) == [("first", "flagged", "jS")]
        await drive.press("S", "n", "enter")
        assert states(stage) == [("first", "skipped", "n")]
        assert "skipped (n)" in drive.screen_text()
        await drive.press("S")
        assert states(stage) == [("first", "todo", None)]

    asyncio.run(stage.play(script))


def test_from_one_assignment_a_key_leads_to_the_next_that_is_to_be_done(
    stage: Stage, session: Session
) -> None:
    other = stage.store(stage.tell().event("human", "hello"), "t-0002-other")
    assign(stage, session)
    assign(stage, other, number=2)

    async def script(drive: Driver) -> None:
        await drive.press("enter", "greater_than_sign")
        assert drive.reader.desk.session.external_id == "t-0002-other"
        await drive.press("greater_than_sign", "q")
        assert "s-0001-a" in drive.screen_text()

    asyncio.run(stage.play(script))


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("ANN", "queue · Ann · my assignments"),
        ("Anm", "nobody is called 'Anm' here, and others have assignments: mistyped?"),
    ],
)
def test_a_known_name_is_known_in_any_case_and_an_unknown_one_is_told(
    stage: Stage, session: Session, who: str, told: str
) -> None:
    assign(stage, session, "Ann")
    stage.who = who

    async def look(drive: Driver) -> None:
        assert told in drive.screen_text()
        assert ("mistyped?" in drive.screen_text()) == (who == "Anm")

    asyncio.run(stage.play(look))
