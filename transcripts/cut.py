"""The wall: the one function that cuts a session, and the hash of what it lets through.

Nothing else decides what was knowable at a point.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

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


class Recorded(Protocol):
    """The name of a branch or directory, and where it was first recorded."""

    @property
    def position(self) -> int:
        """Position of the entry that first had it."""

    @property
    def kind(self) -> str:
        """`branch` or `directory`."""

    @property
    def name(self) -> str:
        """The name itself."""


class Timed(Protocol):
    """When an event was recorded."""

    @property
    def timestamp(self) -> str | None:
        """As recorded, if at all."""


class Name(NamedTuple):
    """The name of a branch or directory, without its place in the file."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One visible event: kind and whitelisted content, nothing that places it in a file."""

    kind: str
    tool: str
    text: str
    is_error: bool
    timestamp: str | None = field(default=None, compare=False)
    """For times relative to the prefix's beginning; never part of a hash."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """What was knowable at a cut: the events, and the names that are to be masked in them."""

    events: tuple[Shown, ...]
    names: tuple[Name, ...] = ()

    def __iter__(self) -> Iterator[Shown]:
        """Iterate over the events."""
        return iter(self.events)


def is_visible(event: Positioned, cut: int, thread: str) -> bool:
    """Whether `event` was knowable at `cut`: visible_from < cut <= abandoned_from."""
    return (
        event.shown
        and event.thread == thread
        and event.visible_from < cut
        and (event.abandoned_from is None or cut <= event.abandoned_from)
    )


class _Showable(Content, Timed, Protocol):
    """An event with its content and its time."""


def shown(event: _Showable) -> Shown:
    """Strip an event to what may be hashed and rendered."""
    return Shown(str(event.kind), event.tool, event.text, event.is_error, event.timestamp)


class _Cuttable(Positioned, _Showable, Protocol):
    """An event that can be placed and shown."""


def cut_prefix(
    events: Iterable[_Cuttable], cut: int, thread: str, places: Iterable[Recorded] = ()
) -> Prefix:
    """Return the prefix: the events of `thread` that were knowable at position `cut`.

    Args:
        events: of the session, in order.
        cut: position before which everything was known.
        thread: the thread that is cut.
        places: names of branches and directories; those first recorded later are left out.
    """
    known = tuple(shown(event) for event in events if is_visible(event, cut, thread))
    return Prefix(known, cut_names(places, cut))


def cut_names(places: Iterable[Recorded], cut: int) -> tuple[Name, ...]:
    """Names that had been recorded before a cut, in alphabetical order."""
    return tuple(sorted({Name(str(p.kind), p.name) for p in places if p.position < cut}))


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
