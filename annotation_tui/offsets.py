"""Characters of a text as stored, and of the same text as displayed: which is which. Pure.

A span that somebody selects on screen is kept as offsets into the stored text; on screen control
characters take several characters and tabs as many as reach the next stop.
"""

import re
from collections.abc import Iterator

from annotation_tui.wrapping import TAB
from transcripts.rendering.text import visible_controls

_SPECIAL = re.compile("[^\x20-\x7e\xa1-\xac\xae-\u05ff\u3000-\ud7ff]")
"""What may be drawn as several characters or ends a line, and a few more."""


def stored_offset(text: str, shown: int, *, end: bool = False) -> int:
    """The stored character that a displayed one belongs to.

    Args:
        text: as stored.
        shown: offset in the displayed text.
        end: whether it is the end of a span, which takes in all of a character that it reaches
            into; a beginning takes it in too.
    """
    if _is_plain(text):
        return shown
    last_stored = last_shown = 0
    for at, begins, drawn in _pieces(text):
        if shown <= begins:
            break
        if shown < begins + drawn:
            return at + 1 if end else at
        last_stored, last_shown = at + 1, begins + drawn
    return min(len(text), last_stored + shown - last_shown)


def _is_plain(text: str) -> bool:
    return text.replace("\n", "").isprintable()


def _pieces(text: str) -> Iterator[tuple[int, int, int]]:
    """Each character that may be drawn as several or ends a line.

    Yields its stored offset, displayed offset, and as how many it is drawn.
    """
    shown = last = column = 0
    for found in _SPECIAL.finditer(text):
        at = found.start()
        shown += at - last
        column += at - last
        sign = found.group()
        drawn = TAB - column % TAB if sign == "\t" else len(visible_controls(sign))
        yield at, shown, drawn
        column = 0 if sign == "\n" else column + drawn
        shown += drawn
        last = at + 1
