"""Undo appends; it never takes a row away, and it outlives a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_tui.history import Step, read_history

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage


@pytest.mark.usefixtures("session")
def test_undo_brings_back_the_former_values_as_a_new_row(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "1", "2", "escape", "u")
        assert drive.last().type == "ignored_warning"
        await drive.press("u", "u")
        assert drive.last().withdrawn
        assert drive.reader.desk.selection.all == []
        assert len(drive.rows()) == 6
        await drive.press("u")
        assert "nothing to undo" in drive.status

    asyncio.run(stage.read(script))


@pytest.mark.usefixtures("session")
def test_undo_and_redo_outlive_a_restart(stage: Stage) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("h", "d", "1", "escape")

    async def second(drive: Driver) -> None:
        await drive.press("u", "u")
        assert drive.last().withdrawn

    async def third(drive: Driver) -> None:
        await drive.press("y", "y")
        assert (drive.last().kind, drive.last().type) == ("detour", "ignored_warning")

    for script in (first, second, third):
        asyncio.run(stage.read(script))


@pytest.mark.usefixtures("session")
def test_undo_with_the_form_open_shows_what_stands_now(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "1")
        assert "1[ignored_warning]" in drive.screen_text()
        await drive.press("u")
        assert "1 ignored_warning" in drive.screen_text()
        await drive.press("u")
        assert not drive.form.is_open

    asyncio.run(stage.read(script))


Moves = list[tuple[int, int]]

# Cuts and values; every value is made another one, so that no change looks like an undoing.
MOVES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=12)


def play(moves: Moves, undos: int) -> dict[int, str]:
    """Store values at cuts, then undo as `Marks.undo` does; returns what stands where."""
    steps = [Step(n, cut, f"e{cut}", f"{n}/{value}") for n, (cut, value) in enumerate(moves)]
    for _ in range(undos):
        change = read_history(steps).undoable[-1]
        digest = change.old.digest if change.old else None
        steps.append(Step(len(steps), change.new.cut, change.new.before, digest))
    latest = {step.cut: step.digest for step in steps}
    return {cut: digest for cut, digest in latest.items() if digest is not None}


@given(MOVES, st.data())
def test_undos_leave_what_stood_before_as_many_changes(moves: Moves, data: st.DataObject) -> None:
    undos = data.draw(st.integers(0, len(moves)))
    assert play(moves, undos) == play(moves[: len(moves) - undos], 0)


@given(MOVES, st.integers(1, 12))
def test_redo_brings_back_what_undo_took(moves: Moves, undos: int) -> None:
    steps = [Step(n, cut, f"e{cut}", f"{n}/{value}") for n, (cut, value) in enumerate(moves)]
    for way in ["undo"] * min(undos, len(moves)) + ["redo"] * min(undos, len(moves)):
        history = read_history(steps)
        change = history.undoable[-1] if way == "undo" else history.redoable[-1]
        step = change.old if way == "undo" else change.new
        digest = step.digest if step else None
        steps.append(Step(len(steps), change.new.cut, change.new.before, digest))
    latest = {step.cut: step.digest for step in steps}
    assert latest == play(moves, 0)
