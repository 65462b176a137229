"""Reading what stands beside two moves: scrolling, searching, one move or both. Writes nothing."""

from collections.abc import Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from annotation_tui.widgets.passage import Headed, Passage
from annotation_tui.widgets.status import StatusLine

SIDE_BY_SIDE = 120
"""Columns from which on both moves are shown at once."""


class PairReading(Screen[None]):
    """The texts of a view above, two moves below them, a search line and a status line."""

    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._other = False
        """On a narrow screen: whether move B is shown."""

    def compose(self) -> ComposeResult:
        """The texts above, the moves below them, then what else there is."""
        yield Static(id="judging-head", markup=False)
        yield Passage((), id="beside")
        with Horizontal(id="moves"):
            yield Passage((), id="move-first")
            yield Passage((), id="move-second")
        yield Input(id="search", placeholder="find", compact=True)
        yield from self._panels()

    def _panels(self) -> Iterable[Widget]:
        """What stands below the moves."""
        yield StatusLine()

    def _keep_place(self) -> None:
        """Remember where the reader stands."""

    def _leave_line(self) -> None:
        """Leave the line that is open."""
        self._search.display = False
        self.set_focus(None)

    def on_mount(self) -> None:
        """Nothing takes the focus but lines that are written in."""
        self._beside = self.query_one("#beside", Passage)
        self._moves = (
            self.query_one("#move-first", Passage),
            self.query_one("#move-second", Passage),
        )
        self._status = self.query_one(StatusLine)
        self._search = self.query_one("#search", Input)
        self._search.display = False
        for passage in (self._beside, *self._moves):
            passage.can_focus = False
        self._ready()

    def _ready(self) -> None:
        """What else is to be done once the widgets are there."""

    def _show_texts(self, heading: str, texts: Iterable[Headed], first: str, second: str) -> None:
        self.query_one("#judging-head", Static).update(Content(heading), layout=False)
        self._beside.show(tuple(texts))
        self._moves[0].show([("", first)])
        self._moves[1].show([("", second)])
        self._show_moves()

    def _go_to_row(self, row: object) -> None:
        """To the row that was read last; of a new pair, to the open point."""
        if isinstance(row, list):
            self._beside.go_to((int(row[0]), int(row[1])))
        else:
            self._beside.go_to_end_of(0)

    def _show_moves(self) -> None:
        narrow = self.app.size.width < SIDE_BY_SIDE
        for number, (passage, name) in enumerate(zip(self._moves, "AB", strict=True)):
            passage.display = not narrow or number == int(self._other)
            other = f" · tab shows {'BA'[number]}" if narrow else ""
            passage.border_title = Content(f"move {name}{other}")

    def on_resize(self) -> None:
        """Side by side where there is room."""
        self.call_after_refresh(self._show_moves)

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
