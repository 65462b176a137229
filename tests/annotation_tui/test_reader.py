"""Filters, the skim view, notes, spans, other threads, and what is left of them after a kill."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event as sql_event
from textual.widgets import Input, Static

from annotation_tui.layout import Spot
from annotation_tui.messages import SpanChosen
from annotation_tui.screens.event import EventScreen
from annotation_tui.screens.thread import ThreadReader
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.sheet import Sheet
from transcripts.db import Db
from transcripts.tables import Session, Thread

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_a_filter_keeps_the_cursor_near_and_gives_it_back(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "J", "j")
        await drive.press("f", "h", "e", "enter")
        assert "only human + errors: 4 of 9" in drive.status
        assert drive.cursor == (6, 0)
        await drive.press("J", "J")
        assert drive.cursor == (7, 0)
        await drive.press("k", "k", "k")
        assert drive.cursor[0] == 4
        await drive.press("F")
        assert "only" not in drive.status

    asyncio.run(stage.read(script))


def test_a_cleared_filter_leads_back_to_the_event_that_it_hid(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "J", "j", "f", "e", "enter", "F")
        assert drive.cursor == (5, 1)
        await drive.press("f", "d", "enter")
        assert drive.status == "no event is marks; the filter is as it was."

    asyncio.run(stage.read(script))


def test_the_skim_view_tells_gaps_in_a_line_and_enter_opens_one(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("V")
        assert "⋯ 1 call · enter opens" in drive.screen_text()
        await drive.press("J", "J")
        assert drive.cursor == (2, 0)
        await drive.press("enter")
        assert "▶ → call Bash" in drive.screen_text()
        await drive.press("V")
        assert drive.reader.desk.document.heights.shows(3)

    asyncio.run(stage.read(script))


def test_a_regular_expression_is_searched_and_a_bad_one_is_refused(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("slash")
        await drive.type("\\vl.ne 2[3]$")
        await drive.press("enter")
        await drive.app.workers.wait_for_complete()
        await drive.pilot.pause()
        assert (drive.cursor, drive.status) == ((3, 24), "hit 1 of 1 events that have it")
        await drive.press("slash")
        await drive.type("\\v(")
        await drive.press("enter")
        assert drive.status.startswith("! not a regular expression")

    asyncio.run(stage.read(script))


def test_the_word_at_the_cursor_is_searched(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "h", "j", "right", "asterisk")
        assert drive.reader.desk.document.found.needle == "split"
        assert drive.cursor == (8, 1)
        await drive.press("ctrl+o")
        assert drive.cursor == (7, 1)

    asyncio.run(stage.read(script))


def test_bookmarks_and_notes_are_saved_at_every_key_and_listed(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("G", "B", "K", "i")
        await drive.type("odd")
        assert drive.draft()["note:e8"] == "odd"
        await drive.press("escape")
        await drive.burst("i", "s", "escape")
        assert drive.draft()["note:e8"] == "odds"
        await drive.press("g", "right_square_bracket")
        assert drive.cursor == (8, 0)
        assert "note: odd" in drive.screen_text()
        await drive.press("o")
        assert "▶B     9 odds" in drive.screen_text()
        await drive.press("k", "enter")
        assert drive.cursor == (7, 0)
        await drive.press("minus", "B")
        assert "bookmark:e8" not in drive.draft()

    asyncio.run(stage.read(script))


def test_numbers_lead_to_events_and_acts_and_back(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        places = []
        for told in ("7", "a2", "99"):
            await drive.press("colon", *told, "enter")
            places.append(drive.cursor)
        assert places == [(6, 0), (4, 0), (4, 0)]
        assert drive.status == "no event '99'; there are 9."
        await drive.press("ctrl+o", "ctrl+o", "minus")
        assert drive.cursor == (0, 0)

    asyncio.run(stage.read(script))


def test_a_selection_is_told_as_characters_of_the_stored_text(stage: Stage) -> None:
    stage.store(stage.tell().event("agent", "a\x1b[1m tab\there and more\nnext"), "a-first")

    async def script(drive: Driver) -> None:
        told: list[SpanChosen] = []
        drive.reader._add_evidence = lambda *span: told.append(SpanChosen(*span))  # type: ignore[method-assign]
        await drive.press("j", "right", "v", "l", "l", "h", "l", "enter")
        assert [(one.event_id, one.start, one.end) for one in told] == [("e0", 6, 18)]
        await drive.press("v", "j", "y")
        assert drive.app.clipboard == "a\\u001b[1m tab\there and more\nnext"

    asyncio.run(stage.read(script))


def test_an_event_opens_in_full_and_leads_back_to_its_row(stage: Stage) -> None:
    text = '{"plan": ["x", "\x1b]0;t\x07"]}'
    stage.store(stage.tell().event("agent", "one").event("call", text, tool="Bash"), "a-first")

    async def script(drive: Driver) -> None:
        await drive.press("G", "enter")
        assert isinstance(drive.app.screen, EventScreen)
        assert '  "plan": [' in drive.screen_text()
        await drive.press("tab")
        assert drive.app.screen.query_one(Sheet).way == "text"
        assert "\\u001b]0;t\\u0007" in drive.screen_text()
        await drive.press("escape")
        assert drive.cursor == (1, 1)

    asyncio.run(stage.read(script))


def test_a_subagents_thread_opens_from_its_call(stage: Stage) -> None:
    told = stage.tell().event("agent", "I ask for help").event("call", "{}", tool="Task")
    told.event("agent", "deep down", thread="sub").event("agent", "well done")
    session = stage.store(told, "a-first")
    with Db(stage.engine) as db:
        db.add(Thread(session_id=session.id or 0, name="sub", role="subagent", call="e1"))
        db.commit()

    async def script(drive: Driver) -> None:
        await drive.press("J", "enter")
        assert isinstance(drive.app.screen, ThreadReader)
        assert "deep down" in drive.screen_text()
        assert "thread sub" in drive.status
        await drive.press("j")

    async def again(drive: Driver) -> None:
        await drive.pilot.pause()
        assert isinstance(drive.app.screen, ThreadReader)
        assert drive.app.screen.place == Spot(0, 1)
        await drive.press("escape")
        assert drive.cursor == (1, 0)

    asyncio.run(stage.read(script))
    asyncio.run(stage.read(again))


def test_where_one_stood_is_there_again_after_a_kill(stage: Stage) -> None:
    states = []

    async def work(drive: Driver) -> None:
        await drive.press("J", "J", "J", "z", "slash")
        await drive.type("line 9")
        await drive.press("enter", "f", "r", "d", "enter", "o")
        states.append((drive.reader.capture(), drive.screen_text().splitlines()[:-2]))
        stage.kill(drive)

    async def look(drive: Driver) -> None:
        await drive.pilot.pause()
        states.append((drive.reader.capture(), drive.screen_text().splitlines()[:-2]))
        assert isinstance(drive.app.focused, Outline)

    asyncio.run(stage.read(work, size=(120, 30)))
    asyncio.run(stage.read(look, size=(120, 30)))
    assert states[0][0]["row"] == 10
    assert states[0] == states[1]


def test_a_note_that_was_being_written_is_open_again(stage: Stage) -> None:
    async def work(drive: Driver) -> None:
        await drive.press("h", "i", "a", "b")
        stage.kill(drive)

    async def look(drive: Driver) -> None:
        await drive.pilot.pause()
        assert drive.app.focused is not None
        assert drive.app.screen.query_one("#note", Input).value == "ab"
        assert drive.app.focused.id == "note"

    asyncio.run(stage.read(work))
    asyncio.run(stage.read(look))


def test_a_key_costs_few_widgets_and_few_reads_of_texts(stage: Stage) -> None:
    told = stage.tell()
    for number in range(300):
        told.event("agent", f"text {number}\nmore")
    stage.store(told, "a-first")
    read: list[str] = []

    async def script(drive: Driver) -> None:
        assert len(list(drive.app.screen.walk_children())) <= 80
        sql_event.listen(stage.engine, "before_cursor_execute", lambda *a: read.append(a[2]))
        for key in ("j", "space", "G", "K", "ctrl+u", "h"):
            read.clear()
            await drive.press(key)
            bodies = [one for one in read if "event.text" in one]
            assert len(bodies) <= 2
            assert all("IN (" in one for one in bodies)

    asyncio.run(stage.read(script))


def test_what_the_import_warned_of_is_a_sign_in_the_status_and_whole_in_the_help(
    stage: Stage, session: Session
) -> None:
    with Db(stage.engine) as db:
        db.get_one(Session, session.id).warnings = ["first of two", "second of two"]
        db.commit()

    async def script(drive: Driver) -> None:
        assert "event 1/9" in drive.status
        assert "! see ?" in drive.status
        await drive.press("question_mark", "end")
        guide = drive.app.screen.query_one("#guide Static", Static)
        assert "first of two" in str(guide.content)
        assert "second of two" in str(guide.content)

    asyncio.run(stage.read(script))
