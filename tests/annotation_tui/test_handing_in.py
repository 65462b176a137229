"""Handing in from the reader: what is missing is shown, what is complete becomes evidence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from taste.assignment_tables import Activity, Adjudication, Assignment, Submission
from tests.annotation_tui.conftest import NOW
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage
    from transcripts.tables import Session

pytestmark = pytest.mark.usefixtures("session")

WHY = "because a better test was at hand"


def state(stage: Stage) -> str:
    with Db(stage.engine) as db:
        return db.exec(select(Assignment.state)).one()


def see_all(stage: Stage) -> None:
    with Db(stage.engine) as db:
        number = db.exec(select(Assignment.id)).one() or 0
        row = Activity(
            identity="all", assignment_id=number, at=NOW, active_ms=1000, first=0, last=8
        )
        db.add(row)
        db.commit()


def test_an_incomplete_mark_is_not_handed_in_and_its_first_gap_is_opened(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "s", "1", "escape", "h", "ctrl+s")
        assert drive.status == (
            "! not handed in: strong at event 5: confidence: "
            "of ten careful colleagues, how many would agree"
        )
        assert drive.cursor == (4, 0)
        await drive.press("v", "tab")
        await drive.write(WHY)
        await drive.press("ctrl+s")
        assert drive.status.startswith("handed in as version 1: labels 1")
        assert (drive.rows()[0].type, drive.rows()[0].rationale) == ("challenge", WHY)
        assert state(stage) == "submitted"

    asyncio.run(stage.read(script))


def test_undo_after_handing_in_makes_a_new_version_of_what_is_handed_in(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "s", "1", "e", "v", "R")
        await drive.write(WHY)
        await drive.press("ctrl+s", "e", "c", "ctrl+s", "u")
        assert state(stage) == "draft"
        assert drive.mark()["confidence"] == 4
        await drive.press("ctrl+s")
        assert [row.confidence for row in drive.rows()] == [4, 3, 4]

    asyncio.run(stage.read(script))


def test_nothing_is_attested_in_two_keys_by_who_has_seen_the_session(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        see_all(stage)
        await drive.press("0", "ctrl+s")
        with Db(stage.engine) as db:
            assert [row.empty for row in db.exec(select(Submission))] == [True]
        assert state(stage) == "submitted"

    asyncio.run(stage.read(script))


def test_who_has_seen_little_says_why_nothing_is_attested(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("0")
        assert "only 0% was in view" in drive.status
        await drive.press("enter")
        assert drive.draft() == {}
        await drive.type("setup")
        await drive.press("enter")
        assert drive.draft() == {"nothing": {"reason": "setup"}}
        await drive.press("0")
        assert drive.draft() == {}

    asyncio.run(stage.read(script))


def test_who_may_not_annotate_the_session_is_told_before_it_is_shown(
    stage: Stage, session: Session
) -> None:
    with Db(stage.engine) as db:
        row = Adjudication(
            identity="a",
            session_id=session.id or 0,
            annotator_id=find_or_add_annotator(db, "ann").id or 0,
            cut=4,
            decision="not_a_point",
            created_at=NOW,
        )
        db.add(row)
        db.commit()

    async def script(drive: Driver) -> None:
        await drive.press("enter")
        assert "'ann' may not annotate" in drive.status
        assert "please look" not in drive.screen_text()

    asyncio.run(stage.play(script))
