"""Pairwise judging: two moves of an item, blind, and the texts of the view beside them.

Every choice and every keystroke is stored before it is painted. The screen knows no arm, no order
and no verdict but the annotator's own.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from annotation_tui.pair_desk import PairDesk
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.history import HistoryScreen
from annotation_tui.screens.judging_keys import KEYS
from annotation_tui.screens.pair_reading import PairReading
from annotation_tui.shell import TIME_IS_KEPT, Shell
from annotation_tui.waiting import NotSaved
from annotation_tui.widgets.status import KeyLine, StatusLine
from annotation_tui.widgets.verdict_form import VerdictForm
from taste.assignment_tables import Assignment
from taste.drafts.leases import RENEW_AFTER
from transcripts.errors import UserError

_GUESS = {"first": "first", "second": "second", "tie": "unsure"}
_HELP = """Judge what would have been done, not how it is worded, how long it is, or who may have
written it. Suppose that the agent carries out either move as well as it did comparable work. If
neither is better, or both come to the same, it is a tie. That a move was really taken speaks
neither for it nor against it.

After some pairs you are asked which move is the human's: this measures how blind the judging is.

"""


def open_judging(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The screen for one assignment to judge; others of its batch follow on it.

    Raises:
        UserError: if it is not the annotator's, or cannot be shown.
    """
    return Judging(PairDesk(by, assignment))


class Judging(PairReading):
    """One pair after the other."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, desk: PairDesk) -> None:
        super().__init__()
        self.desk = desk
        self._asking = False
        """Whether the question after the verdict is open."""

    def _panels(self) -> Iterable[Widget]:
        yield VerdictForm(self._type, self._keep_place)
        yield StatusLine()
        yield KeyLine(KEYS)

    def _ready(self) -> None:
        self._form = self.query_one(VerdictForm)
        self.set_interval(RENEW_AFTER.total_seconds(), self._renew)
        self._begin()

    def _begin(self) -> None:
        """Show the pair that is on the desk."""
        desk, state = self.desk, self.desk.held.state
        self._asking, self._other = False, bool(state.get("other"))
        pair, at = desk.pair, desk.progress
        heading = f"pair {at.place}/{at.of} · {pair.question}"
        self._show_texts(heading, pair.texts, pair.first, pair.second)
        self._form.show(desk.draft)
        self._form.reason.disabled = desk.held.read_only
        self.set_focus(None)
        self.call_after_refresh(self._go_to_row, state.get("row"))
        if state.get("field") == "reason" and not desk.held.read_only:
            self.set_focus(self._form.reason)
            self._form.reason.cursor_position = int(state.get("caret", 0))
        self._tell_begun()

    def _tell_begun(self) -> None:
        if self.desk.held.read_only:
            told = self.desk.held.elsewhere
        elif self.desk.is_handed_in:
            told = "handed in; a change of mind becomes a further verdict, which then stands."
        else:
            done = self.desk.progress.done
            told = f"view {self.desk.pair.view} · A and B in random order · {done} judged"
        self._status.tell(told)

    # Deciding

    def action_choose(self, choice: str) -> None:
        """Say which move is better, or answer the question after the verdict."""
        if not self._asking:
            self._try(lambda: self.desk.choose("choice", choice))
        elif choice in _GUESS:
            self._hand_in(_GUESS[choice])

    def action_sure(self, confidence: str) -> None:
        """Say how sure the verdict is."""
        if not self._asking:
            self._try(lambda: self.desk.choose("confidence", confidence))

    def action_reason(self) -> None:
        """Write the reason."""
        if not self.desk.held.read_only and not self._asking:
            self.set_focus(self._form.reason)
            self._keep_place()

    def _type(self, text: str) -> None:
        if text != (self.desk.draft.get("reason") or ""):
            self._try(lambda: self.desk.type_reason(text, self._where()), shows=False)

    @on(Input.Submitted, "#reason")
    def _reasoned(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_line()

    def action_turn(self, back: bool) -> None:
        """Undo or redo."""
        if self._asking:
            self._asking = False
            self._form.show(self.desk.draft)
            return
        steps: list[object] = []
        held = self.desk.held
        turn = held.undo if back else held.redo
        if self._try(lambda: steps.append(turn())) and steps[0] is None:
            before = "; < goes to the pair before" if back else ""
            self._status.tell(f"nothing to {'undo' if back else 'redo'} on this pair{before}.")

    def action_history(self) -> None:
        """Show every step of this pair."""
        self.app.push_screen(HistoryScreen(self.desk.held, str), self._after_history)

    def _after_history(self, _place: str | None) -> None:
        self._form.show(self.desk.draft)

    def action_hand_in(self) -> None:
        """Hand the verdict in, after the question where there is one, and go on."""
        if self._asking:
            self._hand_in(None)
        elif self.desk.held.read_only:
            self._status.tell(self.desk.held.elsewhere, refused=True)
        elif self.desk.missing is not None:
            self._status.tell(self.desk.missing, refused=True)
        elif self.desk.is_probed:
            self._asking = True
            self._form.ask()
        else:
            self._hand_in(None)

    def _hand_in(self, guess: str | None) -> None:
        if isinstance(self.app, Shell):
            self.app.store_time()  # the minutes of this pair belong to its verdict
        if self._try(lambda: self.desk.hand_in(guess), shows=False):
            self._asking = False
            self._go_on()

    def _go_on(self) -> None:
        following = self.desk.find_next()
        if following is None:
            self._form.show(self.desk.draft)
            self.query_one("#judging-head", Static).update(Content("handed in"), layout=False)
            self._status.tell("handed in; no pair of this batch waits any more. q leaves.")
        else:
            self._open(following)

    def action_pass_to(self, later: bool) -> None:
        """Go to another pair without a verdict."""
        found = self.desk.find_next() if later else self.desk.find_previous()
        if found is None:
            self._status.tell(f"no pair {'waits' if later else 'before this one'}.")
        else:
            self._open(found)

    def _open(self, task: Assignment) -> None:
        try:
            desk = PairDesk(self.desk.by, task)
        except UserError as error:
            self._status.tell(str(error), refused=True)
            return
        self.desk.held.leave()
        self.desk = desk
        self._begin()

    def action_take_over(self) -> None:
        """Take the pair from another terminal."""
        if self.desk.held.read_only and self._try(self.desk.held.take_over):
            self._begin()

    def _renew(self) -> None:
        if not self.desk.held.read_only and not self.desk.held.renew():
            self._form.reason.disabled = True
            self._status.tell(self.desk.held.elsewhere, refused=True)

    def _try(self, change: Callable[[], object], *, shows: bool = True) -> bool:
        """Make a change and show it; a refusal is told, and what is on screen stays."""
        try:
            change()
        except NotSaved as error:
            self._form.show(self.desk.draft)
            self._status.tell(str(error), refused=True)
            return False
        except UserError as error:
            self._status.tell(str(error), refused=True)
            return False
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or type(error).__name__
            self._status.tell(f"not saved: {cause}. It stays here; try again.", refused=True)
            return False
        if shows:
            self._form.show(self.desk.draft)
        self._status.tell(self.desk.held.saving or f"saved {self.desk.by.now():%H:%M:%S}")
        return True

    def _keep_place(self) -> None:
        self.desk.held.put_state(self._where())

    def _where(self) -> dict[str, Any]:
        writing = self.focused is self._form.reason
        return {
            "row": list(self._beside.place),
            "other": self._other,
            "field": "reason" if writing else None,
            "caret": self._form.reason.cursor_position,
        }

    # Leaving

    def in_view(self) -> View | None:
        """The pair, while it may be worked on."""
        return self.desk.view

    def save(self) -> None:
        """All is saved; the pair is given back."""
        self._keep_place()
        self.desk.held.leave()

    def on_unmount(self) -> None:
        """Whatever ends the screen gives the pair back."""
        self.desk.held.leave()

    def action_help(self) -> None:
        """Show the keys and what a verdict is about."""
        self.app.push_screen(Guide("judging", KEYS, _HELP + TIME_IS_KEPT))

    def _leave_line(self) -> None:
        self._try(self.desk.held.settle, shows=False)
        super()._leave_line()
        self._keep_place()

    def action_back(self) -> None:
        """Leave a line, the question, or the pair."""
        if isinstance(self.focused, Input):
            self._leave_line()
        elif self._asking:
            self.action_turn(True)
        else:
            self.save()
            self.dismiss()
