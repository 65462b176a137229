"""A Claude Code file as a whole: how it is opened, and what was noticed in all of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from transcripts.decoding import clean
from transcripts.formats.claude_code.layout import read_facts, recognise
from transcripts.formats.claude_code.reader import Reader
from transcripts.formats.entries import line_warnings
from transcripts.formats.lines import Line, Torn, read_file_lines, read_lines
from transcripts.formats.reading import Format, Reading, Recording, read_record
from transcripts.records import MAIN, EntryRecord, EventRecord, Header, SessionRecord
from transcripts.redaction.redactor import NoRedaction

NAME = "claude-code"


@contextmanager
def _open(path: Path) -> Iterator[list[Recording]]:
    with path.open("rb") as stream:
        lines = read_file_lines(stream, path.name)
        yield [Recording(path.name, path.stem, lines, read_facts(path))]


class SessionReader:
    """Reads one file: feeds every line to the reader and sums up at the end."""

    def __init__(self, stem: str, facts: Mapping[str, str]) -> None:
        """Start before the first line of the file `stem`."""
        self._stem = stem
        self._facts = facts
        self._reader = Reader()

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one object."""
        return self._reader.feed(line)

    def finish(self, torn: Torn | None) -> Header:
        """What the session is."""
        reader = self._reader
        first: dict[str, Any] = reader.first or {}
        thread = reader.thread
        session_id = clean(str(first.get("sessionId") or reader.origins.first or self._stem))
        return Header(
            external_id=session_id if thread == MAIN else f"{session_id}/{thread}",
            format=NAME,
            thread=thread,
            version=_text(first.get("version")),
            first_timestamp=_text(first.get("timestamp")),
            abandonments=tuple(reader.abandonments),
            warnings=tuple(_warnings(reader, torn)),
            cuts_reliable=not reader.order.problems,
            models=tuple(reader.agent.models),
            recognised=reader.recognised,
            threads=reader.threads.records(thread, self._facts),
            places=tuple(reader.places.found),
            origins=reader.origins.others(session_id),
        )


FORMAT = Format(NAME, recognise, _open, SessionReader)


def read_stream(stream: BinaryIO, name: str, stem: str) -> SessionRecord:
    """Read the bytes of a file; `stem` names the session where no line does.

    Raises:
        BrokenFile: at a line that is not JSON, except a torn last one.
        NotATranscript: if there is nothing but a line of something else.
    """
    recording = Recording(name, stem, read_lines(stream, name))
    return read_record(Reading(recording, FORMAT, NoRedaction()))


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _warnings(reader: Reader, torn: Torn | None) -> list[str]:
    found = line_warnings(torn, reader.notes.glued, {})
    found.extend(reader.notes.warnings())
    found.extend(reader.order.warnings())
    steering = reader.agent.gaps.warning(queue_used=reader.people.queue.used)
    return [*found, steering] if steering else found
