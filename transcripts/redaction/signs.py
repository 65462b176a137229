"""Where names of people may stand: the few places of a text at which `people` tries its patterns.

Each function yields every place from which its pattern could match, or more; none judges a name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.redaction.rules import places

_ESCAPE = re.compile(r"\\(?:u00|x)(?!26|3[cCeE])[2-7]")
_ESCAPES = ("\\u00", "\\x")
_HOMES = ("home", "Users")
_BEFORE_HOME, _AFTER_HOME = "/\\Ffm-", "/\\%-"
"""Separators, and the end of an escaped colour or of a `%2F`."""
_BEFORE_AT, _AFTER_AT = "_.+%-", "_-\\"
_LOCAL, _USER = 64, 32
"""So many characters stand before the `@` of an address, and of a prompt, at most."""


@dataclass(frozen=True)
class Sites:
    """A text and where in it the words stand that every pattern needs."""

    text: str
    ats: list[int]
    homes: list[int]


def sites_of(text: str) -> Sites:
    """Find them, in order."""
    homes = sorted(place for word in _HOMES for place in places(text, word) if place)
    return Sites(text, [*places(text, "@")], homes)


def signs(text: str) -> list[int]:
    """Find what deserves a look in a raw JSON line, in order."""
    found = _sites(text)
    if any(sign in text for sign in _ESCAPES):
        found += (match.start() for match in _ESCAPE.finditer(text))
    return sorted(found)


def is_telling(text: str) -> bool:
    """Say whether a decoded text may hold a name, as it is or behind escapes."""
    return bool(_sites(text)) or _ESCAPE.search(text) is not None


def addresses(sites: Sites) -> Iterator[int]:
    """Find where the addresses begin that end at an `@`."""
    return _runs(sites, "_.+%-", _LOCAL)


def users(sites: Sites) -> Iterator[int]:
    """Find where the user names begin that end at an `@`."""
    return _runs(sites, "_.-", _USER)


def directories(sites: Sites) -> Iterator[int]:
    """Find the separator before each home directory; one of a row is as good as all."""
    for place in sites.homes:
        yield place - (1 if sites.text[place - 1] in "/\\" else 3)


def munged(sites: Sites) -> Iterator[int]:
    """Find the hyphen before each home directory that was made part of a name."""
    return (place - 1 for place in sites.homes if sites.text[place - 1] == "-")


def _runs(sites: Sites, marks: str, most: int) -> Iterator[int]:
    text = sites.text
    for place in sites.ats:
        start = place
        while start and (text[start - 1].isalnum() or text[start - 1] in marks):
            start -= 1
            if place - start > most:
                break
        if 0 < place - start <= most:
            yield start


def _sites(text: str) -> list[int]:
    found = []
    place = text.find("@")
    while place >= 0:
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if (before in _BEFORE_AT or before.isalnum()) and (after in _AFTER_AT or after.isalnum()):
            found.append(place)
        place = text.find("@", place + 1)
    for word in _HOMES:
        place = text.find(word)
        while place >= 0:
            end = place + len(word)
            if text[place - 1 : place] in _BEFORE_HOME and text[end : end + 1] in _AFTER_HOME:
                found.append(place)
            place = text.find(word, end)
    return found
