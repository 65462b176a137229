"""The reader: a session's transcript, and the marks that this annotator makes in it.

Every change is stored before it is painted. Reads nobody else's marks and no model's words.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from annotation_tui.desk import Desk
from annotation_tui.layout import Spot
from annotation_tui.marks import OwnMark, letters_of
from annotation_tui.messages import ActChosen, CursorMoved
from annotation_tui.screens.guide import Guide, codebook_lines
from annotation_tui.screens.reader_keys import KEYS
from annotation_tui.widgets.decision_form import DecisionForm
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import KeyLine, StatusLine
from annotation_tui.widgets.transcript import Transcript
from transcripts.errors import UserError
from transcripts.text import visible_controls


class Reader(Screen[None]):
    """One session: transcript, outline, status, decision form."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._selection = desk.selection
        self._saved = ""
        """When something was last saved, as the status line tells it."""

    def compose(self) -> ComposeResult:
        """Outline and text side by side; below them search, form, status, keys."""
        desk = self.desk
        with Horizontal(id="texts"):
            yield Outline(desk.document.index, desk.words)
            yield Transcript(desk.document, desk.start)
        yield Input(id="search", placeholder="find", compact=True)
        yield DecisionForm(desk.by.codebook, self._choose)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Begin at the text, with whatever the import warned of."""
        self._transcript = self.query_one(Transcript)
        self._outline = self.query_one(Outline)
        self._form = self.query_one(DecisionForm)
        self._status = self.query_one(StatusLine)
        self._form.display = self.query_one("#search", Input).display = False
        self._transcript.focus()
        self._show_marks()
        self._show_place()
        if self.desk.session.warnings:
            self._status.tell(visible_controls(f"import warned: {self.desk.session.warnings[0]}"))

    @property
    def place(self) -> Spot:
        """Where the cursor stands."""
        return self._transcript.cursor

    @property
    def _event(self) -> int:
        return self._transcript.cursor.event

    def save(self) -> None:
        """Save what is being typed; everything else is saved already."""
        self._form.commit()

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
        """Move to the first or last row."""
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
            self._status.tell(f"no {name} {'below' if way > 0 else 'above'}.")

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
        box = self.query_one("#search", Input)
        box.display = True
        box.focus()

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_search()
        found = self.desk.document.find(event.value)
        self._transcript.refresh()
        if found:
            self.action_hit(1)
        else:
            self._status.tell(f"{visible_controls(event.value)!r} is nowhere in this session.")

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
        number = document.hits.index(spot.event) + 1
        self._status.tell(f"hit {number} of {len(document.hits)} events that have it")

    def _close_search(self) -> None:
        self.query_one("#search", Input).display = False
        self._transcript.focus()

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
            self._status.tell(str(error), refused=True)
            self._form.explain(str(error), refused=True)
            return False
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        self._show_marks()
        self._show_place()
        return True

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

    def _show_place(self) -> None:
        event, index = self._event, self.desk.document.index
        act = index.act_number(event)
        self._outline.show_current(act)
        mark = self._selection.selected(event)
        parts = (
            self.desk.session.external_id[:8],
            f"event {event + 1:,}/{len(index.rows):,}",
            f"act {act:,}/{len(index.acts):,}",
            self._selection.describe(mark) if mark else "no mark",
            self._saved,
        )
        self._status.show_place(visible_controls("  ".join(part for part in parts if part)))

    # Leaving

    def action_help(self) -> None:
        """Show the keys and the codebook's types."""
        self.app.push_screen(Guide("reader", KEYS, codebook_lines(self.desk.by.codebook)))

    def _close_form(self) -> None:
        self._form.close()
        self.query_one(KeyLine).display = True
        self._transcript.focus()

    def action_back(self) -> None:
        """Leave the search or the form; else the session."""
        if self.query_one("#search", Input).display:
            self._close_search()
        elif self._form.is_open:
            self._close_form()
        else:
            self.dismiss()
