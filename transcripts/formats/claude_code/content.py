"""From message content to whitelisted text: blocks, placeholders, clean characters.

A block of an unknown type adds nothing to a text; it is counted, and its line is stored.
"""

import json
from collections import Counter
from typing import Any

import orjson

from transcripts.decoding import clean
from transcripts.formats.parts import parts_of

_PLACEHOLDERS = frozenset(
    [
        "web_search_result", "web_search_tool_result_error", "web_fetch_result",
        "web_fetch_tool_result_error", "code_execution_result", "bash_code_execution_result",
        "text_editor_code_execution_result", "container_upload", "resource", "resource_link",
        "audio",
    ]
)  # fmt: skip
"""Known types without a text of their own: the placeholder names the type."""


def block_text(block: dict[str, Any], unknown: Counter[str]) -> str | None:
    """Text of one block as the model saw it; media become a placeholder with their size.

    Args:
        block: the block.
        unknown: counts blocks of types that this version does not know.

    Returns:
        The text, or None for a block of an unknown type.
    """
    kind = block.get("type")
    if kind == "text":
        text = block.get("text")
        return clean(text if isinstance(text, str) else str(text or ""))
    if kind in ("image", "document"):
        return _media(str(kind), block)
    if kind == "search_result":
        words = content_text(block.get("content"), unknown)
        return f"[search result {clean(str(block.get('title') or '?'))}]\n{words}"
    return _placeholder(block, clean(str(kind)), unknown)


def _placeholder(block: dict[str, Any], kind: str, unknown: Counter[str]) -> str | None:
    if kind == "tool_reference":
        return f"[tool reference {clean(str(block.get('tool_name') or '?'))}]"
    if kind in _PLACEHOLDERS:
        return f"[{kind}]"
    unknown[kind] += 1
    return None


def _media(kind: str, block: dict[str, Any]) -> str:
    """Type and size of what was shown, or how it was named where no bytes are recorded."""
    source = block.get("source")
    source = source if isinstance(source, dict) else {}
    data = source.get("data")
    if isinstance(data, str):
        media = clean(str(source.get("media_type") or "unknown type"))
        size = len(data.encode("utf-8", "replace"))
        if source.get("type") != "text":  # otherwise base64: four characters for three bytes
            size = len(data) * 3 // 4 - data[-2:].count("=")
        return f"[{kind} {media}, {max(0, size)} bytes]"
    named = {"url": "by its address", "file": "by the number of a file"}
    return f"[{kind} {named.get(str(source.get('type')), 'unknown type')}]"


def content_text(content: Any, unknown: Counter[str]) -> str:
    """All blocks of a content as one text."""
    if content.__class__ is str:
        return clean(content)
    texts = [block_text(block, unknown) for block in parts_of(content)]
    return "\n".join(text for text in texts if text is not None)


def call_text(value: Any) -> str:
    """A tool call's input as JSON, keys in the recorded order."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # lone surrogates, huge integers, deep nesting
        try:
            return clean(json.dumps(value, ensure_ascii=False, indent=2))
        except RecursionError:
            return "[input nested too deeply to be shown]"
