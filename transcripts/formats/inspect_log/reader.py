"""Lines of an Inspect sample to records, deciding only from earlier lines; needs no inspect_ai.

At a response its thread shows exactly the messages that the model was sent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from transcripts.decoding import clean
from transcripts.formats.entries import line_warnings, optional_text
from transcripts.formats.inspect_log.content import Piece, pieces_of
from transcripts.formats.inspect_log.line_types import TYPES, LineType
from transcripts.formats.lines import Line, Torn
from transcripts.records import (
    MAIN,
    Abandonment,
    ActKind,
    EntryRecord,
    EventKind,
    EventRecord,
    Header,
    ThreadRecord,
    ThreadRole,
)

NAME = "inspect"
_ACTS = {
    "typed": (EventKind.HUMAN, ActKind.TYPED),
    "interrupt": (EventKind.INTERRUPT, ActKind.INTERRUPT),
    "rejection": (EventKind.REJECTION, ActKind.REJECTION),
}
_SKIPPED = {
    "pending": "{} model calls were still pending; left out",
    "failed": "{} model calls failed without a reply; left out",
    "choices": "{} model calls have several replies; the first is read",
    "nested": "{} events keep events of their own (an old form); those were not read",
    "scorer": "model calls of scorers know the target; left out",
    "retries": "{} earlier attempts ended in an error; left out",
}

Events = list[EventRecord]
_Slot = tuple[int, ...]
"""Positions of one known message."""


class SessionReader:
    """Reads one sample, a line at a time."""

    def __init__(self, stem: str, _facts: Mapping[str, str]) -> None:
        """Start before the first line."""
        self._stem = stem
        self._position = 0
        self._ordinal = 0
        self._glued = 0
        self._sample: dict[str, Any] = {}
        self._skipped: dict[str, Any] = {}
        self._contexts: dict[str, list[_Slot]] = {}
        self._uuids: set[str] = set()
        self._calls: dict[tuple[str, str], str] = {}
        self._call_events: dict[str, str] = {}
        self._threads: list[ThreadRecord] = []
        self._abandonments: list[Abandonment] = []
        self._models: dict[str, None] = {}
        self._first: str | None = None
        self._unknown: Counter[str] = Counter()

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one line."""
        value = line.value
        kind = clean(str(value.get("type")))
        self._ordinal += 1
        self._glued += line.glued
        uuid = self._uuid(value) if kind == LineType.MODEL else None
        entry = EntryRecord(
            self._ordinal, line.line, line.offset, self._position, uuid, kind, line.raw
        )
        events = self._events(value, kind, entry)
        self._position += max(1, len(events))
        return entry, events

    def _uuid(self, value: dict[str, Any]) -> str | None:
        """The recorder's id of a response, unless an earlier one has it."""
        uuid = optional_text(value.get("uuid"))
        if uuid is None or uuid in self._uuids:
            return None
        self._uuids.add(uuid)
        return uuid

    def _events(self, value: dict[str, Any], kind: str, entry: EntryRecord) -> Events:
        self._unknown[kind] += kind not in TYPES
        self._first = self._first or optional_text(value.get("timestamp"))
        thread = clean(str(value.get("thread") or MAIN))
        match kind:
            case LineType.SAMPLE if not self._sample:
                self._sample = value
            case LineType.WITHHELD:
                skipped = value.get("skipped")
                self._skipped = skipped if isinstance(skipped, dict) else {}
            case LineType.THREAD:
                self._thread(value, thread)
            case LineType.CONTEXT:
                self._drop(value.get("drop"), thread, entry)
            case LineType.MESSAGE:
                return self._message(value, thread, entry)
            case LineType.MODEL:
                return self._response(value, thread, entry)
            case LineType.PERSON:
                return self._person(value, thread, entry)
        return []

    def _thread(self, value: dict[str, Any], thread: str) -> None:
        call_id = optional_text(value.get("call_id"))
        self._threads.append(
            ThreadRecord(
                thread,
                ThreadRole.SUBAGENT,
                call=self._call_events.get(call_id) if call_id else None,
                call_id=call_id,
                agent_type=optional_text(value.get("agent")),
            )
        )

    def _drop(self, drop: Any, thread: str, entry: EntryRecord) -> None:
        """Messages that the model is not sent any more are left behind from here on."""
        known = self._contexts.get(thread, [])
        places = {p for first, end in drop or () for p in range(first, min(end, len(known)))}
        positions = tuple(p for place in sorted(places) for p in known[place])
        self._contexts[thread] = [slot for n, slot in enumerate(known) if n not in places]
        if positions:
            self._abandonments.append(Abandonment(positions, entry.position))

    def _message(self, value: dict[str, Any], thread: str, entry: EntryRecord) -> Events:
        """A message that the model is sent for the first time, or again after it was left out."""
        directs = value.get("human") is True and value.get("again") is not True
        act = ActKind.TYPED if directs else None
        return self._add(value, thread, entry, act, None, value.get("timestamp"))

    def _response(self, value: dict[str, Any], thread: str, entry: EntryRecord) -> Events:
        message = value.get("message")
        message = message if isinstance(message, dict) else {}
        if model := optional_text(value.get("model")):
            self._models.setdefault(model, None)
        response = entry.uuid or f"L{entry.ordinal}"
        return self._add(message, thread, entry, None, response, value.get("timestamp"))

    def _add(
        self,
        message: dict[str, Any],
        thread: str,
        entry: EntryRecord,
        act: ActKind | None,
        response: str | None,
        timestamp: Any,
    ) -> Events:
        """The events of a message, which the thread knows from now on."""
        pieces = pieces_of(message) or [Piece(EventKind.RAW, "", shown=False)]
        if response and all(piece.kind is EventKind.RAW for piece in pieces):
            pieces = [Piece(EventKind.AGENT, "", shown=False), *pieces]
        base = entry.uuid or f"L{entry.ordinal}"
        events = [
            EventRecord(
                position=entry.position + number,
                ordinal=entry.ordinal,
                id=f"{base}#{number}" if number else base,
                kind=piece.kind,
                thread=thread,
                text=piece.text,
                shown=piece.shown,
                response=response,
                tool=self._tool(piece, thread),
                call_id=piece.call_id,
                is_error=piece.is_error,
                typed_at=entry.position,
                act_kind=act if piece.kind is EventKind.HUMAN else None,
                timestamp=optional_text(timestamp),
            )
            for number, piece in enumerate(pieces)
        ]
        self._remember_calls(events)
        self._contexts.setdefault(thread, []).append(tuple(e.position for e in events))
        return events

    def _tool(self, piece: Piece, thread: str) -> str:
        """A tool's name; older results name their call only."""
        return piece.tool or self._calls.get((thread, piece.call_id or ""), "")

    def _remember_calls(self, events: Events) -> None:
        for event in events:
            if event.kind is EventKind.CALL and event.call_id:
                self._calls[event.thread, event.call_id] = event.tool
                self._call_events.setdefault(event.call_id, event.id)

    def _person(self, value: dict[str, Any], thread: str, entry: EntryRecord) -> Events:
        """What a person did; the model is told by messages, so this itself is never shown."""
        kind, act = _ACTS.get(str(value.get("act")), _ACTS["typed"])
        return [
            EventRecord(
                position=entry.position,
                ordinal=entry.ordinal,
                id=f"L{entry.ordinal}",
                kind=kind,
                thread=thread,
                text=clean(str(value.get("text") or "")),
                shown=False,
                act_kind=act,
                timestamp=optional_text(value.get("timestamp")),
            )
        ]

    def finish(self, torn: Torn | None) -> Header:
        """What the sample is."""
        sample = self._sample
        return Header(
            external_id=self._external_id(),
            format=NAME,
            thread=MAIN,
            version=optional_text(sample.get("inspect")),
            first_timestamp=optional_text(sample.get("started")) or self._first,
            abandonments=tuple(self._abandonments),
            warnings=tuple(self._warnings(torn)),
            models=tuple(self._models),
            recognised=bool(sample),
            threads=tuple(self._threads),
        )

    def _external_id(self) -> str:
        """Log, sample and epoch, without the sign that parts a session from its subagents."""
        log = optional_text(self._sample.get("log"))
        if log is None:
            return quote(clean(self._stem), safe=" :")
        sample, epoch = clean(str(self._sample.get("sample"))), self._sample.get("epoch")
        return f"{quote(log, safe=' ')}:{quote(sample, safe=' ')}:{epoch}"

    def _warnings(self, torn: Torn | None) -> list[str]:
        found = line_warnings(torn, self._glued, +self._unknown)
        if self._sample.get("events") is False:
            found.append("no events recorded; prefix from the final messages")
        elif not self._models:
            found.append("no model call is recorded; there is no decision point")
        found.extend(
            text.format(self._skipped[name])
            for name, text in _SKIPPED.items()
            if self._skipped.get(name)
        )
        return found
