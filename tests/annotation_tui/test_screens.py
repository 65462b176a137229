"""What the screens show, how much they mount and read, and what they must never show."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from annotation_tui.screens.reader_keys import KEYS
from transcripts.annotations import Label
from transcripts.tables import Session

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

HOSTILE = "a\x1b[31mred\x1b]52;c;aGk=\x07 \u202egnp.exe [/red] [@click=app.bell]x[/] \x00\x9b2J"


def test_a_session_of_which_nothing_is_shown_opens_without_harm(stage: Stage) -> None:
    stage.store(stage.tell().event("notice", "hidden", shown=False))

    async def script(drive: Driver) -> None:
        for key in ["j", "space", "G", "J", "h", "t", "z", "Z", "n", "d", "e", "r", "u", "E", "0"]:
            await drive.press(key)
        assert drive.rows() == []
        assert "hidden" not in drive.screen_text()

    asyncio.run(stage.read(script))


@pytest.mark.usefixtures("session")
def test_every_control_is_on_a_screen_of_80_by_24(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        keys = drive.screen_text().splitlines()[-1]
        for name in ["d:", "s:", "e:", "0:", "^s:", "u:", "/:", "z:", "?:", "q:"]:
            assert name in keys
        await drive.press("h", "d", "e")
        text = drive.screen_text()
        for name in (*stage.codebook.types["detour"], *stage.codebook.attribution, "esc text"):
            assert name in text
        assert "▶D● human  5" in text
        assert text.splitlines()[-1].lstrip().startswith("s-0001-a")
        await drive.press("v")
        for field in ("initiator", "span", "basis", "confidence", "hidden", "rationale"):
            assert field in drive.screen_text()

    asyncio.run(stage.read(script))


@pytest.mark.usefixtures("session")
def test_the_help_lists_every_key_with_its_id(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("question_mark")
        text = drive.screen_text()
        assert [b.id for b in KEYS if b.id is None or b.id not in text or not b.tooltip] == []
        await drive.press("q")
        assert drive.cursor == (0, 0)

    asyncio.run(stage.read(script, size=(100, 120)))


def test_hostile_text_is_shown_as_text(stage: Stage) -> None:
    script_ = stage.tell().event("human", HOSTILE, tool="T[/b]\x1b[2J").event("agent", HOSTILE)
    stage.store(script_, "x[/red]\x1b[1m")

    async def script(drive: Driver) -> None:
        await drive.press("enter")
        text = drive.screen_text()
        assert "a\\u001b[31mred\\u001b]52;c;aGk=\\u0007" in text
        assert "\\u202egnp.exe [/red] [@click=app.bell]x[/]" in text
        assert "T[/b]\\u001b[2J" in text
        await drive.press("J", "slash", *"[/red]", "enter")
        assert not any(sign in drive.screen_text() for sign in "\x00\x07\x1b\x9b\u202e")

    asyncio.run(stage.play(script, size=(160, 24)))


def test_nobody_elses_label_reaches_a_screen(stage: Stage, session: Session) -> None:
    canary = Label(kind="strong", rationale="CANARY", better_move="CANARY", codebook="CANARY")
    stage.label_by("bob CANARY", session, "e4", canary)
    seen: list[str] = []

    async def script(drive: Driver) -> None:
        for key in ["h", "d", "1", "e", "escape", "u", "ctrl+y", "U", "q", "question_mark", "q"]:
            await drive.press(key)
            seen.append(drive.screen_text())
        assert drive.rows()[0].rationale == "CANARY"

    asyncio.run(stage.read(script, size=(120, 40)))
    assert "D@5" in "\n".join(seen)
    assert [text for text in seen if "CANARY" in text or "S@5" in text or "S●" in text] == []


class Selects:
    """Counts the queries that read texts of events."""

    def __init__(self, engine: Engine) -> None:
        self.bodies = 0
        event.listen(engine, "before_cursor_execute", self._seen)

    def _seen(self, _c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        self.bodies += "event.text" in statement.partition("FROM")[0]


def test_a_session_of_20000_events_mounts_few_widgets_and_reads_what_is_seen(
    stage: Stage, engine: Engine
) -> None:
    long = stage.tell().event("agent", "begin")
    for number in range(20_000):
        long.event(("human", "agent", "result")[number % 3], f"text {number}\n" * 3)
    stage.store(long)

    async def script(drive: Driver) -> None:
        assert len(drive.app.screen.walk_children(with_self=True)) <= 80
        for key in ["j", "space", "ctrl+d", "J", "h", "G", "g", "z"]:
            selects = Selects(engine)
            await drive.press(key)
            assert selects.bodies <= 2
        assert drive.reader.desk.document.heights.total == 2 + 20_000 * 5

    asyncio.run(stage.read(script, size=(120, 40)))


def test_the_tool_cannot_reach_a_model() -> None:
    code = "import sys, annotation_tui.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "annotation_tui.app" in modules
    assert [m for m in modules if m.partition(".")[0] in {"anthropic", "analysis"}] == []
    assert [m for m in modules if m in {"taste.client", "taste.proposals", "taste.runs"}] == []
