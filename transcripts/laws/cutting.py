"""The laws of the wall, checked on one recording: no prefix depends on what stands after its cut.

For tests, and for whoever wants to see them hold on sessions of their own. Nothing is stored.
"""

import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from transcripts.cut import prefix_hash
from transcripts.decoding import parse_object
from transcripts.errors import NotATranscript
from transcripts.formats.lines import Line, Torn
from transcripts.formats.reading import Reading, Recording, read_record
from transcripts.formats.registry import FORMATS, read_sessions, replay
from transcripts.prefixes import (
    Candidate,
    PrefixLine,
    find_candidates,
    list_prefixes,
    record_prefix,
)
from transcripts.records import EntryRecord, EventRecord, Header, SessionRecord
from transcripts.redaction.redactor import NoRedaction
from transcripts.rendering.text import render_shown

_FILE = "file"
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """How often a law was checked on a recording, and where it failed."""

    law: str
    checks: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Played:
    """A recording with all that its prefixes are when nothing was done to it."""

    record: SessionRecord
    points: tuple[Candidate, ...]
    lines: tuple[PrefixLine, ...]
    values: tuple[Value, ...]

    @classmethod
    def of(cls, record: SessionRecord) -> "Played":
        """Work out every prefix of a record."""
        values = tuple(parse_object(entry.raw) for entry in record.entries)
        lines = tuple(list_prefixes(record, _FILE))
        return cls(record, tuple(find_candidates(record)), lines, values)

    def replayed(self, values: Iterable[Value]) -> SessionRecord:
        """The record that other values in place of the entries give."""
        return feed(self.record.format, map(make_line, self.record.entries, values))

    def choose(self, every: int) -> list[tuple[Candidate, PrefixLine]]:
        """Every n-th point with its line; the first of them is one in the middle."""
        return list(zip(self.points, self.lines, strict=False))[every // 3 :: every]


def read_played(path: Path) -> Iterator[Played]:
    """Every session of a file."""
    for record in read_sessions(path):
        yield Played.of(record)


def as_lines(path: Path, played: Played) -> tuple[Played, bytes]:
    """A recording with the bytes that it can be cut in.

    That is the file itself where it is a list of lines; else the lines that would be stored.
    """
    data = path.read_bytes()
    if all(data.startswith(entry.raw, entry.offset) for entry in played.record.entries):
        return played, data
    lines = b"\n".join(entry.raw for entry in played.record.entries)
    return Played.of(replay(played.record.format, io.BytesIO(lines))), lines


def feed(format_name: str, lines: Iterable[Line | Torn]) -> SessionRecord:
    """Read objects that are parsed already."""
    recording = Recording(_FILE, _FILE, lines)
    return read_record(Reading(recording, FORMATS[format_name], NoRedaction()))


def make_line(entry: EntryRecord, value: Value) -> Line:
    """Another value in the place of an entry."""
    return Line(entry.line, entry.offset, _dumps(value), value, glued=False)


def _dumps(value: Value) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return b"{}"


def content(line: PrefixLine) -> tuple[str, str, int]:
    """What identifies a prefix and its shown text."""
    return line.prefix_hash, line.shown_hash, line.chars


def count_failures(law: str, results: Iterable[str | None]) -> Checked:
    """Sum up: each result is a failure, or None."""
    found = list(results)
    return Checked(law, len(found), tuple(one for one in found if one is not None))


def differs(before: str | None, same: bool) -> str | None:
    """The failure at a point, unless its prefix is the same."""
    return None if same else f"the prefix before {before!r} differs"


def check_truncation(played: Played, every: int = 1) -> Checked:
    """Read as far as each n-th point, whole or with a torn line: the prefix is the same."""
    return count_failures("truncation", _truncated(played, every))


def _truncated(played: Played, every: int) -> Iterator[str | None]:
    record = played.record
    reader = FORMATS[record.format].reader(_FILE, {})
    events: list[EventRecord] = []
    left = played.choose(every)
    for entry, value in zip(record.entries, played.values, strict=True):
        while left and _stands_at(left[0][1], entry):
            _, line = left.pop(0)
            clean = _content_so_far(reader.finish(None), events)
            torn = _content_so_far(reader.finish(Torn(entry.line, entry.offset, True)), events)
            yield differs(line.before, clean == torn == content(line))
        _, found = reader.feed(make_line(entry, value))
        events.extend(found)
    yield from (f"{line.before!r} stands at no entry" for _, line in left)


def _stands_at(line: PrefixLine, entry: EntryRecord) -> bool:
    return line.line == entry.line and line.offset in {None, entry.offset}


def _content_so_far(header: Header, events: Sequence[EventRecord]) -> tuple[str, str, int]:
    known = {one.name: getattr(header, one.name) for one in fields(Header)}
    prefix = record_prefix(SessionRecord(**known, entries=(), events=tuple(events), size=0))
    text = render_shown(prefix)
    return prefix_hash(prefix), text.shown_hash, len(text.text)


def check_files(played: Played, data: bytes, every: int) -> Checked:
    """Cut the file itself before each n-th point: its prefix and all earlier ones are the same.

    Args:
        played: what the whole file gives.
        data: bytes of the file, or the stored lines where the format is no list of lines.
        every: which share of the points is checked.
    """
    return count_failures("truncated file", _truncated_files(played, data, every))


def _truncated_files(played: Played, data: bytes, every: int) -> Iterator[str | None]:
    delivered = {event.id: event.position for event in played.record.events}
    sizes = {entry.offset: len(entry.raw) for entry in played.record.entries}
    for point, line in played.choose(every):
        earlier = [x for x in played.lines[:-1] if delivered[str(x.before)] < point.cut]
        assert line.offset is not None, "a document is cut in its stored lines"
        torn = data[: line.offset + max(1, sizes[line.offset] // 2)]
        for before in (data[: line.offset], torn, torn + b"\n"):
            found = _lines_of(played.record.format, before)
            same = content(found[-1]) == content(line) and found[:-1] == earlier
            yield differs(line.before, same)


def _lines_of(format_name: str, data: bytes) -> list[PrefixLine]:
    try:
        return list(list_prefixes(replay(format_name, io.BytesIO(data)), _FILE))
    except NotATranscript:
        return []


def check_snapshots(played: Played, data: bytes, number: int, seed: int = 1) -> Checked:
    """Cut the file anywhere: every point of the shorter recording has the same prefix."""
    rng = random.Random(seed)
    known = {(line.before, line.actor): content(line) for line in played.lines}
    results: list[str | None] = []
    for _ in range(number):
        found = _lines_of(played.record.format, data[: rng.randrange(len(data) + 1)])
        results.extend(
            differs(line.before, known.get((line.before, line.actor)) == content(line))
            for line in found[:-1]
        )
    return count_failures("later snapshot", results)


def check_responses(played: Played) -> Checked:
    """Before an agent's decision stands nothing of its response, nor a result of its calls."""
    record = played.record
    own = [event for event in record.events if event.thread == record.thread]
    calls = {event.call_id: event.response for event in own if event.response and event.call_id}
    first: dict[str | None, int] = {}
    for event in own:
        response = event.response or calls.get(event.call_id or "")
        first[response] = min(first.get(response, event.position), event.position)
    responses = {event.id: event.response for event in own}
    agents = [point for point in played.points if point.actor == "agent"]
    return count_failures(
        "responses", (differs(p.before, p.cut <= first[responses[str(p.before)]]) for p in agents)
    )
