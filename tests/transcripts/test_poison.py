"""Nothing but whitelisted content from before a cut reaches the text that is shown."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.cut import is_visible
from transcripts.decoding import parse_object
from transcripts.formats.claude_code.content import blocks_of
from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import Candidate, Cuttable, find_candidates, list_prefixes
from transcripts.records import SessionRecord
from transcripts.shipped import list_examples
from transcripts.text import render_shown

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

CHAINED = {"user", "assistant", "system", "progress", "attachment"}
WHITELIST = {"id", "model", "content"}
ROUTING = {"type", "uuid", "parentUuid", "operation", "retractedMessageUuids"}
KEPT = ROUTING | {"message", "attachment", "content"}
RELAXED = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def read(data: bytes) -> SessionRecord:
    return read_stream(io.BytesIO(data), "file", "stem")


def shown(record: SessionRecord, cut: int) -> str:
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    return render_shown(e.content for e in events if is_visible(e, cut, record.thread)).text


def poison(value: Any) -> Any:
    """Replace every string by a canary."""
    if isinstance(value, dict):
        return {key: poison(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [poison(inner) for inner in value]
    return "CANARY" if isinstance(value, str) else value


def poison_beside(entry: dict[str, Any]) -> dict[str, Any]:
    """Replace every string of a line that the whitelist does not name, and all thinking."""
    line = {key: value if key in KEPT else poison(value) for key, value in entry.items()}
    if isinstance(line.get("message"), dict):
        message = line["message"]
        line["message"] = {k: v if k in WHITELIST else poison(v) for k, v in message.items()}
        line["message"]["content"] = [
            poison(block) | {"type": "thinking"} if block.get("type") == "thinking" else block
            for block in blocks_of(message.get("content"))
        ]
    return line


def rewritten(record: SessionRecord, change: Callable[[Any, int], Any]) -> SessionRecord:
    values = [change(parse_object(e.raw), e.position) for e in record.entries]
    return read(b"\n".join(json.dumps(value).encode() for value in values))


def after(cut: int) -> Callable[[Any, int], Any]:
    def change(value: Any, position: int) -> Any:
        kept = value.get("type") in CHAINED | {"queue-operation"}
        return value if kept and position < cut else poison(value)

    return change


def check(record: SessionRecord, points: list[Candidate]) -> None:
    for point in points:
        expected = shown(record, point.cut)
        poisoned = rewritten(record, after(point.cut)) if expected else record
        assert shown(poisoned, point.cut) == expected
        assert "CANARY" not in expected


@RELAXED
@given(st.data())
def test_poison_after_a_cut_and_in_bookkeeping_reaches_no_prefix(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject
) -> None:
    record = rewritten(read(data.draw(scripts).data), lambda value, _: value)
    check(record, find_candidates(record))


@RELAXED
@given(st.data())
def test_fields_beside_the_whitelist_are_never_shown(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject
) -> None:
    record = read(data.draw(scripts).data)
    poisoned = rewritten(record, lambda value, _: poison_beside(value))
    assert shown(poisoned, 1 << 60) == shown(record, 1 << 60)


@RELAXED
@given(st.data(), st.integers(0, 999))
def test_the_order_of_timestamps_changes_nothing(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject, seed: int
) -> None:
    record = read(data.draw(scripts).data)
    stamps = [parse_object(entry.raw).get("timestamp") for entry in record.entries]
    random.Random(seed).shuffle(stamps)
    shuffled = rewritten(record, lambda value, _: value | {"timestamp": stamps.pop()})
    plain = rewritten(record, lambda value, _: value)
    pairs = zip(list_prefixes(plain, ""), list_prefixes(shuffled, ""), strict=True)
    assert all((a.before, a.prefix_hash, a.shown_hash) == (b.before, b.prefix_hash, b.shown_hash)
               for a, b in pairs)  # fmt: skip


@pytest.mark.parametrize("path", [e.path for e in list_examples()], ids=lambda path: path.stem[:8])
def test_poison_reaches_no_prefix_of_the_examples(path: Path) -> None:
    record = read(path.read_bytes())
    check(record, find_candidates(record)[2::7])


def test_poison_reaches_no_prefix_of_recorded_sessions(corpus: Path) -> None:
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        record = read(path.read_bytes())
        check(record, find_candidates(record)[9::90])


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
