"""Which format a file has, decided by its content; a new format is one line here."""

import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from transcripts.errors import NotATranscript, UserError
from transcripts.formats import messages
from transcripts.formats.atif import session as atif
from transcripts.formats.claude_code import session as claude_code
from transcripts.formats.codex import session as codex
from transcripts.formats.inspect_log import session as inspect_log
from transcripts.formats.lines import read_lines
from transcripts.formats.reading import HEAD_BYTES, Format, Head, Reading, Recording, read_record
from transcripts.records import SessionRecord
from transcripts.redaction.redactor import NoRedaction, Redactor

_FORMATS = (inspect_log.FORMAT, codex.FORMAT, atif.FORMAT, messages.FORMAT, claude_code.FORMAT)
FORMATS: dict[str, Format] = {format_.name: format_ for format_ in _FORMATS}
"""By name, in the order in which they are asked whether a file is theirs."""


@contextmanager
def open_readings(
    path: Path, redactor: Callable[[], Redactor] = NoRedaction
) -> Iterator[Iterator[Reading]]:
    """Open a file for reading: one `Reading` for each session that it holds.

    Args:
        path: a regular file.
        redactor: makes a fresh redactor for each session.

    Raises:
        UserError: if it cannot be opened, or no format is recognised.
    """
    try:
        format_ = find_format(path)
        with format_.open(path) as recordings:
            yield _readings(recordings, format_, redactor)
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror or error}") from error


def _readings(
    recordings: Iterable[Recording], format_: Format, redactor: Callable[[], Redactor]
) -> Iterator[Reading]:
    for recording in recordings:
        yield Reading(recording, format_, redactor())


def find_format(path: Path) -> Format:
    """The format of a file, by its first bytes.

    Raises:
        NotATranscript: if no format is recognised, or it is no regular file.
    """
    # Asked before opening: a pipe would wait for a writer for ever.
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotATranscript(path.name)
    with path.open("rb") as stream:
        head = Head(path, stream.read(HEAD_BYTES))
    for format_ in FORMATS.values():
        if format_.recognise(head):
            return format_
    raise NotATranscript(path.name)


def read_session(path: Path, redactor: Callable[[], Redactor] = NoRedaction) -> SessionRecord:
    """Read the first session of a file into memory.

    Raises:
        UserError: if the file cannot be opened or is not what a reader expects.
    """
    return next(read_sessions(path, redactor))


def read_sessions(
    path: Path, redactor: Callable[[], Redactor] = NoRedaction
) -> Iterator[SessionRecord]:
    """Read every session of a file, each into memory.

    Raises:
        UserError: if the file cannot be opened or is not what a reader expects.
    """
    with open_readings(path, redactor) as readings:
        for reading in readings:
            yield read_record(reading)


def replay(format_name: str, stream: BinaryIO) -> SessionRecord:
    """Read stored lines again, as if they were the file; they are redacted already."""
    recording = Recording("stored lines", "stored", read_lines(stream, "stored lines"))
    return read_record(Reading(recording, FORMATS[format_name], NoRedaction()))
