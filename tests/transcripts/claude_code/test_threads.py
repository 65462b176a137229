"""Subagents are threads of their own, linked to the call that spawned them, in every layout."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from transcripts.errors import NotATranscript
from transcripts.formats.registry import find_format, read_session
from transcripts.records import MAIN, SessionRecord, ThreadRecord, ThreadRole

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

    Read = Callable[[Script], SessionRecord]

SPAWN = {"prompt": "look into it", "subagent_type": "Explore"}
FLAT = "agent-a1.jsonl"
NESTED = "session-1/subagents/agent-a1.jsonl"
WORKFLOW = "session-1/subagents/workflows/w1/agent-a1.jsonl"


def side(s: "Script", text: str, **fields: Any) -> str:
    message = {"role": "user", "content": text}
    return s.chained("user", isSidechain=True, message=message, **fields)


def spawned(s: "Script", agent: str | None, **fields: Any) -> str:
    """A call that spawns a subagent and its result; returns the id of the call's event."""
    s.human("start")
    call = s.does("Task", SPAWN)
    event = str(s.parent)
    block = {"type": "tool_result", "tool_use_id": call, "content": "found it"}
    result = {"content": "found it"} if agent is None else {"agentId": agent, **fields}
    s.chained("user", message={"role": "user", "content": [block]}, toolUseResult=result)
    return event


def own_file(s: "Script", path: Path, agent: str = "a1", **meta: Any) -> SessionRecord:
    path.parent.mkdir(parents=True, exist_ok=True)
    side(s, "look into it", agentId=agent)
    s.write(path)
    if meta:
        path.with_suffix(".meta.json").write_text(json.dumps(meta))
    return read_session(path)


def test_an_inline_sidechain_belongs_to_the_call_whose_prompt_it_begins_with(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    script.does("Task", SPAWN)
    event, origin = str(script.parent), script.parent
    script.parent = None
    first = side(script, "look into it")
    side(script, "more")
    script.parent = origin
    script.says("done")
    record = read(script)
    name = f"sidechain:{first}"
    assert [e.thread for e in record.events] == [MAIN, MAIN, name, name, MAIN]
    link = ThreadRecord(name, ThreadRole.SUBAGENT, call=event, agent_type="Explore")
    assert record.threads == (link,)


def test_two_inline_sidechains_with_one_prompt_belong_to_two_calls(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    script.does("Task", SPAWN)
    one = script.parent
    script.does("Task", SPAWN, script.response)
    two = script.parent
    for _ in range(2):
        script.parent = None
        side(script, "look into it")
    assert [thread.call for thread in read(script).threads] == [one, two]


def test_a_result_names_the_subagent_that_its_call_had_started(
    script: "Script", read: "Read"
) -> None:
    event = spawned(script, "a1", agentType="general-purpose", totalTokens=9)
    link = ThreadRecord("a1", ThreadRole.SUBAGENT, call=event, agent_type="general-purpose")
    assert read(script).threads == (link,)


def test_a_flat_file_is_one_thread_of_its_session(script: "Script", tmp_path: Path) -> None:
    record = own_file(script, tmp_path / FLAT)
    assert (record.external_id, record.thread) == ("session-1/a1", "a1")
    assert record.threads == (ThreadRecord("a1", ThreadRole.SUBAGENT),)


def test_a_nested_file_is_linked_by_the_meta_file_beside_it(
    script: "Script", tmp_path: Path
) -> None:
    meta: dict[str, Any] = {
        "agentType": "Explore",
        "toolUseId": "toolu-1",
        "parentAgentId": "a0",
        "spawnDepth": 2,
    }
    record = own_file(script, tmp_path / NESTED, **meta)
    link = ThreadRecord("a1", ThreadRole.SUBAGENT, call_id="toolu-1", agent_type="Explore")
    assert record.threads == (link,)


def test_an_agent_of_a_workflow_says_so(script: "Script", tmp_path: Path) -> None:
    record = own_file(script, tmp_path / WORKFLOW, agentType="workflow-subagent")
    link = ThreadRecord("a1", ThreadRole.WORKFLOW, agent_type="workflow-subagent")
    assert record.threads == (link,)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{" + b" " * (1 << 17) + b"}", b'{"toolUseId": 7}', b"\xff"],
    ids=["empty", "torn", "list", "huge", "number", "no-text"],
)
def test_a_meta_file_that_cannot_be_read_is_left_aside(
    script: "Script", tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "agent-a1.meta.json").write_bytes(data)
    assert own_file(script, tmp_path / FLAT).threads[0].call_id is None


@pytest.mark.parametrize("inline", [False, True], ids=["own file", "inline"])
def test_the_summariser_of_a_compaction_is_kept_apart(
    script: "Script", read: "Read", tmp_path: Path, inline: bool
) -> None:
    if inline:
        script.human("start")
        side(script, "summarise", agentId="acompact-f0")
        record = read(script)
    else:
        record = own_file(script, tmp_path / "agent-acompact-f0.jsonl", "acompact-f0")
    link = ThreadRecord("acompact-f0", ThreadRole.SUMMARISER, agent_type="compact")
    assert record.threads == (link,)


def test_the_ledger_of_a_workflow_is_no_session(tmp_path: Path) -> None:
    ledger = tmp_path / "journal.jsonl"
    ledger.write_bytes(b'{"type":"started","key":"v2:0","agentId":"a1"}\n{"type":"result"}\n')
    with pytest.raises(NotATranscript):
        find_format(ledger)


def test_no_subagent_can_take_the_main_thread_s_name(script: "Script", read: "Read") -> None:
    script.human("start")
    side(script, "ZEBRA", agentId="main")
    assert [event.thread == MAIN for event in read(script).events] == [True, False]


def test_whose_file_it_is_does_not_depend_on_later_lines(script: "Script", read: "Read") -> None:
    side(script, "look into it", agentId="a1")
    early = read(script)
    script.human("a stray line")
    late = read(script)
    assert (early.external_id, early.thread) == (late.external_id, late.thread)
    assert any("1 lines of the main thread stand in a subagent's file" in w for w in late.warnings)


def test_a_main_file_that_begins_with_an_inline_sidechain_is_the_main_thread_s(
    script: "Script", read: "Read"
) -> None:
    side(script, "warm up")
    script.human("start")
    record = read(script)
    assert (record.external_id, record.thread, record.warnings) == ("session-1", MAIN, ())
