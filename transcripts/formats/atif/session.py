"""An ATIF file as a whole: how it is told from others and opened."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from transcripts.errors import BrokenFile
from transcripts.formats.atif.reader import NAME, SessionReader
from transcripts.formats.atif.trajectories import find_recordings
from transcripts.formats.documents import read_document
from transcripts.formats.heads import first_object, is_list
from transcripts.formats.reading import Format, Head, Recording


def _recognise(head: Head) -> bool:
    """One object that says of itself, among its first keys, that it is ATIF."""
    if b"ATIF-v" not in head.start or is_list(head.start):
        return False
    return first_object(head.start).get("schema_version", "").startswith("ATIF-v")


@contextmanager
def _open(path: Path) -> Iterator[Iterable[Recording]]:
    document = read_document(path)
    if not isinstance(document, dict):
        raise BrokenFile(path.name, 1, "expected a JSON object")
    yield find_recordings(path, document)


FORMAT = Format(NAME, _recognise, _open, SessionReader)
