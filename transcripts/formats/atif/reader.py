"""The lines of an ATIF trajectory to records: one step is one response with what it observed.

What a system step says (the prompt of the system, housekeeping of the harness) is not part of the
conversation and is never shown, except that a compaction took place.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.atif.trajectories import CONTINUED_IN, HEAD, referenced, results_of
from transcripts.formats.documents import WITHHELD
from transcripts.formats.entries import Draft, EntryCounter, line_warnings, optional_text
from transcripts.formats.lines import Line, Torn
from transcripts.formats.parts import call_text, content_text
from transcripts.records import (
    MAIN,
    ActKind,
    EntryRecord,
    EventKind,
    EventRecord,
    Header,
    ThreadRecord,
    ThreadRole,
)

NAME = "atif"
_VERSION = re.compile(r"ATIF-v1\.[0-7]")
# Harbor names the sessions that it makes of one run so.
_CONTINUATION = re.compile(r"(.+)-cont-\d+")
_SUMMARISER = re.compile(r"(.+)-summarization-\d+-[a-z]+")


@dataclass(slots=True)
class SessionReader:
    """Reads one trajectory, step by step."""

    stem: str
    facts: Mapping[str, str]
    counter: EntryCounter = field(default_factory=EntryCounter)
    _head: dict[str, Any] = field(default_factory=dict)
    _thread: str = MAIN
    _unknown: Counter[str] = field(default_factory=Counter)
    _models: dict[str, None] = field(default_factory=dict)
    _threads: list[ThreadRecord] = field(default_factory=list)
    _tools: dict[str, tuple[str, str]] = field(default_factory=dict)
    _steps: int = 0
    _copied: int = 0
    _first_timestamp: str | None = None

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one line: the head, a step, or what is withheld."""
        value = line.value
        source = value.get("source")
        kind = source if "source" in value else value.get("type")
        entry = self.counter.begin(line, str(kind))
        if kind == HEAD and entry.ordinal == 1:
            self._begin(value)
        draft = Draft(entry, self._thread, value.get("timestamp"))
        if "source" in value:
            self._step(value, draft)
        elif kind not in {HEAD, WITHHELD}:
            self._unknown[clean(str(kind))] += 1
        self.counter.end(len(draft.events))
        return entry, draft.events

    def _begin(self, head: dict[str, Any]) -> None:
        self._head = head
        agent = head.get("agent")
        self._use(agent.get("model_name") if isinstance(agent, dict) else None)
        name = self._spawned("id")
        if name is not None:
            self._thread = name.rpartition("/")[2]
        elif _SUMMARISER.fullmatch(self._session_id()):
            self._thread = self._session_id()

    def _spawned(self, key: str) -> str | None:
        given = self._head.get("spawned")
        return optional_text(given.get(key)) if isinstance(given, dict) else None

    def _session_id(self) -> str:
        own = optional_text(self._head.get("session_id"))
        return own or optional_text(self._head.get("trajectory_id")) or self.stem

    def _use(self, model: Any) -> None:
        name = optional_text(model)
        if name is not None:
            self._models.setdefault(name, None)

    def _step(self, step: dict[str, Any], draft: Draft) -> None:
        source = step.get("source")
        self._steps += 1
        self._copied += bool(step.get("is_copied_context"))
        self._first_timestamp = self._first_timestamp or optional_text(step.get("timestamp"))
        if source == "agent":
            self._agent(step, draft)
        elif source == "user":
            self._user(step, draft)
        elif source == "system":
            self._system(step, draft)
        else:
            self._unknown[f"step of {clean(str(source))}"] += 1

    def _agent(self, step: dict[str, Any], draft: Draft) -> None:
        """One response and what it observed.

        What is copied from an earlier trajectory, or made without a model, is no decision here:
        it is shown, since the agent saw it, and belongs to no response.
        """
        self._use(step.get("model_name"))
        decided = not step.get("is_copied_context") and step.get("llm_call_count") != 0
        response = f"L{draft.entry.ordinal}" if decided else None
        thinking = step.get("reasoning_content")
        if isinstance(thinking, str) and thinking:
            draft.add(EventKind.THINKING, clean(thinking), response=response)
        text = content_text(step.get("message"), self._unknown)
        if text.strip() or not step.get("tool_calls"):
            draft.add(EventKind.AGENT, text, response=response)
        for call in _objects(step.get("tool_calls")):
            self._call(call, draft, response)
        self._observe(step, draft)

    def _call(self, call: dict[str, Any], draft: Draft, response: str | None) -> None:
        tool = optional_text(call.get("function_name")) or ""
        call_id = optional_text(call.get("tool_call_id"))
        event = draft.add(
            EventKind.CALL,
            call_text(call.get("arguments")),
            shown=True,
            tool=tool,
            call_id=call_id,
            response=response,
        )
        if call_id is not None:
            self._tools[call_id] = (tool, event.id)

    def _observe(self, step: dict[str, Any], draft: Draft) -> None:
        for result in results_of(step):
            call_id = optional_text(result.get("source_call_id"))
            tool, call = self._tools.get(call_id or "", ("", None))
            self._spawn(result, call, ThreadRole.SUBAGENT)
            text = content_text(result.get("content"), self._unknown)
            if result.get("content") is not None or not referenced(result):
                draft.add(EventKind.RESULT, text, shown=True, tool=tool, call_id=call_id)

    def _spawn(self, result: dict[str, Any], call: str | None, role: ThreadRole) -> None:
        for name in referenced(result):
            self._threads.append(ThreadRecord(name, role, call=call))

    def _user(self, step: dict[str, Any], draft: Draft) -> None:
        text = content_text(step.get("message"), self._unknown)
        typed = text.strip() and self._thread == MAIN and not step.get("is_copied_context")
        kind = EventKind.HUMAN if self._thread == MAIN else EventKind.NOTICE
        draft.add(kind, text, act_kind=ActKind.TYPED if typed else None)
        self._observe(step, draft)

    def _system(self, step: dict[str, Any], draft: Draft) -> None:
        compacts = _compacts(step)
        text = content_text(step.get("message"), self._unknown)
        kind = EventKind.COMPACTION if compacts else EventKind.NOTICE
        draft.add(kind, text, shown=compacts and bool(text.strip()))
        for result in results_of(step):
            self._spawn(result, None, ThreadRole.SUMMARISER if compacts else ThreadRole.SUBAGENT)

    def finish(self, torn: Torn | None) -> Header:
        """What the trajectory is."""
        agent = self._head.get("agent")
        version = optional_text(agent.get("version")) if isinstance(agent, dict) else None
        return Header(
            external_id=self._spawned("id") or self._session_id(),
            format=NAME,
            thread=self._thread,
            version=version,
            first_timestamp=self._first_timestamp,
            warnings=tuple(self._warnings(torn)),
            models=tuple(self._models),
            recognised=bool(self._head),
            threads=(*self._own_thread(), *self._threads),
            origins=self._origins(),
        )

    def _own_thread(self) -> tuple[ThreadRecord, ...]:
        if self._thread == MAIN:
            return ()
        if self._spawned("id") is None:
            return (ThreadRecord(self._thread, ThreadRole.SUMMARISER),)
        call_id = self._spawned("call_id")
        return (ThreadRecord(self._thread, ThreadRole.SUBAGENT, call_id=call_id),)

    def _origins(self) -> tuple[str, ...]:
        """Sessions of the same run: what this one goes on from, and what goes on from it."""
        own = self._session_id()
        found = [
            match.group(1)
            for pattern in (_CONTINUATION, _SUMMARISER)
            if (match := pattern.fullmatch(own))
        ]
        found.extend([self.facts[CONTINUED_IN]] if CONTINUED_IN in self.facts else [])
        return tuple(name for name in found if name != own)

    def _warnings(self, torn: Torn | None) -> list[str]:
        found = line_warnings(torn, self.counter.glued, self._unknown)
        schema = str(self._head.get("schema_version"))
        if not _VERSION.fullmatch(schema):
            found.append(f"schema version {clean(schema)!r} is not known; read as ATIF-v1.7")
        if self._copied:
            found.append(f"{self._copied} of {self._steps} steps are copied from another session")
        return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _compacts(step: dict[str, Any]) -> bool:
    """Whether a system step says that the context was compacted."""
    extra = step.get("extra")
    management = extra.get("context_management") if isinstance(extra, dict) else None
    return isinstance(management, dict) and management.get("type") == "compaction"
