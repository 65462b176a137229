"""Which events are folded, and what of a text is laid out at all. Pure.

What is bounded here is what bounds the time to open a session, whatever its texts hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transcripts.queries import IndexRow

FOLDED_KINDS = ("result", "thinking")
"""Kinds that begin folded."""

LONG_CHARS = 40_000
"""Texts of any kind that are longer begin folded."""

FOLD_ROWS = 8
"""Rows of a folded event."""

HEAD = 4_096
"""Characters of a folded event that are read; enough for its rows on any screen."""

CAP = 200_000
"""Characters of an unfolded event that are laid out; its full view has the rest."""


@dataclass(slots=True)
class Folds:
    """What begins folded, and the events that were turned since."""

    all_open: bool = False
    turned: set[int] = field(default_factory=set)

    def begins_folded(self, row: IndexRow) -> bool:
        """Whether an event is folded as long as nobody turns it."""
        return not self.all_open and (row.kind in FOLDED_KINDS or row.n_chars > LONG_CHARS)

    def is_folded(self, event: int, row: IndexRow) -> bool:
        """Whether only the first rows of an event are shown."""
        return self.begins_folded(row) != (event in self.turned)

    def turn(self, event: int) -> None:
        """Fold an unfolded event, unfold a folded one."""
        self.turned ^= {event}

    def turn_all(self) -> None:
        """Unfold everything, or fold again what begins folded."""
        self.all_open = not self.all_open
        self.turned.clear()

    def capture(self, ids: Iterable[str]) -> dict[str, Any]:
        """The folds as plain values; `ids` are those of the turned events."""
        return {"all_open": self.all_open, "turned": list(ids)}

    @classmethod
    def restore(cls, told: Mapping[str, Any], numbers: Mapping[str, int]) -> "Folds":
        """The folds that were captured; events that are not here are left out."""
        turned = told.get("turned") or ()
        return cls(bool(told.get("all_open")), {numbers[one] for one in turned if one in numbers})
