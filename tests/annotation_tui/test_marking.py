"""What is pressed in the reader stands in the draft before the next key."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from annotation_tui.messages import SpanChosen
from taste.assignment_tables import Assignment
from transcripts.db import Db

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

pytestmark = pytest.mark.usefixtures("session")


def test_a_choice_stands_in_the_draft_at_once_and_in_no_annotation(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d")
        assert drive.mark() == {"before": "e4", "kind": "detour"}
        await drive.press("3", "e", "w", "a", "v", "escape", "escape")
        await drive.press("h", "r", "J", "x")
        mark = drive.mark()
        assert (mark["type"], mark["attribution"], mark["knowable"]) == (
            ("wrong_measure", "agent", "yes")
        )
        assert (mark["confidence"], mark["recognised"], mark["recovered"]) == (4, "e7", "e8")
        assert mark["recognised_by"] == "human"
        assert drive.rows() == []

    asyncio.run(stage.read(script))


def test_a_capital_letter_opens_a_field_and_the_same_key_again_clears_one(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "5", "e", "C", "3", "I", "2", "X", "i", "v", "v")
        mark = drive.mark()
        assert "confidence" not in mark
        assert (mark["type"], mark["recovery"], mark["initiator"]) == (
            ("stuck", "abandoned", "agent_offer")
        )
        assert (mark["hidden_context"], mark["harm"]) == (True, 2)

    asyncio.run(stage.read(script))


def test_evidence_is_of_what_could_be_known_or_of_harm_by_its_side_of_the_cut(
    stage: Stage,
) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "K", "E", "G", "E")
        drive.reader.post_message(SpanChosen("e6", 1, 3))
        await drive.pilot.pause()
        mark = drive.mark()
        assert [span["event"] for span in mark["evidence_knowable"]] == ["e3"]
        harm = [(span["event"], span["start"], span["end"]) for span in mark["evidence_harm"]]
        assert harm == [("e8", None, None), ("e6", 1, 3)]
        await drive.press("e", "F", "1", "W")
        assert [span["event"] for span in drive.mark()["evidence_harm"]] == ["e6"]
        assert drive.mark()["waived"] == ["evidence_knowable"]

    asyncio.run(stage.read(script))


def test_marking_where_nothing_precedes_is_refused_and_the_app_goes_on(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("d")
        assert drive.status == "! an opening: no agent response before it, so no mark."
        assert drive.draft() == {}
        assert not drive.form.is_open
        await drive.press("h", "d")
        assert list(drive.draft()) == ["mark:4"]

    asyncio.run(stage.read(script))


def test_what_cannot_be_said_of_an_event_is_refused_with_its_reason(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "K", "x")
        assert "recovered refused: event 4 stands before the mark's start" in drive.status
        assert "recovered" not in drive.mark()
        await drive.press("J", "s", "J", "x")
        assert drive.status.startswith("! only a detour is recovered")
        assert drive.mark() == {"before": "e4", "kind": "strong"}

    asyncio.run(stage.read(script))


def test_the_act_above_is_marked_where_the_cursor_stands_on_work(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "J", "J", "a", "d", "a", "d")
        assert list(drive.draft()) == ["mark:4"]
        await drive.press("a", "u")
        assert drive.mark()["kind"] == "unresolved"
        await drive.press("a", "x")
        assert drive.draft() == {}

    asyncio.run(stage.read(script))


def test_another_kind_keeps_what_it_shares_with_the_former(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "5", "J", "x", "e", "v", "K", "2")
        assert drive.mark() == {"before": "e4", "kind": "strong", "confidence": 4}

    asyncio.run(stage.read(script))


def test_edit_and_tab_go_to_the_own_marks(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("e")
        assert "no mark of yours" in drive.status
        await drive.press("h", "d", "escape", "h", "d", "escape", "g", "tab")
        assert drive.cursor == (4, 0)
        await drive.press("e", "7", "escape", "escape", "tab")
        assert drive.cursor == (7, 0)
        assert drive.mark(4)["type"] == "lost_goal"

    asyncio.run(stage.read(script))


def test_keys_typed_in_one_burst_reach_what_the_earlier_ones_open(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.burst("h", "d", "3", "e", "w", "s", "x", "enter", *"said so", "!")
        await drive.press("enter")
        mark = drive.mark()
        assert (mark["kind"], mark["type"], mark["attribution"]) == (
            ("detour", "wrong_measure", "agent")
        )
        assert (mark["knowable"], mark["confidence"]) == ("partly", 2)
        assert mark["rationale"] == "said so!"
        await drive.press("escape", "escape")
        await drive.burst("slash", *"split", "enter")
        assert drive.cursor == (7, 1)

    asyncio.run(stage.read(script))


def test_every_keystroke_of_a_text_is_stored_and_leaving_it_makes_one_step(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e")
        text = ""
        for steps, leave in enumerate(["enter", "escape", "tab"], start=2):
            await drive.press("R")
            for sign in "x u":
                await drive.type(sign)
                text += sign
                assert drive.mark()["rationale"] == text
            await drive.press(leave)
            assert len(drive.reader.desk.held.history()) == steps

    asyncio.run(stage.read(script))


def test_a_signal_to_end_leaves_all_stored_and_the_assignment_free(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e", "enter")
        await drive.type("cut")
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        signal.raise_signal(signal.SIGTERM)
        await drive.pilot.pause()
        assert drive.mark()["rationale"] == "cut"
        assert drive.app.return_code == 128 + signal.SIGTERM
        with Db(stage.engine) as db:
            assert db.exec(select(Assignment.holder)).one() is None

    asyncio.run(stage.read(script))


def test_marks_stand_in_the_gutter_and_in_the_outline(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "escape", "h", "s", "escape", "g")
        text = drive.screen_text()
        assert "D● human  5  [D]" in text
        assert "S● human  8  [S]" in text
        assert "D     5 now train the model" in text

    asyncio.run(stage.read(script, size=(120, 40)))


def test_the_form_stands_beside_the_text_or_below_it_and_never_over_it(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d", "e")
        for size in [(80, 24), (100, 30)]:
            await drive.pilot.resize_terminal(*size)
            await drive.pilot.pause()
            form, text = drive.form.region, drive.reader.query_one("#transcript").region
            assert not form.overlaps(text)
            assert "1 ignored_warning" in drive.screen_text()
            assert "now train the model" in drive.screen_text()

    asyncio.run(stage.read(script))


def test_the_form_names_only_keys_that_act_and_lists_its_own_in_the_help(stage: Stage) -> None:
    async def script(drive: Driver) -> None:
        await drive.press("h", "d")
        assert "r recognised" in drive.screen_text()
        await drive.press("e")
        assert "r recognised" not in drive.screen_text()
        await drive.press("question_mark")
        assert "keys · the form" in drive.screen_text()
        assert "recognised: esc, then r at the event" in drive.screen_text()

    asyncio.run(stage.read(script, (80, 40)))
