"""A Codex rollout as a whole: how it is told and opened, and what was noticed in all of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from transcripts.formats.codex.reader import Reader
from transcripts.formats.codex.words import LINE_TYPES
from transcripts.formats.entries import line_warnings, optional_text
from transcripts.formats.heads import first_object, is_list
from transcripts.formats.lines import Line, Torn, read_file_lines
from transcripts.formats.reading import Format, Head, Recording
from transcripts.records import EntryRecord, EventRecord, Header

NAME = "codex"


def _recognise(head: Head) -> bool:
    """Lines of `{timestamp, type, payload}` with a type that rollouts have."""
    if b'"payload"' not in head.start or is_list(head.start):
        return False
    first = first_object(head.start)
    return first.get("type") in LINE_TYPES and first.keys() >= {"payload", "timestamp"}


@contextmanager
def _open(path: Path) -> Iterator[list[Recording]]:
    with path.open("rb") as stream:
        yield [Recording(path.name, path.stem, read_file_lines(stream, path.name))]


class SessionReader:
    """Reads one rollout: feeds every line to the reader and sums up at the end."""

    def __init__(self, stem: str, facts: Mapping[str, str]) -> None:
        """Start before the first line of the file `stem`; nothing stands beside a rollout."""
        del facts
        self._stem = stem
        self._reader = Reader()

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one object."""
        return self._reader.feed(line)

    def finish(self, torn: Torn | None) -> Header:
        """What the session is."""
        reader = self._reader
        identity = reader.identity
        first = identity.first or {}
        started = optional_text(first.get("timestamp")) or optional_text(reader.first_timestamp)
        return Header(
            external_id=identity.external_id(self._stem),
            format=NAME,
            thread=identity.thread,
            version=optional_text(first.get("cli_version")),
            first_timestamp=started,
            abandonments=tuple(reader.rollbacks.abandonments),
            warnings=tuple(_warnings(reader, torn)),
            models=tuple(identity.models),
            recognised=reader.recognised,
            threads=(*identity.threads(), *reader.calls.threads),
            places=tuple(identity.places),
            origins=identity.origins(),
        )


FORMAT = Format(NAME, _recognise, _open, SessionReader)


def _warnings(reader: Reader, torn: Torn | None) -> list[str]:
    found = line_warnings(torn, reader.counter.glued, reader.unknown)
    if reader.steered:
        found.append(
            f"{reader.steered} messages reached the agent while it worked; it is recorded when "
            "they were delivered, not when they were typed"
        )
    if reader.doubles.unmarked:
        found.append(
            f"{reader.doubles.unmarked} messages of the user have no event that marks them as a "
            "person's; read as a person's"
        )
    if reader.turns.uncounted:
        found.append(
            f"{reader.turns.uncounted} turns end without a count of tokens; their responses are "
            "read as one"
        )
    return found
