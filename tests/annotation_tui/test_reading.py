"""Moving, folding and searching keep to events and rows, whatever the size of the window."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_keys_move_by_line_event_act_error_and_end(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        places = []
        for key in ["j", "J", "K", "h", "h", "H", "t", "T", "G", "g", "ctrl+d", "k"]:
            await drive.press(key)
            places.append(drive.cursor)
        assert places[:6] == [(0, 1), (1, 0), (0, 0), (4, 0), (7, 0), (4, 0)]
        assert places[6:10] == [(6, 0), (6, 0), (8, 1), (0, 0)]
        assert drive.cursor > (0, 0)

    asyncio.run(stage.read(script))


def test_a_key_that_leads_nowhere_says_so(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("T")
        assert drive.status == "no tool error above."
        await drive.press("G", "h")
        assert drive.status == "no human act below."

    asyncio.run(stage.read(script))


def test_a_long_result_begins_folded_and_z_unfolds_it(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        heights = drive.reader.desk.document.heights
        assert heights[3] == 1 + 8 + 1
        assert "30 lines" in drive.screen_text()
        await drive.press("J", "J", "J", "z")
        assert drive.reader.desk.document.heights[3] == 1 + 30
        assert drive.cursor == (3, 0)
        await drive.press("z")
        assert drive.reader.desk.document.heights[3] == 1 + 8 + 1

    asyncio.run(stage.read(script))


def test_unfolding_everything_leaves_the_cursor_and_its_line_on_screen(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "h")
        screen_row = drive.screen_text().splitlines().index("▶ ● human  8".ljust(79) + " ")
        await drive.press("Z")
        assert drive.cursor == (7, 0)
        lines = drive.screen_text().splitlines()
        assert lines[screen_row].startswith("▶ ● human  8")
        assert drive.reader.desk.document.heights.total == 1 + 1 + 3 * 2 + 31 + 5 * 2 - 2

    asyncio.run(stage.read(script))


def test_a_fold_from_inside_keeps_the_cursor_in_its_event(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("J", "J", "J", "z", *["j"] * 25)
        assert drive.cursor == (3, 25)
        await drive.press("z")
        assert drive.cursor == (3, 9)

    asyncio.run(stage.read(script))


def test_resizing_keeps_the_event_and_row(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "j")
        await drive.pilot.resize_terminal(200, 60)
        await drive.pilot.pause()
        assert drive.cursor == (4, 1)
        await drive.pilot.resize_terminal(60, 20)
        await drive.pilot.pause()
        assert drive.cursor == (4, 1)
        assert "▶ │ now train the model" in drive.screen_text()

    asyncio.run(stage.read(script))


def test_resizing_keeps_the_words_under_the_cursor(stage: Stage) -> None:
    stage.store(stage.tell().event("agent", " ".join(f"word{n}" for n in range(400))), "a-long-one")

    async def script(drive: Driver) -> None:
        await drive.press(*["j"] * 8)
        word = (drive.reader.desk.document.body_row(drive.reader.place) or "").split()[0]
        for size in [(200, 60), (60, 20), (80, 24)]:
            await drive.pilot.resize_terminal(*size)
            await drive.pilot.pause()
            line = next(line for line in drive.screen_text().splitlines() if "▶ │" in line)
            assert word in line.split()

    asyncio.run(stage.read(script))


def test_a_search_goes_from_hit_to_hit_and_round(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("slash")
        await drive.type("SPLIT")
        await drive.press("enter")
        assert (drive.cursor, drive.status) == ((7, 1), "hit 1 of 2 events that have it")
        await drive.press("n")
        assert drive.cursor == (8, 1)
        await drive.press("n")
        assert drive.cursor == (7, 1)
        await drive.press("N")
        assert drive.cursor == (8, 1)

    asyncio.run(stage.read(script))


def test_a_hit_in_a_folded_part_unfolds_it(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("slash")
        await drive.type("line 23")
        await drive.press("enter")
        assert drive.cursor == (3, 24)
        assert "▶ │ line 23" in drive.screen_text()

    asyncio.run(stage.read(script))


def test_what_is_sought_is_literal_and_may_be_nowhere(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        for needle in ["sp.it", "100%", "s_lit"]:
            await drive.press("slash", "ctrl+u")
            await drive.type(needle)
            await drive.press("enter")
            assert drive.status == f"{needle!r} is nowhere in this session."
        await drive.press("slash", "q", "escape")
        assert drive.reader.place.event == 0

    asyncio.run(stage.read(script))


def test_a_session_opens_where_it_was_left(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "j", "q", "enter")
        assert drive.cursor == (4, 1)

    asyncio.run(stage.read(script))


def test_after_a_restart_a_session_opens_at_the_last_mark(stage: Stage) -> None:
    async def mark(drive: Driver) -> None:
        await drive.press("h", "d", "escape")

    async def look(drive: Driver) -> None:
        assert drive.cursor == (4, 0)

    asyncio.run(stage.read(mark))
    asyncio.run(stage.read(look))


def test_a_click_in_the_outline_goes_to_the_act(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.pilot.click("#outline", offset=(5, 1))
        await drive.pilot.pause()
        assert drive.cursor == (4, 0)
        assert "▶      5 now train the mode" in drive.screen_text()

    asyncio.run(stage.read(script, size=(120, 40)))
