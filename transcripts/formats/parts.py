"""Content as the model APIs write it, to whitelisted text: parts, media, calls.

Media become a placeholder with their size; a part of unknown type leaves its type only.
"""

import json
import re
from collections import Counter
from typing import Any

from transcripts.decoding import clean

_TEXT = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text"})
_MEDIA = {
    "image": "image",
    "input_image": "image",
    "image_url": "image",
    "document": "document",
    "file": "document",
    "input_file": "document",
    "input_audio": "audio",
}
_DATA_URL = re.compile(r"data:([^;,]{1,100})[^,]{0,100},")


def parts_of(content: Any) -> list[dict[str, Any]]:
    """Content as a list of parts; a bare string is one text."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, dict):
        return [content]
    if isinstance(content, list):
        return [
            part if isinstance(part, dict) else {"type": "text", "text": str(part)}
            for part in content
        ]
    return []


def part_text(part: dict[str, Any], unknown: Counter[str]) -> str:
    """Text of one part; one of unknown type is counted in `unknown`."""
    kind = clean(str(part.get("type")))
    if kind in _TEXT:
        return clean(str(part.get("text") or ""))
    if kind == "refusal":
        return clean(str(part.get("refusal") or ""))
    if kind in _MEDIA:
        return _media(_MEDIA[kind], part)
    unknown[f"content/{kind}"] += 1
    return f"[{kind} block]"


def content_text(content: Any, unknown: Counter[str]) -> str:
    """All parts of a content as one text."""
    return "\n".join(part_text(part, unknown) for part in parts_of(content))


def call_text(value: Any) -> str:
    """The input of a call: the text that the model wrote, or JSON with keys as recorded."""
    if isinstance(value, str):
        return clean(value)
    try:
        return clean(json.dumps(value, ensure_ascii=False, indent=1))
    except RecursionError:
        return "[input nested too deeply to be shown]"


def _media(kind: str, part: dict[str, Any]) -> str:
    """A placeholder such as `[image image/png, 68 bytes]`."""
    name, size = _described(part)
    return f"[{kind} {name or 'unknown type'}{f', {size} bytes' if size is not None else ''}]"


def _described(part: dict[str, Any]) -> tuple[str | None, int | None]:
    """Media type and size in bytes, as far as the part tells them."""
    for key in ("source", "image_url", "file", "input_audio"):
        inner = part.get(key)
        if isinstance(inner, str):
            return _from_url(inner)
        if isinstance(inner, dict):
            return _from_object(inner)
    return None, None


def _from_object(inner: dict[str, Any]) -> tuple[str | None, int | None]:
    for key in ("url", "file_data"):
        url = inner.get(key)
        if isinstance(url, str) and url.startswith("data:"):
            return _from_url(url)
    given = inner.get("media_type") or inner.get("format")
    data = inner.get("data")
    name = clean(given) if isinstance(given, str) else None
    if not isinstance(data, str):
        return name, None
    return name, len(data) if inner.get("type") == "text" else _decoded_size(data)


def _from_url(url: str) -> tuple[str | None, int | None]:
    """Only a data URL tells its type and size; where another one points is never shown."""
    found = _DATA_URL.match(url)
    if found is None:
        return None, None
    return clean(found.group(1)), _decoded_size(url[found.end() :])


def _decoded_size(base64: str) -> int:
    return len(base64) * 3 // 4
