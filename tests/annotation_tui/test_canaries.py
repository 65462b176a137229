"""Nobody sees a hidden string: one in every column, every mode, every frame searched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from annotation_tui.app import make_app
from benchmarks.canaries import VISIBLE, found_in, plant
from taste.demo.setup import study_text
from tests.annotation_tui.conftest import NOW, Driver

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from transcripts.codebook import Codebook

STEPS = {
    "hindsight": [("h",), ("d", "e", "M"), ("escape", "escape", "U"), ("escape", "c"), ("ctrl+s",)],
    "foresight": [("e", "p", "enter", "enter", "enter", "4"), ("enter",), ("d",), ("f",)],
    "judge": [("a", "1"), ("tab",), ("right_square_bracket",), ("H",), ("escape",), ("enter",)],
    "adjudicate": [("tab",), ("B",), ("ctrl+n",), ("X", "t", "a"), ("ctrl+s",)],
}


@pytest.mark.no_cover
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("mode", VISIBLE)
def test_no_hidden_string_is_in_any_frame(engine: Engine, codebook: Codebook, mode: str) -> None:
    planted = plant(engine, study_text("http://127.0.0.1:1"), mode)
    assert len(planted.columns) > 150
    frames: list[str] = []
    opened: list[bool] = []

    async def play() -> None:
        app = make_app(engine, "ann", codebook, lambda: NOW)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            drive = Driver(app, pilot, engine)
            opening: list[tuple[str, ...]] = [(), ("enter",)]
            asking: list[tuple[str, ...]] = [
                ("escape", "escape"),
                ("slash", *"qzx", "enter"),
                ("f1",),
            ]
            for keys in (*opening, *STEPS[mode], *asking):
                await drive.press(*keys)
                frames.append(drive.screen_text())
            frames.append(app.export_screenshot())
            opened.append(len(app.screen_stack) > 1)

    asyncio.run(play())
    assert opened == [True]
    assert found_in(planted, frames) == set()
