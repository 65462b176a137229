"""Secrets out of JSON objects and plain texts: each string, the JSON and base64 inside, the seams.

What becomes of an object depends on that object alone, so that a truncated, resumed or forked
copy of a recording gets the same text.
"""

import re
from collections import Counter

import orjson

from transcripts.redaction.encoded import rewrite_encoded
from transcripts.redaction.innocent import is_innocent
from transcripts.redaction.literals import Literal, quote, read_literals
from transcripts.redaction.named_rules import accused_by
from transcripts.redaction.spans import Secret, find_secrets, placeholder, replace_secrets
from transcripts.redaction.splits import columns, mend
from transcripts.redaction.suspicion import storable, suspicion

PATTERNS = "patterns 1"
"""Raised with every change of a rule, since the rules decide the text and so its hashes."""

_DEPTH = 4
"""How many strings inside strings (JSON or base64) are opened."""
_PASSES = 4
"""How often a text is looked through until nothing more is found."""
_OUTSIDE = re.compile(r"[^\s0-9:,{}\[\]+.\-eEtrufalsnNIiy]")


class PatternRedactor:
    """Replaces secrets by typed placeholders, found by the shapes and names of this package."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.version = PATTERNS
        self.counts: Counter[str] = Counter()
        self._suspicion = suspicion()

    def redact_line(self, raw: bytes) -> bytes:
        """Redact one JSON object: every string in it, keys too; the rest stays byte for byte."""
        if not self._suspicion.of_line(str(raw, "utf-8", "replace")):
            return raw
        text = str(raw, "utf-8", "surrogateescape")
        redacted = self._structure(text, _DEPTH)
        return raw if redacted == text else redacted.encode("utf-8", "surrogateescape")

    def redact_text(self, text: str) -> str:
        """Redact a plain text, a file's name for instance."""
        return self._plain(text, _DEPTH)

    def _structure(self, text: str, depth: int) -> str:
        """Redact a JSON text string by string; of a text that is none, also what is between."""
        literals = read_literals(text)
        texts = self._mended(literals)
        parts: list[str] = []
        done = 0
        for literal, said in zip(literals, texts, strict=True):
            parts.append(self._between(text[done : literal.start], depth))
            new = self._literal(literal, said, depth)
            same = new == literal.text
            parts.append(text[literal.start : literal.end] if same else quote(new))
            done = literal.end
        parts.append(self._between(text[done:], depth))
        return "".join(parts)

    def _mended(self, literals: list[Literal]) -> list[str]:
        texts = [literal.text for literal in literals]
        for row in columns(literals):
            pieces, found = mend([texts[index] for index in row])
            for index, piece in zip(row, pieces, strict=True):
                texts[index] = piece
            self._count(found)
        return texts

    def _between(self, text: str, depth: int) -> str:
        return self._plain(text, depth) if _OUTSIDE.search(text) else text

    def _literal(self, literal: Literal, said: str, depth: int) -> str:
        redacted = self._plain(said, depth)
        rule = accused_by(literal.accuser) if literal.accuser else None
        if rule is None or redacted != said or is_innocent(said, rule.strict):
            return redacted
        self.counts[rule.kind] += 1
        return placeholder(rule.kind, said)

    def _plain(self, text: str, depth: int) -> str:
        """Redact a decoded text, until a further look finds nothing more."""
        if depth and text[:1] in ("{", "[") and _is_json(text):
            return self._structure(text, depth - 1)
        for _ in range(_PASSES):
            redacted = self._once(text, depth)
            if redacted == text:
                break
            text = redacted
        return text

    def _once(self, text: str, depth: int) -> str:
        asked = storable(text)
        if depth and self._suspicion.encoded(asked):
            text = rewrite_encoded(text, lambda said: self._plain(said, depth - 1))
        if not self._suspicion.plain(asked):
            return text
        found = find_secrets(text)
        self._count(found)
        return replace_secrets(text, found)

    def _count(self, found: list[Secret]) -> None:
        self.counts.update(secret.kind for secret in found)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return False
    return True
