"""Groups the events by which a person directs the work into human acts.

Looks backwards only: what comes later in a file never changes an act that had begun.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from transcripts.records import ActKind, EventKind, EventRecord

_WORK = frozenset({EventKind.AGENT, EventKind.CALL, EventKind.COMPACTION})
_WORDS = frozenset({EventKind.HUMAN, EventKind.STEERING})


@dataclass(frozen=True, slots=True)
class Act:
    """A maximal run of directing events without agent work in between that they used."""

    kind: ActKind
    """How the act begins."""
    cut: int
    """Position before which everything was known to the person who acts."""
    before: str
    """Id of the act's first event."""
    positions: tuple[int, ...]


class ActStart(NamedTuple):
    """What is known of an act from its first event on, and never changes afterwards."""

    kind: ActKind
    """How the act begins."""
    cut: int
    """Position before which everything was known to the person who acts."""
    before: str
    """Id of the act's first event."""


class ActFinder:
    """Tells of each event in order which act it begins or joins; each thread has its own acts."""

    __slots__ = ("_threads",)

    def __init__(self) -> None:
        """Start before the first event."""
        self._threads: dict[str, _Thread] = {}

    def feed(self, event: EventRecord) -> ActStart | None:
        """The act that the event begins or joins, or None if it belongs to none."""
        if event.act_kind is None and not event.joins_act:
            if event.kind in _WORK:
                self._thread(event.thread).work(event)
            return None
        return self._thread(event.thread).place(event)

    def _thread(self, name: str) -> "_Thread":
        found = self._threads.get(name)
        if found is None:
            found = self._threads[name] = _Thread()
        return found


class _Thread:
    """The acts of one thread, by the stretch of work that their authors had seen the end of.

    A stretch is the work of one response without work of another in between; an act and an
    event belong together when their authors had seen the same stretch last.
    """

    __slots__ = ("_acts", "_response", "_starts", "_worded")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._response: str | None = None
        self._acts: dict[int, ActStart] = {}
        self._worded: set[int] = set()
        """Stretches whose latest act holds words, which a rewind takes back."""

    def work(self, event: EventRecord) -> None:
        response = event.id if event.kind is EventKind.COMPACTION else event.response
        if response != self._response:
            self._response = response
            self._starts.append(event.position)

    def place(self, event: EventRecord) -> ActStart | None:
        authored = event.authored_at
        stretch = bisect_left(self._starts, authored)
        act = self._acts.get(stretch)
        if event.act_kind is not None and (
            act is None or (event.act_kind is ActKind.REWIND and stretch in self._worded)
        ):
            act = self._acts[stretch] = ActStart(event.act_kind, authored, event.id)
        if act is not None and event.kind in _WORDS:
            self._worded.add(stretch)
        return act


def find_acts(events: Iterable[EventRecord], thread: str) -> list[Act]:
    """Return the thread's human acts in the order in which they were delivered."""
    finder = ActFinder()
    acts: dict[ActStart, list[int]] = {}
    for event in events:
        if event.thread == thread and (act := finder.feed(event)) is not None:
            acts.setdefault(act, []).append(event.position)
    return [Act(act.kind, act.cut, act.before, tuple(found)) for act, found in acts.items()]
