"""Base64 inside a text: decoded, redacted, and encoded again where that changed anything."""

import base64
import binascii
import re
from collections.abc import Callable

_RUN = re.compile(r"[A-Za-z0-9+/_-]{24,}(?:(?:\\+[nr]|\r?\n)[A-Za-z0-9+/_-]{2,})*={0,2}")
_BREAK = re.compile(r"\\+[nr]|[\r\n]+")
_TO_STANDARD = str.maketrans("-_", "+/")
_TO_URLSAFE = str.maketrans("+/", "-_")
_QUANTUM = 4


def rewrite_encoded(text: str, redact: Callable[[str], str]) -> str:
    """Redact what runs of base64 in `text` say.

    Args:
        text: any text; runs of 24 characters and more of either alphabet are tried at each of
            the four offsets, lines of a wrapped run together.
        redact: what to do with the decoded text (one character for each byte).

    Returns:
        The text itself where nothing was found.
    """
    return _RUN.sub(lambda match: _rewrite_run(match[0], redact), text)


def _rewrite_run(run: str, redact: Callable[[str], str]) -> str:
    packed = _BREAK.sub("", run)
    body = packed.rstrip("=")
    for offset in range(_QUANTUM):
        decoded = _decode(body[offset:])
        redacted = redact(decoded)
        if redacted != decoded:
            return body[:offset] + _encode(redacted, body, padded=packed != body)
    return run


def _decode(body: str) -> str:
    usable = body[: len(body) - 1] if len(body) % _QUANTUM == 1 else body
    padded = usable.translate(_TO_STANDARD) + "=" * (-len(usable) % _QUANTUM)
    try:
        return binascii.a2b_base64(padded).decode("latin-1")
    except binascii.Error:
        return ""


def _encode(decoded: str, like: str, *, padded: bool) -> str:
    coded = base64.b64encode(decoded.encode("latin-1")).decode()
    if "-" in like or "_" in like:
        coded = coded.translate(_TO_URLSAFE)
    return coded if padded else coded.rstrip("=")
