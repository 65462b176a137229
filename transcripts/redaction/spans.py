"""Secrets found in one decoded text, through all its views, and the placeholders for them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transcripts.redaction.innocent import is_innocent, mask_placeholders
from transcripts.redaction.named_rules import NAMED_RULES
from transcripts.redaction.rules import PROVIDER_RULES, RedactionRule
from transcripts.redaction.suspicion import allows, suspicion
from transcripts.redaction.views import View, joined_view, plain_view, unescaped_view

_LONG_TAG, _SHORT_TAG = 8, 3
_MACHINE_MADE = 16
_FANCY = (("i\u0307", "i"), ("\u0131", "i"), ("\u017f", "s"))


@dataclass(frozen=True)
class Secret:
    """One secret and where it stands in the original text."""

    start: int
    end: int
    kind: str
    text: str
    """The secret itself, disguises undone: the same for every way of writing it."""
    named: bool
    """Found by the name beside it; what a provider's shape finds goes first."""

    def placeholder(self) -> str:
        """Build the text that stands for it."""
        return placeholder(self.kind, self.text)


def placeholder(kind: str, secret: str) -> str:
    """Build `[secret:kind:tag]`, a pure function of the secret.

    The tag is 32 bits of a hash, so that equal secrets stay recognisable; of what a person may
    have thought up it is 12 bits only, so that no dictionary finds it again.
    """
    digest = hashlib.sha256(f"taste secret\0{kind}\0{secret}".encode("utf-8", "surrogatepass"))
    guessable = kind == "password" or len(secret) < _MACHINE_MADE
    return f"[secret:{kind}:{digest.hexdigest()[: _SHORT_TAG if guessable else _LONG_TAG]}]"


def find_secrets(text: str) -> list[Secret]:
    """Find the secrets of a text, without overlap, in the order of the text."""
    found: list[Secret] = []
    views = [plain_view(text)]
    if "\\" in text or "\x1b" in text:
        views.insert(0, unescaped_view(text))
    for view in views:
        found += (*_find_shaped(view), *_find_named(view))
    joined = joined_view(views[0])
    if joined is not views[0]:
        found += _find_shaped(joined)
    return choose(found)


def find_split(text: str) -> list[Secret]:
    """Find what only a provider's shape proves, in strings that were put together."""
    return choose(_find_shaped(plain_view(text)))


def replace_secrets(text: str, found: Iterable[Secret]) -> str:
    """Put the placeholders in; `found` is in order and without overlap."""
    parts: list[str] = []
    done = 0
    for secret in found:
        parts += (text[done : secret.start], secret.placeholder())
        done = secret.end
    return "".join((*parts, text[done:]))


def choose(found: Iterable[Secret]) -> list[Secret]:
    """Keep of overlapping finds the one by shape before the one by name, then the longest."""
    kept: list[Secret] = []
    taken: set[int] = set()
    for secret in sorted(found, key=lambda one: (one.named, one.start - one.end, one.start)):
        ends = {secret.start, secret.end - 1}
        if not ends & taken:
            kept.append(secret)
            taken.update(range(secret.start, secret.end))
    return sorted(kept, key=lambda one: one.start)


def _find_shaped(view: View) -> Iterator[Secret]:
    text = mask_placeholders(view.text)
    if allows(suspicion().provided, text):
        yield from _find_in(view, text, PROVIDER_RULES)


def _find_named(view: View) -> Iterator[Secret]:
    text = mask_placeholders(view.text)
    if allows(suspicion().named, text):
        yield from _find_in(view, text, NAMED_RULES)


def _find_in(view: View, text: str, rules: Iterable[RedactionRule]) -> Iterator[Secret]:
    lowered = _lower(text)
    for rule in rules:
        if not rule.applies(lowered):
            continue
        for match in rule.matches(text, lowered):
            secret = match["secret"]
            if not (rule.guarded and is_innocent(secret, rule.strict)):
                start, end = view.origin(*match.span("secret"))
                yield Secret(start, end, rule.kind, _normal(rule, secret), rule.guarded)


def _lower(text: str) -> str:
    """Lower the case as `re` sees it when it ignores case, where more letters are i and s."""
    lowered = text.lower()
    if not text.isascii():
        for fancy, plain in _FANCY:
            lowered = lowered.replace(fancy, plain)
    return lowered


def _normal(rule: RedactionRule, secret: str) -> str:
    """Leave of a private key its characters, however its lines were broken."""
    if rule.kind != "private-key":
        return secret
    return "".join(char for char in secret if char.isalnum() or char in "+/=")
