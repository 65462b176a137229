"""Laws of the reading of Inspect samples, over random calls of models on random contexts."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.cut import is_visible
from transcripts.decoding import parse_object
from transcripts.formats.inspect_log.sample_lines import sample_lines
from transcripts.formats.registry import read_sessions, replay
from transcripts.prefixes import Cuttable, find_candidates
from transcripts.records import SessionRecord

pytestmark = pytest.mark.needs_package("inspect_ai")

LOGS = ["browser.json", "log_formats.eval", "theory-of-mind.eval"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ["a", "b", "c", "", "=== human"]
ROLES = ["user", "operator", "system", "tool", "failed", "assistant"]
BOOKKEEPING = {"sample", "thread", "withheld"}
MESSAGE = st.tuples(st.sampled_from(ROLES), st.sampled_from(WORDS))
# What is left out of the known messages, what is told anew, and whose call it is.
CALL = st.tuples(st.lists(st.integers(0, 9), max_size=3), st.lists(MESSAGE, max_size=3),
                 st.integers(0, 2), st.sampled_from(WORDS))  # fmt: skip


def message(role: str, text: str) -> Any:
    from inspect_ai.model import ChatMessageAssistant as Assistant
    from inspect_ai.model import ChatMessageSystem as System
    from inspect_ai.model import ChatMessageTool as Tool
    from inspect_ai.model import ChatMessageUser as User
    from inspect_ai.tool import ToolCall, ToolCallError

    calls = [ToolCall(id=text, function="f", arguments={"x": text})] if text == "c" else None
    error = ToolCallError("unknown", text) if role == "failed" else None
    made = {
        "user": User(content=text),
        "operator": User(content=text, source="operator"),
        "system": System(content=text),
        "assistant": Assistant(content=text, tool_calls=calls),
    }
    return made.get(role) or Tool(content=text, tool_call_id="c", function="f", error=error)


def play(steps: list[Any]) -> tuple[SessionRecord, list[Any]]:
    """Read a sample of three agents, and its model calls."""
    from inspect_ai.event import ModelEvent, SpanBeginEvent
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ChatCompletionChoice, GenerateConfig, ModelOutput

    known: list[list[Any]] = [[message("user", f"task {n}")] for n in range(3)]
    calls: list[Any] = []
    for left_out, told, owner, reply in steps:
        kept = [one for n, one in enumerate(known[owner]) if n not in left_out]
        inputs = [*kept, *(message(*one) for one in told)] or known[owner]
        said = message("assistant", reply)
        output = ModelOutput(model="m", choices=[ChatCompletionChoice(message=said)])
        calls.append(ModelEvent(
            model="m", input=inputs, tools=[], tool_choice="auto", config=GenerateConfig(),
            output=output, span_id=f"agent{owner}", timestamp=NOW,
        ))  # fmt: skip
        known[owner] = [*inputs, said]
    spans = [SpanBeginEvent(id=f"agent{n}", name="agent", type="agent") for n in range(3)]
    sample = EvalSample(id="x", epoch=1, input="", target="TARGET", events=[*spans, *calls])
    return read(sample_lines(sample, {"log": "log"}, "sample")), calls


def read(lines: Iterator[Any]) -> SessionRecord:
    return replay("inspect", BytesIO(b"\n".join(json.dumps(line).encode() for line in lines)))


def prefix(record: SessionRecord, cut: int, thread: str) -> list[tuple[str, str, str, bool]]:
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    shown = [e.content for e in events if is_visible(e, cut, thread)]
    return [(one.kind, one.tool, one.text, one.is_error) for one in shown]


def expected(inputs: list[Any]) -> Iterator[tuple[set[str], str, str, bool]]:
    kinds = {"system": {"notice"}, "user": {"human", "notice"}, "assistant": {"agent"}}
    for one in inputs:
        if one.role == "tool":
            yield {"result"}, "f", one.error.message if one.error else one.text, bool(one.error)
        elif one.text:
            yield kinds[one.role], "", one.text, False
        for call in getattr(one, "tool_calls", None) or ():
            yield {"call"}, "f", json.dumps(call.arguments, indent=1), False


def responses(record: SessionRecord) -> Iterator[tuple[int, str]]:
    threads = {event.ordinal: event.thread for event in record.events}
    for entry in record.entries:
        if entry.type == "model":
            yield entry.position, threads[entry.ordinal]


@settings(max_examples=40)
@given(st.lists(CALL, max_size=9))
def test_a_prefix_is_exactly_what_the_model_was_sent(steps: list[Any]) -> None:
    record, calls = play(steps)
    for (cut, thread), call in zip(responses(record), calls, strict=True):
        found = prefix(record, cut, thread)
        wanted = list(expected(call.input))
        assert [one[1:] for one in found] == [one[1:] for one in wanted]
        assert all(one[0] in kinds for one, (kinds, *_) in zip(found, wanted, strict=True))


@settings(max_examples=40)
@given(st.lists(CALL, max_size=9))
def test_no_prefix_depends_on_later_lines_or_on_bookkeeping(steps: list[Any]) -> None:
    record, _ = play(steps)
    for point in find_candidates(record):
        lines = [parse_object(entry.raw) for entry in record.entries]
        poisoned = read(
            poison(line) if entry.position >= point.cut or line["type"] in BOOKKEEPING else line
            for entry, line in zip(record.entries, lines, strict=True)
        )
        cut = read(iter(lines[: sum(e.position < point.cut for e in record.entries)]))
        wanted = prefix(record, point.cut, "main")
        assert prefix(poisoned, point.cut, "main") == wanted
        assert prefix(cut, 1 << 60, "main") == wanted


@settings(max_examples=40)
@given(st.lists(CALL, max_size=9))
def test_every_response_of_the_main_agent_is_one_decision_point(steps: list[Any]) -> None:
    record, _ = play(steps)
    own = [cut for cut, thread in responses(record) if thread == "main"]
    assert [p.cut for p in find_candidates(record) if p.actor == "agent"] == own


@pytest.mark.parametrize("name", LOGS)
def test_stored_lines_are_read_again_as_the_same_session(corpus: Path, name: str) -> None:
    for record in list(read_sessions(corpus / "inspect" / name))[:5]:
        again = replay("inspect", BytesIO(b"\n".join(e.raw for e in record.entries)))
        assert [e._replace(line=e.line - 1) for e in again.entries] == list(record.entries)
        assert replace(again, entries=record.entries) == record


@pytest.mark.parametrize("name", LOGS)
def test_a_recorded_sample_cut_anywhere_has_the_same_prefix(corpus: Path, name: str) -> None:
    for record in list(read_sessions(corpus / "inspect" / name))[:5]:
        for number, entry in enumerate(record.entries):
            lines = b"\n".join(one.raw for one in record.entries[:number])
            shorter = prefix(replay("inspect", BytesIO(lines)), 1 << 60, "main")
            assert shorter == prefix(record, entry.position, "main")


def poison(value: Any) -> Any:
    """The line with every text but its type and thread replaced."""
    if isinstance(value, dict):
        kept = {"type", "thread"}
        return {key: one if key in kept else poison(one) for key, one in value.items()}
    if isinstance(value, list):
        return [poison(one) for one in value]
    return "CANARY" if isinstance(value, str) else value
