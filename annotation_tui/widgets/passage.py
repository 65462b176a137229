"""Long texts under headings, one below the other: only the rows in view are rendered.

Holds the texts that it is given and no others; it knows nothing of sessions or verdicts.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.layout import Heights, Spot
from annotation_tui.wrapping import display_text, row_starts, row_text

Headed = tuple[str, str]
"""Heading, which may be empty, and text."""
ROLE = "=== "
"""How a shown text begins the line that says whose words follow."""
_ROLES = ("heading", "role", "hit")


@dataclass(frozen=True, slots=True)
class _Part:
    heading: str
    text: str
    starts: "array[int]"

    @property
    def height(self) -> int:
        return bool(self.heading) + len(self.starts)


class Passage(ScrollView, can_focus=True, inherit_bindings=False):
    """Texts to be read, with a first row in view and no cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"passage--{role}" for role in _ROLES}
    ALLOW_SELECT = False

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, texts: Sequence[Headed], *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._texts = [(heading, display_text(text)) for heading, text in texts]
        self._parts: list[_Part] = []
        self._heights = Heights(())
        self._width = 0
        self._needle: re.Pattern[str] | None = None
        self._wanted: tuple[int, int] | None = None
        """Text and character to begin at, until there is a layout."""

    def show(self, texts: Sequence[Headed]) -> None:
        """Show other texts, from their beginning."""
        self._texts = [(heading, display_text(text)) for heading, text in texts]
        self._needle, self._wanted = None, None
        self._lay_out()
        self._scroll(0)

    # Layout

    def on_resize(self) -> None:
        """Wrap anew where the width changed; the first row keeps its words."""
        width = max(2, self.scrollable_content_region.width)
        if width != self._width:
            place = self._wanted or self.place
            self._width = width
            self._lay_out()
            self.go_to(place)

    def _lay_out(self) -> None:
        if not self._width:
            return
        self._parts = [
            _Part(heading, text, row_starts(text, self._width)) for heading, text in self._texts
        ]
        self._heights = Heights(part.height for part in self._parts)
        total = self._heights.total
        self.virtual_size = Size(self.size.width, total)
        self.vertical_scrollbar.window_virtual_size = total
        self.refresh()

    @property
    def rows(self) -> int:
        """Rows of all texts."""
        return self._heights.total

    @property
    def place(self) -> tuple[int, int]:
        """Text and character with which the first row in view begins."""
        if not len(self._heights) or not self.rows:
            return self._wanted or (0, 0)
        spot = self._heights.locate(self.scroll_offset.y)
        return spot.event, self._offset(spot)

    def go_to(self, place: tuple[int, int]) -> None:
        """Bring the row with a character to the top."""
        part, offset = place
        if not 0 <= part < len(self._parts):
            self._wanted = None if self._parts else place
            return
        self._wanted = None
        found = self._parts[part]
        row = bisect_right(found.starts, offset) - 1 + bool(found.heading) if offset else 0
        self._scroll(self._heights.row_of(Spot(part, row)))

    def go_to_end_of(self, part: int) -> None:
        """Bring the last row of a text to the bottom."""
        if part < len(self._parts):
            self._scroll(self._heights.top(part) + self._heights[part] - self.size.height)

    def _offset(self, spot: Spot) -> int:
        part = self._parts[spot.event]
        row = spot.row - bool(part.heading)
        return part.starts[row] if row > 0 else 0

    # Movement

    def move_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._scroll(self.scroll_offset.y + rows)

    def move_pages(self, pages: float) -> None:
        """Scroll by pages."""
        self.move_rows(round(pages * max(1, self.size.height - 1)))

    def move_to_end(self, *, last: bool) -> None:
        """Scroll to the beginning or the end."""
        self._scroll(self.rows if last else 0)

    def move_text(self, way: int) -> None:
        """Scroll to the next heading, or to the one above."""
        if not self.rows:
            return
        tops = [self._heights.top(number) for number in range(len(self._parts))]
        y = self.scroll_offset.y
        found = [top for top in tops if (top - y) * way > 0]
        if found:
            self._scroll(found[0] if way > 0 else found[-1])

    def find(self, needle: str, way: int = 1) -> bool:
        """Scroll to the next row with a text, round the end if need be; False if it is nowhere."""
        self._needle = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        self.refresh()
        return self.next_hit(way)

    def next_hit(self, way: int) -> bool:
        """Scroll to the next or previous hit."""
        hits = sorted(set(self._hits()))
        y = self.scroll_offset.y
        further = [hit for hit in hits if (hit - y) * way > 0]
        if not hits:
            return False
        self._scroll((further or hits)[0 if way > 0 else -1])
        return True

    def _hits(self) -> list[int]:
        if self._needle is None:
            return []
        return [
            self._heights.top(number)
            + bool(part.heading)
            + bisect_right(part.starts, found.start())
            - 1
            for number, part in enumerate(self._parts)
            for found in self._needle.finditer(part.text)
        ]

    def _scroll(self, y: int) -> None:
        most = max(0, self.rows - self.size.height)
        self.scroll_to(y=max(0, min(y, most)), animate=False, force=True)

    # Rendering

    def notify_style_update(self) -> None:
        """Paint anew under another theme."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render one row of the window."""
        line = self.scroll_offset.y + y
        if line >= self.rows:
            return Strip.blank(self.size.width, self.rich_style)
        spot = self._heights.locate(line)
        part = self._parts[spot.event]
        row = spot.row - bool(part.heading)
        if row < 0:
            segments = [Segment(f"── {part.heading} ──", self._style("heading"))]
        else:
            segments = self._segments(row_text(part.text, part.starts, row))
        strip = Strip(segments).crop(0, self.size.width)
        return strip.extend_cell_length(self.size.width, self.rich_style)

    def _segments(self, text: str) -> list[Segment]:
        plain = self._style("role") if text.startswith(ROLE) else self.rich_style
        found = []
        at = 0
        for hit in self._needle.finditer(text) if self._needle else ():
            found += [Segment(text[at : hit.start()], plain), Segment(hit[0], self._style("hit"))]
            at = hit.end()
        return [*found, Segment(text[at:], plain)]

    def _style(self, role: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"passage--{role}", partial=True)
