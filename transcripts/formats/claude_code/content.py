"""From message content to whitelisted text: blocks, placeholders, clean characters."""

import json
from typing import Any

from transcripts.decoding import clean


def blocks_of(content: Any) -> list[dict[str, Any]]:
    """Content as a list of blocks; a bare string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        return [
            block if isinstance(block, dict) else {"type": "text", "text": str(block)}
            for block in content
        ]
    return []


def block_text(block: dict[str, Any]) -> str:
    """Text of one block as the model saw it; media become a placeholder with their size."""
    kind = str(block.get("type"))
    if kind == "text":
        return clean(str(block.get("text") or ""))
    if kind in {"image", "document"}:
        return _media(kind, block)
    if kind == "tool_reference":
        return f"[tool reference {clean(str(block.get('tool_name') or '?'))}]"
    return f"[{clean(kind)} block]"


def _media(kind: str, block: dict[str, Any]) -> str:
    source = block.get("source")
    source = source if isinstance(source, dict) else {}
    media = clean(str(source.get("media_type") or "unknown type"))
    data = source.get("data")
    size = f", {len(data) * 3 // 4} bytes" if isinstance(data, str) else ""
    return f"[{kind} {media}{size}]"


def content_text(content: Any) -> str:
    """All blocks of a content as one text."""
    return "\n".join(block_text(block) for block in blocks_of(content))


def call_text(value: Any) -> str:
    """A tool call's input as JSON, keys in the recorded order."""
    try:
        return clean(json.dumps(value, ensure_ascii=False, indent=1))
    except RecursionError:
        return "[input nested too deeply to be shown]"
