"""Moving through a session: by rows, events and acts, back to where one was, and folding."""

from textual import on
from textual.widgets import Input

from annotation_tui.desk import Readable
from annotation_tui.layout import Spot
from annotation_tui.messages import ActChosen, CursorMoved
from annotation_tui.screens.texts import TextScreen
from transcripts.rendering.text import visible_controls

_TRAIL = 100
"""Places that are kept to go back to."""


class Moving(TextScreen):
    """The keys that move, fold, and lead back."""

    def __init__(self, desk: Readable) -> None:
        super().__init__(desk)
        self._trail: list[Spot] = []
        """Where jumps began, the latest last."""

    def close_innermost(self) -> bool:
        """Leave the innermost thing that is open; False where only the text is."""
        if self._close_line("number"):
            return True
        if self.focused is self._outline or self.has_class("-outline"):
            self._leave_outline()
            return True
        return False

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
        self._remember()
        self._transcript.move_to_end(last=last)
        self._show_place()

    def action_word(self, way: int) -> None:
        """Move to the next or previous word of the event."""
        self._transcript.move_word(way)
        self._show_place()

    def action_event_by(self, way: int) -> None:
        """Move to the next or previous event."""
        self._transcript.move_event(way)
        self._show_place()

    def action_jump(self, what: str, way: int) -> None:
        """Move to the next or previous decision or tool error."""
        before = self.place
        if self._transcript.move_to_next(what, way):
            self._remember(before)
            self._show_place()
        else:
            name = self.desk.document.index.decision if what == "act" else "tool error"
            shown = "" if self._shows_all() else " of what is shown"
            self._status.tell(f"no {name} {'below' if way > 0 else 'above'}{shown}.")

    def _shows_all(self) -> bool:
        document = self.desk.document
        return len(document.order.events) == len(document.index.rows) and not document.order.gaps

    def go_to(self, event: int, row: int = 0) -> None:
        """Go to an event, whatever is left out; back leads here again."""
        self._remember()
        self._reveal(event)
        self._transcript.jump_to(Spot(event, row))
        self._show_place()

    def _reveal(self, event: int) -> None:
        """Make sure that an event is shown."""

    def _remember(self, spot: Spot | None = None) -> None:
        spot = spot or self.place
        if not self._trail or self._trail[-1].event != spot.event:
            self._trail = [*self._trail[-_TRAIL:], spot]

    def action_backwards(self) -> None:
        """Go back to where the latest jump began."""
        if not self._trail:
            self._status.tell("there is nowhere to go back to.")
            return
        self._show_spot(self._trail.pop())

    def action_last_place(self) -> None:
        """Go to where the latest jump began; again, and one is here again."""
        if not self._trail:
            self._status.tell("there was no jump yet; - comes back from one.")
            return
        spot, self._trail[-1] = self._trail[-1], self.place
        self._show_spot(spot)

    def _show_spot(self, spot: Spot) -> None:
        self._reveal(spot.event)
        self._transcript.jump_to(spot)
        self._show_place()

    def action_number(self) -> None:
        """Ask for the number of an event or act."""
        self._ask("number", "number of an event, or a and the number of an act")

    @on(Input.Submitted, "#number")
    def _numbered(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_line("number")
        told, index = event.value.strip().replace(",", ""), self.desk.document.index
        places = index.acts if told[:1] == "a" else range(len(index.rows))
        digits = told.removeprefix("a").strip()
        if digits.isascii() and digits.isdigit() and 1 <= int(digits[:9]) <= len(places):
            self.go_to(places[int(digits[:9]) - 1])
        else:
            what = "act" if told[:1] == "a" else "event"
            self._status.tell(f"no {what} {visible_controls(digits)!r}; there are {len(places):,}.")

    @on(CursorMoved)
    def _moved(self) -> None:
        self._show_place()

    def action_fold(self) -> None:
        """Fold or unfold the event under the cursor."""
        self._transcript.turn_fold()
        self._show_place()

    def action_fold_all(self) -> None:
        """Unfold all, or fold all results."""
        self._transcript.turn_all_folds()
        self._show_place()

    # The outline

    def action_outline(self) -> None:
        """Give the outline the keys, or go back to the text."""
        if self.focused is self._outline:
            self._leave_outline()
            return
        self.add_class("-outline")
        self._outline.take_keys()
        self._show_place()

    def _leave_outline(self) -> None:
        self.remove_class("-outline")
        self.set_focus(self._transcript)
        self._show_place()

    @on(ActChosen)
    def _act_chosen(self, message: ActChosen) -> None:
        self._leave_outline()
        self.go_to(message.event)
