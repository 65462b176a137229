"""A prompt cache that only counts: which part of a request was seen before. Stores hashes."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from taste.simulator.request import Request, count_tokens, tokens_of

_SIZE: Final = 50_000


@dataclass(frozen=True, slots=True)
class InputTokens:
    """Input tokens of one call by price class; the four sum to all input tokens."""

    plain: int
    read: int = 0
    created_5m: int = 0
    created_1h: int = 0


@dataclass(frozen=True, slots=True)
class _Breakpoint:
    key: str
    tokens: int
    hour: bool


class PromptCache:
    """Hashes of content up to each breakpoint. Entries do not expire; the oldest make room.

    Unlike the real cache it has no minimum length, and an entry can be read at once.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, request: Request) -> InputTokens:
        """Return the input tokens of the request, and remember its breakpoints."""
        total = count_tokens(request)
        points = list(_breakpoints(request))
        if not points:
            return InputTokens(plain=total)
        with self._lock:
            read = max((p.tokens for p in points if p.key in self._seen), default=0)
            for point in points:
                self._seen[point.key] = None
                self._seen.move_to_end(point.key)
            while len(self._seen) > _SIZE:
                self._seen.popitem(last=False)
        return _split(total, read, points[-1])


def _split(total: int, read: int, last: _Breakpoint) -> InputTokens:
    created = max(0, last.tokens - read)
    return InputTokens(
        plain=max(0, total - max(last.tokens, read)),
        read=read,
        created_5m=0 if last.hour else created,
        created_1h=created if last.hour else 0,
    )


def _breakpoints(request: Request) -> Iterator[_Breakpoint]:
    """Yield the breakpoints in the API's order: tools, system, messages."""
    body = request.body
    settings = {name: body.get(name) for name in ("output_config", "thinking", "tool_choice")}
    running = hashlib.sha256(orjson.dumps([request.model, settings]))
    blocks = list(_blocks(body))
    chars = 0
    for index, block in enumerate(blocks):
        mark = block.get("cache_control")
        if mark is None and index == len(blocks) - 1:
            mark = body.get("cache_control")
        bare = {name: value for name, value in block.items() if name != "cache_control"}
        running.update(orjson.dumps(bare))
        chars += _length(bare)
        if isinstance(mark, Mapping):
            yield _Breakpoint(running.hexdigest(), tokens_of(chars), mark.get("ttl") == "1h")


def _blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from body.get("tools") or ()
    yield from _as_blocks(body.get("system") or [], "system")
    for message in body["messages"]:
        yield from _as_blocks(message["content"], message["role"])


def _as_blocks(content: Any, role: str) -> Iterator[Mapping[str, Any]]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for block in blocks:
        yield {"role": role, **block}


def _length(block: Mapping[str, Any]) -> int:
    text = block.get("text")
    return len(text) if isinstance(text, str) else len(orjson.dumps(block))
