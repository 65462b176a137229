"""The cheap first look: regular expressions that say whether a text may hold a secret.

They run in Rust through pydantic-core, in time linear in the text and at hundreds of megabytes a
second, which Python's `re` cannot; they may say yes in vain, and must never say no in vain.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pydantic_core import SchemaValidator, core_schema

from transcripts.redaction.shapes import HIDDEN, NAMES, PROVIDERS, SPLIT

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_QUARTETS = 6
"""So many groups of base64 in a row that say nothing but ASCII: one in four million by chance."""
_WRAPPED = r"[A-Za-z0-9+/]{56}(?:\\+n|\n)[A-Za-z0-9+/]{8}"
_FOLDED = re.compile("[\u0130\u0131\u017f\u212a]")
"""Letters that Python takes for i, s and k where case is ignored, and the Rust tests do not."""
_CLASS = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])+\]")
_BLANKS = r" \t\r\n\x0b\x0c\x1c-\x1f"
_RARE_BLANKS = r"\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_LETTERS, _RARE_LETTERS = "0-9A-Za-z_", r"\x{80}-\x{10ffff}"


@dataclass(frozen=True)
class Suspicion:
    """The compiled tests; each takes a text and says whether it deserves a closer look."""

    provided: Callable[[str], bool]
    """What a provider's secret looks like stands there."""
    named: Callable[[str], bool]
    """A name stands there beside what may be a secret."""
    hidden: Callable[[str], bool]
    """Escapes stand there that may hide anything."""
    encoded: Callable[[str], bool]
    """Base64 stands there that says plain text, or is wrapped over lines."""
    split: Callable[[str], bool]
    """Neighbouring strings of a list may hold the halves of a secret."""

    def plain(self, text: str) -> bool:
        """Say whether a secret may stand there as it is or behind escapes."""
        return self.named(text) or self.provided(text) or self.hidden(text)

    def of_line(self, text: str) -> bool:
        """Say whether any test does; one expression for all of them is five times slower."""
        return self.plain(text) or self.encoded(text) or self.split(text)


def storable(text: str) -> str:
    """Replace lone surrogates, for which the tests have no answer."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def allows(test: Callable[[str], bool], text: str) -> bool:
    """Say whether `test`, of a text in which no escape is left to undo, lets the rules begin."""
    if text.isascii():
        return test(text)
    return test(storable(text)) or _FOLDED.search(text) is not None


@cache
def suspicion() -> Suspicion:
    """Compile the tests; once per process, since it takes some milliseconds."""
    encoded = f"(?:{_quartet()}){{{_QUARTETS}}}", _WRAPPED
    return Suspicion(*map(_test, (PROVIDERS, NAMES, HIDDEN, encoded, SPLIT)))


def _quartet() -> str:
    """Match four characters of base64, of either alphabet, that decode to three of ASCII.

    The top bit of each byte is the bit 32 of the first character, 8 of the second, 2 of the third.
    """
    classes = []
    for bit in (32, 8, 2, 0):
        fit = [char for index, char in enumerate(_ALPHABET) if not index & bit]
        classes.append(f"[{''.join(fit)}{'_-' if '/' in fit else ''}]")
    return "".join(classes)


def _test(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Compile for the Rust engine, with case ignored in ASCII only, which keeps automata small."""
    narrow = _CLASS.sub(_spelt, "|".join(patterns)).replace("(?i:", "(?i-u:")
    schema = core_schema.str_schema(pattern=narrow, regex_engine="rust-regex")
    return SchemaValidator(schema).isinstance_python


def _spelt(found: re.Match[str]) -> str:
    r"""Spell out ``\s`` and ``\w``: what is excluded in ASCII only, so that no match is lost."""
    said = found[0]
    if said == r"\S":
        return f"[^{_BLANKS}]"
    if said.startswith("\\") and said not in (r"\s", r"\w"):
        return said
    excluded = said.startswith("[^")
    blanks = _BLANKS if excluded else _BLANKS + _RARE_BLANKS
    letters = _LETTERS if excluded else _LETTERS + _RARE_LETTERS
    spelt = re.sub(r"\\(.)", lambda one: {"s": blanks, "w": letters}.get(one[1], one[0]), said)
    return spelt if said.startswith("[") else f"[{spelt}]"
