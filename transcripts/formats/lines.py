"""Bytes to JSON objects: torn tails, glued objects, byte-order marks, NaN, lone surrogates.

Knows nothing about what the objects mean, and never holds more than one physical line.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any, BinaryIO, NamedTuple

import orjson

from transcripts.decoding import BOM, parse_object
from transcripts.errors import BrokenFile

LINE_LIMIT = 64 << 20
"""Bytes that one physical line may have; recorders write a thousandth of it."""


class Line(NamedTuple):
    """One JSON object and where its bytes stand."""

    line: int
    offset: int
    raw: bytes
    value: dict[str, Any]
    glued: bool


@dataclass(frozen=True, slots=True)
class Torn:
    """The unfinished object at the end of a file that was cut while being written."""

    line: int
    offset: int
    begun: bool
    """Whether it begins as an object does."""
    reason: str = ""
    """Why it is no object."""


def read_file_lines(stream: BinaryIO, name: str) -> Iterator[Line | Torn]:
    """As `read_lines`, of what a file holds now: a recorder that goes on writing is not awaited."""
    end = os.fstat(stream.fileno()).st_size
    return takewhile(lambda found: found.offset < end, read_lines(stream, name))


def read_lines(stream: BinaryIO, name: str, limit: int = LINE_LIMIT) -> Iterator[Line | Torn]:
    """Yield every object of the stream in order; a torn last object comes as `Torn`.

    Raises:
        BrokenFile: at a line that is not JSON objects, unless it is the torn end, or that has
            more than `limit` bytes.
    """
    loads, make = orjson.loads, Line._make
    offset = 0
    for number, physical in enumerate(iter(partial(stream.readline, limit + 1), b""), start=1):
        start = offset
        offset += len(physical)
        if len(physical) > limit:
            raise BrokenFile(name, number, f"longer than {_size(limit)}")
        try:
            value = loads(physical)
        except ValueError:
            for found in _odd(physical, number, start, name):
                if isinstance(found, Torn) and (_is_whole(physical, found) or stream.read(1)):
                    raise BrokenFile(name, number, f"not valid JSON ({found.reason})") from None
                yield found
            continue
        if type(value) is not dict:
            raise BrokenFile(name, number, "expected a JSON object")
        raw = physical.rstrip()
        if raw[0] != _BRACE:
            raw = raw.lstrip()
            start += physical.index(raw)
        yield make((number, start, raw, value, False))


def _is_whole(physical: bytes, torn: Torn) -> bool:
    """Whether a line that cannot be read was written to its end: then it is not torn."""
    return physical.endswith(b"\n") and torn.reason.startswith(("nested too deeply", "Exceeds"))


_BRACE = ord("{")


def _size(limit: int) -> str:
    return f"{limit >> 20} MB" if limit >> 20 else f"{limit} bytes"


def _odd(body: bytes, number: int, start: int, name: str) -> Iterator[Line | Torn]:
    """A line that is not simply one JSON object: blank, marked, lenient, glued, torn or broken."""
    if number == 1 and body.startswith(BOM):
        body = body[len(BOM) :]
        start += len(BOM)
    if not body.strip():
        return
    try:
        yield from _objects(body, number, start, name)
    except ValueError as error:
        yield Torn(number, start, body.lstrip().startswith(b"{"), str(error))


def _objects(body: bytes, number: int, start: int, name: str) -> Iterator[Line]:
    """Decode one physical line.

    Raises:
        ValueError: after what could be decoded, if the rest is not JSON.
    """
    try:
        value = parse_object(body)
    except ValueError:
        yield from _glued(body, number, start, name)
        return
    indent = len(body) - len(body.lstrip())
    yield _line(value, number, start + indent, body.strip(), name, glued=False)


def _glued(body: bytes, number: int, start: int, name: str) -> Iterator[Line]:
    """Decode several objects that a crashed writer left on one physical line."""
    text = body.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder()
    index = 0
    while index < len(text):
        begin = index
        while index < len(text) and text[index].isspace():
            index += 1
        if index >= len(text):
            return
        start += len(text[begin:index].encode("utf-8", "surrogateescape"))
        try:
            _, end = decoder.raw_decode(text, index)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        raw = text[index:end].encode("utf-8", "surrogateescape")
        # Parsed again as if alone, so that the stored line when replayed has the same value.
        yield _line(parse_object(raw), number, start, raw, name, glued=True)
        start += len(raw)
        index = end


def _line(value: Any, number: int, offset: int, raw: bytes, name: str, *, glued: bool) -> Line:
    if not isinstance(value, dict):
        raise BrokenFile(name, number, "expected a JSON object")
    return Line(number, offset, raw, value, glued)
