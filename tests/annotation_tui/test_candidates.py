"""Candidates beside the reader: not before a first pass, and every step is recorded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from taste.assignment_tables import Assignment, Reveal
from tests.annotation_tui.conftest import NOW, told
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.tables import Draw

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Script, Stage


@pytest.fixture
def marked(stage: Stage) -> Stage:
    """A session in which both acts are candidates."""
    session = stage.store(told())
    with Db(stage.engine) as db:
        for number, event in enumerate(("e4", "e7")):
            point = store_point(db, session, resolve_point(db, session, event))
            db.add(
                Draw(
                    name="a", number=number, decision_point_id=point.id or 0, source="candidate",
                    stratum="unscreened", score=0.7, reason=f"canary [/b] {event}", seed=1,
                    created_at=NOW,
                )
            )  # fmt: skip
        db.commit()
    return stage


def assist(stage: Stage) -> None:
    with Db(stage.engine) as db:
        db.add(
            Assignment(
                identity="a", batch="b", annotator_id=find_or_add_annotator(db, "ann").id or 0,
                mode="hindsight", condition="assisted", session_id=1, thread="main", number=1,
                seed=1, created_at=NOW,
            )
        )  # fmt: skip
        db.commit()


def play(stage: Stage, script: Script) -> None:
    asyncio.run(stage.read(script))


def actions(drive: Driver) -> list[str]:
    with Db(drive.engine) as db:
        return list(db.exec(select(Reveal.action)))


def test_before_the_first_pass_is_handed_in_none_is_shown(marked: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("c")
        assert "your own first pass" in drive.status
        assert "canary" not in drive.screen_text()
        assert actions(drive) == []

    play(marked, script)


def test_after_the_first_pass_they_are_shown_and_judged_one_by_one(marked: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("0", *"all", "enter", "ctrl+s", "c")
        frame = drive.screen_text()
        assert "candidate 1/2 at event 5 · canary [/b] e4 · not judged yet" in frame
        assert "score" not in frame
        await drive.press("x")
        assert "candidate 2/2 at event 8" in drive.screen_text()
        await drive.press("left_square_bracket")
        assert "rejected · score 0.70" in drive.screen_text()
        assert actions(drive) == ["shown", "rejected", "shown"]

    play(marked, script)


def test_in_the_assisted_arm_they_are_there_from_the_start_and_accepting_marks(
    marked: Stage,
) -> None:
    assist(marked)

    async def script(drive: Driver) -> None:
        assert "candidate 1/2" in drive.screen_text()
        await drive.press("d")
        assert drive.form.is_open
        assert actions(drive) == ["shown", "accepted"]
        assert "D@5" in drive.status

    play(marked, script)
