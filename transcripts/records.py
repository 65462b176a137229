"""What every format reader produces: frozen records of a session, without a database.

Entries and events are tuples: there are millions of them, and a tuple is made in a third of
the time of a frozen dataclass.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAIN = "main"
"""Name of a session's main thread."""


class EventKind(StrEnum):
    """What an event is; the words of the whitelist."""

    HUMAN = "human"
    AGENT = "agent"
    THINKING = "thinking"
    CALL = "call"
    RESULT = "result"
    STEERING = "steering"
    INTERRUPT = "interrupt"
    REJECTION = "rejection"
    ANSWER = "answer"
    COMPACTION = "compaction"
    NOTICE = "notice"
    RAW = "raw"


class ActKind(StrEnum):
    """How a human act begins."""

    TYPED = "typed"
    COMMAND = "command"
    STEERING = "steering"
    INTERRUPT = "interrupt"
    REJECTION = "rejection"
    PLAN_REJECTED = "plan_rejected"
    PLAN_APPROVED = "plan_approved"
    ANSWER = "answer"
    REWIND = "rewind"


class EntryRecord(NamedTuple):
    """One JSON object of the file, as stored: the evidence behind the events."""

    ordinal: int
    """1-based number of the object in the file (glued objects count separately)."""
    line: int
    """1-based physical line."""
    offset: int
    """Byte offset of the object in the file."""
    position: int
    """Position of the entry's first event; every entry takes at least one position."""
    uuid: str | None
    type: str
    raw: bytes
    """The object's bytes after redaction."""


class EventRecord(NamedTuple):
    """The smallest ordered thing that happened, with whitelisted content only."""

    position: int
    """Order within the session; also the position from which the agent could know it."""
    ordinal: int
    """Ordinal of the entry it was read from."""
    id: str
    """The entry's uuid (`#1`, `#2` … for further events), or `L<ordinal>`."""
    kind: EventKind
    thread: str
    text: str
    shown: bool
    """Whether the whitelist lets this event into a prefix."""
    response: str | None = None
    """The API reply that it belongs to, for events of the agent."""
    tool: str = ""
    call_id: str | None = None
    is_error: bool = False
    typed_at: int = -1
    """Where its author had got to: earlier than `position` for a queued message."""
    act_kind: ActKind | None = None
    """Set on events by which the human directs the work."""
    joins_act: bool = False
    """Shell input: belongs to an act that is under way and never makes one."""
    timestamp: str | None = None

    @property
    def authored_at(self) -> int:
        """Position at which the event's author had seen everything earlier."""
        return self.position if self.typed_at < 0 else self.typed_at


@dataclass(frozen=True, slots=True)
class Abandonment:
    """Events that a rewind or a retraction left behind, and from which position on."""

    positions: tuple[int, ...]
    abandoned_from: int


class ThreadRole(StrEnum):
    """What a thread of a session is."""

    MAIN = "main"
    SUBAGENT = "subagent"
    SUMMARISER = "summariser"
    """Writes the summary of a compaction; never work of the session itself."""
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class ThreadRecord:
    """A thread that a file holds or spawns, and the call that spawned it."""

    name: str
    role: ThreadRole
    call: str | None = None
    """Id of the spawning call's event, where it stands in the same file."""
    call_id: str | None = None
    """The recorder's id of the spawning call, where only that is known."""
    agent_type: str | None = None


class PlaceKind(StrEnum):
    """What the name of a place names."""

    BRANCH = "branch"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Place:
    """The name of a branch or directory, from the position at which it was first recorded."""

    position: int
    kind: PlaceKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a session is, known once all of it was read."""

    external_id: str
    format: str
    thread: str
    """The thread that cuts are made on: main, or the subagent's own."""
    version: str | None = None
    first_timestamp: str | None = None
    abandonments: tuple[Abandonment, ...] = ()
    warnings: tuple[str, ...] = ()
    cuts_reliable: bool = True
    models: tuple[str, ...] = ()
    """Models of the recorded agent, in order of appearance."""
    recognised: bool = True
    """Whether any entry is of a type that the format writes; else it is some other file."""
    threads: tuple[ThreadRecord, ...] = ()
    places: tuple[Place, ...] = ()
    origins: tuple[str, ...] = ()
    """External ids of sessions that this one says it goes on from or copies."""

    def abandoned_from(self) -> dict[int, int]:
        """Map event position to the position from which it counts as abandoned."""
        found: dict[int, int] = {}
        for range_ in self.abandonments:
            for position in range_.positions:
                found[position] = min(range_.abandoned_from, found.get(position, 1 << 62))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord(Header):
    """A whole session as read: its header, entries and events."""

    entries: tuple[EntryRecord, ...]
    events: tuple[EventRecord, ...]
    size: int
    """Bytes read up to the end of the last complete entry."""
