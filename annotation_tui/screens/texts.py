"""A screen with a session's text: what stands on it, its lines to type into, its status."""

from collections.abc import Callable, Iterable

from sqlalchemy.exc import SQLAlchemyError
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from annotation_tui.desk import Readable
from annotation_tui.layout import Spot
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import StatusLine
from annotation_tui.widgets.transcript import Transcript
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls


class TextScreen(Screen[None]):
    """A screen with a transcript, its outline, lines to type into, and a status line."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    desk: Readable

    def __init__(self, desk: Readable) -> None:
        super().__init__()
        self.desk = desk
        self._saved = ""
        """When something was last saved, as the status line tells it."""

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
        yield Input(id="number", classes="line", compact=True, select_on_focus=False)

    def _mark_words(self, event: int) -> str:  # noqa: ARG002
        """What the status line tells of a mark."""
        return ""

    def _view_words(self) -> str:
        """What the status line tells of what is left out."""
        return ""

    def _begin(self) -> None:
        """What else is to be done before the first paint."""

    def on_mount(self) -> None:
        """Begin at the text."""
        self._transcript = self.query_one(Transcript)
        self._outline = self.query_one(Outline)
        self._status = self.query_one(StatusLine)
        for line in self.query(".line"):
            line.display = False
        self.set_focus(self._transcript)
        self._prepare()
        self._begin()
        self._bring_back()
        self._show_place()

    @property
    def notes(self) -> str:
        """What the help says below the keys: all that the import warned of."""
        warnings = self.desk.warnings
        return visible_controls("\n\n".join(f"! import warned: {one}" for one in warnings))

    def _prepare(self) -> None:
        """What the parts of reading do before the first paint."""

    def _bring_back(self) -> None:
        """Show what was shown when this was left; marks are known by now."""

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
        warned = "! see ?" if self.desk.warnings else ""
        words = (self._view_words(), self._mark_words(event), warned)
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
