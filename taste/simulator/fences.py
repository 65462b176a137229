"""Texts inside a request: the blocks of a content, and what stands between two tags."""

import re
from collections.abc import Iterator
from typing import Final

_BLOCK: Final = re.compile(r"^<([a-z]+(?:-[0-9a-f]{12})?)>\n.*?^</\1>", re.DOTALL | re.MULTILINE)


def read_fence(text: str, name: str) -> str | None:
    """Return the text between the tags, less one leading and one trailing newline, or None.

    The opening tag is <name> or <name-CODE>, and the closing tag repeats it. A tag with a code
    is preferred to a plain one, and a tag alone on its line to one that instructions mention.
    """
    openings = list(re.finditer(rf"<({name}(?:-[0-9a-f]{{12}})?)(?: [^>\n]*)?>", text))
    openings.sort(key=lambda opening: (opening[1] == name, not _is_alone(text, opening)))
    for opening in openings:
        end = text.find(f"</{opening[1]}>", opening.end())
        if end >= 0:
            return text[opening.end() : end].removeprefix("\n").removesuffix("\n")
    return None


def outside_fences(text: str) -> str:
    """Return what stands outside all coded and all lone tags: the words of whoever asks."""
    return _BLOCK.sub("", text)


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
