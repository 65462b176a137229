"""Foresight: a session unrolls act by act, and its annotator says first what they would do.

The screen has the text up to the frontier and no other. A move is stored before the human's is
shown, and what is typed of it is saved at every key.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from annotation_tui.filters import Filter
from annotation_tui.folds import Folds
from annotation_tui.foresight_desk import ForesightDesk
from annotation_tui.screens.foresight_keys import KEYS
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.ordering import Ordering
from annotation_tui.shell import TIME_IS_KEPT, Shell
from annotation_tui.widgets.move_form import Hands, MoveForm
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import KeyLine
from annotation_tui.widgets.transcript import Transcript
from taste.assignment_tables import Assignment
from taste.drafts.leases import RENEW_AFTER
from taste.drafts.store import LostLease
from taste.foresight import Stage
from transcripts.errors import UserError

_QUESTIONS = {
    Stage.ASKED: "Before you see what the human did: what would you do next?   e writes",
    Stage.REVEALED: "Would you have done otherwise?   d differently   s the same",
}
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


class ForesightScreen(Ordering):
    """A text that grows, and the form of a move below it."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)
    where = "so far"
    desk: ForesightDesk

    def __init__(self, desk: ForesightDesk) -> None:
        super().__init__(desk)
        self._restored = False

    def compose(self) -> ComposeResult:
        """Below the text the form, below the status line the keys."""
        yield from super().compose()
        hands = Hands(self._type, self._keep_place, self._leave_text)
        yield MoveForm(hands, self.desk.by.codebook.confidence)
        yield KeyLine(KEYS)

    def _begin(self) -> None:
        self._form = self.query_one(MoveForm)
        self.move_child(self._form, before=self._status)
        self._restore_view()
        self.set_interval(RENEW_AFTER.total_seconds(), self._renew)
        self._show_stage()
        self.call_after_refresh(self._restore)

    def _restore_view(self) -> None:
        """Bring back folds and filter of the text that is shown."""
        document, state = self.desk.document, self.desk.place
        document.folds = Folds.restore(state.get("folds") or {}, document.index.numbers)
        self._filter = Filter.restore(state.get("filter") or {})
        document.order = self._order()

    def _restore(self) -> None:
        """Bring back the text that was being written, and the caret in it."""
        state = self.desk.place
        self._restored = True
        self._transcript.jump_to(self.desk.start)
        if state.get("field") and self._may_write:
            self._form.place_caret(str(state["field"]), state.get("caret"))
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
        super()._show_place()
        self._keep_place()

    def _keep_place(self) -> None:
        if not self._restored:
            return
        try:
            self.desk.put_state(self._where())
        except (UserError, SQLAlchemyError):
            return  # the next thing that is written says so

    def _where(self) -> dict[str, Any]:
        document, spot = self.desk.document, self._transcript.cursor
        turned = (document.index.rows[n].event_id for n in sorted(document.folds.turned))
        field, caret = self._form.caret(self.focused)
        return {
            "event": spot.event,
            "row": spot.row,
            "folds": document.folds.capture(turned),
            "filter": self._filter.capture() if self._filter else None,
            "field": field,
            "caret": caret,
        }

    # Going on

    async def action_forward(self) -> None:
        """Go on to the next act."""
        if self._try(self.desk.forward):
            await self._unroll()

    async def action_commit(self) -> None:
        """Store the move and show what the human did; on a gap of the skim view, open it."""
        if self._open_gap():
            return
        if self._try(self._commit):
            await self._unroll()

    def _commit(self) -> None:
        if isinstance(self.app, Shell):
            self.app.store_time()  # the minutes of this point belong to its move
        self.desk.commit()

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
        desk, texts = self.desk, self.query_one("#texts", Horizontal)
        with self.app.batch_update():
            await self._outline.remove()
            await self._transcript.remove()
            self._outline = Outline(desk.document.index, desk.words)
            self._transcript = Transcript(desk.document, desk.start)
            await texts.mount(self._outline, self._transcript, before=0)
        self._trail.clear()
        self._prepare()
        self.set_focus(self._transcript)
        self._show_stage()
        self.call_after_refresh(self._transcript.jump_to, desk.start)

    # Writing

    def action_write(self) -> None:
        """Write the move."""
        if not self.desk.writable:
            self._status.tell(self.desk.elsewhere, refused=True)
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
        self._try(lambda: self.desk.write(field, value, self._where()))

    def _leave_text(self, _field: str = "") -> None:
        self.set_focus(self._transcript)
        self._keep_place()

    def _try(self, change: Callable[[], object]) -> bool:
        """Change something; a refusal is told, and what is on screen stays."""
        if not self.desk.writable:
            self._status.tell(self.desk.elsewhere, refused=True)
            return False

        def checked() -> None:
            try:
                change()
            except LostLease:
                self.desk.writable = False
                raise UserError(self.desk.elsewhere) from None

        if not super()._try(checked):
            return False
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        super()._show_place()
        return True

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the text that is open by now, though it was typed before that opened."""
        if self._form.caret(self.focused)[0] is None:
            return super().take_key(event)
        return self._form.take_key(event)

    # Holding and leaving

    def in_view(self) -> View | None:
        """For the clock; nothing while it is read only."""
        return self.desk.view if self.desk.writable else None

    def _renew(self) -> None:
        self.desk.renew()
        self._form.disabled = not self.desk.writable
        self._show_place()

    async def action_take_over(self) -> None:
        """Take the assignment from another terminal."""
        if self.desk.writable:
            return
        try:
            self.desk.take_over()
        except (UserError, SQLAlchemyError) as error:
            told = f"not taken over: {getattr(error, 'orig', None) or error}"
            self._status.tell(told, refused=True)
            return
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

    def action_back(self) -> None:
        """Leave a text or what else is open, at last the session."""
        if self._form.caret(self.focused)[0] is not None:
            self._leave_text()
        elif not self.close_innermost():
            self.desk.leave()
            self.dismiss()
