"""One terminal writes; another reads, and takes over with one key. What cannot be saved waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from taste.assignment_tables import Assignment
from taste.drafts.leases import take_lease
from taste.removal import delete_with_all
from tests.annotation_tui.conftest import NOW
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.tables import Session

if TYPE_CHECKING:
    from typing import Any

    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def number(stage: Stage) -> int:
    with Db(stage.engine) as db:
        return db.exec(select(Assignment.id)).one() or 0


def test_a_second_terminal_reads_only_until_it_takes_over(stage: Stage) -> None:
    async def first(drive: Driver) -> None:
        await drive.press("h", "d")
        take_lease(stage.engine, number(stage), "there", NOW, over=True)
        stage.forget(drive)

    async def second(drive: Driver) -> None:
        assert "read-only" in drive.status
        await drive.press("h", "1")
        assert drive.mark() == {"before": "e4", "kind": "detour"}
        await drive.press("ctrl+t", "1")
        assert drive.mark()["type"] == "ignored_warning"

    for script in (first, second):
        asyncio.run(stage.read(script))


def test_who_loses_the_assignment_is_told_and_keeps_the_words_on_screen(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e", "R")
        await drive.type("some wo")
        take_lease(stage.engine, number(stage), "there", NOW, over=True)
        await drive.type("rds")
        assert "open in another terminal, read-only here" in drive.status
        assert "some wor" in drive.screen_text()
        assert drive.mark()["rationale"] == "some wo"
        await drive.press("escape", "escape", "0")
        assert "nothing" not in drive.draft()

    asyncio.run(stage.read(script))


def test_what_a_full_disk_refuses_stays_on_screen_and_goes_out_with_the_next_key(
    stage: Stage,
) -> None:
    full = [True]

    def refuse(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        if full[0] and statement.startswith(("INSERT", "UPDATE")):
            raise OperationalError(statement, None, Exception("database or disk is full"))

    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e", "R")
        event.listen(stage.engine, "before_cursor_execute", refuse)
        await drive.type("kept")
        if stage.engine.dialect.name == "postgresql":
            assert "pending" in drive.status  # what the outbox then does is tested there
            return
        assert "not saved (database or disk is full): it stays here" in drive.status
        assert "kept" in drive.screen_text()
        full[0] = False
        await drive.type("!")
        assert drive.mark()["rationale"] == "kept!"
        await drive.press("escape", "1")
        full[0] = True
        await drive.press("2")
        assert "2[unverified_base]" in drive.screen_text()
        full[0] = False
        await drive.press("v")
        assert (drive.mark()["type"], drive.mark()["confidence"]) == ("unverified_base", 4)

    asyncio.run(stage.read(script))
    event.remove(stage.engine, "before_cursor_execute", refuse)


def assign(stage: Stage, session: Session, mode: str) -> None:
    with Db(stage.engine) as db:
        who = find_or_add_annotator(db, "ann").id or 0
        row = Assignment(
            identity=mode, batch="b", annotator_id=who, mode=mode, session_id=session.id or 0,
            thread="main", number=1, seed=1, created_at=NOW,
        )  # fmt: skip
        db.add(row)
        db.commit()


@pytest.mark.parametrize(("mode", "keys"), [("hindsight", "hd"), ("foresight", "ex")])
def test_a_session_that_was_removed_is_told_as_that_and_is_taken_over_by_nobody(
    stage: Stage, session: Session, mode: str, keys: str
) -> None:
    assign(stage, session, mode)

    async def script(drive: Driver) -> None:
        with Db(stage.engine) as db:
            delete_with_all(db, [db.get_one(Session, session.id)], None, NOW, force=False)
        await drive.press(*keys)
        assert "not in the database any more" in drive.status
        await drive.press(*["escape"] * (mode == "foresight"), "ctrl+t")
        assert "not in the database any more" in drive.status
        await drive.press("q")

    asyncio.run(stage.read(script))
