"""The transcript: one scroll view that renders only the rows in view, never a widget per event.

It moves the cursor and folds; it knows nothing of annotations but the letters to draw.
"""

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.document import Document
from annotation_tui.layout import Order, Spot, run_around
from annotation_tui.messages import CursorMoved
from annotation_tui.widgets.rows import (
    GUTTER,
    Piece,
    bar_of,
    body_pieces,
    gap_pieces,
    header_pieces,
    more_pieces,
)

_ROLES = ("human", "agent", "call", "result", "aside", "error", "mark", "hit", "cursor", "quiet")


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """A session's events; the cursor is an event and a row in it, never a raw offset."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{role}" for role in _ROLES}
    ALLOW_SELECT = False

    # More or fewer rows move nothing outside: no layout of the screen, no second paint.
    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, document: Document, cursor: Spot) -> None:
        super().__init__(id="transcript")
        self.document = document
        self.cursor = cursor
        self.letters: Mapping[int, str] = {}
        self._styles: dict[str, Style] = {}
        self._anchor: int | None = None
        """Character that the cursor keeps to while windows change, until it is moved."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no event to stand on, or none is laid out yet."""
        return not len(self.document.heights)

    @property
    def positions_in_view(self) -> tuple[int, int]:
        """Positions of the first and last event in view; of the cursor's where some are left out.

        Last before first where there is none.
        """
        if self.is_empty:
            return 0, -1
        top, locate = self.scroll_offset.y, self.document.heights.locate
        bottom = min(top + self.size.height, self.document.heights.total)
        events = [locate(y).event for y in range(top, bottom)]
        if not events or events[-1] - events[0] >= len(set(events)):
            events = [self.cursor.event]
        rows = self.document.index.rows
        return rows[events[0]].position, rows[events[-1]].position

    # Layout

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
        self._anchor = None
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

    def in_view(self) -> tuple[int, int]:
        """Numbers of the first and last event in view, of the run of events the cursor is in."""
        top, heights = self.scroll_offset.y, self.document.heights
        first = heights.locate(top).event
        last = heights.locate(top + max(1, self.size.height) - 1).event
        events = heights.between(first, last)
        return run_around(events, self.cursor.event) or (first, first - 1)

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

    # Rendering

    def show_letters(self, letters: Mapping[int, str]) -> None:
        """Draw these letters beside their events: D, S, R, X."""
        self.letters = letters
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget the styles of the former theme."""
        super().notify_style_update()
        self._styles.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render rows of the window; the texts that they need come in one query."""
        if not self.is_empty:
            first = self.document.heights.locate(self.scroll_offset.y + crop.y)
            last = self.document.heights.locate(self.scroll_offset.y + crop.bottom - 1)
            self.document.fetch(self.document.heights.between(first.event, last.event))
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one row of the window."""
        line = self.scroll_offset.y + y
        if self.is_empty or line >= self.document.heights.total:
            return Strip.blank(self.size.width, self.rich_style)
        spot = self.document.heights.locate(line)
        at_cursor = spot == self.cursor
        segments = [
            Segment(text, self._style(role, at_cursor=at_cursor))
            for text, role in self._pieces(spot, at_cursor=at_cursor)
        ]
        strip = Strip(segments).crop(0, self.size.width)
        return strip.extend_cell_length(self.size.width, self._style("", at_cursor=at_cursor))

    def _pieces(self, spot: Spot, *, at_cursor: bool) -> list[Piece]:
        row = self.document.index.rows[spot.event]
        bar = bar_of(current=spot.event == self.cursor.event, at_cursor=at_cursor)
        gap = self.document.gap(spot.event)
        if gap is not None:
            return gap_pieces(gap, bar)
        if spot.row == 0:
            letters = self.letters.get(spot.event, "")
            subagents = self.document.subagents.get(spot.event, "")
            return header_pieces(row, spot.event + 1, letters, bar, subagents)
        text = self.document.body_row(spot)
        if text is None:
            return more_pieces(row, bar, folded=self.document.is_folded(spot.event))
        return body_pieces(row, text, self.document.row_hits(spot), bar)

    def _style(self, role: str, *, at_cursor: bool) -> Style:
        key = f"{role}/{at_cursor}"
        if key not in self._styles:
            style = self.rich_style
            if role:
                style += self.get_component_rich_style(f"transcript--{role}", partial=True)
            if at_cursor:
                style += self.get_component_rich_style("transcript--cursor", partial=True)
            self._styles[key] = style
        return self._styles[key]
