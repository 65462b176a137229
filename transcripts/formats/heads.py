"""The first object of a file from its first bytes, which may end in the middle of it.

Tells formats apart; never used to read a session.
"""

import json
import re
from collections.abc import Iterator

from transcripts.decoding import BOM

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+|"', re.DOTALL)
_OPEN, _CLOSE = (b"{", b"["), (b"}", b"]")
_UNFINISHED = b'"'


def is_list(start: bytes) -> bool:
    """Whether the file begins as a JSON list."""
    return _trimmed(start).startswith(b"[")


def first_object(start: bytes) -> dict[str, str]:
    """Keys of the first object (of the file, or of the list that the file is), in order.

    Each comes with its value if that is a string, with `{` or `[` if it is a container, with the
    literal otherwise, and with nothing where the bytes end before it.
    """
    text = _trimmed(start)
    if text.startswith(b"["):
        text = text[1:].lstrip()
    if not text.startswith(b"{"):
        return {}
    found: dict[str, str] = {}
    key: str | None = None
    for token in _first_level(text):
        if token == b",":
            key = None
        elif token != b":" and key is None:
            key = _text(token)
            found[key] = ""
        elif token != b":" and key is not None:
            found[key] = _text(token)
    return found


def _trimmed(start: bytes) -> bytes:
    return start.removeprefix(BOM).lstrip()


def _first_level(text: bytes) -> Iterator[bytes]:
    """The tokens directly inside the first object; of a container inside it only the opening."""
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in _CLOSE:
            depth -= 1
        elif depth == 1:
            yield token
        if token in _OPEN:
            depth += 1
        if depth == 0 or token == _UNFINISHED:
            return


def _text(token: bytes) -> str:
    if token.startswith(b'"'):
        try:
            return str(json.loads(token))
        except ValueError:
            return ""
    return token.decode("utf-8", "replace")
