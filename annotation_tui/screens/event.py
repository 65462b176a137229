"""One event in full: Markdown, JSON or a diff drawn as such, or the text as it is stored.

One widget that renders the rows in view; what takes long to draw is shown as plain text.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from annotation_tui.copying import copy
from annotation_tui.drawing import drawings
from annotation_tui.keymap import keys_of
from annotation_tui.widgets.sheet import Sheet
from annotation_tui.widgets.status import StatusLine
from transcripts.queries import IndexRow
from transcripts.rendering.text import visible_controls

_key = keys_of("event")


class EventScreen(Screen[None]):
    """Esc goes back to the same row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("drawing", "tab", "draw", "Next way of drawing: Markdown, JSON, diff, text"),
        _key("down", "j,down", "rows(1)", "Line down"),
        _key("up", "k,up", "rows(-1)", "Line up"),
        _key("half_down", "ctrl+d", "pages(0.5)", "Half a page down"),
        _key("half_up", "ctrl+u", "pages(-0.5)", "Half a page up"),
        _key("page_down", "space,pagedown", "pages(1)", "Page down"),
        _key("page_up", "b,pageup", "pages(-1)", "Page up"),
        _key("first", "g,home", "rows(-1000000000)", "First row"),
        _key("last", "G,end", "rows(1000000000)", "Last row"),
        _key("copy", "y", "copy", "Copy the whole text"),
        _key("back", "escape,q,enter", "back", "Back to the transcript"),
    ]

    def __init__(self, number: int, row: IndexRow, text: str) -> None:
        super().__init__()
        self._number, self._row, self._text = number, row, text
        self._ways = drawings(text)

    def compose(self) -> ComposeResult:
        """Heading, text, status."""
        row = self._row
        what = " ".join(part for part in (row.kind, row.tool, "(error)" * row.is_error) if part)
        size = f"{row.n_lines:,} lines, {row.n_chars:,} characters"
        heading = visible_controls(f"event {self._number:,}  {what}  {size}".replace("\n", " "))
        yield Static(heading, id="heading", markup=False)
        yield Sheet(self._text, self._ways[0])
        yield StatusLine()

    def on_mount(self) -> None:
        """Give the text the keys."""
        self._sheet = self.query_one(Sheet)
        self.set_focus(self._sheet)
        self._tell()

    def _tell(self) -> None:
        others = [way for way in self._ways if way != self._sheet.way]
        more = f"  tab: {', '.join(others)}" if others else ""
        self.query_one(StatusLine).tell(f"as {self._sheet.way}{more}  y copies  esc back")

    def action_draw(self) -> None:
        """Draw in the next way."""
        at = self._ways.index(self._sheet.way)
        self._sheet.draw(self._ways[(at + 1) % len(self._ways)])
        self._tell()

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._sheet.scroll_rows(rows)

    def action_pages(self, pages: float) -> None:
        """Scroll by pages."""
        self._sheet.scroll_rows(round(pages * max(1, self._sheet.size.height - 1)))

    def action_copy(self) -> None:
        """Copy the text as it is stored."""
        self.query_one(StatusLine).tell(copy(self.app, self._text))

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()
