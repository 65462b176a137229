"""The strings of one JSON text where they stand, so that a change touches nothing else.

Numbers, spaces and the order of keys stay byte for byte; the text is never parsed as a whole.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]', re.DOTALL)
_REST = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_LABELS = frozenset({"name", "key", "variable", "Name", "Key"})
_LABELLED = frozenset({"value", "Value"})


@dataclass(frozen=True)
class Literal:
    """One string literal of a JSON text."""

    start: int
    end: int
    """The literal with its quotes is `text[start:end]`."""
    text: str
    """What it says."""
    accuser: str
    """The key before it, the `name` beside a `value`, or the option before it in a list."""
    column: tuple[int, str] | None
    """Strings that a reader sees in a row share one: of one list, under one key."""


@dataclass
class _Frame:
    """An open object or list."""

    number: int
    listing: bool
    parent: "_Frame | None"
    key: str = ""
    label: str = ""
    last: str = ""
    expects_key: bool = field(default=False)


def read_literals(text: str) -> list[Literal]:
    """Find every string literal of a JSON text, keys included, in order."""
    return list(_walk(text))


def literal_around(text: str, place: int) -> tuple[int, int, str] | None:
    """Find the string literal of a JSON text that a place is in, without reading all before it.

    Returns:
        Where it begins and ends, quotes included, and what it says; None if there is none.
    """
    start = text.rfind('"', 0, place)
    while start > 0 and _is_escaped(text, start):
        start = text.rfind('"', 0, start)
    rest = _REST.match(text, start + 1) if start >= 0 else None
    return rest and (start, rest.end(), _said(text[start : rest.end()]))


def quote(text: str) -> str:
    """Write a string as a JSON literal; a lone surrogate stays an escape."""
    try:
        return orjson.dumps(text).decode()
    except orjson.JSONEncodeError:
        return json.dumps(text)


def _is_escaped(text: str, place: int) -> bool:
    slash = place
    while slash and text[slash - 1] == "\\":
        slash -= 1
    return (place - slash) % 2 == 1


def _walk(text: str) -> Iterator[Literal]:
    frame = _Frame(0, listing=False, parent=None)
    number = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            number += 1
            frame = _Frame(number, token == "[", frame, expects_key=token == "{")
        elif token in "}]":
            frame = frame.parent or frame
        elif token in ",:":
            frame.expects_key = token == "," and not frame.listing
        else:
            yield _literal(match, frame)


def _literal(match: re.Match[str], frame: _Frame) -> Literal:
    said = _said(match[0])
    if frame.expects_key:
        frame.key = said
        return Literal(match.start(), match.end(), said, "", None)
    if frame.listing:
        accuser, frame.last = frame.last if frame.last.startswith("-") else _key_of(frame), said
        return Literal(match.start(), match.end(), said, accuser, (frame.number, ""))
    if frame.key in _LABELS:
        frame.label = said
    accuser = frame.label if frame.key in _LABELLED else frame.key
    listed = frame.parent is not None and frame.parent.listing
    column = (frame.parent.number, frame.key) if frame.parent and listed else None
    return Literal(match.start(), match.end(), said, accuser, column)


def _key_of(frame: _Frame) -> str:
    return frame.parent.key if frame.parent else ""


def _said(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    try:
        return str(orjson.loads(literal))
    except ValueError:
        return _said_leniently(literal)


def _said_leniently(literal: str) -> str:
    """Read what is no JSON to the letter: a lone surrogate, a control character."""
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return literal[1:-1]
