"""Moving through a session: by rows, events and acts, back to where one was, and folding."""

from collections.abc import Callable, Iterable

from sqlalchemy.exc import SQLAlchemyError
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from annotation_tui.desk import Readable
from annotation_tui.layout import Spot
from annotation_tui.messages import ActChosen, CursorMoved
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import StatusLine
from annotation_tui.widgets.transcript import Transcript
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

_TRAIL = 100
"""Places that are kept to go back to."""


class Moving(Screen[None]):
    """A screen with a transcript, its outline, lines to type into, and a status line."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    desk: Readable

    def __init__(self, desk: Readable) -> None:
        super().__init__()
        self.desk = desk
        self._saved = ""
        """When something was last saved, as the status line tells it."""
        self._trail: list[Spot] = []
        """Where jumps began, the latest last."""

    def compose(self) -> ComposeResult:
        """Outline and text side by side, below them the lines to type into and the status."""
        desk = self.desk
        with Horizontal(id="texts"):
            yield from self._beside()
            yield Outline(desk.document.index, desk.words)
            yield Transcript(desk.document, desk.start)
        yield from self._lines()
        yield StatusLine()

    def _beside(self) -> Iterable[Widget]:
        """What else stands beside the text, or below it where there is no room."""
        return ()

    def _lines(self) -> Iterable[Input]:
        """Lines to type into, hidden at first."""
        for name in ("number",):
            yield Input(id=name, classes="line", compact=True)

    def _mark_words(self, event: int) -> str:  # noqa: ARG002
        """What the status line tells of a mark."""
        return ""

    def _view_words(self) -> str:
        """What the status line tells of what is left out."""
        return ""

    def _begin(self) -> None:
        """What else is to be done before the first paint."""

    def on_mount(self) -> None:
        """Begin at the text, with whatever the import warned of."""
        self._transcript = self.query_one(Transcript)
        self._outline = self.query_one(Outline)
        self._status = self.query_one(StatusLine)
        for line in self.query(".line"):
            line.display = False
        self.set_focus(self._transcript)
        self._prepare()
        self._begin()
        self._show_place()
        if self.desk.warnings:
            self._status.tell(visible_controls(f"import warned: {self.desk.warnings[0]}"))

    def _prepare(self) -> None:
        """What the parts of reading do before the first paint."""

    @property
    def place(self) -> Spot:
        """Where the cursor stands."""
        return self._transcript.cursor

    @property
    def _event(self) -> int:
        return self._transcript.cursor.event

    @property
    def _event_id(self) -> str | None:
        rows = self.desk.document.index.rows
        return rows[self._event].event_id if rows else None

    def _show_place(self) -> None:
        event = self._event
        self._outline.show_place(event)
        words = (self._view_words(), self._mark_words(event))
        told = "  ".join(part for part in words if part)
        self._status.show_place(self.desk.describe(event, told, self._saved))

    def _try(self, change: Callable[[], object]) -> bool:
        """Make a change that is saved; a refusal is told, and the work goes on."""
        try:
            change()
        except UserError as error:
            self._status.tell(str(error), refused=True)
            return False
        except SQLAlchemyError as error:
            told = f"not saved: {getattr(error, 'orig', None) or error}. Try again."
            self._status.tell(told, refused=True)
            return False
        return True

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the line that is open by now, though it was typed before that opened.

        Keys that are typed fast are on their way while an earlier one still opens a line. They
        come here in order, and after what the earlier ones did.
        """
        if not isinstance(self.focused, Input):
            return False
        if event.key == "enter":
            self.call_later(self.focused.action_submit)
        elif event.is_printable and event.character:
            self.focused.insert_text_at_cursor(event.character)
        else:
            return False
        return True

    # Lines to type into

    def _ask(self, name: str, placeholder: str, value: str = "") -> None:
        line = self.query_one(f"#{name}", Input)
        line.placeholder, line.value = placeholder, value
        line.cursor_position = len(value)
        line.display = True
        self.set_focus(line)

    def _close_line(self, name: str) -> bool:
        """Close a line; False where it was not open."""
        line = self.query_one(f"#{name}", Input)
        was_open = bool(line.display)
        line.display = False
        if was_open:
            self.set_focus(self._transcript)
        return was_open

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
