"""What a reader knows of a session without its texts: events, human acts, tool errors. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transcripts.queries import IndexRow

ERRORS = "error"
ACTS = "act"


@dataclass(frozen=True)
class Index:
    """The events that the reader shows, in order, and where acts and errors begin."""

    rows: tuple[IndexRow, ...]
    acts: tuple[int, ...]
    """Number of the first event of each human act."""
    errors: tuple[int, ...]
    """Numbers of the tool results that were marked as errors."""
    numbers: dict[str, int]
    """Event id → number of the event."""
    first: dict[int, int]
    """Act (by its cut) → number of its first event."""

    @classmethod
    def of(cls, rows: Iterable[IndexRow]) -> "Index":
        """Keep what a person may have seen: shown events, and all that belongs to an act."""
        kept = tuple(row for row in rows if row.shown or row.act is not None)
        first: dict[int, int] = {}
        for number, row in enumerate(kept):
            if row.act is not None:
                first.setdefault(row.act, number)
        return cls(
            rows=kept,
            acts=tuple(sorted(first.values())),
            errors=tuple(n for n, row in enumerate(kept) if row.is_error),
            numbers={row.event_id: number for number, row in enumerate(kept)},
            first=first,
        )

    def act_at(self, event: int) -> int | None:
        """First event of the act that an event belongs to, or of the nearest act above it."""
        if not self.rows:
            return None
        act = self.rows[event].act
        if act is not None:
            return self.first[act]
        at = bisect_right(self.acts, event)
        return self.acts[at - 1] if at else None

    def act_number(self, event: int) -> int:
        """How many acts have begun up to an event."""
        return bisect_right(self.acts, event)

    def step(self, what: str, event: int, way: int) -> int | None:
        """The next (way 1) or previous (way −1) act or error, if there is one."""
        return neighbour(self.acts if what == ACTS else self.errors, event, way)


def neighbour(numbers: Sequence[int], event: int, way: int) -> int | None:
    """The nearest of rising numbers strictly after (way 1) or before (way −1) an event."""
    at = bisect_right(numbers, event) if way > 0 else bisect_left(numbers, event) - 1
    return numbers[at] if 0 <= at < len(numbers) else None
