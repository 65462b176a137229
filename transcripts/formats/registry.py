"""Which reader takes which file, decided by content; a new format is one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from transcripts.errors import UserError
from transcripts.formats.claude_code import session as claude_code
from transcripts.records import SessionRecord


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is read from a file, and again from the lines that were stored."""

    read: Callable[[Path], SessionRecord]
    read_stream: Callable[[BinaryIO, str, str], SessionRecord]


FORMATS: dict[str, Format] = {
    claude_code.FORMAT: Format(claude_code.read_session, claude_code.read_stream),
}


def read_session(path: Path) -> SessionRecord:
    """Read a recorded session of any known format.

    Raises:
        UserError: if the file cannot be opened or is not what a reader expects.
    """
    try:
        return FORMATS[claude_code.FORMAT].read(path)
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}") from error


def replay(format_name: str, stream: BinaryIO) -> SessionRecord:
    """Read stored lines again, as if they were the file."""
    return FORMATS[format_name].read_stream(stream, "stored lines", "stored")
