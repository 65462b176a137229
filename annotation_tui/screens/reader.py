"""The reader of one assignment: marking, handing in, history, and who may write here.

Where one stands is saved with every movement, so that whatever ends the process loses nothing.
"""

from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input

from annotation_tui.clock import View
from annotation_tui.desk import Annotating, Desk, open_desk
from annotation_tui.filters import Own
from annotation_tui.held import HeldDraft
from annotation_tui.messages import NextWanted
from annotation_tui.screens.history import HistoryScreen
from annotation_tui.screens.reader_keys import KEYS
from annotation_tui.screens.suggesting import Suggesting
from annotation_tui.seen import SeenRanges
from annotation_tui.widgets.status import KeyLine
from taste.assignment_tables import Assignment
from taste.drafts.leases import RENEW_AFTER
from taste.drafts.store import Seen
from taste.eligibility import refuse_ineligible
from taste.submitting.coverage import read_stretches
from taste.submitting.hindsight import NOTHING, find_handed
from transcripts.db import Db
from transcripts.tables import Session


class Reader(Suggesting):
    """What concerns the assignment as a whole."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._furthest = int(desk.held.state.get("furthest", -1))
        desk.held.seen = self._seen

    def compose(self) -> ComposeResult:
        """Below the status line a line for a reason, and the keys."""
        yield from super().compose()
        yield Input(id="reason", compact=True)
        yield KeyLine(KEYS)

    def _begin(self) -> None:
        super()._begin()
        self._read_only_shown = False
        self.set_interval(RENEW_AFTER.total_seconds(), self._renew)
        if self.desk.by.engine.dialect.name != "sqlite":
            self.set_interval(1, self._show_saving)
        self._restore()
        self.call_after_refresh(self._tell_mode)

    def _restore(self) -> None:
        """Bring back what was open: mark, form, field, caret.

        At once, since keys that are typed fast come before the first paint.
        """
        state = self._held.state
        cut = state.get("cut")
        if cut is not None and any(mark.cut == cut for mark in self._selection.all):
            self._selection.select(cut)
            if state.get("form"):
                self._form.in_use = bool(state.get("in_use"))
                self._show_form()
                line, column = state.get("caret") or (0, 0)
                if not self._held.read_only:
                    self._form.restore(state.get("field"), (line, column))

    def _tell_mode(self) -> None:
        self._show_place()
        self._mode_changed()

    # What is in view, and where one stands

    def in_view(self) -> View | None:
        """What the clock counts for; nothing while another terminal has the assignment."""
        if not self.is_mounted or self._held.read_only:
            return None
        first, last = self._transcript.positions_in_view
        cut = self._selection.cut if self._form.is_open else None
        return View(self._held.number, first, last, self._held.add_activity, cut)

    def _own(self) -> Own:
        with Db(self.desk.by.engine) as db:
            stretches = read_stretches(db, self._held.number)
        seen = SeenRanges((first, last) for first, last, _ in stretches)
        return replace(super()._own(), is_seen=seen.__contains__)

    def guideline_topic(self) -> str | None:
        """The type of the mark that is worked on."""
        mark = self._selection.selected(self._event)
        return mark.get("type") if mark else None

    def _seen(self) -> Seen:
        rows = self.desk.document.index.rows
        last = rows[-1].position if rows else -1
        active = self._held.active_ms()
        return Seen(self._furthest, bool(rows) and self._furthest >= last, active)

    def _show_place(self) -> None:
        super()._show_place()
        self._keep_place()

    def _keep_place(self) -> None:
        self._held.put_state(self._where())

    def _where(self) -> dict[str, Any]:
        rows = self.desk.document.index.rows
        if not rows or self._transcript.is_empty:
            return {}
        self._furthest = max(self._furthest, self._transcript.positions_in_view[1])
        caret = self._form.words.cursor_location if self._form.writing else None
        return {
            **self.capture(),
            "furthest": self._furthest,
            "cut": self._selection.cut,
            "form": self._form.is_open,
            "in_use": self._form.in_use,
            "field": self._form.writing,
            "caret": list(caret) if caret else None,
        }

    def _mark_words(self, event: int) -> str:
        words = super()._mark_words(event)
        if self._held.get(NOTHING) is not None:
            words = "nothing attested"
        state = self._held.assignment.state
        if self._held.read_only:
            state = "read-only (ctrl+t takes over)"
        return "  ".join(part for part in (words, state, self._held.saving) if part)

    # History, and who may write

    def action_history(self) -> None:
        """Show every step of this assignment."""
        self._form.leave_text()
        self.app.push_screen(HistoryScreen(self._held, self._place_of), self._after_history)

    def _after_history(self, event_id: str | None) -> None:
        self._show_marks()
        if event_id is not None:
            self._go_to(self.desk.document.index.numbers.get(event_id, self._event))
        self._show_place()

    def _show_saving(self) -> None:
        """Say how far what was typed has got; the network is never waited for."""
        if self._status.is_free:
            self._show_place()

    def _renew(self) -> None:
        self._held.renew()
        self._mode_changed()

    def _mode_changed(self) -> None:
        """Say so when the assignment was taken over elsewhere; what is typed stays on screen."""
        if self._held.read_only == self._read_only_shown:
            return
        self._read_only_shown = self._held.read_only
        self._form.words.read_only = self._held.read_only
        if self._held.read_only:
            self._refuse(self._held.elsewhere)

    def action_take_over(self) -> None:
        """Take the assignment from the other terminal."""
        if not self._held.read_only:
            self._status.tell("this terminal has it already.")
            return
        self._form.leave_text()
        if self._try(self._held.take_over):
            self._mode_changed()
            self._status.tell("taken over; what the other terminal saved is here.")

    # Leaving

    def action_back(self) -> None:
        """Leave what is open, innermost first; at last the session."""
        if self.close_innermost():
            return
        if self._reason.display:
            self._close_reason()
        elif self._form.is_open and self._form.step_back():
            self._keep_place()
        elif self._form.is_open:
            self._close_form()
        else:
            self.save()
            self.dismiss()

    def on_unmount(self) -> None:
        """Whatever ends the screen, the assignment is free for another terminal."""
        self._held.leave()

    def action_next_assignment(self) -> None:
        """Leave this assignment, and open the next one that is to be done."""
        self.save()
        self.dismiss()
        self.app.post_message(NextWanted(self._held.number))

    def save(self) -> None:
        """Save where one stands; the assignment is free for another terminal."""
        self._keep_place()
        self._held.leave()


def open_reader(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The reader of an assignment's session, where its annotator left it.

    Raises:
        UserError: if the annotator may not annotate it, by what they have seen elsewhere.
    """
    with Db(by.engine) as db:
        session = db.get_one(Session, assignment.session_id)
        refuse_ineligible(db, "annotate", by.annotator, session, within=assignment.id)
        handed = find_handed(db, assignment.session_id, by.annotator)
    base = {name: mark.value() for name, mark in handed.items()}
    held = HeldDraft(by.engine, assignment, by.holder, by.now, base)
    return Reader(open_desk(by, session, held))
