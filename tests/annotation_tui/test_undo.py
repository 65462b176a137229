"""Undo appends; it never takes a step away, and it outlives a restart and a submission."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_undo_brings_back_the_former_values_as_a_further_step(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "1", "2", "u")
        assert drive.mark()["type"] == "ignored_warning"
        await drive.press("u", "u")
        assert drive.draft() == {}
        assert len(drive.reader.desk.held.history()) == 6
        assert not drive.form.is_open
        await drive.press("u")
        assert "nothing to undo" in drive.status

    asyncio.run(stage.read(script))


def test_undo_and_redo_outlive_a_restart(stage: Stage) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("h", "d", "1", "u")

    async def second(drive: Driver) -> None:
        await drive.press("u")
        assert drive.draft() == {}
        await drive.press("ctrl+y", "ctrl+y")
        assert (drive.mark()["kind"], drive.mark()["type"]) == ("detour", "ignored_warning")

    for script in (first, second):
        asyncio.run(stage.read(script))


def test_undo_while_writing_takes_back_what_was_typed_as_one(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e", "R")
        await drive.write("two words")
        await drive.press("escape", "escape", "u")
        assert drive.mark() == {"before": "e4", "kind": "detour"}
        await drive.press("ctrl+y")
        assert drive.mark()["rationale"] == "two words"

    asyncio.run(stage.read(script))


def test_what_a_killed_process_typed_is_a_step_once_it_is_left(stage: Stage) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("h", "d", "e", "R")
        await drive.write("half a thht")
        await drive.press("left", "left")
        stage.kill(drive)

    async def second(drive: Driver) -> None:
        assert drive.form.writing == "rationale"
        await drive.type("oug")
        await drive.press("escape", "escape")
        assert drive.mark()["rationale"] == "half a thought"
        await drive.press("u")
        assert "rationale" not in drive.mark()

    for script in (first, second):
        asyncio.run(stage.read(script))


def test_the_history_goes_to_a_step_and_undoes_to_it(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "1", "2", "escape", "h", "s", "escape", "g", "U")
        text = drive.screen_text()
        assert "type: ignored_warning → notice" not in text
        assert "type: ignored_warning → unverified_base" in text
        assert "– → strong" in text
        await drive.press("j", "enter")
        assert drive.cursor == (4, 0)
        await drive.press("U", "j", "j", "u")
        assert drive.mark() == {"before": "e4", "kind": "detour"}
        await drive.press("escape", "u", "u")
        assert drive.draft() == {}

    asyncio.run(stage.read(script))
