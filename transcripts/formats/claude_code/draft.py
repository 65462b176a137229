"""The events of one entry while they are being read; gives them ids and positions."""

from typing import Any

from transcripts.decoding import clean
from transcripts.records import ActKind, EntryRecord, EventKind, EventRecord

_LINKS = frozenset({EventKind.NOTICE, EventKind.RAW})


class Draft:
    """Collects the events of one entry in order.

    A file can only be cut before a line, so what stands in the same line as a person's words
    (the result that they came with) is as late as the words: all of it is authored where the
    line begins, unless it was queued earlier.
    """

    __slots__ = (
        "_id", "_timestamp", "entry", "events", "is_act", "is_link", "is_prompt", "response",
        "thread",
    )  # fmt: skip

    def __init__(self, entry: EntryRecord, thread: str, timestamp: Any, name: str = "") -> None:
        """Start without events; `name` is their id where it is not the entry's own."""
        self.entry = entry
        self.thread = thread
        self.response: str | None = None
        self.events: list[EventRecord] = []
        self.is_act = False
        """Whether a person directs the work in this entry."""
        self.is_prompt = False
        """Whether it is a person's prompt of the main thread, as rewinds count them."""
        self.is_link = True
        """Whether it only passes a parent on, as rewinds see the chain."""
        self._id = name or entry.uuid or f"L{entry.ordinal}"
        self._timestamp = clean(timestamp) if isinstance(timestamp, str) else None

    @property
    def position(self) -> int:
        """Position of the next event."""
        return self.entry.position + len(self.events)

    def next_id(self) -> str:
        """Id of the next event."""
        number = len(self.events)
        return f"{self._id}#{number}" if number else self._id

    def add(self, kind: EventKind, text: str, *, shown: bool = True) -> None:
        """Append an event that is neither a tool's nor part of an act."""
        start, number = self.entry.position, len(self.events)
        if kind not in _LINKS:
            self.is_link = False
        self.events.append(
            EventRecord(
                start + number, self.entry.ordinal, self.next_id() if number else self._id, kind,
                self.thread, text, shown, self.response, "", None, False, start, None, False,
                self._timestamp,
            )
        )  # fmt: skip

    def add_tool(
        self, kind: EventKind, text: str, tool: str, call_id: str, *, is_error: bool = False
    ) -> None:
        """Append a call or a result."""
        start, number = self.entry.position, len(self.events)
        self.is_link = False
        self.events.append(
            EventRecord(
                start + number, self.entry.ordinal, self.next_id() if number else self._id, kind,
                self.thread, text, True, self.response, tool, call_id, is_error, start, None, False,
                self._timestamp,
            )
        )  # fmt: skip

    def add_act(
        self,
        kind: EventKind,
        text: str,
        act_kind: ActKind | None,
        *,
        typed_at: int | None = None,
        joins: bool = False,
    ) -> None:
        """Append an event by which a person directs the work, or that joins what does."""
        start, number = self.entry.position, len(self.events)
        self.is_link = self.is_link and kind in _LINKS
        self.is_act = self.is_act or act_kind is not None
        self.is_prompt = self.is_prompt or (act_kind is not None and kind is EventKind.HUMAN)
        self.events.append(
            EventRecord(
                start + number, self.entry.ordinal, self.next_id(), kind, self.thread, text, True,
                self.response, "", None, False, start if typed_at is None else typed_at, act_kind,
                joins, self._timestamp,
            )
        )  # fmt: skip

    def mark_rewind(self) -> None:
        """Say of the prompt that it came after a rewind."""
        self.events = [
            e._replace(act_kind=ActKind.REWIND) if e.kind is EventKind.HUMAN else e
            for e in self.events
        ]
