"""The adjudicator's form: what each side says, what stands, why they differed, how sure one is.

It stands below the text, never over it; the screen that holds it has the keys.
"""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from annotation_tui.ruling_table import (
    FieldRow,
    cause_content,
    decision_content,
    room_for,
    sure_content,
    table_content,
    window,
)
from annotation_tui.widgets.saved_line import SavedLine
from taste.adjudicating.cases import Case
from taste.adjudicating.ruling import Ruling

NOTE_ROWS = 4
"""Rows that a field in full may take."""


class CaseReason(SavedLine):
    """The line for the reason; what is typed is stored before it is painted."""

    def __init__(self, store: Callable[[str], None], moved: Callable[[], None]) -> None:
        super().__init__(id="case-reason", compact=True, select_on_focus=False)
        self._store, self._moved = store, moved

    def store_text(self, text: str) -> None:
        """Store the text as it now stands."""
        self._store(text)

    def store_caret(self) -> None:
        """Store where the caret stands."""
        if self.has_focus:
            self._moved()


class RulingForm(Vertical):
    """Shows one case and what is decided of it."""

    def __init__(self, store: Callable[[str], None], moved: Callable[[], None]) -> None:
        super().__init__(id="ruling")
        self._reason = CaseReason(store, moved)

    def compose(self) -> ComposeResult:
        """Title, fields, decision, cause, how sure, reason, what is lacking."""
        yield Static(id="case-title", markup=False)
        yield Static(id="case-fields", markup=False)
        yield Static(id="case-decision", markup=False)
        yield Static(id="case-cause", markup=False)
        with Horizontal(id="case-line"):
            yield Static(id="case-sure", markup=False)
            yield Static("enter reason ", id="case-reason-name", markup=False)
            yield self._reason
        yield Static(id="case-note", markup=False)

    @property
    def reason(self) -> Input:
        """The line for the reason."""
        return self._reason

    def show_case(
        self,
        title: str,
        case: Case,
        ruling: Ruling,
        rows: Sequence[FieldRow],
        at: int,
        *,
        in_use: bool,
    ) -> None:
        """Show a case as it now stands."""
        self._write("#case-title", Content(title))
        fields = self.query_one("#case-fields", Static)
        room = room_for(self.screen.size.height)
        fields.styles.height = 1 + len(window(rows, at, room))
        width = max(40, (self.size.width or 80) - 2)
        self._write("#case-fields", table_content(case, rows, at, (width, room), in_use=in_use))
        self._write("#case-decision", decision_content(case, ruling))
        self._write("#case-cause", cause_content(ruling))
        self._write("#case-sure", sure_content(ruling))
        reason = ruling.reason or ""
        # A blank at the end is still being typed: what is stored has it as well.
        if self._reason.value != reason:
            with self._reason.prevent(Input.Changed):
                self._reason.value = reason

    def tell(self, note: str) -> None:
        """Write what stands below: a field in full, or what is lacking."""
        width = max(40, (self.size.width or 80) - 2)
        line = self.query_one("#case-note", Static)
        line.styles.height = min(NOTE_ROWS, max(1, len(Content(note).wrap(width))))
        self._write("#case-note", Content(note))

    def _write(self, where: str, text: Content) -> None:
        self.query_one(where, Static).update(text, layout=False)
