"""Threads of a file: which line belongs to which, and which call spawned it.

Decides from earlier lines only: a subagent's first words are the prompt of a call that has
been made, and a result names the subagent that a call had started.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from transcripts.decoding import clean
from transcripts.records import MAIN, EntryRecord, ThreadRecord, ThreadRole

_SPAWNING = frozenset({"Task", "Agent"})
_SUMMARISER = "acompact"
_WORKFLOW_TYPE = "workflow-subagent"


class Call(NamedTuple):
    """A tool call that was made."""

    tool: str
    response: str
    event: str
    """Id of the call's event."""
    agent_type: str | None
    """What kind of subagent it spawns, if it says."""


class Threads:
    """The threads met so far, and the calls that may have spawned them."""

    def __init__(self) -> None:
        """Start with the main thread alone."""
        self._calls: dict[str, Call] = {}
        self._names: dict[str, str] = {}
        """Thread of every sidechain line, by uuid."""
        self._prompts: dict[str, list[Call]] = {}
        """Calls whose subagent has not been met, by its prompt."""
        self._found: dict[str, ThreadRecord] = {}

    def call_made(self, call_id: str, call: Call, given: Any) -> None:
        """Note a call; one that spawns a subagent gives it a prompt."""
        if call.tool in _SPAWNING and isinstance(given, dict):
            kind = given.get("subagent_type")
            call = call._replace(agent_type=clean(kind) if isinstance(kind, str) else None)
            if isinstance(given.get("prompt"), str):
                self._prompts.setdefault(given["prompt"].strip(), []).append(call)
        self._calls[call_id] = call

    def find_call(self, call_id: str) -> Call | None:
        """The call of this number, if it has been made."""
        return self._calls.get(call_id)

    def name_of(self, value: dict[str, Any], entry: EntryRecord) -> str:
        """The thread of a line: main, or the subagent by its id, else by the line it began with."""
        if not value.get("isSidechain"):
            return MAIN
        agent = agent_of(value)
        if agent is not None:
            thread = agent
        else:
            own = f"sidechain:{entry.uuid or entry.ordinal}"
            thread = self._names.get(str(value.get("parentUuid")), own)
        if entry.uuid is not None:
            self._names[entry.uuid] = thread
        if thread not in self._found:
            self._meet(thread, value)
        return thread

    def _meet(self, thread: str, value: dict[str, Any]) -> None:
        """A thread's first line: its words may be the prompt of a call."""
        waiting = self._prompts.get(_first_words(value), [])
        call = waiting.pop(0) if waiting else None
        self._found[thread] = ThreadRecord(
            thread,
            role_of(thread),
            call=call.event if call else None,
            agent_type=call.agent_type if call else type_of(thread),
        )

    def spawned(self, extra: dict[str, Any], call: Call | None) -> None:
        """A result names the subagent that its call had started."""
        agent = extra.get("agentId")
        if not isinstance(agent, str) or not agent or call is None:
            return
        name, kind = clean(agent), extra.get("agentType")
        known = self._found.get(name)
        if known is None or known.call is None:
            agent_type = clean(kind) if isinstance(kind, str) else call.agent_type
            self._found[name] = ThreadRecord(
                name, role_of(name, agent_type), call=call.event, agent_type=agent_type
            )

    def records(self, own: str, facts: Mapping[str, str]) -> tuple[ThreadRecord, ...]:
        """All threads but main; the file's own with what stands beside the file."""
        found = dict(self._found)
        if own != MAIN:
            kind = facts.get("agentType") or type_of(own)
            workflow = facts.get("layout") == "workflow"
            role = ThreadRole.WORKFLOW if workflow else role_of(own, kind)
            found[own] = ThreadRecord(own, role, call_id=facts.get("toolUseId"), agent_type=kind)
        return tuple(found.values())


def agent_of(value: dict[str, Any]) -> str | None:
    """The subagent that a sidechain line names; none can take the main thread's name."""
    agent = value.get("agentId")
    return clean(agent) if isinstance(agent, str) and agent not in {"", MAIN} else None


def role_of(thread: str, agent_type: str | None = None) -> ThreadRole:
    """What a subagent's thread is, by how its id begins."""
    if thread.partition("-")[0] == _SUMMARISER:
        return ThreadRole.SUMMARISER
    return ThreadRole.WORKFLOW if agent_type == _WORKFLOW_TYPE else ThreadRole.SUBAGENT


def type_of(thread: str) -> str | None:
    """What the recorder's own helpers (`acompact-…`, `aprompt_suggestion-…`) are for."""
    kind, dash, _ = thread.partition("-")
    return kind[1:] if dash and kind.startswith("a") and kind.isascii() else None


def _first_words(value: dict[str, Any]) -> str:
    message = value.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list) and content and isinstance(content[0], dict):
        content = content[0].get("text")
    return content.strip() if isinstance(content, str) else ""
