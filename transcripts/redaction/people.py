"""E-mail addresses, home directories and the user names in them, replaced by pseudonyms.

A user name is recognised by its place only (a home directory, a prompt, an address): looking
for it elsewhere would need what other lines say, and a line's text depends on that line alone.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from transcripts.redaction.literals import literal_around, quote
from transcripts.redaction.pseudonyms import Pseudonyms
from transcripts.redaction.redactor import Redactor
from transcripts.redaction.signs import (
    Sites,
    addresses,
    directories,
    is_telling,
    munged,
    signs,
    sites_of,
    users,
)
from transcripts.redaction.views import View, plain_view, unescaped_view

_HOME = re.compile(
    r"(?<!\.[a-z]{2})(?<!\.[a-z]{3})(?:[/\\]{1,16}|%2[Ff])(?:home|Users)(?:[/\\]{1,16}|%2[Ff])"
    r"(?P<home>(?<=\\)\w[\w.-]{0,63}(?: [\w.-]{1,63}){0,2}(?=[\\/])|\w(?:[\w.-]{0,63}\w)?)"
)
_MUNGED = re.compile(r"(?<![A-Za-z0-9])-(?:home|Users)-(?P<home>[A-Za-z0-9_]{1,64})")
_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<email>\w[\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w(])"
)
_PROMPT = re.compile(
    r"(?<![\w.@/+%-])(?P<user>[A-Za-z_][\w.-]{0,31})@(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){0,4})"
    r"(?=:[~/$]|[ ][~/][^\n]{0,80}[$#%])"
)
_SHORT, _MANY = 200, 10_000
"""What is kept for the next line: names in texts up to so long, and so many texts."""
_NOBODY = frozenset({"root", "git", "user", "person", "noreply", "no-reply"})
_MADE = re.compile(r"person(?:-[0-9a-f]{8})?(?:@example\.invalid)?$|host-[0-9a-f]{8}$")
_Kinds = tuple[tuple[re.Pattern[str], Callable[[Sites], Iterator[int]]], ...]
_IN_SEEN: _Kinds = ((_PROMPT, users), (_HOME, directories), (_MUNGED, munged), (_EMAIL, addresses))
_IN_PLAIN: _Kinds = ((_HOME, directories), (_MUNGED, munged))


@dataclass(frozen=True)
class _Name:
    start: int
    end: int
    kind: str
    text: str


class PersonRedactor:
    """Replaces people's names in what another redactor has made."""

    def __init__(self, first: Redactor, pseudonyms: Pseudonyms) -> None:
        """Take over the counts of `first`, which redacts before."""
        self.counts: Counter[str] = first.counts
        made = "" if first.version == "none" else f"{first.version} + "
        self.version = f"{made}pseudonyms 1 ({pseudonyms.fingerprint()})"
        self._first = first
        self._pseudonyms = pseudonyms
        self._seen: dict[str, list[_Name]] = {}
        self._known: dict[tuple[str, str], str] = {}

    def redact_line(self, raw: bytes) -> bytes:
        """Redact one JSON object, string by string."""
        raw = self._first.redact_line(raw)
        text = str(raw, "utf-8", "surrogateescape")
        parts: list[str] = []
        done = ended = 0
        for place in signs(text):
            literal = literal_around(text, place) if place >= ended else None
            if literal is None:
                continue
            start, ended, said = literal
            new = self._rename(said)
            if new != said:
                parts += (text[done:start], quote(new))
                done = ended
        parts.append(text[done:])
        return "".join(parts).encode("utf-8", "surrogateescape") if done else raw

    def redact_text(self, text: str) -> str:
        """Redact a plain text, a file's name for instance."""
        text = self._first.redact_text(text)
        return self._rename(text) if is_telling(text) else text

    def _rename(self, text: str) -> str:
        """Rename, as before where the same short text was seen: directories come in every line."""
        if len(text) > _SHORT:
            return self._replace(text, _find_names(text))
        names = self._seen.get(text)
        if names is None:
            names = _find_names(text)
            if len(self._seen) < _MANY:
                self._seen[text] = names
        return self._replace(text, names) if names else text

    def _replace(self, text: str, names: list[_Name]) -> str:
        parts: list[str] = []
        done = 0
        for name in names:
            self.counts[name.kind] += 1
            parts += (text[done : name.start], self._pseudonym(name))
            done = name.end
        return "".join((*parts, text[done:]))

    def _pseudonym(self, name: _Name) -> str:
        key = name.kind, name.text
        if key not in self._known:
            self._known[key] = self._made(name)
        return self._known[key]

    def _made(self, name: _Name) -> str:
        if name.kind == "email":
            return self._pseudonyms.email(name.text)
        if name.kind == "host":
            return self._pseudonyms.host(name.text)
        return self._pseudonyms.person(name.text)


def _find_names(text: str) -> list[_Name]:
    plain = plain_view(text)
    seen = unescaped_view(text) if "\\" in text else plain
    found = _find_in(seen, _IN_SEEN)
    if seen is not plain:
        found += _find_in(plain, _IN_PLAIN)
    kept: list[_Name] = []
    taken: set[int] = set()
    for name in found:
        if taken.isdisjoint(range(name.start, name.end)):
            kept.append(name)
            taken.update(range(name.start, name.end))
    return sorted(kept, key=lambda one: one.start)


def _find_in(view: View, kinds: _Kinds) -> list[_Name]:
    names = []
    sites = sites_of(view.text)
    for pattern, places in kinds:
        for match in _matches(pattern, view.text, places(sites)):
            for kind, text in match.groupdict().items():
                if text.split("@")[0].lower() not in _NOBODY and not _MADE.match(text):
                    names.append(_Name(*view.origin(*match.span(kind)), kind, text))
    return names


def _matches(pattern: re.Pattern[str], text: str, places: Iterator[int]) -> Iterator[re.Match[str]]:
    """Find what `pattern.finditer` finds, which would try at every character."""
    done = 0
    for place in places:
        match = pattern.match(text, place) if place >= done else None
        if match is not None:
            yield match
            done = match.end()
