"""How a transcript is painted: only the rows in view, in one scroll view, no widget per event."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.document import Document
from annotation_tui.layout import Spot
from annotation_tui.spans import Span
from annotation_tui.widgets.rows import (
    Beside,
    Marked,
    Piece,
    bar_of,
    body_pieces,
    gap_pieces,
    header_pieces,
    more_pieces,
)

_ROLES = (
    "human", "agent", "call", "result", "aside", "error", "mark", "hit", "span", "word", "cursor",
    "quiet",
)  # fmt: skip


class Painting(ScrollView, can_focus=True, inherit_bindings=False):
    """Paints a document with a cursor, letters, notes, hits and a span; moves nothing."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{role}" for role in _ROLES}
    ALLOW_SELECT = False

    # More or fewer rows move nothing outside: no layout of the screen, no second paint.
    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, document: Document, cursor: Spot) -> None:
        super().__init__(id="transcript")
        self.document = document
        self.cursor = cursor
        self.letters: Mapping[int, str] = {}
        self.notes: Mapping[int, str] = {}
        """Number of an event → the annotator's private note on it."""
        self.bookmarks: Collection[int] = ()
        """Numbers of the events with a bookmark."""
        self.span: Span | None = None
        """What is being selected in the displayed text of the cursor's event."""
        self.caret: int | None = None
        """Character of the word that was gone to in the cursor's row; none: its first."""
        self._styles: dict[str, Style] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is no event to stand on, or none is laid out yet."""
        return not len(self.document.heights)

    def show_notes(self, bookmarks: Collection[int], notes: Mapping[int, str]) -> None:
        """Draw bookmarks and private notes beside their events."""
        self.bookmarks, self.notes = bookmarks, notes
        self.refresh()

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
            return header_pieces(row, spot.event + 1, bar, self._beside(spot.event))
        text = self.document.body_row(spot)
        if text is None:
            return more_pieces(row, bar, folded=self.document.is_folded(spot.event))
        marked = [(a, b, "hit") for a, b in self.document.row_hits(spot)]
        if spot.event == self.cursor.event:
            marked += self._selected(spot, text, at_cursor=at_cursor)
        return body_pieces(row, text, marked, bar)

    def _beside(self, event: int) -> Beside:
        return Beside(
            letters=self.letters.get(event, ""),
            subagents=self.document.subagents.get(event, ""),
            note=self.notes.get(event, ""),
            bookmark=event in self.bookmarks,
        )

    def _selected(self, spot: Spot, text: str, *, at_cursor: bool) -> list[Marked]:
        """The part of a row that is selected, or the word that was gone to."""
        start = self.document.offset_of(spot)
        if self.span is not None:
            first, last = self.span.ends
            return [(max(0, first - start), min(len(text), last - start), "span")]
        if at_cursor and self.caret is not None:
            from_here = text[self.caret - start :].split(" ", 1)[0]
            return [(self.caret - start, self.caret - start + len(from_here), "word")]
        return []

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
