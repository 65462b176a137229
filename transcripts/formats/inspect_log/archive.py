"""Whether an archive is safe to be read as a whole: names, sizes, and what really is in it.

Reads the directory and inflates every member once, in small pieces; keeps nothing.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISLNK
from typing import Any, BinaryIO

from transcripts.errors import UserError

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_LOCAL = struct.Struct("<4s5H3L2H")
_MANY, _MANY_MEMBERS = 0xFFFFFFFF, 0xFFFF
"""What stands in the end record where a number is too large for it."""
_CHUNK = 1 << 18
_WINDOW = 1 << 27
_COMMENT = 1 << 16
_DEFLATE, _ZSTD = 8, 93
_ENCRYPTED = 0x1 | 0x40
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold; beyond it nothing of it is read."""

    members: int = 200_000
    directory_bytes: int = 64 << 20
    total_bytes: int = 4 << 30
    member_bytes: int = 512 << 20
    ratio: int = 1_000
    """Most bytes that one byte of the archive may stand for, in a member that is not small."""
    small_bytes: int = 10 << 20


def check_archive(path: Path, limits: Limits | None = None) -> list[str]:
    """Names of the archive's members, in order, each once.

    Raises:
        UserError: naming the file and, where it is one, the member that is not safe to read.
    """
    limits = limits or Limits()
    try:
        with path.open("rb") as stream:
            _check_directory(stream, path.name, limits)
            with zipfile.ZipFile(stream) as archive:
                members = archive.infolist()
            _check_members(members, path.name, limits)
            for member in members:
                _check_content(stream, member, path.name)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeError) as error:
        raise UserError(
            f"{path.name!r} is a damaged archive ({error}); it was not read."
        ) from error
    return list(dict.fromkeys(member.filename for member in members))


def _check_directory(stream: BinaryIO, name: str, limits: Limits) -> None:
    """Look at the end record before the directory that it announces is held in memory.

    A directory that does not end where its end record begins would be found in different places
    by different programs.
    """
    size = stream.seek(0, 2)
    start = max(0, size - _END.size - _COMMENT)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise zipfile.BadZipFile("its end is missing")
    *_, count, length, offset, _ = _END.unpack_from(tail, at)
    end = start + at
    if _MANY in {length, offset} or count == _MANY_MEMBERS:
        length, offset, end = _read_end64(stream, end, length, offset)
    if length > limits.directory_bytes:
        raise UserError(f"{name!r}: its directory has {length} bytes; it was not read.")
    if offset + length != end:
        raise zipfile.BadZipFile("its directory is not where its end says")


def _read_end64(stream: BinaryIO, end: int, length: int, offset: int) -> tuple[int, int, int]:
    """Size and offset of the directory, and where the end records begin, by the large form."""
    stream.seek(max(0, end - _LOCATOR.size))
    locator = stream.read(_LOCATOR.size)
    if not locator.startswith(b"PK\x06\x07"):
        return length, offset, end
    at = _LOCATOR.unpack(locator)[2]
    stream.seek(at)
    record = _END64.unpack(stream.read(_END64.size))
    if record[0] != b"PK\x06\x06":
        raise zipfile.BadZipFile("its end is damaged")
    return record[8], record[9], at


def _check_members(members: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    if len(members) > limits.members:
        raise UserError(f"{name!r} holds {len(members)} members; it was not read.")
    total = 0
    for member in members:
        total += member.file_size
        problem = _problem(member, limits)
        if total > limits.total_bytes:
            problem = f"brings the archive to {total} bytes"
        if problem:
            raise _refusal(name, member, problem)


def _refusal(name: str, member: zipfile.ZipInfo, problem: str) -> UserError:
    return UserError(f"{name!r}, member {member.orig_filename!r} {problem}; it was not read.")


def _problem(member: zipfile.ZipInfo, limits: Limits) -> str | None:
    """What makes a member unsafe, by what the directory says of it."""
    size, packed = member.file_size, member.compress_size
    problems = {
        "has a name that leads out of the archive": _leads_out(member.orig_filename),
        "is a link": S_ISLNK(member.external_attr >> 16),
        "is encrypted": bool(member.flag_bits & _ENCRYPTED),
        f"is compressed in an unknown way ({member.compress_type})": (
            member.compress_type not in {zipfile.ZIP_STORED, _DEFLATE, _ZSTD}
        ),
        f"has {size} bytes": size > limits.member_bytes,
        f"is packed {size // max(1, packed)} to one": (
            size > limits.small_bytes and size > limits.ratio * packed
        ),
    }
    return next((problem for problem, found in problems.items() if found), None)


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not parts[0] or parts[0].endswith(":") or ".." in parts or "\0" in name


def _check_content(stream: BinaryIO, member: zipfile.ZipInfo, name: str) -> None:
    """Inflate a member, up to one byte more than it says it has.

    One that cannot be inflated is left to whoever reads it: it spoils one sample.
    """
    inflate = {zipfile.ZIP_STORED: _stored, _DEFLATE: _deflated, _ZSTD: _zstandard}
    packed = _packed(stream, member)
    size, start = 0, b""
    for piece in _whole(inflate[member.compress_type](packed)):
        start = start or piece[:4]
        size += len(piece)
        if size > member.file_size:
            raise _refusal(name, member, f"is larger than the {member.file_size} bytes it declares")
    if start.startswith(_ARCHIVES):
        raise _refusal(name, member, "is an archive itself")


def _packed(stream: BinaryIO, member: zipfile.ZipInfo) -> Callable[[int], bytes]:
    """Reads the member's bytes as they stand in the file, in pieces of at most a given size."""
    stream.seek(member.header_offset)
    header = _LOCAL.unpack(stream.read(_LOCAL.size))
    if header[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"member {member.filename!r} is not where it should be")
    stream.seek(header[9] + header[10], 1)
    left = member.compress_size

    def read(size: int = _CHUNK) -> bytes:
        nonlocal left
        piece = stream.read(max(0, min(size if size >= 0 else _CHUNK, left)))
        left -= len(piece)
        return piece

    return read


def _whole(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces up to where the stream is damaged."""
    try:
        yield from pieces
    except (zlib.error, EOFError, ValueError):
        return


def _stored(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(_CHUNK):
        yield piece


def _deflated(read: Callable[[int], bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        packed = inflater.unconsumed_tail or read(_CHUNK)
        piece = inflater.decompress(packed, _CHUNK)
        if not piece and not packed:
            return
        yield piece


def _zstandard(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Zstandard comes with inspect_ai, which is asked for before any archive is looked at."""
    import zstandard

    class _Source:
        """The member as the one method that the library asks for."""

        def read(self, size: int) -> bytes:
            return read(size)

    source: Any = _Source()
    inflater = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        with inflater.stream_reader(source, read_across_frames=True) as reader:
            while piece := reader.read(_CHUNK):
                yield piece
    except zstandard.ZstdError:
        return
