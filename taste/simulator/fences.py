"""Texts inside a request: the blocks of a content, and what stands between two tags."""

import re
from collections.abc import Iterator


def read_fence(text: str, name: str) -> str | None:
    """Return the text between the tags, less one leading and one trailing newline, or None.

    A tag alone on its line is preferred, so that instructions may mention the tag.
    """
    openings = list(re.finditer(rf"<{name}(?: [^>\n]*)?>", text))
    alone = [opening for opening in openings if _is_alone(text, opening)]
    for opening in (*alone, *openings):
        end = text.find(f"</{name}>", opening.end())
        if end >= 0:
            return text[opening.end() : end].removeprefix("\n").removesuffix("\n")
    return None


def block_texts(content: object) -> Iterator[str]:
    """Yield the texts of a string, of a list of blocks, or of the blocks of a tool result."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, dict):
                yield from block_texts(block.get("text", block.get("content")))


def _is_alone(text: str, found: re.Match[str]) -> bool:
    before, after = (
        text[max(0, found.start() - 1) : found.start()],
        text[found.end() : found.end() + 1],
    )
    return before in ("", "\n") and after in ("", "\n")
