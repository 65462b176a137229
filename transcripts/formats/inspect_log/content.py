"""A message of an Inspect log as pieces of whitelisted text, for writing lines and for reading.

Knows one message only: neither where it stands in a session nor whether it is shown at a cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.parts import call_text
from transcripts.records import EventKind

_MEDIA = ("image", "audio", "video", "document")
_DATA_URL = re.compile(r"data:([^;,]{1,100})[^,]{0,100},")
_UNRESOLVED = re.compile(r"(attachment|tc)://[0-9a-f]{16,64}")
_ROLES = {
    "system": EventKind.NOTICE,
    "user": EventKind.NOTICE,
    "assistant": EventKind.AGENT,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One event to be: what a part of a message says."""

    kind: EventKind
    text: str
    tool: str = ""
    call_id: str | None = None
    is_error: bool = False
    shown: bool = True


Key = tuple[object, ...]
"""Equal for two messages that look alike in a prefix."""


def message_key(message: dict[str, Any]) -> Key:
    """What tells messages apart: role and everything of them that a prefix shows."""
    shown = ((p.kind, p.tool, p.text, p.is_error) for p in pieces_of(message) if p.shown)
    return (message.get("role"), *shown)


def pieces_of(message: dict[str, Any]) -> list[Piece]:
    """The pieces of a normalised message, in the order in which the model saw them."""
    if message.get("role") == "tool":
        return [_result(message)]
    kind = _ROLES.get(str(message.get("role")), EventKind.RAW)
    if message.get("human"):
        kind = EventKind.HUMAN
    found: list[Piece] = []
    for part in _parts(message.get("content")):
        found.extend(_part_pieces(part, kind))
    found.extend(_calls(message.get("tool_calls")))
    return found


def _result(message: dict[str, Any]) -> Piece:
    """A tool's result; where the call failed, models are sent the error in place of the content."""
    error = message.get("error")
    text = str(error) if error is not None else _text(message.get("content"))
    return Piece(
        EventKind.RESULT,
        clean(text),
        tool=clean(str(message.get("function") or "")),
        call_id=clean(str(message.get("tool_call_id"))),
        is_error=error is not None,
    )


def _parts(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        return [part for part in content if isinstance(part, dict)]
    return []


def _part_pieces(part: dict[str, Any], kind: EventKind) -> Iterator[Piece]:
    match part.get("type"):
        case "reasoning":
            yield Piece(EventKind.THINKING, clean(str(part.get("text") or "")), shown=False)
        case "tool_use":
            yield from _server_tool(part)
        case "data":
            yield Piece(EventKind.RAW, "", shown=False)
        case _:
            text = _part_text(part)
            if text.strip():
                yield Piece(kind, text, shown=kind is not EventKind.RAW)


def _server_tool(part: dict[str, Any]) -> Iterator[Piece]:
    """A tool that the provider ran in the middle of the response: call and result."""
    tool, call_id = clean(str(part.get("name"))), clean(str(part.get("id")))
    yield Piece(EventKind.CALL, call_text(part.get("arguments")), tool, call_id)
    error = part.get("error")
    text = clean(str(part.get("result") if error is None else error))
    yield Piece(EventKind.RESULT, text, tool, call_id, error is not None)


def _calls(calls: Any) -> Iterator[Piece]:
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict):
            tool, call_id = clean(str(call.get("function"))), clean(str(call.get("id")))
            yield Piece(EventKind.CALL, call_text(call.get("arguments")), tool, call_id)


def _text(content: Any) -> str:
    return "\n".join(_part_text(part) for part in _parts(content))


def _part_text(part: dict[str, Any]) -> str:
    kind = clean(str(part.get("type")))
    if kind == "text":
        return clean(str(part.get("text") or ""))
    if kind in _MEDIA:
        size = part.get("bytes")
        known = f", {size} bytes" if isinstance(size, int) else ""
        return f"[{kind} {clean(str(part.get('media') or 'unknown type'))}{known}]"
    return f"[{kind} block]"


def normalise_message(message: dict[str, Any]) -> dict[str, Any]:
    """Reduce a recorded message to what may be read from it; media to their type and size."""
    kept: dict[str, Any] = {"role": message.get("role")}
    content = message.get("content")
    kept["content"] = (
        [_normalise_part(part) for part in content] if isinstance(content, list) else content
    )
    for name in ("source", "tool_call_id", "function"):
        if message.get(name) is not None:
            kept[name] = message[name]
    if isinstance(message.get("error"), dict):
        kept["error"] = str(message["error"].get("message"))
    if message.get("tool_calls"):
        kept["tool_calls"] = [
            {name: call.get(name) for name in ("id", "function", "arguments")}
            for call in message["tool_calls"]
        ]
    return kept


def _normalise_part(part: dict[str, Any]) -> dict[str, Any]:
    kind = str(part.get("type"))
    if kind == "text":
        return {"type": kind, "text": part.get("text")}
    if kind == "reasoning":
        redacted = part.get("redacted")
        return {"type": kind, "text": part.get("summary" if redacted else "reasoning")}
    if kind == "tool_use":
        return {n: part.get(n) for n in ("type", "id", "name", "arguments", "result", "error")}
    if kind in _MEDIA:
        return {"type": kind, **_described(part, str(part.get(kind) or ""))}
    return {"type": kind}


def _described(part: dict[str, Any], url: str) -> dict[str, Any]:
    """Media type and size; where a file lies, and what it is called, is not part of it."""
    if _UNRESOLVED.fullmatch(url):
        return {"url": url}
    data = _DATA_URL.match(url)
    if data is None:
        given = part.get("mime_type") or part.get("format")
        return {"media": given} if isinstance(given, str) else {}
    return {"media": data.group(1), "bytes": (len(url) - data.end()) * 3 // 4}


def is_unresolved(value: Any) -> bool:
    """Whether a reference to an attachment is left anywhere in a normalised message."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str) and _UNRESOLVED.fullmatch(one):
            return True
    return False
