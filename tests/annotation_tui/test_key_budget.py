"""How many keys the work takes, once the cursor is where it should be; movement is not counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")

MOVES = {"h", "H", "J", "K", "j", "k", "g", "G"}
SECOND = {"recovery": "C1", "initiator": "I1", "basis": "B1", "recognised_by": "Y2"}
"""Further fields, each with its two keys."""


class Counted:
    """Presses keys, and counts those that do not move the cursor."""

    def __init__(self, drive: Driver) -> None:
        self._drive = drive
        self.keys = 0

    async def press(self, *keys: str) -> None:
        await self._drive.press(*keys)
        self.keys += sum(key not in MOVES for key in keys)


def test_a_detour_takes_eight_keys_and_two_for_each_further_field(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        counted = Counted(drive)
        await counted.press("h", "a", "d", "h", "r", "J", "x", "3", "e", "i", "v")
        assert counted.keys == 8
        mark = drive.mark()
        for field in ("type", "recognised", "recovered", "harm", "confidence"):
            assert field in mark
        for field, keys in SECOND.items():
            await counted.press(*keys)
            assert field in drive.mark()
        assert counted.keys == 8 + 2 * len(SECOND)

    asyncio.run(stage.read(script))


def test_a_strong_move_takes_six_keys_with_its_words_and_handing_in(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        counted = Counted(drive)
        await counted.press("h", "s", "2", "e", "b", "enter")
        await drive.write("nobody had looked at the split")
        await counted.press("ctrl+s")
        assert counted.keys == 6
        assert [row.kind for row in drive.rows()] == ["strong"]

    asyncio.run(stage.read(script))


def test_undo_and_the_next_human_act_take_one_key_and_going_on_one_or_none(stage: Stage) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("h", "s")
        await drive.press("u")
        assert drive.draft() == {}
        await drive.press("h", "j")

    async def second(drive: Driver) -> None:
        assert drive.cursor == (7, 1)
        await drive.press("escape", "enter")
        assert drive.cursor == (7, 1)

    asyncio.run(stage.read(first))
    asyncio.run(stage.play(second, resume=True))
