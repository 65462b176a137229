"""Bytes and characters as they come: lenient JSON, and texts that can be stored anywhere."""

import json
import re
from typing import Any

import orjson

BOM = b"\xef\xbb\xbf"
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


def parse_object(raw: bytes) -> Any:
    """Parse one JSON text; what orjson refuses (NaN, lone surrogates) Python's json may take.

    Raises:
        ValueError: if it is not one complete JSON text, or too deeply nested to be read.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw.decode("utf-8", "surrogateescape"))
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def clean(text: str) -> str:
    """Replace what neither UTF-8 nor PostgreSQL can hold (lone surrogates, NUL)."""
    if "\0" not in text and (text.isascii() or _is_encodable(text)):
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def _is_encodable(text: str) -> bool:
    """Whether UTF-8 can hold it; encoding is several times faster than looking."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
