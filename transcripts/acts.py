"""Groups the events by which a person directs the work into human acts.

Looks backwards only: what comes later in a file never changes an act that had begun.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from transcripts.records import ActKind, EventKind, EventRecord


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


@dataclass(slots=True)
class _Open:
    kind: ActKind
    cut: int
    before: str
    response: str | None
    last: int
    positions: list[int]


@dataclass(slots=True)
class _Work:
    """Where the agent's own work stands, by position."""

    positions: list[int] = field(default_factory=list)
    responses: list[str | None] = field(default_factory=list)

    def add(self, event: EventRecord) -> None:
        self.positions.append(event.position)
        self.responses.append(event.response)

    def response_at(self, position: int) -> str | None:
        index = bisect_left(self.positions, position)
        return self.responses[index - 1] if index else None

    def between(self, first: int, last: int, response: str | None) -> bool:
        """Whether work of another response than the one under way stands in between."""
        start = bisect_left(self.positions, first)
        end = bisect_left(self.positions, last)
        return any(found != response for found in self.responses[start:end])


def find_acts(events: Iterable[EventRecord], thread: str) -> list[Act]:
    """Return the thread's human acts in the order in which they were delivered."""
    acts: list[_Open] = []
    work = _Work()
    for event in events:
        if event.thread != thread:
            continue
        if event.kind in {EventKind.AGENT, EventKind.CALL}:
            work.add(event)
        elif event.act_kind is not None or event.joins_act:
            _place(event, acts, work)
    return [Act(a.kind, a.cut, a.before, tuple(a.positions)) for a in acts]


def _place(event: EventRecord, acts: list[_Open], work: _Work) -> None:
    """Join the latest act that no work of the agent separates from where the event was authored."""
    authored = event.authored_at
    for act in reversed(acts):
        if not _separated(act, authored, work):
            act.positions.append(event.position)
            act.last = max(act.last, authored)
            return
    if event.act_kind is not None:
        response = work.response_at(authored)
        acts.append(_Open(event.act_kind, authored, event.id, response, authored, [event.position]))


def _separated(act: _Open, authored: int, work: _Work) -> bool:
    """Whether work stands between an act and an event that was authored after, or before, it."""
    if authored >= act.cut:
        return work.between(act.last, authored, act.response)
    return work.between(authored, act.cut, work.response_at(authored))
