"""A Claude Code file as a whole: how it is opened, and what was noticed in all of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from transcripts.decoding import clean
from transcripts.formats.claude_code.reader import Reader
from transcripts.formats.lines import Line, Torn, read_lines
from transcripts.formats.reading import Format, Head, Reading, Recording, read_record
from transcripts.records import MAIN, EntryRecord, EventRecord, Header, SessionRecord
from transcripts.redaction.redactor import NoRedaction

NAME = "claude-code"
_NAMED = 5
"""How many places of a broken order are named one by one."""


def _recognise(head: Head) -> bool:
    """Any file that may hold lines of JSON objects; the last format to be asked."""
    return not head.start.lstrip().startswith((b"[", b"PK"))


@contextmanager
def _open(path: Path) -> Iterator[list[Recording]]:
    with path.open("rb") as stream:
        yield [Recording(path.name, path.stem, read_lines(stream, path.name))]


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
        first: dict[str, Any] = reader.first_main or reader.first_chained or {}
        session_id = clean(str(first.get("sessionId") or reader.session_id or self._stem))
        thread = MAIN
        if reader.first_main is None and isinstance(first.get("agentId"), str):
            thread = clean(first["agentId"])
            session_id = f"{session_id}/{thread}"
        return Header(
            external_id=session_id,
            format=NAME,
            thread=thread,
            version=_text(first.get("version")),
            first_timestamp=_text(first.get("timestamp")),
            abandonments=tuple(reader.abandonments),
            warnings=tuple(_warnings(reader, torn)),
            cuts_reliable=not reader.order.problems,
            models=tuple(reader.models),
            recognised=reader.recognised,
        )


FORMAT = Format(NAME, _recognise, _open, SessionReader)


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
    found: list[str] = []
    if torn is not None:
        found.append(f"line {torn.line} is torn (the file was cut while being written); left out")
    if reader.counts["glued"]:
        found.append(f"{reader.counts['glued']} objects stood glued together on one line; read")
    if reader.counts["duplicates"]:
        found.append(f"{reader.counts['duplicates']} entries repeat an earlier uuid; first kept")
    if reader.order.broken_chains():
        found.append(f"{reader.order.broken_chains()} parents are named and never written")
    found.extend(
        f"{count} entries of unknown type {kind!r}; stored, never shown"
        for kind, count in sorted(reader.unknown.items())
    )
    problems = reader.order.problems
    found.extend(problems[:_NAMED])
    if len(problems) > _NAMED:
        found.append(f"{len(problems) - _NAMED} more places where the order is broken")
    return found
