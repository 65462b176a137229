"""What stands on every screen, and an end that leaves nobody's text behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from annotation_tui.crash import EXIT_CODE
from annotation_tui.settings import Settings, read_settings
from annotation_tui.shell import Setup, Shell
from taste.assignment_tables import Activity
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.guidelines import Guidelines

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_guidelines_stand_beside_the_text_and_in_place_of_the_form(stage: Stage) -> None:
    stage.setup = Setup(guidelines=Guidelines(read_codebook(), "## House rule\nbe kind [/red]"))

    async def script(drive: Driver) -> None:
        await drive.press("f2")
        text = drive.screen_text()
        assert "guidelines 1.0 · sha256" in text
        assert "please look at the data" in text
        await drive.press("G", "escape", "j")
        assert drive.cursor == (0, 1)
        await drive.press("f2")
        assert "guidelines 1.0" not in drive.screen_text()
        await drive.pilot.resize_terminal(80, 24)
        await drive.press("f2")
        rows = drive.screen_text().splitlines()
        assert next(n for n, row in enumerate(rows) if "guidelines 1.0" in row) >= 12
        assert "please look at the data" in "\n".join(rows[:11])

    asyncio.run(stage.read(script, size=(120, 40)))


def test_the_palette_does_what_a_key_would_do(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("ctrl+p")
        await drive.type("next hum")
        for _ in range(50):
            await drive.pilot.pause(0.05)
            if "Next human act · h" in drive.screen_text():
                break
        assert "Next human act · h" in drive.screen_text()
        await drive.press("enter")
        await drive.pilot.pause(0.1)
        assert drive.cursor == (4, 0)

    asyncio.run(stage.read(script))


def test_a_pause_and_too_small_a_terminal_cover_everything_and_lose_nothing(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        app = drive.app
        assert isinstance(app, Shell)
        await drive.press("h", "p")
        assert app.clock.paused
        assert "please look" not in drive.screen_text()
        await drive.press("p")
        assert not app.clock.paused
        await drive.pilot.resize_terminal(50, 15)
        assert "60x20" in drive.screen_text()
        await drive.press("j")
        await drive.pilot.resize_terminal(80, 24)
        await drive.pilot.pause()
        assert drive.cursor == (4, 0)

    asyncio.run(stage.read(script))


def test_a_setting_is_used_and_kept_at_once(stage: Stage, tmp_path: Path) -> None:
    stage.setup = Setup(home=tmp_path)

    async def script(drive: Driver) -> None:
        await drive.press("f3", "j", "enter", "escape")
        assert read_settings(tmp_path) == Settings(ascii=True)
        await drive.pilot.pause()
        assert drive.screen_text().isascii()

    asyncio.run(stage.read(script))


def test_an_error_leaves_a_report_without_anybodys_text(stage: Stage, tmp_path: Path) -> None:
    stage.setup = Setup(home=tmp_path)
    codes: list[int | None] = []

    async def script(drive: Driver) -> None:
        app = drive.app
        codes.append(None)

        def fail() -> None:
            secret = "please look at the data"
            raise RuntimeError(secret)

        app.call_later(fail)
        await drive.pilot.pause(0.1)
        codes.append(app.return_code)

    with pytest.raises(RuntimeError):
        asyncio.run(stage.read(script))
    assert codes == [None, EXIT_CODE]
    (report,) = (tmp_path / "crashes").iterdir()
    text = report.read_text(encoding="utf-8")
    assert "builtins.RuntimeError" in text
    assert "screen Reader" in text
    assert "please look" not in text
    assert report.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("theme", ["dark", "ansi-dark"])
def test_no_color_never_paints_a_colour_on_itself(
    monkeypatch: pytest.MonkeyPatch, stage: Stage, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage.setup = Setup(settings=Settings(theme=theme))

    async def script(drive: Driver) -> None:
        for strip in drive.app.screen._compositor.render_strips():
            for style in (segment.style for segment in strip if segment.text.strip()):
                assert style is not None
                plain = style.color is None or style.color.is_default
                assert plain or style.color != style.bgcolor

    asyncio.run(stage.play(script))


def test_active_time_and_what_was_in_view_are_stored(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        app = drive.app
        assert isinstance(app, Shell)
        await drive.press("G")
        app._tick()
        await drive.press("d")
        app._tick()
        app._tick()

    asyncio.run(stage.read(script))
    with Db(stage.engine) as db:
        rows = list(db.exec(select(Activity).order_by(col(Activity.id))))
    assert [row.cut for row in rows][-1] == 7
    assert rows[-1].last == 8
    assert sum(row.active_ms for row in rows) >= 3000
