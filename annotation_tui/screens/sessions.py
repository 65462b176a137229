"""The session list: what there is to read, and how far this annotator has marked it.

Shows no title, time or result, since those tell how a session ended.
"""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from sqlalchemy import Engine
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Static

from annotation_tui.catalogue import Listed, find_refusal, read_catalogue
from annotation_tui.screens.guide import Guide
from annotation_tui.widgets.status import KeyLine, StatusLine
from transcripts.rendering.text import visible_controls
from transcripts.tables import Session

COLUMNS = ("session", "project", "researcher", "events", "human acts", "my marks")

WIDE = 100
"""Columns of a terminal from which on names are hardly shortened."""

_NARROW = 12

KEYS = (
    Binding("enter", "open", "open", tooltip="Open the session", id="sessions.open"),
    Binding("j,down", "move(1)", "down", tooltip="Next session", id="sessions.down"),
    Binding("k,up", "move(-1)", "up", tooltip="Previous session", id="sessions.up"),
    Binding("question_mark", "help", "help", key_display="?", tooltip="Keys", id="sessions.help"),
    Binding("ctrl+q", "app.quit", "quit", tooltip="Leave the tool", id="sessions.quit"),
)


class SessionList(Screen[None]):
    """Home. Enter opens a session where this annotator left it."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    class Opened(Message):
        """A session is to be read."""

        def __init__(self, session: Session) -> None:
            super().__init__()
            self.session = session

    def __init__(self, engine: Engine, annotator: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._engine = engine
        self._annotator = annotator
        self._now = now
        self._listed: tuple[Listed, ...] = ()

    def compose(self) -> ComposeResult:
        """Heading, table, status, keys."""
        heading = f"sessions · annotator {visible_controls(self._annotator)} · blind"
        yield Static(heading, id="heading", markup=False)
        yield DataTable[Text](id="sessions", cursor_type="row", zebra_stripes=False)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Name the columns."""
        table = self._table
        for name in COLUMNS:
            table.add_column(name, key=name)

    def on_screen_resume(self) -> None:
        """Read the rows anew: marks may have been made meanwhile."""
        catalogue = read_catalogue(self._engine, self._annotator, self._now().date())
        self._listed = catalogue.listed
        table = self._table
        row = table.cursor_row
        table.clear()
        for listed in self._listed:
            # Text, because a plain string would be read as markup.
            table.add_row(*(Text(visible_controls(cell)) for cell in self._cells(listed)))
        table.move_cursor(row=row)
        table.focus()
        if catalogue.withheld:
            self.query_one(StatusLine).tell(
                f"{catalogue.withheld} more were withdrawn or may not be used any more."
            )
        elif not self._listed:
            self.query_one(StatusLine).tell("no sessions; `taste import` brings them in.")

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#sessions", DataTable)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._table.move_cursor(row=self._table.cursor_row + rows)

    def action_open(self) -> None:
        """Open the session under the cursor."""
        if not self._listed:
            return
        session = self._listed[self._table.cursor_row].session
        refusal = find_refusal(self._engine, session, self._now().date())
        if refusal is None and not session.event_count:
            refusal = "this session has no events."
        if refusal is None:
            self.post_message(self.Opened(session))
        else:
            self.query_one(StatusLine).tell(refusal, refused=True)

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_open()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Guide("sessions", KEYS))

    def _cells(self, listed: Listed) -> tuple[str, ...]:
        session = listed.session
        room = _NARROW if self.app.size.width < WIDE else WIDE
        return (
            listed.name,
            shorten(session.project or "", room),
            shorten(session.researcher or "", room),
            f"{session.event_count:,}",
            f"{listed.acts:,}",
            str(listed.marks),
        )


def shorten(text: str, room: int) -> str:
    """The text, or its beginning where it takes more than `room` characters."""
    return text if len(text) <= room else f"{text[: room - 1]}…"
