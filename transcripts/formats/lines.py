"""Bytes to JSON objects: torn tails, glued objects, byte-order marks, NaN, lone surrogates.

Knows nothing about what the objects mean.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from transcripts.decoding import BOM, parse_object
from transcripts.errors import BrokenFile


@dataclass(frozen=True, slots=True)
class Line:
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


def read_lines(stream: BinaryIO, name: str) -> Iterator[Line | Torn]:
    """Yield every object of the stream in order; a torn last object comes as `Torn`.

    Raises:
        BrokenFile: at a line that is not JSON objects, unless it is the torn end.
    """
    offset = 0
    for number, (physical, last) in enumerate(_with_last(stream), start=1):
        body = physical
        start = offset
        offset += len(physical)
        if number == 1 and body.startswith(BOM):
            body = body[len(BOM) :]
            start += len(BOM)
        if not body.strip():
            continue
        try:
            yield from _objects(body, number, start, name)
        except ValueError as error:
            if not last:
                raise BrokenFile(name, number, f"not valid JSON ({error})") from error
            yield Torn(number, start, body.lstrip().startswith(b"{"))


def _with_last(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield every physical line, and whether it is the last one."""
    previous: bytes | None = None
    for physical in stream:
        if previous is not None:
            yield previous, False
        previous = physical
    if previous is not None:
        yield previous, True


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
        while index < len(text) and text[index].isspace():
            index += 1
        if index >= len(text):
            return
        here = start + len(text[:index].encode("utf-8", "surrogateescape"))
        try:
            _, end = decoder.raw_decode(text, index)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        raw = text[index:end].encode("utf-8", "surrogateescape")
        # Parsed again as if alone, so that the stored line when replayed has the same value.
        yield _line(parse_object(raw), number, here, raw, name, glued=True)
        index = end


def _line(value: Any, number: int, offset: int, raw: bytes, name: str, *, glued: bool) -> Line:
    if not isinstance(value, dict):
        raise BrokenFile(name, number, "expected a JSON object")
    return Line(number, offset, raw, value, glued)
