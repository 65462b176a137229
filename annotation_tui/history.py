"""Undo and redo, read off the appended rows: what was done, taken back and done again.

Pure. Because the rows are the history, undo outlives a restart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One stored annotation row, as history sees it."""

    id: int
    cut: int
    before: str
    digest: str | None
    """Digest of the label; none for a tombstone."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step together with the one that stood at its point before; none where nothing stood."""

    old: Step | None
    new: Step

    def reverses(self, other: "Change") -> bool:
        """Whether this change brings back what the other one changed."""
        return (
            self.new.cut == other.new.cut
            and _value(self.old) == _value(other.new)
            and _value(self.new) == _value(other.old)
        )

    def repeats(self, other: "Change") -> bool:
        """Whether this change makes the same of the same as the other one."""
        return (
            self.new.cut == other.new.cut
            and _value(self.old) == _value(other.old)
            and _value(self.new) == _value(other.new)
        )


def _value(step: Step | None) -> str | None:
    return step.digest if step else None


@dataclass(slots=True)
class History:
    """What can be undone and what can be redone, latest last."""

    undoable: list[Change] = field(default_factory=list)
    redoable: list[Change] = field(default_factory=list)
    latest: dict[int, Step] = field(default_factory=dict)
    """Cut → the row that stands there."""

    def add(self, step: Step) -> None:
        """Take in the next row."""
        change = Change(self.latest.get(step.cut), step)
        self.latest[step.cut] = step
        if self.undoable and change.reverses(self.undoable[-1]):
            self.redoable.append(self.undoable.pop())
        else:
            if self.redoable and change.repeats(self.redoable[-1]):
                self.redoable.pop()
            else:
                self.redoable.clear()
            self.undoable.append(change)


def read_history(steps: Iterable[Step]) -> History:
    """Replay the rows in the order in which they were stored."""
    history = History()
    for step in steps:
        history.add(step)
    return history
