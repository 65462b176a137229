"""The redactor that every stored object passes before anything else sees it."""

from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from transcripts.redaction.pseudonyms import Pseudonyms


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


def make_redactor(
    *,
    secrets: bool = True,
    pseudonyms: "Pseudonyms | None" = None,
    detector: bool = False,
) -> Redactor:
    """Make a fresh redactor for one file.

    Args:
        secrets: replace secrets; without any of the three nothing is replaced.
        pseudonyms: also replace e-mail addresses, home directories and user names.
        detector: also ask the detector of the extra `secrets`, after the own patterns.

    Raises:
        UserError: if the detector is asked for and not installed.
    """
    from transcripts.redaction.detector import DetectorRedactor
    from transcripts.redaction.patterns import PatternRedactor
    from transcripts.redaction.people import PersonRedactor

    redactor: Redactor = PatternRedactor() if secrets else NoRedaction()
    if detector:
        redactor = DetectorRedactor(redactor)
    return redactor if pseudonyms is None else PersonRedactor(redactor, pseudonyms)
