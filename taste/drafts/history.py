"""Undo and redo over the appended changes of a draft. Pure.

Because the changes are stored, undo outlives a restart, and a submission.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Way = Literal["do", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stored change of one named part of a draft."""

    number: int
    name: str
    before: Any
    after: Any
    way: Way = "do"
    turned: int | None = None
    """For undo and redo: the step that it takes back or does again."""


@dataclass(slots=True)
class History:
    """What can be undone and what can be done again, latest last."""

    undoable: list[Step] = field(default_factory=list)
    redoable: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Take in the next step."""
        if step.way == "undo":
            self.redoable.append(self.undoable.pop())
        elif step.way == "redo":
            self.undoable.append(self.redoable.pop())
        else:
            self.undoable.append(step)
            self.redoable.clear()


def read_history(steps: Iterable[Step]) -> History:
    """Replay the steps in the order in which they were stored."""
    history = History()
    for step in steps:
        history.add(step)
    return history
