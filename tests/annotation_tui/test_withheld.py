"""What is not offered for reading, and what the reader says of threads that it does not show."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.annotation_tui.conftest import NOW
from transcripts.db import Db
from transcripts.tables import Session, Thread

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

GONE = [{"withdrawn_at": NOW}, {"usable_until": date(2026, 1, 1)}]


def say_of(stage: Stage, session: Session, **values: Any) -> None:
    with Db(stage.engine) as db:
        row = db.get_one(Session, session.id)
        for name, value in values.items():
            setattr(row, name, value)
        db.add(row)
        db.commit()


@pytest.mark.parametrize("said", GONE)
def test_a_session_that_may_not_be_used_is_not_offered(
    stage: Stage, session: Session, said: dict[str, Any]
) -> None:
    stage.store(stage.tell().event("human", "hello"), "t-0002-other")
    say_of(stage, session, **said)

    async def script(drive: Driver) -> None:
        assert "t-0002-o" in drive.screen_text()
        assert "s-0001-a" not in drive.screen_text()
        assert drive.status == "1 more were withdrawn or may not be used any more."

    asyncio.run(stage.play(script))


@pytest.mark.parametrize("said", GONE)
def test_a_session_withdrawn_while_the_list_is_open_is_not_opened(
    stage: Stage, session: Session, said: dict[str, Any]
) -> None:
    async def script(drive: Driver) -> None:
        say_of(stage, session, **said)
        await drive.press("enter")
        assert drive.status.startswith("! this session ")
        assert "please look" not in drive.screen_text()

    asyncio.run(stage.play(script))


def test_a_session_withdrawn_while_it_is_read_takes_no_label(
    stage: Stage, session: Session
) -> None:
    async def script(drive: Driver) -> None:
        say_of(stage, session, withdrawn_at=NOW)
        await drive.press("h", "d")
        assert "was withdrawn on 2026-01-02: nothing more is said of it." in drive.status
        assert drive.rows() == []

    asyncio.run(stage.read(script))


def test_long_thinking_begins_folded(stage: Stage) -> None:
    stage.store(stage.tell().event("thinking", "\n".join(f"if {n}" for n in range(30))))

    async def script(drive: Driver) -> None:
        assert drive.reader.desk.document.heights[0] == 1 + 8 + 1
        await drive.press("z")
        assert drive.reader.desk.document.heights[0] == 1 + 30

    asyncio.run(stage.read(script))


def test_a_call_names_the_subagent_that_it_started(stage: Stage, session: Session) -> None:
    with Db(stage.engine) as db:
        db.add(
            Thread(
                session_id=session.id or 0,
                name="a1\x1b[2J",
                role="subagent",
                call="e2",
                agent_type="Explore",
            )
        )
        db.commit()

    async def script(drive: Driver) -> None:
        assert r"call Bash  3  started subagent a1\u001b[2J (Explore)" in drive.screen_text()

    asyncio.run(stage.read(script))
