"""Reading with marks: what is pressed here stands in the draft before it is painted.

Reads nobody else's marks and no model's words.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import NoResultFound, SQLAlchemyError
from textual import events, on
from textual.widget import Widget

from annotation_tui.desk import Desk
from annotation_tui.layout import Spot
from annotation_tui.letters import describe_mark, letters_of
from annotation_tui.messages import SpanChosen
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.reading import Reading
from annotation_tui.selection import Selection
from annotation_tui.shell import Shell
from annotation_tui.waiting import NotSaved
from annotation_tui.widgets.decision_form import DecisionForm
from annotation_tui.widgets.words import Words
from taste.submitting.marks import KNOWABLE, DraftMark
from transcripts.annotations import refuse_unusable
from transcripts.db import Db
from transcripts.decision_points import NoPrefix, resolve_point
from transcripts.errors import UserError

ADDS = {"d": "detour", "s": "strong", "n": "neither", "u": "unresolved"}
"""Keys after `a`, and what they mark."""
_ADD_HELP = "add here: d detour  s strong move  n neither  u unresolved  x take away  esc"


class Marking(Reading):
    """The keys that mark, and the form that decides."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        index, codebook = desk.document.index, desk.by.codebook
        self._held = desk.held
        self._selection = Selection(desk.held, index, codebook, self._check_point)
        self._adding = False

    def _check_point(self, before: str) -> str:
        with Db(self.desk.by.engine) as db:
            refuse_unusable(db, self.desk.session, self.desk.by.now())
            try:
                return resolve_point(db, self.desk.session, before).before
            except NoPrefix as error:
                raise UserError("an opening: no agent response before it, so no mark.") from error

    def _beside(self) -> Iterable[Widget]:
        return (DecisionForm(self.desk.by.codebook, self),)

    def _begin(self) -> None:
        self._form = self.query_one(DecisionForm)
        self._form.display = False
        self._show_marks()

    def take_key(self, event: events.Key) -> bool:
        """Give a key to what is open: a line, the choice after `a`, the form."""
        if isinstance(self.focused, Words):
            return self.focused.take(event)
        if super().take_key(event):
            return True
        if self._transcript.span is not None or self.focused is self._outline:
            return False
        if self._adding:
            return self._take_add(event)
        return self._form.is_open and self._form.take_key(event)

    # Marking

    def action_add(self) -> None:
        """Ask what is to be marked here."""
        self._adding = True
        self._status.tell(_ADD_HELP)

    def _take_add(self, event: events.Key) -> bool:
        self._adding = False
        if event.key in ADDS:
            self.action_mark(ADDS[event.key])
        elif event.key == "x":
            self._try(lambda: self._selection.take_away(self._event))
        else:
            self._show_place()
            self._status.tell("nothing added.")
        return True

    def action_mark(self, kind: str) -> None:
        """Mark the act at or above the cursor, and show the form."""
        if self._try(lambda: self._selection.mark_act(kind, self._event)):
            self._show_form()

    def action_edit(self) -> None:
        """Give the form of the mark at or above the cursor the keys."""
        if self._form.is_open or self._try(lambda: self._selection.pick(self._event)):
            self._form.in_use = True
            self._show_form()

    def action_event(self, field: str) -> None:
        """Say where the selected mark was recognised, recovered or quoted."""
        self._try(lambda: self._selection.choose_event(field, self._event))

    def action_evidence(self) -> None:
        """Take the whole event at the cursor as evidence."""
        rows = self.desk.document.index.rows
        if rows:
            self._add_evidence(rows[self._event].event_id, None, None)

    @on(SpanChosen)
    def _span_chosen(self, message: SpanChosen) -> None:
        message.stop()
        self._add_evidence(message.event_id, message.start, message.end)

    def _add_evidence(self, event_id: str, start: int | None, end: int | None) -> None:
        told: list[str] = []

        def add() -> None:
            _, field = self._selection.add_evidence(event_id, start, end, self._event)
            told.append("before the start" if field == KNOWABLE else "after the start: harm")

        if self._try(add):
            self._status.tell(f"evidence from {told[0]}")

    def action_next_mark(self, way: int) -> None:
        """Go to the next or previous of my marks."""
        mark = self._selection.step(self._event, way)
        if mark is None:
            self._status.tell("no marks yet; d or s makes one.")
            return
        self._go_to(self._selection.number(mark))
        self._show_marks()

    def action_help(self) -> None:
        """Show the keys: the form's while it has the letters, else the text's."""
        if self._form.in_use:
            self.app.push_screen(Guide("the form", (), self._form.help))
        elif isinstance(self.app, Shell):
            self.app.action_help()

    # What the form does

    def choose(self, field: str, value: Any) -> None:
        """Give a field of the selected mark a value."""
        self._try(lambda: self._selection.choose(field, value, self._event))

    def write(self, field: str, text: str) -> None:
        """Save what is being typed."""
        state = self._where()
        self._try(lambda: self._selection.write(field, text, self._event, state), shows=False)

    def caret_moved(self) -> None:
        """Save where it stands now."""
        self._keep_place()

    def leave_text(self) -> None:
        """The typing is over: one step of it."""
        self.set_focus(self._transcript)
        self._try(self._held.settle)
        self._keep_place()

    def drop_evidence(self, field: str, number: int) -> None:
        """Take a passage away."""
        self._try(lambda: self._selection.drop_evidence(field, number, self._event))

    def waive(self, field: str) -> None:
        """Say that there is no evidence of a kind."""
        self._try(lambda: self._selection.waive(field, self._event))

    # Undoing

    def action_undo(self) -> None:
        """Undo the latest change of this assignment."""
        self._turn(self._held.undo, "undo")

    def action_redo(self) -> None:
        """Redo what was undone last."""
        self._turn(self._held.redo, "redo")

    def _turn(self, turn: Callable[[], Any], name: str) -> None:
        self._form.leave_text()
        at: list[int | None] = []

        def do() -> None:
            step = turn()
            if step is None:
                raise UserError(f"there is nothing to {name} in this assignment.")
            at.append(self._selection.turned(step))

        if self._try(do) and at[0] is not None:
            self._go_to(at[0])

    def _go_to(self, event: int) -> None:
        self._transcript.jump_to(Spot(event, 0))
        self._show_place()

    # Saving and showing

    def _try(self, change: Callable[[], object], *, shows: bool = True) -> bool:
        """Make a change and show it; a refusal is told, and the work goes on."""
        try:
            change()
        except NotSaved as error:
            # What was chosen or typed stays, on screen and in memory, until it can be saved.
            self._show_marks()
            return self._refuse(str(error))
        except UserError as error:
            self._refuse(str(error))
            self._mode_changed()
            return False
        except NoResultFound:
            self._held.renew()  # what is marked is there no more; the assignment may tell why
            return self._refuse(self._held.elsewhere)
        except SQLAlchemyError as error:
            return self._refuse(f"not done: {getattr(error, 'orig', None) or error}. Try again.")
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        if shows:
            self._show_marks()
        self._show_place()
        return True

    def _mode_changed(self) -> None:
        """Another terminal may have taken the assignment over just now."""

    def _refuse(self, reason: str) -> bool:
        self._status.tell(reason, refused=True)
        self._form.explain(reason, refused=True)
        return False

    def _mark_words(self, event: int) -> str:
        mark = self._selection.selected(event)
        return describe_mark(mark, self.desk.document.index.numbers) if mark else "no mark"

    def _show_form(self) -> None:
        mark = self._selection.selected(self._event)
        if mark is not None:
            # The form's own keys stand beside its options; these would mean something else.
            self.add_class("-deciding")
            missing = self._selection.missing(mark)
            self._form.show(mark, missing, self._title(mark), self._place_of)
        self._keep_place()

    def _title(self, mark: DraftMark) -> str:
        return f"{mark.kind} {self._selection.number(mark) + 1}"

    def _place_of(self, event_id: str) -> str:
        return f"event {self.desk.document.index.numbers.get(event_id, -1) + 1}"

    def _show_marks(self) -> None:
        letters = letters_of(self._selection.all, self.desk.document.index.numbers)
        self._transcript.show_letters(letters)
        self._outline.show_letters(letters)
        if self._form.is_open:
            if self._selection.selected(self._event) is None:
                self._close_form()
            else:
                self._show_form()

    def _close_form(self) -> None:
        self._form.close()
        self.remove_class("-deciding")
        self.set_focus(self._transcript)
        self._keep_place()

    def _keep_place(self) -> None:
        """Save where the annotator stands."""

    def _where(self) -> dict[str, Any]:
        """Where the annotator stands."""
        return {}
