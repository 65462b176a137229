"""Codex rollouts to records, one line at a time, deciding only from what came before.

Response items are what the model was given and gave; events mark people's messages and the ends
of responses, and are otherwise copies or bookkeeping that is never shown.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from transcripts.formats.codex.agent import Calls, read_item
from transcripts.formats.codex.identity import Identity
from transcripts.formats.codex.people import Doubles, Said, Wrapped, event_text, split_said
from transcripts.formats.codex.turns import Rollbacks, Turns
from transcripts.formats.codex.words import (
    INTERRUPTED,
    LINE_TYPES,
    NO_INTERRUPT,
    SILENT_EVENTS,
    SILENT_ITEMS,
    UNREADABLE,
)
from transcripts.formats.entries import Draft, EntryCounter
from transcripts.formats.lines import Line
from transcripts.formats.parts import content_text
from transcripts.records import MAIN, ActKind, EntryRecord, EventKind, EventRecord


@dataclass(slots=True)
class Reader:
    """State of reading one rollout; feed it every line in order."""

    counter: EntryCounter = field(default_factory=EntryCounter)
    identity: Identity = field(default_factory=Identity)
    turns: Turns = field(default_factory=Turns)
    doubles: Doubles = field(default_factory=Doubles)
    rollbacks: Rollbacks = field(default_factory=Rollbacks)
    calls: Calls = field(default_factory=Calls)
    unknown: Counter[str] = field(default_factory=Counter)
    steered: int = 0
    recognised: bool = False
    first_timestamp: Any = None
    _interrupted: bool = False

    def feed(self, line: Line) -> tuple[EntryRecord, list[EventRecord]]:
        """Read one object: its entry for the store, and its events."""
        value = line.value
        kind = str(value.get("type"))
        given = value.get("payload")
        payload = given if isinstance(given, dict) else {}
        entry = self.counter.begin(line, kind)
        self.first_timestamp = self.first_timestamp or value.get("timestamp")
        if kind == "session_meta":
            self.identity.meta(payload, entry.position)
        draft = Draft(entry, self.identity.thread, value.get("timestamp"))
        self._read(kind, payload, draft)
        self.counter.end(len(draft.events))
        return entry, draft.events

    @property
    def _main(self) -> bool:
        """Whether people direct this thread: nobody speaks to a subagent but its caller."""
        return self.identity.thread == MAIN

    def _read(self, kind: str, payload: dict[str, Any], draft: Draft) -> None:
        if kind not in LINE_TYPES:
            self.unknown[kind] += 1
            return
        self.recognised = True
        if kind == "response_item":
            self._item(payload, draft)
        elif kind == "event_msg":
            self._event(payload, draft)
        elif kind == "turn_context":
            self.identity.context(payload, draft.entry.position)
        elif kind == "compacted":
            self._compacted(payload, draft)
        elif kind == "inter_agent_communication":
            draft.add(EventKind.NOTICE, content_text(payload.get("content"), self.unknown))

    def _item(self, payload: dict[str, Any], draft: Draft) -> None:
        kind = str(payload.get("type"))
        if kind == "message" and payload.get("role") != "assistant":
            self._message(payload, draft)
        elif kind.endswith("_output"):
            self._output(payload, draft)
        elif kind == "agent_message":
            draft.add(EventKind.NOTICE, content_text(payload.get("content"), self.unknown))
        elif kind not in SILENT_ITEMS:
            self._agent(kind, payload, draft)

    def _agent(self, kind: str, payload: dict[str, Any], draft: Draft) -> None:
        found = read_item(kind, payload, self.unknown)
        if found is None:
            self.unknown[f"response_item/{kind}"] += 1
            return
        self._interrupted = False
        self.doubles.settle()
        self.calls.add(
            draft.add(
                found.kind,
                found.text,
                shown=found.shown,
                response=self.turns.work(draft.entry.ordinal),
                tool=found.tool,
                call_id=found.call_id,
            ),
            payload,
        )

    def _output(self, payload: dict[str, Any], draft: Draft) -> None:
        self.turns.answered()
        decision = self.calls.answer(payload, draft, self.unknown, decided=self._main)
        if decision is not None:
            self.turns.close()
            if decision.kind is EventKind.INTERRUPT:
                self._interrupted = True

    def _message(self, payload: dict[str, Any], draft: Draft) -> None:
        """A message in somebody's name who is not the agent."""
        if payload.get("role") != "user":
            text = content_text(payload.get("content"), self.unknown)
            draft.add(EventKind.NOTICE, text, shown=False)
            return
        said = split_said(payload.get("content"), self.unknown)
        self._added(said, draft)
        if said.text.strip() and not self.doubles.is_copy(said.words, item=True):
            self._said(said.text, draft)

    def _added(self, said: Said, draft: Draft) -> None:
        """What the application wrote in a person's name."""
        for wrapper, text in said.added:
            if wrapper is Wrapped.ABORTED:
                self._interrupt(text, draft)
            else:
                shown = wrapper is not Wrapped.CONTEXT
                joins = wrapper is Wrapped.SHELL and self._main
                draft.add(EventKind.NOTICE, text, shown=shown, joins_act=joins)

    def _said(self, text: str, draft: Draft) -> None:
        """A person's message: typed, or delivered while the agent was at work."""
        if not self._main:
            draft.add(EventKind.NOTICE, text)
            return
        position = draft.entry.position
        steering = self.turns.working
        self.steered += steering
        self.turns.close()
        rolled_back_at = self.rollbacks.say(position)
        act = ActKind.STEERING if steering else ActKind.TYPED
        draft.add(
            EventKind.STEERING if steering else EventKind.HUMAN,
            text,
            act_kind=act if rolled_back_at is None else ActKind.REWIND,
            typed_at=position if rolled_back_at is None else rolled_back_at,
        )

    def _interrupt(self, text: str, draft: Draft) -> None:
        self.turns.close()
        self._interrupted = True
        if self._main:
            draft.add(EventKind.INTERRUPT, text, act_kind=ActKind.INTERRUPT)
        else:
            draft.add(EventKind.NOTICE, text)

    def _event(self, payload: dict[str, Any], draft: Draft) -> None:
        kind = str(payload.get("type"))
        if kind == "token_count":
            self.turns.close()
        elif kind == "user_message":
            self._marked(payload, draft)
        elif kind in {"task_started", "turn_started"}:
            self._interrupted = False
            self.turns.begin()
        elif kind in {"task_complete", "turn_complete"}:
            self.turns.end()
        elif kind == "turn_aborted":
            self._aborted(payload, draft)
        elif kind == "thread_rolled_back":
            self._rolled_back(payload, draft)
        elif kind not in SILENT_EVENTS:
            self.unknown[f"event_msg/{kind}"] += 1

    def _marked(self, payload: dict[str, Any], draft: Draft) -> None:
        """A person's message as an event: the copy of an item, or the only record of it."""
        text = event_text(payload, self.unknown)
        words = payload.get("message")
        known = self.doubles.is_copy(words if isinstance(words, str) else "", item=False)
        if text.strip() and not known:
            self._said(text, draft)

    def _aborted(self, payload: dict[str, Any], draft: Draft) -> None:
        """The end of an interrupted turn; versions differ in what they write before it."""
        if not self._interrupted and payload.get("reason") not in NO_INTERRUPT:
            self._interrupt(INTERRUPTED, draft)
        self.turns.end()

    def _rolled_back(self, payload: dict[str, Any], draft: Draft) -> None:
        turns = payload.get("num_turns")
        self.turns.close()
        self.doubles.settle()
        if isinstance(turns, int):
            self.rollbacks.roll_back(turns, draft.entry.position)

    def _compacted(self, payload: dict[str, Any], draft: Draft) -> None:
        """The summary stands where it was made; the history that it replaces stays as it was."""
        self.turns.close()
        self.doubles.settle()
        text = content_text(payload.get("message"), self.unknown)
        draft.add(EventKind.COMPACTION, text if text.strip() else UNREADABLE)
