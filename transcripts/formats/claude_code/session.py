"""A Claude Code file as a whole: runs the reader over it and sums up what was noticed."""

from pathlib import Path
from typing import Any, BinaryIO

from transcripts.decoding import clean
from transcripts.errors import NotATranscript
from transcripts.formats.claude_code.lines import Torn, read_lines
from transcripts.formats.claude_code.reader import Reader
from transcripts.records import MAIN, EntryRecord, EventRecord, SessionRecord

FORMAT = "claude-code"
_NAMED = 5
"""How many places of a broken order are named one by one."""


def read_session(path: Path) -> SessionRecord:
    """Read a Claude Code JSONL file.

    Raises:
        BrokenFile: at a line that is not JSON, except a torn last one.
        NotATranscript: if there is nothing but a line of something else.
    """
    with path.open("rb") as stream:
        return read_stream(stream, path.name, path.stem)


def read_stream(stream: BinaryIO, name: str, stem: str) -> SessionRecord:
    """Read the bytes of a file; `stem` names the session where no line does."""
    reader = Reader()
    entries: list[EntryRecord] = []
    events: list[EventRecord] = []
    torn: Torn | None = None
    size = 0
    for line in read_lines(stream, name):
        if isinstance(line, Torn):
            torn = line
            continue
        entry, found = reader.feed(line)
        entries.append(entry)
        events.extend(found)
        size = line.offset + len(line.raw)
    if torn is not None and not torn.begun and not entries:
        raise NotATranscript(name)
    return _record(reader, entries, events, stem, torn, size)


def _record(
    reader: Reader,
    entries: list[EntryRecord],
    events: list[EventRecord],
    stem: str,
    torn: Torn | None,
    size: int,
) -> SessionRecord:
    first: dict[str, Any] = reader.first_main or reader.first_chained or {}
    session_id = clean(str(first.get("sessionId") or reader.session_id or stem))
    thread = MAIN
    if reader.first_main is None and isinstance(first.get("agentId"), str):
        thread = clean(first["agentId"])
        session_id = f"{session_id}/{thread}"
    return SessionRecord(
        external_id=session_id,
        format=FORMAT,
        thread=thread,
        version=_text(first.get("version")),
        first_timestamp=_text(first.get("timestamp")),
        entries=tuple(entries),
        events=tuple(events),
        abandonments=tuple(reader.abandonments),
        warnings=tuple(_warnings(reader, torn)),
        cuts_reliable=not reader.order.problems,
        size=size,
        models=tuple(reader.models),
        recognised=reader.recognised,
    )


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
