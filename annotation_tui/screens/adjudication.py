"""Adjudication: what is decided of an annotators' session, handed in; then whose label was which.

Whose label is which, and when it was made, is not on this screen before all is handed in.
"""

from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input

from annotation_tui.case_desk import CaseDesk
from annotation_tui.clock import View
from annotation_tui.desk import Annotating, open_desk
from annotation_tui.screens.adjudication_keys import HELP, KEYS
from annotation_tui.screens.agreement import open_agreement
from annotation_tui.screens.deciding import Deciding
from annotation_tui.screens.guide import Guide
from annotation_tui.widgets.ruling_form import RulingForm
from annotation_tui.widgets.status import KeyLine
from taste.assignment_tables import Assignment
from taste.submitting.adjudication import Undecided
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls


class Adjudication(Deciding):
    """Deciding, and what concerns the assignment as a whole."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def compose(self) -> ComposeResult:
        """Below the status line the case and the keys."""
        yield from super().compose()
        yield RulingForm(self._type, self._keep_place)
        yield KeyLine(KEYS)

    # Handing in, and what is shown then

    def action_submit(self) -> None:
        """Hand all decisions in."""
        try:
            done = self._cases.submit(self.desk.by.guidelines)
        except Undecided as error:
            self._show_lacking(error)
            return
        except UserError as error:
            self._refuse(visible_controls(str(error)))
            return
        except SQLAlchemyError as error:
            self._refuse(f"not handed in: {getattr(error, 'orig', None) or error}. Try again.")
            return
        self._in_use = False
        self._show_case()
        self._status.tell(
            f"handed in as version {done.number}: {done.cases} cases, {done.by_rule} by the rule, "
            f"{done.written} new or changed. ctrl+n shows names."
        )

    def _show_lacking(self, error: Undecided) -> None:
        number = [case.cut for case in self._cases.cases].index(error.case.cut)
        self.go_to_case(number)
        self._refuse(f"not handed in: case {number + 1} lacks {' and '.join(error.lacking)}.")

    def action_names(self) -> None:
        """Whose label is which letter, once handed in."""
        case = self._cases.case
        if case is None:
            return
        found: dict[str, str] = {}
        if self._try(lambda: found.update(self._cases.names(case))):
            told = ", ".join(f"{letter} is {name}" for letter, name in found.items())
            self._status.tell(visible_controls(told))

    def action_agreement(self) -> None:
        """Show how far annotators agree."""
        screens: list[Screen[None]] = []
        if self._try(lambda: screens.append(open_agreement(self.desk.by))):
            self.app.push_screen(screens[0])

    def action_take_over(self) -> None:
        """Take the assignment from the other terminal."""
        if self._cases.held.read_only and self._try(self._cases.held.take_over):
            self._restore()
            self._status.tell("taken over; what the other terminal saved is here.")

    # Where one stands

    def in_view(self) -> View | None:
        """What the clock counts for; nothing while another terminal has the assignment."""
        held, case = self._cases.held, self._cases.case
        if not self.is_mounted or held.read_only:
            return None
        first, last = self._transcript.positions_in_view
        cut = case.cut if case is not None else None
        return View(held.number, first, last, held.add_activity, cut)

    def guideline_topic(self) -> str | None:
        """The type that one of the sides gives."""
        case = self._cases.case
        return next((s.label.type for s in case.sides if s.label.type), None) if case else None

    # Leaving

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Guide("adjudication", KEYS, f"{HELP}{self.notes}"))

    def action_back(self) -> None:
        """Leave the search, the reason or the form; else the session."""
        if self._search.display:
            self._close_search()
        elif isinstance(self.focused, Input):
            self._leave_reason()
        elif self._in_use:
            self._close_form()
        else:
            self.save()
            self.dismiss()

    def save(self) -> None:
        """All is saved; the assignment is free for another terminal."""
        self._keep_place()
        self._cases.held.leave()


def open_adjudication(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The screen on which an adjudicator compares the labels of a session.

    Raises:
        UserError: if they may not, or annotators are still at work.
    """
    cases = CaseDesk(by, assignment)
    return Adjudication(open_desk(by, cases.session, cases.held), cases)
