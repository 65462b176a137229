"""A sheet: one text of any length, of which only the rows in view are rendered."""

from array import array
from typing import ClassVar

from rich.markdown import Markdown
from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.drawing import MARKDOWN, draw_plain, role_of_line
from annotation_tui.wrapping import display_text, row_starts, row_text

_ROLES = ("added", "removed", "head")


class Sheet(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws a text in one of the ways that it can be drawn in."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"sheet--{role}" for role in _ROLES}
    ALLOW_SELECT = False

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, text: str, way: str) -> None:
        super().__init__(id="sheet")
        self.way = way
        self._text = text
        self._shown = ""
        self._starts = array("I")
        self._strips: list[Strip] = []
        self._width = 0

    def on_resize(self) -> None:
        """Lay the text out where the width changed."""
        width = self.scrollable_content_region.width
        if width > 0 and width != self._width:
            self._width = width
            self._lay_out()

    def draw(self, way: str) -> None:
        """Draw in another way, from the beginning."""
        self.way = way
        self._lay_out()
        self.scroll_to(y=0, animate=False, force=True)

    def _lay_out(self) -> None:
        self._strips, self._starts = [], array("I")
        if self.way == MARKDOWN:
            self._strips = self._draw_markdown()
        else:
            self._shown = draw_plain(self._text, self.way)
            self._starts = row_starts(self._shown, max(2, self._width))
        total = len(self._strips) or len(self._starts)
        self.virtual_size = Size(self.size.width, total)
        self.vertical_scrollbar.window_virtual_size = total
        self.refresh()

    def _draw_markdown(self) -> list[Strip]:
        console = self.app.console
        # Links would be sequences that the text's author wrote for the terminal.
        markdown = Markdown(display_text(self._text), hyperlinks=False)
        options = console.options.update(width=max(10, self._width), height=None)
        return [Strip(line) for line in console.render_lines(markdown, options, pad=False)]

    def scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        y = max(0, min(self.scroll_offset.y + rows, self.max_scroll_y))
        self.scroll_to(y=y, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """Render one row."""
        line, width, style = self.scroll_offset.y + y, self.size.width, self.rich_style
        if self._strips:
            if line >= len(self._strips):
                return Strip.blank(width, style)
            return (
                self._strips[line]
                .apply_style(style)
                .crop(0, width)
                .adjust_cell_length(width, style)
            )
        if line >= len(self._starts):
            return Strip.blank(width, style)
        text = row_text(self._shown, self._starts, line)
        role = self._role(line)
        if role:
            style += self.get_component_rich_style(f"sheet--{role}", partial=True)
        strip = Strip([Segment(text, style)]).crop(0, width)
        return strip.extend_cell_length(width, self.rich_style)

    def _role(self, row: int) -> str:
        """The role of the line that a row belongs to."""
        start = self._shown.rfind("\n", 0, self._starts[row]) + 1
        return role_of_line(self._shown[start : start + 8], self.way)
