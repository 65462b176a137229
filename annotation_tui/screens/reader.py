"""The reader: a session's transcript, and the marks that this annotator makes in it.

Every change is stored before it is painted. Reads nobody else's marks and no model's words.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar

from sqlalchemy.exc import OperationalError
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from annotation_tui.clock import View
from annotation_tui.desk import Annotating, Desk, open_desk
from annotation_tui.layout import Spot
from annotation_tui.marks import OwnMark, letters_of
from annotation_tui.screens.guide import Guide, codebook_lines
from annotation_tui.screens.reader_keys import KEYS
from annotation_tui.screens.reading import Reading
from annotation_tui.widgets.decision_form import DecisionForm
from annotation_tui.widgets.status import KeyLine
from taste.assignment_tables import Assignment
from taste.drafts.leases import take_lease
from taste.drafts.store import DraftStore
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session


class Reader(Reading):
    """Reading, with the keys that mark and the form that decides."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, desk: Desk, store: DraftStore, assignment: int) -> None:
        super().__init__(desk)
        self._store = store
        self._assignment = assignment
        self._selection = desk.selection

    def compose(self) -> ComposeResult:
        """Below the status line the keys."""
        yield from super().compose()
        yield KeyLine(KEYS)

    def _panels(self) -> Iterable[Widget]:
        return (DecisionForm(self.desk.by.codebook, self._choose),)

    def _begin(self) -> None:
        self._form = self.query_one(DecisionForm)
        self._form.display = False
        self._show_marks()

    def save(self) -> None:
        """Save what is being typed; everything else is saved already."""
        self._form.commit()
        self._store.put_state({"number": self.place.event, "row": self.place.row})

    def in_view(self) -> View | None:
        """What is in view, and the point whose form is open."""
        first, last = self._transcript.positions_in_view
        mark = self._selection.selected(self._event) if self._form.is_open else None
        cut = mark.cut if mark else None
        return View(self._assignment, first, last, self._store.add_activity, cut)

    def take_key(self, event: events.Key) -> bool:
        """Give a key to an open line, else to the form if that is open."""
        return super().take_key(event) or (
            self._form.is_open
            and not isinstance(self.focused, Input)
            and self._form.take_key(event)
        )

    # Marking

    def action_mark(self, kind: str) -> None:
        """Mark the act at or above the cursor, and open the form."""
        if self._try(lambda: self._selection.mark_act(kind, self._event)):
            self._open_form()

    def action_edit(self) -> None:
        """Open the form for the mark at or above the cursor."""
        if self._try(lambda: self._selection.pick(self._event)):
            self._open_form()

    def action_event(self, field: str) -> None:
        """Say where the selected detour was recognised or recovered."""
        self._try(lambda: self._selection.choose_event(field, self._event))

    @on(Input.Submitted, "#rationale")
    def _reasoned(self) -> None:
        self._leave_line()

    def _leave_line(self) -> None:
        """From the rationale back to the form's keys; leaving it saves it."""
        self._form.commit()
        self.set_focus(self._transcript)

    def _choose(self, field: str, value: str | int | None) -> None:
        """Store what the form's annotator has chosen."""
        self._try(lambda: self._selection.choose(field, value, self._event), commits=False)

    def action_undo(self) -> None:
        """Undo the latest change in this session."""
        self._try(lambda: self._go_to(self._selection.undo()))

    def action_redo(self) -> None:
        """Redo what was undone last."""
        self._try(lambda: self._go_to(self._selection.redo()))

    def _go_to(self, event: int) -> None:
        self._transcript.jump_to(Spot(event, 0))

    def _try(self, change: Callable[[], object], *, commits: bool = True) -> bool:
        """Make a change and show it; a refusal is told, and the work goes on."""
        if commits:
            self._form.commit()
        try:
            change()
        except UserError as error:
            return self._refuse(str(error))
        except OperationalError as error:
            return self._refuse(f"not saved: {error.orig}. Try again.")
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        self._show_marks()
        self._show_place()
        return True

    def _refuse(self, reason: str) -> bool:
        self._status.tell(reason, refused=True)
        self._form.explain(reason, refused=True)
        return False

    def _open_form(self) -> None:
        mark = self._selection.selected(self._event)
        if mark is not None:
            self._form.open(mark.label, self._title(mark))
            # The form's own keys stand beside its options; these would mean something else.
            self.query_one(KeyLine).display = False

    def _title(self, mark: OwnMark) -> str:
        return f"{mark.label.kind} {self._selection.describe(mark)}"

    def _show_marks(self) -> None:
        letters = letters_of(self._selection.all, self.desk.document.index.numbers)
        self._transcript.show_letters(letters)
        self._outline.show_letters(letters)
        if self._form.is_open:
            mark = self._selection.selected(self._event)
            if mark is None:
                self._close_form()
            else:
                self._form.show_label(mark.label, self._title(mark))

    # Leaving

    def action_help(self) -> None:
        """Show the keys and the codebook's types."""
        self.app.push_screen(Guide("reader", KEYS, codebook_lines(self.desk.by.codebook)))

    def _close_form(self) -> None:
        self._form.close()
        self.query_one(KeyLine).display = True
        self.set_focus(self._transcript)

    def action_back(self) -> None:
        """Leave the search, the rationale or the form; else the session."""
        if self._search.display:
            self._close_search()
        elif isinstance(self.focused, Input):
            self._leave_line()
        elif self._form.is_open:
            self._close_form()
        else:
            self.save()
            self.dismiss()


def open_reader(by: Annotating, assignment: Assignment) -> Screen[None]:
    """The reader of an assignment's session, where its annotator left it."""
    assert assignment.id is not None
    take_lease(by.engine, assignment.id, by.holder, by.now(), over=True)
    store = DraftStore(by.engine, assignment.id, by.holder, by.now)
    with Db(by.engine) as db:
        session = db.get_one(Session, assignment.session_id)
    state = store.read_state()
    place = Spot(state["number"], state["row"]) if "number" in state else None
    return Reader(open_desk(by, session, place), store, assignment.id)
