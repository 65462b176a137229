"""Where a message that a person typed may be missing: old versions, and replies to nobody.

Looks backwards only.
"""

import re
from typing import Any

from transcripts.decoding import clean

_KEPT_SINCE = (2, 1, 97)
"""First version that writes every message typed while the agent works (its changelog)."""
_REPLY = re.compile(
    r"\W{0,4}(?:"
    r"you(?:'|’| a)?re (?:\w+ )?(?:right|correct)\b"
    r"|(?:that(?:'|’| i)?s )?(?:an? )?(?:very )?(?:good|great|excellent|fair|nice) "
    r"(?:point|catch|idea|question|call|thought)\b"
    r"|(?:ah,?|i understand,?|got it\W{1,4}(?:so )?) ?you\b|you want\b"
    r")",
    re.IGNORECASE,
)
_NAMED = 5


class SteeringGaps:
    """Watches the main thread for responses that answer words which nobody is seen to say."""

    def __init__(self) -> None:
        """Start before the first line."""
        self.count = 0
        self._lines: list[int] = []
        self._latest: Any = None
        self._losing: str | None = None
        self._acted = True
        self._unprompted = False
        self._responses = 0

    def note_version(self, given: Any) -> None:
        """Note the version that wrote a line."""
        if given != self._latest:
            self._latest = given
            if isinstance(given, str) and _parsed(given) < _KEPT_SINCE:
                self._losing = self._losing or clean(given)

    def act(self) -> None:
        """A person directs the work."""
        self._acted = True

    def begin_response(self) -> None:
        """A response of the main thread begins."""
        self._responses += 1
        self._unprompted = not self._acted
        self._acted = False

    def says(self, text: str, line: int) -> None:
        """A visible text of the response under way."""
        if self._unprompted and text:
            self._unprompted = False
            if _REPLY.match(text):
                self.count += 1
                self._lines.append(line)

    def warning(self, *, queue_used: bool) -> str | None:
        """What to say of the whole file, if its version may have lost messages."""
        if self._losing is None or queue_used or not self._responses:
            return None
        said = (
            f"steering unrecorded: version {self._losing} may not have written messages typed "
            f"while the agent worked; {self.count} suspected gaps"
        )
        lines = ", ".join(str(line) for line in self._lines[:_NAMED])
        more = ", …" if self.count > _NAMED else ""
        return f"{said} (lines {lines}{more})" if lines else said


def _parsed(version: str) -> tuple[int, ...]:
    """The numbers of a version; one that cannot be read counts as new."""
    numbers = re.match(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version)
    return tuple(int(number) for number in numbers.groups()) if numbers else _KEPT_SINCE
