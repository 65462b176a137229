"""The events of one entry while they are being read; gives them ids and positions."""

from dataclasses import dataclass, field, replace
from typing import Any

from transcripts.decoding import clean
from transcripts.records import ActKind, EntryRecord, EventKind, EventRecord


@dataclass(slots=True)
class Draft:
    """Collects the events of one entry in order."""

    entry: EntryRecord
    thread: str
    timestamp: Any
    id: str = ""
    response: str | None = None
    _events: list[EventRecord] = field(default_factory=list)

    def __len__(self) -> int:
        """How many events the entry holds so far."""
        return len(self._events)

    def add(self, kind: EventKind, text: str, **details: Any) -> None:
        """Append an event; `details` are further fields of `EventRecord`."""
        number = len(self._events)
        base = self.id or self.entry.uuid or f"L{self.entry.ordinal}"
        details.setdefault("shown", True)
        if details.get("typed_at", -1) < 0:
            # A file can only be cut before a line: what stands in the same line as a person's
            # words (the result that they came with) is as late as the words.
            details["typed_at"] = self.entry.position
        self._events.append(
            EventRecord(
                position=self.entry.position + number,
                ordinal=self.entry.ordinal,
                id=base if number == 0 else f"{base}#{number}",
                kind=kind,
                thread=self.thread,
                text=text,
                response=self.response,
                timestamp=clean(self.timestamp) if isinstance(self.timestamp, str) else None,
                **details,
            )
        )

    def kinds(self) -> set[EventKind]:
        """Kinds of the events so far."""
        return {event.kind for event in self._events}

    def is_prompt(self) -> bool:
        """Whether the entry is a human prompt of the main thread, as rewinds count them."""
        return any(e.kind is EventKind.HUMAN and e.act_kind is not None for e in self._events)

    def mark_rewind(self) -> None:
        """Say of the prompt that it came after a rewind."""
        self._events = [
            replace(e, act_kind=ActKind.REWIND) if e.kind is EventKind.HUMAN else e
            for e in self._events
        ]

    def events(self) -> list[EventRecord]:
        """The finished events."""
        return list(self._events)
