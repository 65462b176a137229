"""The redactor that every stored object passes before anything else sees it."""

from collections import Counter
from typing import Protocol


class Redactor(Protocol):
    """Replaces what must not be stored; a fresh one for each session."""

    version: str
    """What made the text; `none` if nothing is replaced."""
    counts: Counter[str]
    """Placeholders so far, by kind."""

    def redact_line(self, raw: bytes) -> bytes:
        """One JSON object with secrets replaced; the same object if there are none."""

    def redact_text(self, text: str) -> str:
        """A plain text with secrets replaced."""


class NoRedaction:
    """Leaves everything as it is."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.version = "none"
        self.counts: Counter[str] = Counter()

    def redact_line(self, raw: bytes) -> bytes:
        """Return the object itself."""
        return raw

    def redact_text(self, text: str) -> str:
        """Return the text itself."""
        return text
