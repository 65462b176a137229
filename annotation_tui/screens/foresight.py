"""Foresight: a session unrolls act by act, and its annotator says first what they would do.

The screen has the text up to the frontier and no other. A move is stored before the human's is
shown, and what is typed of it is saved at every key.
"""

from collections.abc import Callable
from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, TextArea

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from annotation_tui.foresight_desk import ForesightDesk
from annotation_tui.layout import Spot
from annotation_tui.messages import ActChosen, CursorMoved
from annotation_tui.screens.foresight_keys import KEYS
from annotation_tui.screens.guide import Guide
from annotation_tui.shell import TIME_IS_KEPT, Shell
from annotation_tui.widgets.move_form import Hands, MoveForm
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import KeyLine, StatusLine
from annotation_tui.widgets.transcript import Transcript
from taste.assignment_tables import Assignment
from taste.drafts.leases import RENEW_AFTER
from taste.drafts.store import LostLease
from taste.foresight import Stage
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

_QUESTIONS = {
    Stage.ASKED: "Before you see what the human did: what would you do next?   e writes",
    Stage.REVEALED: "Would you have done otherwise?   d differently   s the same",
}
_ELSEWHERE = "open in another terminal; ctrl+t takes it over."
_HELP = """You read as far as the human had come, and say what you would do next: one step, in your
own words, as you would say it to the agent. Names of branches and directories are masked, and long
texts shortened, as they are for the models that are asked the same. Once you store your move it
stands, and you see what the human did. There is no way back.

"""


def open_foresight(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The screen for one assignment of foresight.

    Raises:
        UserError: if the annotator may not propose here, or there is nothing to foresee.
    """
    return ForesightScreen(ForesightDesk(by, assignment))


class ForesightScreen(Screen[None]):
    """A text that grows, and the form of a move below it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, desk: ForesightDesk) -> None:
        super().__init__()
        self.desk = desk
        self._saved = ""
        self._restored = False

    def compose(self) -> ComposeResult:
        """Outline and text side by side; below them search, form, status, keys."""
        with Horizontal(id="texts"):
            yield from self._texts()
        yield Input(id="search", placeholder="find", compact=True)
        yield MoveForm(Hands(self._type, self._keep_place, self._leave_line))
        yield StatusLine()
        yield KeyLine(KEYS)

    def _texts(self) -> tuple[Outline, Transcript]:
        desk = self.desk
        self._outline = Outline(desk.document.index, desk.words)
        self._transcript = Transcript(desk.document, desk.start)
        return self._outline, self._transcript

    def on_mount(self) -> None:
        """Begin where the annotator was."""
        self._form = self.query_one(MoveForm)
        self._status = self.query_one(StatusLine)
        self._search = self.query_one("#search", Input)
        self._search.display = False
        self.set_interval(RENEW_AFTER.total_seconds(), self._renew)
        self._show_stage()
        self.call_after_refresh(self._restore)

    def _restore(self) -> None:
        """Bring back the text that was being written, and the caret in it."""
        state, field = self.desk.state, self.desk.state.get("field")
        self._restored = True
        self.set_focus(self._transcript)
        self._transcript.jump_to(self.desk.start)
        if state.get("cut") != self.desk.standing.cut or not field or not self._may_write:
            return
        self._form.place_caret(str(field), state.get("caret"))
        self._keep_place()

    @property
    def _may_write(self) -> bool:
        return self.desk.writable and self.desk.stage is Stage.ASKED

    def _show_stage(self) -> None:
        """Show the form that fits what there is to do."""
        question = _QUESTIONS.get(self.desk.stage)
        self._form.display = question is not None
        self._form.show(self.desk.said)
        self._form.ask(question or "", writing=self.desk.stage is Stage.ASKED)
        self._form.disabled = not self.desk.writable
        self._show_place()

    def _show_place(self) -> None:
        event = self._transcript.cursor.event
        self._outline.show_current(self.desk.document.index.act_number(event))
        self._status.show_place(self.desk.describe(event, self._saved))
        self._keep_place()

    def _keep_place(self) -> None:
        if not self._restored:
            return
        spot = self._transcript.cursor
        field, caret = self._form.caret(self.focused)
        state = {"event": spot.event, "row": spot.row, "field": field, "caret": caret}
        try:
            self.desk.put_state(state)
        except (UserError, SQLAlchemyError):
            return  # the next thing that is written says so

    # Going on

    async def action_forward(self) -> None:
        """Go on to the next act."""
        if self._try(self.desk.forward):
            await self._unroll()

    async def action_commit(self) -> None:
        """Store the move, and show what the human did."""
        if isinstance(self.app, Shell):
            self.app.clock.flush()  # the minutes of this point belong to its move
        if self._try(self.desk.commit):
            await self._unroll()

    def action_answer(self, otherwise: bool) -> None:
        """Say whether one would have done otherwise."""
        if self._try(lambda: self.desk.answer(otherwise=otherwise)):
            self._show_stage()

    def action_hand_in(self) -> None:
        """Hand in what was foreseen."""
        if self._try(self.desk.hand_in):
            self._status.tell("handed in; q leaves.")

    async def _unroll(self) -> None:
        """Show the text as it is by now."""
        place = self.query_one("#texts", Horizontal)
        with self.app.batch_update():
            await self._outline.remove()
            await self._transcript.remove()
            await place.mount(*self._texts(), before=0)
        self.set_focus(self._transcript)
        self._show_stage()
        self.call_after_refresh(self._transcript.jump_to, self.desk.start)

    # Writing

    def action_write(self) -> None:
        """Write the move."""
        if not self.desk.writable:
            self._status.tell(_ELSEWHERE, refused=True)
        elif not self._may_write:
            self._status.tell("you are not asked here.", refused=True)
        else:
            self.set_focus(self._form.move)

    def action_sure(self, confidence: int) -> None:
        """Say how sure one is of the move."""
        if self._may_write:
            self._type("confidence", confidence)
            self._form.show(self.desk.said)

    def _type(self, field: str, value: str | int) -> None:
        if self._try(lambda: self.desk.write(field, value)):
            self._keep_place()

    def _try(self, change: Callable[[], object]) -> bool:
        """Change something; a refusal is told, and what is on screen stays."""
        if not self.desk.writable:
            self._status.tell(_ELSEWHERE, refused=True)
            return False
        try:
            change()
        except LostLease as error:
            self.desk.writable = False
            self._status.tell(f"{error} ctrl+t takes it over.", refused=True)
            return False
        except UserError as error:
            self._status.tell(str(error), refused=True)
            return False
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or type(error).__name__
            self._status.tell(f"not saved: {cause}. It stays here; try again.", refused=True)
            return False
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        self._status.show_place(self.desk.describe(self._transcript.cursor.event, self._saved))
        return True

    # Moving

    def action_rows(self, rows: int) -> None:
        """Move by rows."""
        self._transcript.move_rows(rows)
        self._show_place()

    def action_pages(self, pages: float) -> None:
        """Move by pages."""
        self._transcript.move_pages(pages)
        self._show_place()

    def action_end(self, last: bool) -> None:
        """Move to the first or last row of what is shown."""
        self._transcript.move_to_end(last=last)
        self._show_place()

    def action_event_by(self, way: int) -> None:
        """Move to the next or previous event."""
        self._transcript.move_event(way)
        self._show_place()

    def action_jump(self, what: str, way: int) -> None:
        """Move to the next or previous human act or tool error."""
        if self._transcript.move_to_next(what, way):
            self._show_place()
        else:
            name = "human act" if what == "act" else "tool error"
            self._status.tell(f"no {name} {'below' if way > 0 else 'above'} so far.")

    @on(CursorMoved)
    def _moved(self) -> None:
        self._show_place()

    @on(ActChosen)
    def _act_chosen(self, message: ActChosen) -> None:
        self._transcript.jump_to(Spot(message.event, 0))
        self._show_place()

    def action_fold(self) -> None:
        """Fold or unfold the event under the cursor."""
        self._transcript.turn_fold()

    def action_fold_all(self) -> None:
        """Unfold all, or fold all results."""
        self._transcript.turn_all_folds()

    # Searching

    def action_search(self) -> None:
        """Ask for a text."""
        self._search.display = True
        self.set_focus(self._search)

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_line()
        found = self.desk.document.find(event.value)
        self._transcript.refresh()
        if found:
            self.action_hit(1)
            self._status.tell(f"{found} events so far have it; n and N go through them.")
        else:
            self._status.tell(f"{visible_controls(event.value)!r} is nowhere so far.")

    def action_hit(self, way: int) -> None:
        """Go to the next or previous hit."""
        document = self.desk.document
        total = document.heights.total
        spot = document.next_hit(self._transcript.cursor, way)
        if spot is None:
            self._status.tell("no hits; / searches.")
            return
        if document.heights.total != total:
            self._transcript.rows_changed()
        self._transcript.jump_to(spot)
        self._show_place()

    # Leaving

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the text that is open by now, though it was typed before that opened."""
        text = self.focused
        if not isinstance(text, Input | TextArea):
            return False
        if event.key == "enter" and text is self._search:
            self.call_later(self._search.action_submit)
        elif event.key == "enter":
            self._form.go_on(text.id or "")
        elif event.is_printable and event.character:
            insert = text.insert_text_at_cursor if isinstance(text, Input) else text.insert
            insert(event.character)
        else:
            return False
        return True

    def in_view(self) -> View | None:
        """For the clock; nothing while it is read only."""
        return self.desk.view if self.desk.writable else None

    def _renew(self) -> None:
        self.desk.renew()
        self._form.disabled = not self.desk.writable
        self._show_place()

    async def action_take_over(self) -> None:
        """Take the assignment from another terminal."""
        if not self.desk.writable:
            self.desk.take_over()
            await self._unroll()

    def action_help(self) -> None:
        """Show the keys, and what is asked."""
        self.app.push_screen(Guide("foresight", KEYS, _HELP + TIME_IS_KEPT))

    def save(self) -> None:
        """All is saved; the assignment is given back."""
        self.desk.leave()

    def on_unmount(self) -> None:
        """Whatever ends the screen gives the assignment back."""
        self.desk.leave()

    def _leave_line(self, _field: str = "") -> None:
        self._search.display = False
        self.set_focus(self._transcript)
        self._keep_place()

    def action_back(self) -> None:
        """Leave a text, else the session."""
        if isinstance(self.focused, Input | TextArea):
            self._leave_line()
        else:
            self.desk.leave()
            self.dismiss()
