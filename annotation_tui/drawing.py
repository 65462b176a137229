"""How a text can be drawn: as Markdown, as JSON, as a diff, or as it is. Pure."""

import json
import re

from annotation_tui.wrapping import display_text

TEXT, MARKDOWN, JSON, DIFF = "text", "Markdown", "JSON", "diff"

MARKDOWN_CHARS = 60_000
"""Longer texts are not drawn as Markdown: that takes a tenth of a second for each such part."""

JSON_CHARS = 2_000_000
"""Longer texts are not read as JSON."""

MOST_CHARS = 8_000_000
"""Characters that are laid out of any text; a file takes the rest."""

_DIFF = re.compile(r"^(@@ -\d+(,\d+)? \+\d+(,\d+)? @@|diff --git )", re.MULTILINE)
_MARKDOWN = re.compile(r"^(#{1,6} |```|[-*] |\d+\. |\|.*\|$|> )|\*\*|`", re.MULTILINE)


def drawings(text: str) -> list[str]:
    """The ways in which a text can be drawn, the fittest first."""
    ways = []
    if text[:1_000].lstrip()[:1] in {"{", "["} and read_json(text) is not None:
        ways.append(JSON)
    head = text[:MARKDOWN_CHARS]
    if _DIFF.search(head):
        ways.append(DIFF)
    if len(text) <= MARKDOWN_CHARS and not ways and _MARKDOWN.search(head):
        ways.append(MARKDOWN)
    return [*ways, TEXT]


def read_json(text: str) -> object | None:
    """The value of a JSON text that is an object or a list; none where it is not one."""
    if len(text) > JSON_CHARS:
        return None
    try:
        value: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def draw_plain(text: str, way: str) -> str:
    """The displayed text of every way but Markdown."""
    if way == JSON:
        value = read_json(text)
        if value is not None:
            text = json.dumps(value, indent=2, ensure_ascii=False)
    return display_text(text[:MOST_CHARS])


def role_of_line(line: str, way: str) -> str:
    """How a line of a diff is coloured; the sign at its beginning says the same."""
    if way != DIFF:
        return ""
    if line.startswith(("+++", "---", "diff ", "index ")):
        return "head"
    return {"+": "added", "-": "removed", "@": "head"}.get(line[:1], "")
