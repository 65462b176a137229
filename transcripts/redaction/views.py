"""A text seen otherwise (escapes undone, seams closed), each character knowing its origin."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from transcripts.redaction.innocent import looks_like_a_key

_ESCAPE = re.compile(
    r"(?:\x1b|\\+(?:u001[bB]|x1[bB]|033|e))\[[0-9;]{0,16}m"
    r"|\\+(?:u([0-9a-fA-F]{4})|x([0-7][0-9a-fA-F])|([\"'/nrtbf]))"
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_SEAM = re.compile(
    r"(?<=[A-Za-z0-9_-])(?:(?P<broken>[ \t]{0,200}\\?\r?\n[ \t>|│]{0,200})"
    r"|[\"'`]\s{0,200}[+.&\\]{0,2}\s{0,200}[\"'`])(?=(?P<next>[A-Za-z0-9_/+=-]{4,4096}))"
)


@dataclass(frozen=True)
class View:
    """A text with what was rewritten in it, so that each character knows its origin."""

    text: str
    source: "View | None" = None
    """The view this was made of; None for the original."""
    changes: Sequence[tuple[int, int, int, int]] = ()
    """What was rewritten, in order: `[first, second)` of this was `[third, fourth)` there."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the view, not empty, to the span of the original it was made of."""
        if self.source is None:
            return start, end
        return self.source.origin(self._before(start)[0], self._before(end - 1)[1])

    def _before(self, place: int) -> tuple[int, int]:
        """Map one character to its span in the source."""
        index = bisect_right(self.changes, place, key=itemgetter(0)) - 1
        if index < 0:
            return place, place + 1
        _, seen_end, start, end = self.changes[index]
        if place < seen_end:
            return start, end
        shifted = end + place - seen_end
        return shifted, shifted + 1


def plain_view(text: str) -> View:
    """See the text as it is."""
    return View(text)


def unescaped_view(text: str) -> View:
    r"""See through colours and escapes of any depth: ``\\\\u0041`` is A, ``\\n`` a line break."""
    return _rewrite(plain_view(text), _ESCAPE, _unescape)


def joined_view(view: View) -> View:
    """See what a line break or a concatenation of strings has split as one piece.

    A line break is closed only where the next line begins as a key would go on; that a word may
    be swallowed by a mistake here costs less than the second half of a secret.
    """
    return _rewrite(view, _SEAM, _close)


def _unescape(match: re.Match[str]) -> str:
    if match[0].endswith("m"):
        return ""
    code = match[1] or match[2]
    if code is not None:
        return chr(int(code, 16))
    return _CONTROLS.get(match[3], match[3])


def _close(match: re.Match[str]) -> str:
    if match["broken"] is None or looks_like_a_key(match["next"]):
        return ""
    return match[0]


def _rewrite(view: View, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str]) -> View:
    """Change what `pattern` finds; the view itself if that changed nothing."""
    parts: list[str] = []
    changes: list[tuple[int, int, int, int]] = []
    done = length = 0
    for match in pattern.finditer(view.text):
        new = change(match)
        if new == match[0]:
            continue
        first, last = match.span()
        length += first - done
        parts += (view.text[done:first], new)
        changes.append((length, length + len(new), first, last))
        length += len(new)
        done = last
    if not changes:
        return view
    parts.append(view.text[done:])
    return View("".join(parts), view, changes)
