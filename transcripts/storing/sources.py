"""Files as they were imported: telling a file again, by its place and times or by its content.

Reads files only to hash them; never opens anything but regular files.
"""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Executable, bindparam, insert
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.decoding import clean
from transcripts.errors import NotATranscript, UserError
from transcripts.tables import Session, Source, Tombstone

_CHUNK = 1 << 15
"""Bytes read at a time: few enough to stay in the processor's own memory."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What tells whether a file is as it was."""

    path: Path
    name: str
    """For messages and rows: storable whatever the bytes of the name are."""
    place: str
    """sha256 of the absolute path."""
    size: int
    mtime_ns: int | None
    inode: int


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A stored source with what its session says of itself."""

    id: int
    session_id: int
    external_id: str
    part: int
    redactor: str
    sha256: str
    size: int
    place: str | None
    mtime_ns: int | None
    """None where the session could not be told again by time: not all of the file was stored."""


_NAMES: Final = [
    getattr(Session if name in {"external_id", "part", "redactor"} else Source, name)
    for name in KnownSource.__slots__
]
_SOURCES: Final = (
    select(*_NAMES)
    .join(Session, col(Session.id) == col(Source.session_id))
    .order_by(col(Source.id))
)
# Made once: every import asks them, and to make and compile one takes longer than to ask it.
_PLACED: Final = _SOURCES.where(col(Source.place).is_not(None))
_OF_PLACE: Final = _SOURCES.where(col(Source.place) == bindparam("place"))
_OF_CONTENT: Final = _SOURCES.where(col(Source.sha256) == bindparam("sha256"))
_STONES: Final = select(col(Tombstone.what), col(Tombstone.at)).order_by(col(Tombstone.id).desc())
_STONES_OF_CONTENT: Final = _STONES.where(col(Tombstone.sha256) == bindparam("sha256"))
_STONES_OF_SESSION: Final = _STONES.where(col(Tombstone.external_id) == bindparam("session"))
_ADD_SOURCE: Final = insert(Source)

Known = Mapping[str, tuple[KnownSource, ...]]
"""Sources by place; a file that holds several sessions has several."""


def read_facts(path: Path) -> FileFacts:
    """Look at a file without opening it.

    Raises:
        NotATranscript: if it is no regular file.
        OSError: if it cannot be looked at.
    """
    found = path.stat()
    name = clean(path.name)
    if not stat.S_ISREG(found.st_mode):
        raise NotATranscript(name)
    place = sha256(os.fsencode(path.absolute())).hexdigest()
    return FileFacts(path, name, place, found.st_size, found.st_mtime_ns, found.st_ino)


def hash_file(path: Path, size: int) -> str:
    """sha256 of the first `size` bytes of a file.

    Raises:
        OSError: if it cannot be read.
    """
    digest, chunk = sha256(), memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as stream:
        while size > 0 and (count := stream.readinto(chunk[:size])):
            digest.update(chunk[:count])
            size -= count
    return digest.hexdigest()


def hash_as_read(facts: FileFacts, digest: str, read: int) -> tuple[str, int]:
    """Hash and size of what was read of a file, of which the first `read` bytes were.

    A recorder may have appended meanwhile: then what was read stands.

    Raises:
        UserError: if what was there before is not there any more.
    """
    try:
        now = facts.path.stat()
        if (now.st_size, now.st_mtime_ns, now.st_ino) == (facts.size, facts.mtime_ns, facts.inode):
            return digest, facts.size
        size = max(facts.size, read)
        if now.st_size < size or hash_file(facts.path, facts.size) != digest:
            raise UserError(
                f"{facts.name!r} changed while it was read; nothing of it was stored. "
                "Import it again."
            )
        return (digest, size) if size == facts.size else (hash_file(facts.path, size), size)
    except OSError as error:
        raise UserError(f"cannot read {facts.name!r} to its end: {error.strerror}.") from error


def read_known(db: Db, place: str | None = None) -> Known:
    """Stored sources by place: all of them in one query, or those of one place."""
    found = _ask(db, _OF_PLACE, place=place) if place else _ask(db, _PLACED)
    return _by_place(KnownSource(*row) for row in found)


def find_known(db: Db, digest: str) -> tuple[KnownSource, ...]:
    """Sources of a file of this content, if all of it was stored, wherever it lay."""
    places: dict[str | None, list[KnownSource]] = {}
    for source in (KnownSource(*row) for row in _ask(db, _OF_CONTENT, sha256=digest)):
        places.setdefault(source.place, []).append(source)
    for place, sources in places.items():
        if place is None or all(source.mtime_ns is not None for source in sources):
            return tuple(sources)
    return ()


def _ask(db: Db, query: Executable, **values: str) -> Sequence[Any]:
    return db.connection().execute(query, values).all()


def _by_place(sources: Iterable[KnownSource]) -> dict[str, tuple[KnownSource, ...]]:
    """The latest content of each place."""
    found: dict[str, tuple[KnownSource, ...]] = {}
    for source in sources:
        if source.place is not None:
            before = found.get(source.place, ())
            same = before and before[-1].sha256 == source.sha256
            found[source.place] = (*before, source) if same else (source,)
    return found


def is_as_imported(facts: FileFacts, sources: tuple[KnownSource, ...]) -> bool:
    """Whether the file has the size and the time that it had when all of it was stored."""
    return bool(sources) and all(
        (source.size, source.mtime_ns) == (facts.size, facts.mtime_ns) for source in sources
    )


def note_unchanged(
    db: Db, facts: FileFacts, sources: tuple[KnownSource, ...], now: datetime
) -> None:
    """Remember that this content, stored already, lies where the file is, with its time."""
    for source in sources:
        if source.place in {facts.place, None}:
            row = db.get_one(Source, source.id)
            row.place, row.mtime_ns = facts.place, facts.mtime_ns
            db.add(row)
        else:
            store_source(db, facts, source.session_id, (source.sha256, facts.size), now)


def store_source(
    db: Db, facts: FileFacts, session_id: int, read: tuple[str, int], now: datetime
) -> None:
    """Add a row for a file as it was read: `read` is its hash and size."""
    row = {
        "session_id": session_id, "name": facts.name, "sha256": read[0], "size": read[1],
        "place": facts.place, "mtime_ns": facts.mtime_ns, "imported_at": now,
    }  # fmt: skip
    db.connection().execute(_ADD_SOURCE, row)


class Refused(UserError):
    """What is not to be imported again."""


def check_content(db: Db, digest: str, name: str, *, named: bool) -> None:
    """Refuse a file that was withdrawn, or that was deleted unless it is named itself.

    Raises:
        Refused: saying when that was.
    """
    _refuse(_ask(db, _STONES_OF_CONTENT, sha256=digest), name, named=named)


def check_session(db: Db, external_id: str, *, named: bool) -> None:
    """Refuse a session that was withdrawn, or that was deleted unless its file is named itself.

    Raises:
        Refused: saying when that was.
    """
    _refuse(_ask(db, _STONES_OF_SESSION, session=external_id), external_id, named=named)


def _refuse(stones: Iterable[Any], name: str, *, named: bool) -> None:
    for what, at in stones:
        if what == "withdrawn":
            raise Refused(f"{name!r} was withdrawn on {at.date()}; not imported.")
        if not named:
            raise Refused(
                f"{name!r} was deleted on {at.date()}; not imported. "
                "Name the file itself to import it again."
            )
