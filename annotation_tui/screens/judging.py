"""Pairwise judging: two moves of an item, blind, and the texts of the view beside them.

Every choice and every keystroke is stored before it is painted. The screen knows no arm, no order
and no verdict but the annotator's own.
"""

from collections.abc import Callable
from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from annotation_tui.pair_desk import PairDesk, check_own
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.judging_keys import KEYS
from annotation_tui.shell import TIME_IS_KEPT, Shell
from annotation_tui.widgets.passage import Passage
from annotation_tui.widgets.status import KeyLine, StatusLine
from annotation_tui.widgets.verdict_form import VerdictForm
from taste.assignment_tables import Assignment
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
    check_own(by, assignment)
    return Judging(PairDesk(by, assignment))


class Judging(Screen[None]):
    """One pair after the other."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)
    AUTO_FOCUS = ""

    def __init__(self, desk: PairDesk) -> None:
        super().__init__()
        self.desk = desk
        self._asking = False
        """Whether the question after the verdict is open."""
        self._other = False
        """On a narrow screen: whether move B is shown."""

    def compose(self) -> ComposeResult:
        """The texts above, the moves below them, then the form."""
        desk = self.desk
        yield Static(id="judging-head", markup=False)
        yield Passage(desk.pair.texts, id="beside")
        with Horizontal(id="moves"):
            yield Passage([("", desk.pair.first)], id="move-first")
            yield Passage([("", desk.pair.second)], id="move-second")
        yield Input(id="search", placeholder="find", compact=True)
        yield VerdictForm(self._type)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Begin where the annotator was."""
        self._beside = self.query_one("#beside", Passage)
        self._moves = (
            self.query_one("#move-first", Passage),
            self.query_one("#move-second", Passage),
        )
        self._form = self.query_one(VerdictForm)
        self._status = self.query_one(StatusLine)
        self._search = self.query_one("#search", Input)
        self._search.display = False
        for passage in (self._beside, *self._moves):
            passage.can_focus = False
        self._begin()

    def _begin(self) -> None:
        """Show the pair that is on the desk."""
        desk, state = self.desk, self.desk.state
        self._asking, self._other = False, bool(state.get("other"))
        self.query_one("#judging-head", Static).update(Content(self._heading()), layout=False)
        self._beside.show(desk.pair.texts)
        self._moves[0].show([("", desk.pair.first)])
        self._moves[1].show([("", desk.pair.second)])
        self._form.show(desk.draft)
        self._form.reason.disabled = not desk.writable
        self._show_moves()
        self.set_focus(None)
        self.call_after_refresh(self._go_to_place)
        if state.get("field") == "reason" and desk.writable:
            self.action_reason()
            self._form.reason.cursor_position = int(state.get("caret", 0))
        self._tell_begun()

    def _go_to_place(self) -> None:
        """To the row that was read last; of a new pair, to the open point."""
        row = self.desk.state.get("row")
        if isinstance(row, list):
            self._beside.go_to((int(row[0]), int(row[1])))
        else:
            self._beside.go_to_end_of(0)

    def _heading(self) -> str:
        at = self.desk.progress
        return f"pair {at.place}/{at.of} · {self.desk.pair.question}"

    def _tell_begun(self) -> None:
        if not self.desk.writable:
            told = "open in another terminal: read-only; o takes it over."
        elif self.desk.is_handed_in:
            told = "handed in; a change of mind becomes a further verdict, which then stands."
        else:
            done = self.desk.progress.done
            told = f"view {self.desk.pair.view} · A and B in random order · {done} judged"
        self._status.tell(told)

    def _show_moves(self) -> None:
        narrow = self.has_class("-narrow")
        for number, (passage, name) in enumerate(zip(self._moves, "AB", strict=True)):
            passage.display = not narrow or number == int(self._other)
            other = f" · tab shows {'BA'[number]}" if narrow else ""
            passage.border_title = Content(f"move {name}{other}")

    def on_resize(self) -> None:
        """Side by side where there is room."""
        self.call_after_refresh(self._show_moves)

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
        if self.desk.writable and not self._asking:
            self.set_focus(self._form.reason)
            self._keep_place()

    def _type(self, text: str) -> None:
        if self.desk.writable and text != (self.desk.draft.get("reason") or ""):
            self._try(lambda: self.desk.type_reason(text), shows=False)
            self._keep_place()

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
        turned: list[bool] = []
        if self._try(lambda: turned.append(self.desk.turn(back=back))) and not turned[0]:
            self._status.tell(f"nothing to {'undo' if back else 'redo'}.")

    def action_hand_in(self) -> None:
        """Hand the verdict in, after the question where there is one, and go on."""
        if self._asking:
            self._hand_in(None)
        elif not self.desk.writable:
            self._status.tell("read-only; o takes the pair over.", refused=True)
        elif self.desk.missing is not None:
            self._status.tell(self.desk.missing, refused=True)
        elif self.desk.is_probed:
            self._asking = True
            self._form.ask()
        else:
            self._hand_in(None)

    def _hand_in(self, guess: str | None) -> None:
        if isinstance(self.app, Shell):
            self.app.clock.flush()  # the minutes of this pair belong to its verdict
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
        self.desk.leave()
        self.desk = desk
        self._begin()

    def action_take_over(self) -> None:
        """Take the pair from another terminal."""
        if not self.desk.writable:
            self.desk.take_over()
            self._begin()

    def _try(self, change: Callable[[], object], *, shows: bool = True) -> bool:
        """Make a change and show it; a refusal is told, and what is on screen stays."""
        if not self.desk.writable:
            self._status.tell("read-only; o takes the pair over.", refused=True)
            return False
        try:
            change()
        except UserError as error:
            self._status.tell(str(error), refused=True)
            return False
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or type(error).__name__
            self._status.tell(f"not saved: {cause}. It stays here; try again.", refused=True)
            return False
        if shows:
            self._form.show(self.desk.draft)
        self._status.tell(f"saved {self.desk.by.now():%H:%M:%S}")
        return True

    # Reading

    def action_swap(self) -> None:
        """Show the other move where there is room for one."""
        self._other = not self._other
        self._show_moves()
        self._keep_place()

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._beside.move_rows(rows)
        self._keep_place()

    def action_pages(self, pages: float) -> None:
        """Scroll by pages."""
        self._beside.move_pages(pages)
        self._keep_place()

    def action_end(self, last: bool) -> None:
        """Scroll to the beginning or the end."""
        self._beside.move_to_end(last=last)
        self._keep_place()

    def action_text(self, way: int) -> None:
        """Scroll to the next or previous heading."""
        self._beside.move_text(way)
        self._keep_place()

    def action_moves(self, rows: int) -> None:
        """Scroll the moves."""
        for passage in self._moves:
            passage.move_rows(rows)

    def action_search(self) -> None:
        """Ask for a text."""
        self._search.display = True
        self.set_focus(self._search)

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_line()
        if not self._beside.find(event.value):
            self._status.tell("that text is nowhere in what is shown.")
        self._keep_place()

    def action_hit(self, way: int) -> None:
        """Go to the next or previous hit."""
        if not self._beside.next_hit(way):
            self._status.tell("no hits; / searches.")
        self._keep_place()

    def _keep_place(self) -> None:
        writing = self.focused is self._form.reason
        state = {"row": list(self._beside.place), "other": self._other}
        if writing:
            state |= {"field": "reason", "caret": self._form.reason.cursor_position}
        try:
            self.desk.put_state(state)
        except (UserError, SQLAlchemyError) as error:
            self._status.tell(f"place not saved: {type(error).__name__}", refused=True)

    # Leaving

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the line that is open by now, though it was typed before that opened."""
        if not isinstance(self.focused, Input):
            return False
        if event.is_printable and event.character:
            self.focused.insert_text_at_cursor(event.character)
            return True
        if event.key == "enter":
            self.call_later(self.focused.action_submit)
            return True
        return False

    def in_view(self) -> View | None:
        """The pair, while it may be worked on; its text has no events that could be counted."""
        return self.desk.view if self.desk.writable else None

    def save(self) -> None:
        """All is saved; the pair is given back."""
        self.desk.leave()

    def on_unmount(self) -> None:
        """Whatever ends the screen gives the pair back."""
        self.desk.leave()

    def action_help(self) -> None:
        """Show the keys and what a verdict is about."""
        self.app.push_screen(Guide("judging", KEYS, _HELP + TIME_IS_KEPT))

    def _leave_line(self) -> None:
        self._search.display = False
        self._try(self.desk.end_typing, shows=False)
        self.set_focus(None)
        self._keep_place()

    def action_back(self) -> None:
        """Leave a line, the question, or the pair."""
        if isinstance(self.focused, Input):
            self._leave_line()
        elif self._asking:
            self.action_turn(True)
        else:
            self.desk.leave()
            self.dismiss()
