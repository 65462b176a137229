"""Active time, and what was in view while it ran. Pure: it is told the time, once a second.

It knows that somebody is there, never which key was pressed or when: the time between two keys
tells who a person is, and is nobody's business.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from taste.drafts.store import Stretch

IDLE = 120.0
"""Seconds without input after which nobody is taken to be there. Shorter ones punish careful
reading."""

BUCKET = 1.0
"""Seconds between two looks."""

LONGEST = 15.0
"""Seconds after which a stretch is stored though the view has not changed."""


@dataclass(frozen=True, slots=True)
class View:
    """What a screen shows of an assignment."""

    assignment: int
    first: int
    """Position of the first event in view."""
    last: int
    """Position of the last one; before `first` where there is none."""
    add: Callable[[Stretch], None] = field(compare=False)
    """Stores a stretch."""
    cut: int | None = None
    """The point whose form is open."""

    def met(self, other: "View") -> "View":
        """What is in view in both; of another assignment, or without overlap, nothing."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        if self.assignment != other.assignment or first > last:
            first, last = 0, -1
        return replace(self, first=first, last=last)


@dataclass(slots=True)
class Clock:
    """Counts seconds in which the terminal has the focus and somebody is there."""

    timing: str = "coarse"
    """off, coarse or full."""
    active: float = 0.0
    """Seconds since the tool was started, or since the last suggested pause."""
    paused: bool = False
    _focus: bool = True
    _touched: float = 0.0
    _before: View | None = None
    _view: View | None = None
    _seconds: float = 0.0
    _begun: datetime | None = None

    def touch(self, at: float) -> None:
        """Somebody pressed a key or moved the mouse."""
        self._touched = at

    def focus(self, *, has: bool) -> None:
        """The terminal got or lost the focus."""
        self._focus = has

    def runs(self, at: float) -> bool:
        """Whether time counts."""
        return self._focus and not self.paused and at - self._touched < IDLE

    def tick(self, view: View | None, at: float, now: datetime) -> None:
        """A second has passed with this in view."""
        before, self._before = self._before, view
        if view is None or not self.runs(at):
            self.flush()
            return
        self.active += BUCKET
        # In view for the whole second is what was in view at both of its ends.
        seen = view.met(before) if before is not None else replace(view, first=0, last=-1)
        if seen != self._view or self._seconds >= LONGEST:
            self.flush()
            self._view, self._begun = seen, now
        self._seconds += BUCKET

    def flush(self) -> None:
        """Store what has been counted and not stored yet."""
        view, begun, seconds = self._view, self._begun, self._seconds
        self._view, self._begun, self._seconds = None, None, 0.0
        if view is None or begun is None or self.timing == "off":
            return
        at = begun.replace(microsecond=0)
        if self.timing == "coarse":
            at = at.replace(minute=0, second=0)
        view.add(Stretch(at, round(seconds * 1000), view.first, view.last, view.cut))
