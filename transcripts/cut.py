"""The wall: the one function that cuts a session, and the hash of what it lets through.

Nothing else decides what was knowable at a point.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

_SEED = hashlib.sha256(b"taste prefix 1").digest()


class Positioned(Protocol):
    """What the cut needs to know of an event."""

    @property
    def visible_from(self) -> int:
        """Position from which the agent could know the event."""

    @property
    def abandoned_from(self) -> int | None:
        """Position from which a rewind left it behind, if one did."""

    @property
    def thread(self) -> str:
        """The event's thread."""

    @property
    def shown(self) -> bool:
        """Whether the whitelist lets it into a prefix."""


class Content(Protocol):
    """What the hash and the rendering of an event cover."""

    @property
    def kind(self) -> str:
        """The event's kind."""

    @property
    def tool(self) -> str:
        """Name of the tool, for calls and results."""

    @property
    def text(self) -> str:
        """Whitelisted text."""

    @property
    def is_error(self) -> bool:
        """Whether a result was marked as an error."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One visible event: kind and whitelisted content, nothing that places it in a file."""

    kind: str
    tool: str
    text: str
    is_error: bool


def is_visible(event: Positioned, cut: int, thread: str) -> bool:
    """Whether `event` was knowable at `cut`: visible_from < cut <= abandoned_from."""
    return (
        event.shown
        and event.thread == thread
        and event.visible_from < cut
        and (event.abandoned_from is None or cut <= event.abandoned_from)
    )


def shown(event: Content) -> Shown:
    """Strip an event to what may be hashed and rendered."""
    return Shown(str(event.kind), event.tool, event.text, event.is_error)


class _Cuttable(Positioned, Content, Protocol):
    """An event that can be placed and shown."""


def cut_prefix(events: Iterable[_Cuttable], cut: int, thread: str) -> tuple[Shown, ...]:
    """Return the prefix: the events of `thread` that were knowable at position `cut`."""
    return tuple(shown(event) for event in events if is_visible(event, cut, thread))


def chain_hash(previous: bytes, event: Shown) -> bytes:
    """Hash of a visible event: its kind and content and the hash of the one before it."""
    digest = hashlib.sha256(previous)
    for part in (event.kind, event.tool, "error" if event.is_error else "", event.text):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


def chain(events: Iterable[Shown]) -> Iterator[bytes]:
    """Yield the hash before the first event, then after each."""
    value = _SEED
    yield value
    for event in events:
        value = chain_hash(value, event)
        yield value


def prefix_hash(events: Iterable[Shown]) -> str:
    """Hex sha256 that identifies what was knowable, before display settings."""
    value = _SEED
    for event in events:
        value = chain_hash(value, event)
    return value.hex()
