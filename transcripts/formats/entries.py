"""Entries and their events while they are being read: numbers, positions, ids, warnings.

For formats whose entries carry no id of their own; decides nothing about what is shown.
"""

from collections.abc import Mapping
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.lines import Line, Torn
from transcripts.records import EntryRecord, EventKind, EventRecord

_TRUNKS = frozenset({"main", "master", "HEAD", "develop", "trunk"})
SHORTEST_NAME = 4


class Draft:
    """Collects the events of one entry in order."""

    def __init__(self, entry: EntryRecord, thread: str, timestamp: Any) -> None:
        """Start without events."""
        self.entry = entry
        self.thread = thread
        self.events: list[EventRecord] = []
        self._timestamp = clean(timestamp) if isinstance(timestamp, str) else None

    def add(self, kind: EventKind, text: str, **details: Any) -> EventRecord:
        """Append an event; `details` are further fields of `EventRecord`."""
        number = len(self.events)
        base = f"L{self.entry.ordinal}"
        details.setdefault("shown", bool(text.strip()))
        # A file can only be cut before an entry, so its events are authored where it begins.
        details.setdefault("typed_at", self.entry.position)
        event = EventRecord(
            position=self.entry.position + number,
            ordinal=self.entry.ordinal,
            id=f"{base}#{number}" if number else base,
            kind=kind,
            thread=self.thread,
            text=text,
            timestamp=self._timestamp,
            **details,
        )
        self.events.append(event)
        return event


class EntryCounter:
    """Gives every object of a session its ordinal and its positions."""

    def __init__(self) -> None:
        """Start before the first object."""
        self.ordinal = 0
        self.position = 0
        self.glued = 0

    def begin(self, line: Line, kind: str) -> EntryRecord:
        """The entry of the next object."""
        self.ordinal += 1
        self.glued += line.glued
        return EntryRecord(
            self.ordinal, line.line, line.offset, self.position, None, clean(kind), line.raw
        )

    def end(self, events: int) -> None:
        """Take the positions of an entry that has this many events."""
        self.position += max(1, events)


def line_warnings(torn: Torn | None, glued: int, unknown: Mapping[str, int]) -> list[str]:
    """What there is to say of a file's lines and of what the reader does not know."""
    found: list[str] = []
    if torn is not None:
        found.append(f"line {torn.line} is torn (the file was cut while being written); left out")
    if glued:
        found.append(f"{glued} objects stood glued together on one line; read")
    found.extend(
        f"{count} entries of unknown type {kind!r}; stored, never shown"
        for kind, count in sorted(unknown.items())
    )
    return found


def tells_of_the_work(branch: str) -> bool:
    """Whether the name of a branch may say what it is for, as `main` does not."""
    return branch not in _TRUNKS and len(branch) >= SHORTEST_NAME


def optional_text(value: Any) -> str | None:
    """A string without what cannot be stored, or None for anything else and for nothing."""
    return clean(value) if isinstance(value, str) and value else None
