"""How any format is read: objects in order go through redaction into a reader, one at a time.

A format gives two things: the recordings that a file holds (each an iterator of JSON objects
as bytes), and a reader that turns one object after the other into entry and events. Nothing
here holds a whole session, except `read_record`, which is asked for one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

from transcripts.decoding import parse_object
from transcripts.errors import BrokenFile, NotATranscript
from transcripts.formats.lines import Line, Torn
from transcripts.records import EntryRecord, EventRecord, Header, SessionRecord
from transcripts.redaction.redactor import Redactor

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to tell its format."""


UNEXPECTED = "the reader did not expect this"
"""Says that a reader, not the file, is at fault; tests look for it."""
_SURPRISES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError)


@dataclass(frozen=True, slots=True)
class Head:
    """What tells a format: the beginning of a file, not its name."""

    path: Path
    start: bytes
    """The first `HEAD_BYTES` bytes."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One session inside a file, not read yet."""

    name: str
    """Names the file (and the sample in it) in messages."""
    stem: str
    """Names the session where nothing in it does."""
    lines: Iterable[Line | Torn]
    facts: Mapping[str, str] = field(default_factory=dict)
    """What stands beside the file and helps to place it, such as a subagent's meta file."""


class SessionReader(Protocol):
    """Turns the objects of one session into records, deciding from earlier ones only."""

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one object, already redacted: its entry for the store, and its events.

        Raises:
            BrokenFile: if it makes the whole session unreadable.
        """

    def finish(self, torn: Torn | None) -> Header:
        """What the session is, after the last object; `torn` is an unfinished one at the end."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is told from others, opened, and read."""

    name: str
    recognise: Callable[[Head], bool]
    open: Callable[[Path], AbstractContextManager[Iterable[Recording]]]
    """The recordings of a file; open files are closed at the end."""
    reader: Callable[[str, Mapping[str, str]], SessionReader]
    """A fresh reader, for a recording's stem and facts."""


class Reading:
    """One session while it is being read: iterate once, then ask for `header`."""

    def __init__(self, recording: Recording, format_: Format, redactor: Redactor) -> None:
        """Prepare to read; nothing is read before the first object is asked for."""
        self.name = recording.name
        self.size = 0
        """Bytes up to the end of the last complete object so far."""
        self.redactor = redactor
        self._lines = recording.lines
        self._reader = format_.reader(recording.stem, recording.facts)
        self._torn: Torn | None = None

    def __iter__(self) -> Iterator[tuple[EntryRecord, Sequence[EventRecord]]]:
        """Yield entry and events of every object in order.

        Raises:
            BrokenFile: at an object that cannot be read.
            NotATranscript: if there is nothing but a piece of something else.
        """
        redact, feed = self.redactor.redact_line, self._reader.feed
        for line in self._lines:
            if isinstance(line, Torn):
                self._torn = line
                continue
            given = line.raw
            size = line.offset + len(given)
            raw = redact(given)
            try:
                found = feed(line if raw is given else self._redacted(line, raw))
            except _SURPRISES as error:
                raise self._unexpected(line, error) from error
            yield found
            self.size = size
        if self.size == 0 and self._torn is not None and not self._torn.begun:
            raise NotATranscript(self.name)

    def _unexpected(self, line: Line, error: Exception) -> BrokenFile:
        """What the reader did not expect is told by its line."""
        kind = type(error).__name__
        return BrokenFile(self.name, line.line, f"{UNEXPECTED} ({kind}); please report it")

    def _redacted(self, line: Line, raw: bytes) -> Line:
        value = parse_object(raw)
        if not isinstance(value, dict):
            raise BrokenFile(self.name, line.line, "expected a JSON object after redaction")
        return Line(line.line, line.offset, raw, value, line.glued)

    @property
    def header(self) -> Header:
        """What the session is; to be asked for after the last object."""
        return self._reader.finish(self._torn)


def read_record(reading: Reading) -> SessionRecord:
    """Read a whole session into memory.

    Raises:
        BrokenFile, NotATranscript: as the reading does.
    """
    entries: list[EntryRecord] = []
    events: list[EventRecord] = []
    for entry, found in reading:
        entries.append(entry)
        events.extend(found)
    header = reading.header
    known = {one.name: getattr(header, one.name) for one in fields(Header)}
    return SessionRecord(**known, entries=tuple(entries), events=tuple(events), size=reading.size)
