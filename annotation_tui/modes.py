"""Which screen a mode opens: one line each, loaded when it is first used."""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from textual import events
from textual.screen import Screen

from annotation_tui.desk import Annotating
from taste.assignment_tables import Assignment
from transcripts.errors import UserError


@runtime_checkable
class Working(Protocol):
    """A screen on which something is written."""

    def take_key(self, event: events.Key) -> bool:
        """Take a key before the bindings are asked; False where they are to be asked."""

    def save(self) -> None:
        """Save what is not saved yet; the tool is left."""


Opener = Callable[[Annotating, Assignment], Screen[None]]


def open_screen(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The screen on which an assignment is worked at.

    Raises:
        UserError: if this version has no screen for its mode, or the screen refuses.
    """
    opener = _OPENERS.get(assignment.mode)
    if opener is None:
        raise UserError(f"this version has no screen for the mode {assignment.mode!r}.")
    return opener(by, assignment)


def _open_hindsight(by: Annotating, assignment: Assignment) -> Screen[None]:
    from annotation_tui.screens.reader import open_reader

    return open_reader(by, assignment)


def _open_judging(by: Annotating, assignment: Assignment) -> Screen[None]:
    from annotation_tui.screens.judging import open_judging

    return open_judging(by, assignment)


def _open_foresight(by: Annotating, assignment: Assignment) -> Screen[None]:
    from annotation_tui.screens.foresight import open_foresight

    return open_foresight(by, assignment)


def _open_adjudication(by: Annotating, assignment: Assignment) -> Screen[None]:
    from annotation_tui.screens.adjudication import open_adjudication

    return open_adjudication(by, assignment)


_OPENERS: Mapping[str, Opener] = {
    "foresight": _open_foresight,
    "hindsight": _open_hindsight,
    "judge": _open_judging,
    "adjudicate": _open_adjudication,
}
