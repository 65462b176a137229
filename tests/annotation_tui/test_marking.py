"""What is pressed in the reader is what stands in the database."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_a_detour_is_stored_at_once_and_complete_in_eight_keys(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h")
        await drive.press("d")
        assert [(row.kind, row.type, row.replaces_id) for row in drive.rows()] == [
            ("detour", None, None)
        ]
        await drive.press("3", "w", "a", "v", "escape")
        await drive.press("h", "r", "J", "x")
        row = drive.last()
        assert (row.type, row.attribution, row.knowable) == ("wrong_measure", "agent", "yes")
        assert (row.confidence, row.recognised, row.recovered) == (4, "e7", "e8")

    asyncio.run(stage.read(script))


def test_every_change_is_a_new_row_that_replaces_the_one_before(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "s", "1", "2", "2")
        rows = drive.rows()
        assert [row.type for row in rows] == [None, "challenge", "notice_gap", None]
        assert [row.replaces_id for row in rows] == [None, *(row.id for row in rows[:-1])]
        assert {row.codebook for row in rows} == {stage.codebook.version}

    asyncio.run(stage.read(script))


def test_marking_where_nothing_precedes_is_refused_and_the_app_goes_on(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("d")
        assert drive.status.startswith("! 'e0' precedes every response")
        assert drive.rows() == []
        assert not drive.form.is_open
        await drive.press("h", "d")
        assert len(drive.rows()) == 1

    asyncio.run(stage.read(script))


def test_a_recovery_before_the_start_is_refused_with_its_reason(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "escape", "K", "x")
        assert "recovered refused: event 4 stands before the detour's start" in drive.status
        assert drive.last().recovered is None

    asyncio.run(stage.read(script))


def test_a_strong_move_is_not_recovered(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "s", "escape", "J", "x")
        assert drive.status.startswith("! only a detour is recovered")
        assert len(drive.rows()) == 1

    asyncio.run(stage.read(script))


def test_the_act_above_is_marked_where_the_cursor_stands_on_work(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "J", "J", "d", "escape")
        assert drive.reader.desk.selection.all[0].before == "e4"
        await drive.press("d", "escape")
        assert len(drive.rows()) == 1

    asyncio.run(stage.read(script))


def test_another_kind_takes_the_place_of_the_mark(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "5", "escape", "J", "x", "s")
        row = drive.last()
        assert (row.kind, row.type, row.recovered) == ("strong", None, None)
        assert [mark.label.kind for mark in drive.reader.desk.selection.all] == ["strong"]

    asyncio.run(stage.read(script))


def test_edit_opens_the_mark_at_or_above_the_cursor(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("e")
        assert "no mark of yours" in drive.status
        await drive.press("h", "d", "escape", "h", "d", "escape", "H", "J", "e", "7")
        assert (drive.last().type, drive.reader.desk.selection.all[0].label.type) == (
            "lost_goal",
            "lost_goal",
        )

    asyncio.run(stage.read(script))


def test_keys_typed_in_one_burst_reach_what_the_earlier_ones_open(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.burst("h", "d", "3", "w", "s", "x", "enter", *"said so", "!")
        await drive.press("enter")
        row = drive.last()
        assert (row.kind, row.type, row.attribution) == ("detour", "wrong_measure", "agent")
        assert (row.knowable, row.confidence, row.rationale) == ("partly", 2, "said so!")
        await drive.press("escape")
        await drive.burst("slash", *"split", "enter")
        assert drive.cursor == (7, 1)

    asyncio.run(stage.read(script))


@pytest.mark.parametrize("leave", ["enter", "escape", "tab"])
def test_a_rationale_is_stored_when_its_line_is_left(stage: Stage, leave: str) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "enter")
        await drive.type("dr x u")
        await drive.press(leave)
        assert drive.last().rationale == "dr x u"

    asyncio.run(stage.read(script))


def test_a_rationale_saved_half_way_goes_on_where_it_was(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "enter")
        await drive.type("one ")
        drive.form.commit()
        assert drive.last().rationale == "one"
        await drive.type("two")
        await drive.press("enter")
        assert drive.last().rationale == "one two"

    asyncio.run(stage.read(script))


def test_leaving_the_tool_stores_what_is_being_typed(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "enter")
        await drive.type("half a th")
        await drive.press("ctrl+q")
        assert drive.last().rationale == "half a th"

    asyncio.run(stage.read(script))


def test_a_signal_to_end_stores_what_is_being_typed(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "enter")
        await drive.type("cut")
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        signal.raise_signal(signal.SIGTERM)
        await drive.pilot.pause()
        assert drive.last().rationale == "cut"
        assert drive.app.return_code == 128 + signal.SIGTERM

    asyncio.run(stage.read(script))


def test_marks_stand_in_the_gutter_and_in_the_outline(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "escape", "h", "s", "escape", "g")
        text = drive.screen_text()
        assert "D● human  5  [D]" in text
        assert "S● human  8  [S]" in text
        assert "D     5 now train the mode" in text

    asyncio.run(stage.read(script, size=(120, 40)))
