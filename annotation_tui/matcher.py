"""Runs a regular expression in a process of its own, because a match cannot be interrupted.

Reads a pattern, then texts, each as a length and bytes; answers each text with how many matches
it has and where. Imports nothing of this project: it starts at the first search.
"""

import re
import struct
import sys
from typing import BinaryIO

FLAGS = re.IGNORECASE | re.MULTILINE

MOST = 1_000
"""Matches of one text that are told."""

_NUMBER = struct.Struct("=I")


def frame(text: str) -> bytes:
    """A text as it is sent."""
    told = text.encode("utf-8", "surrogatepass")
    return _NUMBER.pack(len(told)) + told


def _read(source: BinaryIO) -> str | None:
    head = source.read(_NUMBER.size)
    if len(head) < _NUMBER.size:
        return None
    return source.read(_NUMBER.unpack(head)[0]).decode("utf-8", "surrogatepass")


def answer(pattern: re.Pattern[str], text: str) -> bytes:
    """How many matches a text has, and from where to where; empty ones are none."""
    ends: list[int] = []
    for found in pattern.finditer(text):
        if found.end() > found.start():
            ends += found.span()
        if len(ends) >= 2 * MOST:
            break
    return struct.pack(f"={1 + len(ends)}I", len(ends) // 2, *ends)


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until there are no more texts."""
    pattern = re.compile(_read(source) or "", FLAGS)
    while (text := _read(source)) is not None:
        sink.write(answer(pattern, text))
        sink.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
