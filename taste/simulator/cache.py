"""A prompt cache that only counts: which part of a request was seen before. Stores hashes.

As at the real service, an entry can be read only once an answer over it has begun, lives for
five minutes or an hour from the start of the request that wrote or last read it, and must be long.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from taste.simulator.request import Request, count_tokens, tokens_of

_SIZE: Final = 50_000
_LOOK_BACK: Final = 20
"""Blocks before a breakpoint at which an older entry is still found."""
_LIVES: Final = {False: 300.0, True: 3600.0}
"""Seconds that an entry lives, and whether it is one for an hour."""


@dataclass(frozen=True, slots=True)
class InputTokens:
    """Input tokens of one call by price class; the four sum to all input tokens."""

    plain: int
    read: int = 0
    created_5m: int = 0
    created_1h: int = 0

    @property
    def limited(self) -> int:
        """What counts towards the rate limit of input."""
        return self.plain + self.created_5m + self.created_1h


@dataclass(frozen=True, slots=True)
class _Block:
    key: str
    """Hash of the request up to here."""
    tokens: int
    mark: bool | None
    """Whether a breakpoint here is for an hour; None without one."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a request found in the cache, and what it will leave there."""

    inputs: InputTokens
    at: float
    """When the request began."""
    written: tuple[tuple[str, bool], ...] = ()
    """Keys of its breakpoints, and whether each is for an hour."""


@dataclass(slots=True)
class _Entry:
    until: float
    hour: bool


class PromptCache:
    """Hashes of content up to each breakpoint; when there are too many the oldest make room."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, request: Request, now: float, least: int = 0) -> Looked:
        """Return what a request that begins now finds; shorter than `least` is not cached."""
        total = count_tokens(request)
        blocks = list(_blocks(request))
        marked = [n for n, b in enumerate(blocks) if b.mark is not None and b.tokens >= least]
        if not marked:
            return Looked(InputTokens(plain=total), now)
        near = {n for m in marked for n in range(max(0, m - _LOOK_BACK), m + 1)}
        with self._lock:
            read = max(
                (blocks[n].tokens for n in near if self._read(blocks[n].key, now)), default=0
            )
        points = [blocks[n] for n in marked]
        written = tuple((point.key, bool(point.mark)) for point in points)
        return Looked(_split(total, read, points), now, written)

    def keep(self, looked: Looked) -> None:
        """Make a request's breakpoints readable: its answer has begun."""
        with self._lock:
            for key, hour in looked.written:
                known = self._entries.pop(key, None)
                lasting = hour or (known is not None and known.hour and known.until > looked.at)
                until = max(looked.at + _LIVES[lasting], known.until if known else 0.0)
                self._entries[key] = _Entry(until, lasting)
            while len(self._entries) > _SIZE:
                self._entries.popitem(last=False)

    def _read(self, key: str, now: float) -> bool:
        """Whether an entry is there; that it is read lets it live on."""
        entry = self._entries.get(key)
        if entry is None or entry.until <= now:
            return False
        entry.until = max(entry.until, now + _LIVES[entry.hour])
        return True


def _split(total: int, read: int, points: list[_Block]) -> InputTokens:
    """Tokens up to the last breakpoint for an hour are written for an hour, the rest for less."""
    last = max(points[-1].tokens, read)
    hour = max([read, *(point.tokens for point in points if point.mark)])
    return InputTokens(
        plain=max(0, total - last),
        read=read,
        created_5m=max(0, last - hour),
        created_1h=hour - read,
    )


def _blocks(request: Request) -> Iterator[_Block]:
    """Yield the blocks in the API's order: tools, system, messages."""
    body = request.body
    settings = {name: body.get(name) for name in ("output_config", "thinking", "tool_choice")}
    running = hashlib.sha256(orjson.dumps([request.model, settings]))
    blocks = list(_contents(body))
    chars = 0
    for index, block in enumerate(blocks):
        mark = block.get("cache_control")
        if mark is None and index == len(blocks) - 1:
            mark = body.get("cache_control")
        bare = {name: value for name, value in block.items() if name != "cache_control"}
        running.update(orjson.dumps(bare))
        chars += _length(bare)
        hour = mark.get("ttl") == "1h" if isinstance(mark, Mapping) else None
        yield _Block(running.hexdigest(), tokens_of(chars), hour)


def _contents(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
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
