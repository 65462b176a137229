"""What a reader knows of a session without its texts: events, decisions, tool errors. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transcripts.queries import IndexRow

ERRORS = "error"
ACTS = "act"


@dataclass(frozen=True)
class Index:
    """The events that the reader shows, in order, and where decisions and errors begin.

    The decisions are the human acts; in a session without any that a response precedes, they are
    the agent's responses, so that such a session can be studied too.
    """

    rows: tuple[IndexRow, ...]
    acts: tuple[int, ...]
    """Number of the first event of each decision."""
    actor: str
    """Whose decisions these are: human or agent."""
    errors: tuple[int, ...]
    """Numbers of the tool results that were marked as errors."""
    numbers: dict[str, int]
    """Event id → number of the event, or of the next one that is shown."""
    first: dict[int, int]
    """Decision (by its cut) → number of its first event."""
    cuts: tuple[int | None, ...]
    """For each event the cut of the decision that it belongs to."""

    @classmethod
    def of(cls, rows: Iterable[IndexRow]) -> "Index":
        """Keep what a person may have seen: shown events, and all that belongs to an act."""
        every = tuple(rows)
        kept = tuple(row for row in every if _is_kept(row))
        actor, cuts = _decisions(every)
        first: dict[int, int] = {}
        for number, cut in enumerate(cuts):
            if cut is not None:
                first.setdefault(cut, number)
        return cls(
            rows=kept,
            acts=tuple(sorted(first.values())),
            actor=actor,
            errors=tuple(n for n, row in enumerate(kept) if row.is_error),
            numbers=_numbers(every),
            first=first,
            cuts=cuts,
        )

    @property
    def decision(self) -> str:
        """What a decision is called in messages."""
        return "human act" if self.actor == "human" else "decision of the agent"

    def act_at(self, event: int) -> int | None:
        """First event of the decision that an event belongs to, or of the nearest one above it."""
        if not self.rows:
            return None
        cut = self.cuts[event]
        if cut is not None:
            return self.first[cut]
        at = bisect_right(self.acts, event)
        return self.acts[at - 1] if at else None

    def act_number(self, event: int) -> int:
        """How many decisions have begun up to an event."""
        return bisect_right(self.acts, event)

    def step(self, what: str, event: int, way: int) -> int | None:
        """The next (way 1) or previous (way −1) decision or error, if there is one."""
        return neighbour(self.acts if what == ACTS else self.errors, event, way)


def _is_kept(row: IndexRow) -> bool:
    return row.shown or row.act is not None


def _decisions(every: Sequence[IndexRow]) -> tuple[str, tuple[int | None, ...]]:
    """Whose decisions a session has, and for each shown event the cut of its decision."""
    begun: dict[str, int] = {}
    for row in every:
        if row.response is not None:
            begun.setdefault(row.response, row.position)
    start = min(begun.values(), default=None)
    if start is None or any(row.act is not None and row.act > start for row in every):
        return "human", tuple(row.act for row in every if _is_kept(row))
    return "agent", tuple(
        begun[row.response] if row.response is not None else None for row in every if _is_kept(row)
    )


def _numbers(every: Sequence[IndexRow]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    number = 0
    for row in every:
        numbers[row.event_id] = number
        number += _is_kept(row)
    last = max(number - 1, 0)
    return {event_id: min(at, last) for event_id, at in numbers.items()}


def neighbour(numbers: Sequence[int], event: int, way: int) -> int | None:
    """The nearest of rising numbers strictly after (way 1) or before (way −1) an event."""
    at = bisect_right(numbers, event) if way > 0 else bisect_left(numbers, event) - 1
    return numbers[at] if 0 <= at < len(numbers) else None
