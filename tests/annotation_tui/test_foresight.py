"""Foresight on screen: nothing from beyond the frontier, and every key of a move is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from taste.assignment_tables import Assignment
from taste.tables import Proposal
from tests.annotation_tui.conftest import NOW, Told, carets_of_commits, told
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Script, Stage

WRITE = ("e", "p", "enter", "enter", "enter", "4")


@pytest.fixture
def foresee(stage: Stage) -> Stage:
    """A session of two acts with a prefix, assigned to `ann` for foresight."""
    assign(stage, told())
    return stage


def assign(stage: Stage, script: Told) -> None:
    session = stage.store(script)
    with Db(stage.engine) as db:
        for number, mode in enumerate(("foresight", "hindsight"), start=1):
            row = Assignment(
                identity=mode, batch="b", annotator_id=find_or_add_annotator(db, "ann").id or 0,
                mode=mode, session_id=session.id or 0, thread="main", number=number, seed=1,
                created_at=NOW,
            )  # fmt: skip
            db.add(row)
        db.commit()


def play(stage: Stage, script: Script, size: tuple[int, int] = (80, 24)) -> None:
    asyncio.run(stage.read(script, size))


def moves(drive: Driver) -> list[str | None]:
    with Db(drive.engine) as db:
        return [row.move for row in db.exec(select(Proposal))]


def test_no_frame_search_or_count_knows_anything_beyond_the_frontier(stage: Stage) -> None:
    script = Told().event("human", "canary0!").event("agent", "canary1!")
    for n in range(2, 6, 2):
        script.event("human", f"canary{n}!").event("call", f"canary{n + 1}!", tool=f"tool{n + 1}!")
    assign(stage, script)

    async def play_all(drive: Driver) -> None:
        for keys in ((), ("slash", "c", "enter"), ("G", "h", "t"), ("question_mark",)):
            await drive.press(*keys)
            assert not beyond(drive.screen_text(), 2)
        await drive.press("escape", "slash", *"y2!", "enter")
        assert drive.status == "'y2!' is nowhere so far."
        await drive.press(*WRITE)
        assert not beyond(drive.screen_text(), 2)
        await drive.press("enter")
        assert not beyond(drive.screen_text(), 3)
        await drive.press("d", "f", "G")
        assert not beyond(drive.screen_text(), 4)
        assert "tool3!" in drive.screen_text()

    play(stage, play_all, size=(120, 40))


def beyond(frame: str, until: int) -> list[str]:
    """Words of events from this position on, and counts of more events than there are before."""
    words = [f"{kind}{n}!" for n in range(until, 6) for kind in ("canary", "tool")]
    counts = [f"/{n}" for n in range(until + 1, 7)]
    return [word for word in (*words, *counts) if word in frame]


def test_every_key_of_a_move_and_the_caret_are_there_again(foresee: Stage) -> None:
    async def type_(drive: Driver) -> None:
        await drive.press("e", *"plot it", "left", "left")

    async def go_on(drive: Driver) -> None:
        await drive.press("x", "escape", "2", "enter")
        assert moves(drive) == ["plot xit"]

    play(foresee, type_)
    play(foresee, go_on)


def test_a_move_of_many_keys_typed_at_once_is_kept(foresee: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.burst("e", "f")
        await drive.burst(*"ast", "enter", *"w", "enter", "enter", "5", "enter")
        assert moves(drive) == ["fast"]

    play(foresee, script)


@pytest.mark.sqlite
def test_what_could_not_be_saved_stays_and_goes_with_the_next_key(foresee: Stage) -> None:
    broken = (
        "CREATE TRIGGER full BEFORE INSERT ON draft BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )

    async def script(drive: Driver) -> None:
        await drive.press("e")
        run(drive, broken)
        await drive.press("p")
        assert "not saved: disk full" in drive.status
        run(drive, "DROP TRIGGER full")
        await drive.press("enter", "w")
        assert {"move": "p", "why": "w"}.items() <= drive.draft()["move:4"].items()

    play(foresee, script)


@pytest.mark.sqlite
@pytest.mark.parametrize("keys", [("e",), ("e", "m", "enter")], ids=["move", "why"])
def test_a_kill_after_any_commit_leaves_text_and_caret_together(
    foresee: Stage, keys: tuple[str, ...]
) -> None:
    field = "move" if len(keys) == 1 else "why"
    seen: list[tuple[str, Any]] = []

    async def script(drive: Driver) -> None:
        await drive.press(*keys, "a")
        with carets_of_commits(drive.engine, "move:4", field) as kept:
            await drive.press("b", "backspace", "c")
        seen.extend(kept)

    play(foresee, script)
    told = [("ab", 2), ("a", 1), ("ac", 2)]
    assert seen == [(text, [0, at] if field == "move" else at) for text, at in told]


@pytest.mark.sqlite
def test_a_database_that_is_away_ends_neither_foresight_nor_the_queue(foresee: Stage) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("", None, Exception("database is locked"))

    async def script(drive: Driver) -> None:
        await drive.press("e")
        event.listen(drive.engine, "before_cursor_execute", refuse)
        await drive.press("p", "escape", "j")
        assert "not saved" in drive.status
        await drive.press("q", "enter", "exclamation_mark", "x", "enter")
        assert drive.status == "! database is locked"
        event.remove(drive.engine, "before_cursor_execute", refuse)

    play(foresee, script)


def run(drive: Driver, statement: str) -> None:
    with drive.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_how_sure_one_is_is_asked_by_the_codebooks_scale(foresee: Stage) -> None:
    async def script(drive: Driver) -> None:
        shown = drive.screen_text()
        assert "1 fewer  2 five  3 six  4 seven or eight  5 nine or more" in shown

    play(foresee, script)


def test_what_the_human_did_is_shown_after_the_own_move_is_stored(foresee: Stage) -> None:
    async def reveal(drive: Driver) -> None:
        assert "what would you do next?" in drive.screen_text()
        await drive.press(*WRITE)
        assert moves(drive) == []
        await drive.press("enter")
        assert moves(drive) == ["p"]
        assert "now train the model" in drive.screen_text()
        await drive.press("e", "u")
        assert drive.status == "! you are not asked here."

    async def again(drive: Driver) -> None:
        assert "Would you have done otherwise?" in drive.screen_text()
        assert "you: p" in drive.screen_text()
        assert "now train the model" in drive.screen_text()
        await drive.press("s", "f")
        assert "the split leaks" not in drive.screen_text()

    play(foresee, reveal)
    play(foresee, again)


def test_hindsight_waits_for_foresight_and_may_follow_it(foresee: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("q", "j", "enter")
        assert "which comes first" in drive.status
        assert queued(drive) == ["todo", "·", "·"]
        await drive.press("k", "exclamation_mark", "w", "enter")
        assert queued(drive) == ["todo", "·", "·"]
        await drive.press("exclamation_mark", "j")
        await drive.press("k", "enter")
        for _ in range(2):
            await drive.press(*WRITE, "enter", "s", "f")
        await drive.press("ctrl+s")
        assert drive.status == "handed in; q leaves."
        await drive.press("q")
        assert queued(drive) == ["todo", "9", "3"]
        await drive.press("j", "enter")
        assert "act 1/3" in drive.status

    play(foresee, script, (120, 24))


def queued(drive: Driver) -> list[str]:
    """State, events and acts of the hindsight row."""
    return drive.screen_text().split("hindsight")[1].split()[:3]


def test_a_second_terminal_reads_and_may_take_over(foresee: Stage) -> None:
    async def second(drive: Driver) -> None:
        await drive.press("e")
        assert "open in another terminal" in drive.status
        await drive.press("ctrl+t", *WRITE, "enter")
        assert moves(drive) == ["minep"]

    async def first(drive: Driver) -> None:
        await drive.press("e", *"mine")
        await foresee.read(second)
        await drive.press("x")
        assert "open in another terminal" in drive.status

    play(foresee, first)
