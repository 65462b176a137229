"""Files that are one JSON document: parsed whole, then handed on as one object per line.

The objects are written anew, so that what is stored can be read again line by line.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from transcripts.decoding import BOM, parse_object
from transcripts.errors import BrokenFile
from transcripts.formats.lines import Line

LIMIT = 512 << 20
"""Bytes beyond which a document is not read: it has to be held in memory as a whole."""

HEAD_LINE = 0
"""Number of the first line that is made of a document; the first line of a file is 1."""

WITHHELD = "withheld"
"""Type of the last line: what describes the document as a whole, stored and never shown."""


def read_document(path: Path, limit: int = LIMIT) -> Any:
    """Parse a file that is one JSON document.

    Raises:
        BrokenFile: if it is larger than `limit` bytes, or is not JSON.
    """
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        reason = f"the document is larger than {limit} bytes and would have to be held in memory"
        raise BrokenFile(path.name, 1, reason)
    try:
        return parse_object(data.removeprefix(BOM))
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BrokenFile(path.name, line, f"not valid JSON ({error})") from error


def to_lines(name: str, head: dict[str, Any], items: list[Any], rest: Any) -> Iterator[Line]:
    """Yield the head as line 0, every item as the line of its 1-based number, then the rest.

    Args:
        name: of the file, for messages.
        head: what identifies the session and never changes while it grows.
        items: the steps or messages.
        rest: what describes the document as a whole; no line where it is empty.

    Raises:
        BrokenFile: at an item that is not an object.
    """
    last = [{"type": WITHHELD, "rest": rest}] if rest else []
    for number, item in enumerate([head, *items, *last], start=HEAD_LINE):
        if not isinstance(item, dict):
            raise BrokenFile(name, number, f"item {number} is not a JSON object")
        raw = _dump(item, name, number)
        # Parsed as it is stored, so that the line when replayed has the same value. The place in
        # the file is the item's number; bytes are not counted in a document.
        yield Line(number, 0, raw, parse_object(raw), False)


def _dump(item: dict[str, Any], name: str, number: int) -> bytes:
    try:
        return orjson.dumps(item)
    except TypeError:  # lone surrogates, deep nesting: what parse_object took, Python can write
        try:
            return json.dumps(item).encode()
        except RecursionError as error:
            raise BrokenFile(name, number, f"item {number} is nested too deeply") from error


def without(value: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """A copy of an object without some of its keys."""
    left_out = set(keys)
    return {key: entry for key, entry in value.items() if key not in left_out}
