"""Adjudication by keys: letters without names, decisions stored at once, then handed in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from annotation_tui.app import make_app
from annotation_tui.case_desk import CaseDesk
from annotation_tui.desk import Annotating
from annotation_tui.screens.adjudication import Adjudication
from taste.adjudicating.reading import read_cases
from taste.adjudications import current_adjudications
from taste.assignment_tables import Adjudication as Decided
from taste.assignment_tables import Assignment, Draft
from tests.annotation_tui.conftest import NOW, Driver, carets_of_commits
from transcripts.annotations import Label, annotate, find_or_add_annotator
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, Session

FIRST, SECOND = "e4", "e7"
"""The two acts after work of the agent, in `told`."""
NAMES = ("zacharias", "wilhelmina")

Script = Callable[[Driver], Awaitable[None]]
Play = Callable[..., None]


def label(engine: Engine, session: Session, who: str, before: str, **fields: Any) -> None:
    values: dict[str, Any] = {"kind": "detour", "type": "stuck", "codebook": "1.0"}
    with Db(engine) as db:
        when = NOW - timedelta(days=3)
        annotate(db, session, before, who, Label(**values | fields), when)


@pytest.fixture
def task(engine: Engine, session: Session) -> Assignment:
    """Two differ in the type at one act, and one of them marked another one."""
    label(engine, session, NAMES[0], FIRST)
    label(engine, session, NAMES[1], FIRST, type="wrong_cause", harm=2)
    label(engine, session, NAMES[0], SECOND, kind="strong", type="redirect")
    with Db(engine) as db:
        row = Assignment(
            identity="a", batch="b", mode="adjudicate", session_id=session.id or 0, thread="main",
            annotator_id=find_or_add_annotator(db, "ann").id or 0, number=1, seed=4,
            created_at=NOW,
        )  # fmt: skip
        db.add(row)
        db.commit()
        db.refresh(row)
        db.expunge(row)
        return row


@pytest.fixture
def play(engine: Engine, codebook: Codebook, task: Assignment) -> Play:  # noqa: ARG001
    """play(script) opens the assignment from the queue; again, where it was left."""

    def playing(script: Script, size: tuple[int, int] = (80, 24)) -> None:
        async def opened() -> None:
            app = make_app(engine, "ann", codebook, lambda: NOW)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await pilot.press("enter")
                assert isinstance(app.screen, Adjudication)
                await script(Driver(app, pilot, engine))

        asyncio.run(opened())

    return playing


def decisions(engine: Engine) -> list[Decided]:
    with Db(engine) as db:
        return current_adjudications(db)


def drafted(engine: Engine) -> dict[str, Any]:
    with Db(engine) as db:
        return dict(db.exec(select(Draft.name, Draft.value)).all())


def test_no_name_and_no_day_is_on_the_screen_before_all_is_handed_in(play: Play) -> None:
    async def script(drive: Driver) -> None:
        shown = drive.screen_text()
        words = ("case 1/2", "stands", "take", "cause", "sure", "lacks a decision", "tab:next")
        assert [word for word in words if word not in shown] == []
        for keys in (("tab",), ("ctrl+n",), ("M", "question_mark")):
            assert not any(word in shown for word in (*NAMES, "2025-12"))
            await drive.press(*keys)
            shown = drive.screen_text()

    play(script)


def test_a_simple_disagreement_takes_three_keys_and_what_is_handed_in_stands(
    play: Play, engine: Engine
) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("A", "q", "g", "tab", "X", "ctrl+s")
        assert "case 2 lacks the cause of the disagreement and how sure you are" in drive.status
        assert not decisions(engine)
        await drive.press("enter", "t", "a", "ctrl+s")
        assert "handed in as version 1: 2 cases" in drive.status
        await drive.press("ctrl+n")
        assert NAMES[0] in drive.status

    play(script)
    taken, none = decisions(engine)
    assert (taken.decision, taken.cause, none.decision) == ("take", "ambiguous_text", "not_a_point")
    with Db(engine) as db:
        assert db.exec(select(Assignment.state)).one() == "submitted"


def test_a_merge_takes_one_field_from_the_other_side(play: Play, engine: Engine) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("M", "w", "d", "right", "tab", "V", "t", "a", "ctrl+s")

    play(script)
    merged, both = decisions(engine)
    assert (merged.decision, both.decision) == ("merge", "both_valid")
    with Db(engine) as db:
        row = db.get_one(Annotation, merged.annotation_id)
    assert (row.type, row.harm) in {("stuck", 2), ("wrong_cause", None)}


def test_a_new_label_has_values_of_the_codebook_and_a_place_at_the_cursor(
    play: Play, engine: Engine
) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("tab", "E", "t", "a", "enter", *"why", "enter")
        await drive.press("down", "full_stop", "up", "right")
        assert "detour" in drive.screen_text()

    play(script)
    (value,) = drafted(engine).values()
    assert (value["before"], value["reason"]) == (SECOND, "why")
    assert value["values"] == {"kind": "detour"}


def test_all_is_there_again_where_the_tool_was_killed(play: Play, engine: Engine) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("tab", "X", "q", "enter", *"half a", "left")

    async def second(drive: Driver) -> None:
        shown = drive.screen_text()
        assert "case 2/2" in shown
        assert "[X not a point]" in shown
        assert "half a" in shown
        await drive.press("ctrl+t", "x")  # the killed process still holds it
        assert drafted(engine)["group:7"]["reason"] == "half xa"

    play(first)
    play(second)


@pytest.mark.sqlite
def test_a_kill_after_any_commit_leaves_the_reason_with_its_caret(play: Play) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("tab", "X", "q", "enter", "a")
        with carets_of_commits(drive.engine, "group:7", "reason") as kept:
            await drive.press("b", "backspace", "c")
        assert kept == [("ab", 2), ("a", 1), ("ac", 2)]

    play(script)


def test_undo_goes_back_to_the_case_and_a_digit_to_the_start_of_a_label(play: Play) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("A", "escape", "tab", "u")
        shown = drive.screen_text()
        assert "case 1/2" in shown
        assert "lacks a decision" in shown
        await drive.press("ctrl+y", "g", "1")
        assert "[A]" in drive.screen_text()
        assert "event 5/9" in drive.status

    play(script)


def test_what_all_agree_on_takes_one_key_where_it_is_audited(
    play: Play, engine: Engine, session: Session, task: Assignment
) -> None:
    label(engine, session, NAMES[1], FIRST)
    with Db(engine) as db:
        row = db.get_one(Assignment, task.id)
        row.seed = next(seed for seed in range(200) if is_audited(db, row, seed))
        db.commit()

    async def script(drive: Driver) -> None:
        assert "all say detour stuck · drawn for a second look" in drive.screen_text()
        await drive.press("A", "tab", "X", "q", "s", "ctrl+s")
        assert "handed in" in drive.status

    play(script)
    assert [row.cause for row in decisions(engine)] == ["agreed", "ambiguous_text"]


def is_audited(db: Db, row: Assignment, seed: int) -> bool:
    row.seed = seed
    return read_cases(db, row).cases[0].audited


@pytest.mark.parametrize(("size", "told"), [((80, 24), "1-5 of 18 ↓"), ((120, 40), "1-13 of 18 ↓")])
def test_the_rationale_is_in_view_and_what_is_not_is_counted(
    play: Play, size: tuple[int, int], told: str
) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("E")
        shown = drive.screen_text()
        assert told in shown
        assert "rationale" in shown

    play(script, size)


def test_where_all_agree_no_letter_takes_a_label(
    play: Play, engine: Engine, session: Session, task: Assignment
) -> None:
    label(engine, session, NAMES[1], FIRST)
    label(engine, session, NAMES[1], SECOND, kind="strong", type="redirect")
    with Db(engine) as db:
        row = db.get_one(Assignment, task.id)
        row.seed = next(seed for seed in range(200) if not waiting(db, row, seed))
        db.commit()

    async def script(drive: Driver) -> None:
        await drive.press("A")
        assert drive.status == "! no case to decide; ctrl+s hands in."

    play(script)


def waiting(db: Db, row: Assignment, seed: int) -> bool:
    row.seed = seed
    return any(case.waits for case in read_cases(db, row).cases)


def test_who_annotated_may_not_open_it(
    engine: Engine, session: Session, codebook: Codebook, task: Assignment
) -> None:
    label(engine, session, "ann", SECOND)
    by = Annotating(engine, "ann", codebook, lambda: NOW)
    with pytest.raises(UserError, match="have annotated this lineage"):
        CaseDesk(by, task)
