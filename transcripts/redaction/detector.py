"""A maintained detector as a second pass, only where it was asked for.

kingfisher-secret-scanner runs in process, with `DetectionScanner` alone: its live validation,
which would send a secret to its provider, is never called. It is opt-in since text, and so every
hash of it, must not depend on what happens to be installed; `Redactor.version` names it.
"""

import importlib
import importlib.metadata
import re
from collections import Counter
from functools import cache
from typing import Any

from transcripts.errors import UserError
from transcripts.redaction.innocent import mask_placeholders
from transcripts.redaction.redactor import Redactor
from transcripts.redaction.spans import placeholder

_PACKAGE = "kingfisher-secret-scanner"
_KIND = "detected"
_SAFE = re.compile(rb"[!#-\[\]-~]{8,}")
"""What can be replaced without reading the JSON: no space, quote or backslash."""


class DetectorRedactor:
    """Replaces what the detector finds in what another redactor has left."""

    def __init__(self, first: Redactor) -> None:
        """Take over the counts of `first`, which redacts before.

        Raises:
            UserError: if the detector is not installed.
        """
        self.counts: Counter[str] = first.counts
        self._first = first
        self._scanner = _scanner()
        made = "" if first.version == "none" else f"{first.version} + "
        self.version = f"{made}kingfisher {importlib.metadata.version(_PACKAGE)}"

    def redact_line(self, raw: bytes) -> bytes:
        """Redact one JSON object; the same object if nothing was found."""
        return self._replace(self._first.redact_line(raw))

    def redact_text(self, text: str) -> str:
        """Redact a plain text, a file's name for instance."""
        return self._replace(self._first.redact_text(text).encode(errors="replace")).decode()

    def _replace(self, raw: bytes) -> bytes:
        masked = mask_placeholders(raw.decode("latin-1")).encode("latin-1")
        secrets = {finding.secret for finding in self._scanner.scan(masked)}
        for secret in sorted(secrets, key=lambda one: (-len(one), one)):
            found = secret.encode(errors="replace")
            if _SAFE.fullmatch(found):
                self.counts[_KIND] += raw.count(found)
                raw = raw.replace(found, placeholder(_KIND, secret).encode())
        return raw


@cache
def _scanner() -> Any:
    """The scanner, which takes longer to build than to read a session; it keeps nothing of it."""
    try:
        return importlib.import_module("kingfisher_sdk").DetectionScanner(inline_ignores=False)
    except ModuleNotFoundError as error:
        raise UserError(
            f"The second detector needs {_PACKAGE!r}, which is not installed. "
            "Run: pip install 'taste[secrets]'"
        ) from error
