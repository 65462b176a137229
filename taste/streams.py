"""Puts a streamed answer together from its raw events, as far as they came. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

_APPENDED = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}
"""Kinds of delta -> the key that they add to."""


@dataclass(slots=True)
class Assembly:
    """A message that is still being told; lines of the event stream are fed one by one."""

    message: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    """The error that the server broke off with."""
    is_whole: bool = False
    other: list[bytes] = field(default_factory=list)
    """The first lines of what is no event stream."""

    def feed(self, line: bytes) -> None:
        """Take one line in; what is no event of the API is passed over."""
        if not line.startswith(b"data:"):
            if line and not line.startswith((b"event:", b":", b"id:", b"retry:")):
                self.other = [*self.other, line][:50]
            return
        try:
            event = orjson.loads(line[5:])
            act = _ACTS.get(event["type"])
            if act is not None:
                act(self, event)
        except (ValueError, LookupError, TypeError, AttributeError):
            self.other = [*self.other, line][:50]

    def render(self) -> str:
        """The message as JSON; if none began, what came instead."""
        if not self.message:
            return b"\n".join(self.other).decode("utf-8", "replace")
        known = dict(self.message)
        if not self.is_whole:
            known["stop_reason"] = None
        return orjson.dumps(known).decode()


def _start(told: Assembly, event: dict[str, Any]) -> None:
    told.message = dict(event["message"])
    told.message["content"] = list(told.message.get("content") or [])


def _open(told: Assembly, event: dict[str, Any]) -> None:
    told.message["content"].append(dict(event["content_block"]))


def _add(told: Assembly, event: dict[str, Any]) -> None:
    block, delta = told.message["content"][event["index"]], event["delta"]
    key = _APPENDED.get(delta["type"])
    if key is not None:
        block[key] = (block.get(key) or "") + delta[key]


def _change(told: Assembly, event: dict[str, Any]) -> None:
    told.message.update(event.get("delta") or {})
    usage = {k: v for k, v in (event.get("usage") or {}).items() if v is not None}
    told.message["usage"] = {**(told.message.get("usage") or {}), **usage}


def _stop(told: Assembly, _: dict[str, Any]) -> None:
    told.is_whole = True


def _fail(told: Assembly, event: dict[str, Any]) -> None:
    error = event.get("error")
    told.error = error if isinstance(error, dict) else {}


_ACTS: dict[str, Callable[[Assembly, dict[str, Any]], None]] = {
    "message_start": _start,
    "content_block_start": _open,
    "content_block_delta": _add,
    "message_delta": _change,
    "message_stop": _stop,
    "error": _fail,
}
