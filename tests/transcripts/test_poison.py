"""Nothing but whitelisted content from before a cut reaches the text that is shown."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import find_candidates, list_prefixes, record_prefix
from transcripts.records import SessionRecord
from transcripts.rendering.text import render_shown

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


def read(data: bytes) -> SessionRecord:
    return read_stream(io.BytesIO(data), "file", "stem")


def shown(record: SessionRecord, cut: int) -> str:
    return render_shown(record_prefix(record, cut)).text


def rejection(script: "Script") -> None:
    said = "The user doesn't want to proceed with this tool use. the user said:\nZEBRA"
    script.gets(script.does("Edit", {}), said, error=True)


def plan_rejection(script: "Script") -> None:
    said = "The user doesn't want to proceed with this tool use. the user said: ZEBRA"
    script.gets(script.does("ExitPlanMode", {"plan": "p"}), said, error=True)


def interrupted_tool(script: "Script") -> None:
    script.gets(
        script.does("Bash", {}), "[Request interrupted by user for tool use]\nZEBRA", error=True
    )


def interrupt(script: "Script") -> None:
    script.human("[Request interrupted by user]")
    script.human("ZEBRA")


def answer(script: "Script") -> None:
    script.gets(script.does("AskUserQuestion", {}), 'User has answered your questions: "ZEBRA"')


def rejection_with_words_in_the_line(script: "Script") -> None:
    said = "The user doesn't want to proceed with this tool use."
    more = [{"type": "text", "text": "ZEBRA"}]
    script.gets(script.does("Edit", {}), said, error=True, more=more)


def parallel_rejection(script: "Script") -> None:
    one, two = script.does("Read", {}), script.does("Edit", {}, script.response)
    script.gets(one, "The user doesn't want to take this action right now. STOP", error=True)
    script.gets(two, "The user doesn't want to proceed with this tool use. ZEBRA", error=True)


@pytest.mark.parametrize(
    "write",
    [
        rejection, plan_rejection, interrupted_tool, interrupt, answer,
        rejection_with_words_in_the_line, parallel_rejection,
    ],
)  # fmt: skip
def test_no_word_of_an_objection_stands_in_its_own_prefix(
    script: "Script", write: "Callable[[Script], None]"
) -> None:
    script.human("start")
    write(script)
    script.says("done")
    record = read(script.data)
    act = [point for point in find_candidates(record) if point.actor == "human"][-1]
    own, later = shown(record, act.cut), shown(record, 1 << 60)
    assert "ZEBRA" in later
    assert not any(word in own for word in ("ZEBRA", "interrupted", "want to", "answered", "rej"))


def test_a_queued_message_is_cut_where_it_was_typed_and_shown_from_its_delivery(
    script: "Script",
) -> None:
    script.human("start")
    script.says("first")
    script.queue("enqueue", "ZEBRA")
    script.says("second")
    script.queue("remove")
    script.says("third")
    record = read(script.data)
    lines = {line.before: line for line in list_prefixes(record, "")}
    points = {point.before: point for point in find_candidates(record)}
    assert lines["L3"].line == 3
    assert "ZEBRA" not in shown(record, points["L3"].cut)
    assert "ZEBRA" not in shown(record, points["session-1-e3"].cut)
    assert "ZEBRA" in shown(record, points["session-1-e4"].cut)
    assert "second" not in shown(record, points["L3"].cut)
