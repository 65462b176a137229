"""Response items of the agent: texts, reasoning, calls, and the outputs of calls."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.codex.outputs import Decision, find_decision, read_json, read_output
from transcripts.formats.codex.words import SPAWN_TOOL
from transcripts.formats.entries import Draft, optional_text
from transcripts.formats.parts import call_text, content_text
from transcripts.records import EventKind, EventRecord, ThreadRecord, ThreadRole

_INPUT = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "web_search_call": "action",
    "tool_search_call": "arguments",
    "image_generation_call": "revised_prompt",
}
"""The field of each kind of call that holds what the agent asked for."""


@dataclass(frozen=True, slots=True)
class Item:
    """What an item of the agent says."""

    kind: EventKind
    text: str
    shown: bool
    tool: str = ""
    call_id: str | None = None


def read_item(kind: str, payload: dict[str, Any], unknown: Counter[str]) -> Item | None:
    """Read a text, reasoning or call; None for a kind that is not known."""
    if kind == "message":
        text = content_text(payload.get("content"), unknown)
        return Item(EventKind.AGENT, text, shown=bool(text.strip()))
    if kind == "reasoning":
        # What is encrypted is not readable, and is never shown.
        text = content_text(payload.get("summary"), unknown)
        text = text or content_text(payload.get("content"), unknown)
        return Item(EventKind.THINKING, text, shown=bool(text.strip()))
    if kind in _INPUT:
        text = call_text(payload.get(_INPUT[kind]))
        return Item(EventKind.CALL, text, True, _tool(kind, payload), _call_id(payload))
    return None


def _tool(kind: str, payload: dict[str, Any]) -> str:
    name = optional_text(payload.get("name")) or kind.removesuffix("_call")
    space = optional_text(payload.get("namespace"))
    return f"{space}.{name}" if space else name


def _call_id(payload: dict[str, Any]) -> str | None:
    return optional_text(payload.get("call_id"))


@dataclass(frozen=True, slots=True)
class _Call:
    tool: str
    event: str
    agent_type: str | None


@dataclass(slots=True)
class Calls:
    """The calls so far, and the agents that they spawned."""

    threads: list[ThreadRecord] = field(default_factory=list)
    _calls: dict[str, _Call] = field(default_factory=dict)

    def add(self, event: EventRecord, payload: dict[str, Any]) -> None:
        """Remember a call; any other event is passed over."""
        if event.call_id is not None:
            spawns = event.tool.endswith(SPAWN_TOOL)
            agent_type = _agent_type(payload) if spawns else None
            self._calls[event.call_id] = _Call(event.tool, event.id, agent_type)

    def answer(
        self, payload: dict[str, Any], draft: Draft, unknown: Counter[str], *, decided: bool
    ) -> Decision | None:
        """Add the events of an output; returns what a person decided in it.

        Args:
            payload: the output's item.
            draft: the entry's events.
            unknown: where parts of unknown type are counted.
            decided: whether people decide in this thread at all.
        """
        call_id = _call_id(payload)
        call = self._calls.get(call_id or "", _Call("", "", None))
        output = read_output(payload, unknown)
        decision = find_decision(call.tool, output.text) if decided else None
        if decision is not None:
            draft.add(decision.kind, clean(decision.words), act_kind=decision.act_kind)
        draft.add(
            EventKind.RESULT,
            output.text,
            shown=decision is None or not decision.replaces,
            tool=call.tool,
            call_id=call_id,
            is_error=output.is_error,
        )
        if call.tool.endswith(SPAWN_TOOL):
            self._spawned(optional_text(read_json(output.text).get("agent_id")), call)
        return decision

    def _spawned(self, agent: str | None, call: _Call) -> None:
        if agent is not None and all(thread.name != agent for thread in self.threads):
            role = ThreadRole.SUBAGENT
            self.threads.append(
                ThreadRecord(agent, role, call=call.event, agent_type=call.agent_type)
            )


def _agent_type(payload: dict[str, Any]) -> str | None:
    return optional_text(read_json(payload.get("arguments")).get("agent_type"))
