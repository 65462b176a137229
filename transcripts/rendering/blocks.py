"""Takes a shown text apart again: one block for each event that it holds, none beyond.

For those who show the text on a screen and may not have the events themselves.
"""

import re
from dataclasses import dataclass

from transcripts.rendering.pieces import MARK
from transcripts.rendering.text import LABELS

_HEADER = re.compile(rf"^{MARK}(.*)$", re.MULTILINE)
"""A text in a block cannot hold one at the beginning of a line: the rendering escapes it."""
_KINDS = sorted(((label, kind) for kind, label in LABELS.items()), reverse=True)
"""Longer labels before those that they begin with."""
_ERROR = "(error)"
GAP_KIND = "gap"
"""Kind of what stands before the first event: how much was left out there."""


@dataclass(frozen=True, slots=True)
class Block:
    """An event as it is shown."""

    kind: str
    title: str
    """What its header says beside the kind: a tool, a time."""
    is_error: bool
    text: str


def split_shown(text: str) -> list[Block]:
    """The blocks of a shown text, in order."""
    headers = list(_HEADER.finditer(text))
    first = headers[0].start() if headers else len(text)
    before = text[:first].strip("\n")
    blocks = [Block(GAP_KIND, "", is_error=False, text=before)] if before else []
    ends = [found.start() for found in headers[1:]]
    for found, end in zip(headers, [*ends, len(text)], strict=bool(headers)):
        blocks.append(_block(found.group(1), text[found.end() + 1 : end]))
    return blocks


def _block(header: str, body: str) -> Block:
    label, kind = next((one for one in _KINDS if _begins(header, one[0])), ("", "notice"))
    title = header[len(label) :].strip()
    is_error = _ERROR in title
    return Block(kind, title.replace(_ERROR, "", 1).strip(), is_error, body.rstrip("\n"))


def _begins(header: str, label: str) -> bool:
    return header == label or header.startswith(f"{label} ")
