"""A transcript laid out in its window: how the cursor moves, and what is in view."""

from textual import events
from textual.geometry import Size

from annotation_tui.document import Document
from annotation_tui.layout import Order, Spot, run_around
from annotation_tui.messages import CursorMoved
from annotation_tui.widgets.painting import Painting
from annotation_tui.widgets.rows import GUTTER


class Walking(Painting):
    """A session's events; the cursor is an event and a row in it, never a raw offset."""

    def __init__(self, document: Document, cursor: Spot) -> None:
        super().__init__(document, cursor)
        self._anchor: int | None = None
        """Character that the cursor keeps to while windows change, until it is moved."""
        self._wanted_line: int | None = None
        """Row of the window to begin on."""

    @property
    def positions_in_view(self) -> tuple[int, int]:
        """Positions of the first and last event in view, of the run that the cursor is in.

        Events that a filter or the skim view leaves out were not in view. Last before first where
        there is none.
        """
        if self.is_empty:
            return 0, -1
        top, heights = self.scroll_offset.y, self.document.heights
        bottom = top + max(1, self.size.height) - 1
        events = heights.between(heights.locate(top).event, heights.locate(bottom).event)
        run = run_around(events, self.cursor.event)
        if run is None:
            return 0, -1
        rows = self.document.index.rows
        return rows[run[0]].position, rows[run[1]].position

    # Layout

    @property
    def line(self) -> int:
        """Row of the window on which the cursor stands."""
        if self.is_empty:
            return 0
        return max(0, min(self._cursor_y() - self.scroll_offset.y, self.size.height - 1))

    @line.setter
    def line(self, line: int) -> None:
        self._wanted_line = line

    def on_resize(self) -> None:
        """Lay the text out anew where the width changed; the cursor keeps its words."""
        width = self.scrollable_content_region.width - GUTTER
        if width > 0 and width != self.document.width:
            if self._anchor is None and not self.is_empty:
                self._anchor = self.document.offset_of(self.cursor)
            self.document.measure(width)
            if self._anchor is not None:
                self.cursor = self.document.spot_at(self.cursor.event, self._anchor)
            self.rows_changed()
        if self._wanted_line is not None and not self.is_empty:
            self._scroll(self._cursor_y() - self._wanted_line)
            self._wanted_line = None
        self._show_around()

    def rows_changed(self) -> None:
        """Take over the document's heights."""
        total = self.document.heights.total
        self.virtual_size = Size(self.size.width, total)
        self.vertical_scrollbar.window_virtual_size = total
        self._scroll(min(self.scroll_offset.y, self.max_scroll_y))
        self.refresh()

    def turn_fold(self) -> None:
        """Fold or unfold the event under the cursor, which stays on its event."""
        if not self.is_empty and self.document.heights.shows(self.cursor.event):
            offset = self._cursor_y() - self.scroll_offset.y
            self.document.turn_fold(self.cursor.event)
            self._after_fold(offset)

    def turn_all_folds(self) -> None:
        """Unfold all, or fold again what begins folded."""
        if not self.is_empty:
            offset = self._cursor_y() - self.scroll_offset.y
            self.document.turn_all_folds()
            self._after_fold(offset)

    def _after_fold(self, offset: int) -> None:
        """Keep the cursor on its event and, as far as there are rows, on its line."""
        self.rows_changed()
        self._scroll(self._cursor_y() - max(0, min(offset, self.size.height - 1)))
        self.move_to(self.cursor)

    # Movement

    def move_to(self, spot: Spot) -> None:
        """Put the cursor on a row and scroll as little as shows it."""
        if self.is_empty:
            return
        self._anchor = self.caret = None
        before, top = self.cursor, self.scroll_offset.y
        self.cursor = self.document.heights.locate(self.document.heights.row_of(spot))
        self._show_cursor()
        if (before.event, top) == (self.cursor.event, self.scroll_offset.y):
            self.refresh_line(self.document.heights.row_of(before))
            self.refresh_line(self._cursor_y())
        else:
            self.refresh()

    def jump_to(self, spot: Spot) -> None:
        """Put the cursor on a row with some of what precedes and more of what follows it."""
        y, top, height = self.document.heights.row_of(spot), self.scroll_offset.y, self.size.height
        if not top <= y <= top + 2 * height // 3:
            self._scroll(y - height // 3)
        self.move_to(spot)

    def move_rows(self, rows: int, *, scroll: bool = False) -> None:
        """Move by rows; with `scroll` the text moves along under the cursor."""
        if scroll:
            self._scroll(self.scroll_offset.y + rows)
        self.move_to(self.document.heights.locate(self._cursor_y() + rows))

    def move_pages(self, pages: float) -> None:
        """Move by pages of the window."""
        self.move_rows(round(pages * max(1, self.size.height - 1)), scroll=True)

    def move_event(self, way: int) -> None:
        """To the next event, or to the beginning of this one and then the previous."""
        if self.is_empty:
            return
        event, row = self.cursor.event, self.cursor.row
        target = event if way < 0 and row else self.document.heights.step(event, way)
        if target is not None:
            self.jump_to(Spot(target, 0))

    def move_to_next(self, what: str, way: int) -> bool:
        """To the next or previous human act or tool error; False where there is none."""
        step, shows = self.document.index.step, self.document.heights.shows
        target = step(what, self.cursor.event, way)
        while target is not None and not shows(target):
            target = step(what, target, way)
        if target is None:
            return False
        self.jump_to(Spot(target, 0))
        return True

    def move_to_end(self, *, last: bool) -> None:
        """To the first or last row."""
        self.move_to(self.document.heights.locate(self.document.heights.total if last else 0))

    def show(self, order: Order, spot: Spot) -> None:
        """Show other events; the cursor goes to a spot, or near it, on the line that it is on."""
        offset = self._cursor_y() - self.scroll_offset.y if not self.is_empty else 0
        self.document.show(order)
        self.cursor = spot
        if not self.is_empty:
            self._after_fold(offset)

    def _cursor_y(self) -> int:
        return self.document.heights.row_of(self.cursor)

    def _show_cursor(self) -> None:
        if self.is_empty:
            return
        y, top, height = self._cursor_y(), self.scroll_offset.y, self.size.height
        if y < top:
            self._scroll(y)
        elif y >= top + height:
            self._scroll(y - height + 1)

    def _show_around(self) -> None:
        """Show the cursor with what follows it, if it is not well in view."""
        if not self.is_empty:
            y, top, height = self._cursor_y(), self.scroll_offset.y, self.size.height
            if not top <= y < top + height - 1:
                self._scroll(y - height // 3)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(0, y), animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse points."""
        if not self.is_empty:
            self.move_to(self.document.heights.locate(self.scroll_offset.y + event.y))
            self.post_message(CursorMoved(self.cursor.event))
