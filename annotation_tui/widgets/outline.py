"""The outline: the session's decisions by their own first words, one row each."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.index import Index
from annotation_tui.layout import display_text
from annotation_tui.messages import ActChosen


class Outline(ScrollView, can_focus=False, inherit_bindings=False):
    """Follows the reader's cursor; a click chooses an act."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"outline--current", "outline--mark"}
    ALLOW_SELECT = False

    def __init__(self, index: Index, words: Mapping[int, str]) -> None:
        super().__init__(id="outline")
        self._acts: Sequence[int] = index.acts
        self._lines = [
            f"{act + 1:>6} {' '.join(display_text(words.get(act, '')).split())}"
            for act in index.acts
        ]
        self._letters: Mapping[int, str] = {}
        self._current = -1
        self._styles: tuple[Style, Style, Style] | None = None

    def notify_style_update(self) -> None:
        """Forget the styles of the former theme."""
        super().notify_style_update()
        self._styles = None

    def on_resize(self) -> None:
        """Set the number of rows, which depends on nothing but the acts."""
        self.virtual_size = Size(self.size.width, len(self._acts))

    def show_letters(self, letters: Mapping[int, str]) -> None:
        """Draw these letters beside their acts."""
        self._letters = letters
        self.refresh()

    def show_current(self, number: int) -> None:
        """Point out the act with this number, counted from 1; 0 for none."""
        if number - 1 == self._current:
            return
        before, self._current = self._current, number - 1
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= self._current < top + height:
            self.scroll_to(y=max(0, self._current - height // 2), animate=False, force=True)
            self.refresh()
        else:
            self.refresh_line(before)
            self.refresh_line(self._current)

    def on_click(self, event: events.Click) -> None:
        """Choose the act under the mouse."""
        line = self.scroll_offset.y + event.y
        if line < len(self._acts):
            self.post_message(ActChosen(self._acts[line]))

    def render_line(self, y: int) -> Strip:
        """Render one act."""
        plain, current, mark = self._make_styles()
        line, width = self.scroll_offset.y + y, self.size.width
        if line >= len(self._acts):
            return Strip.blank(width, plain)
        style = current if line == self._current else plain
        pointer = "▶" if line == self._current else " "
        letter = self._letters.get(self._acts[line], "")[:1] or " "
        segments = [Segment(f"{pointer}{letter}", mark), Segment(self._lines[line], style)]
        return Strip(segments).crop(0, width).extend_cell_length(width, style)

    def _make_styles(self) -> tuple[Style, Style, Style]:
        """Styles of a line, of the current one, and of what stands before it."""
        if self._styles is None:
            plain = self.rich_style
            parts = [
                self.get_component_rich_style(f"outline--{name}", partial=True)
                for name in ("current", "mark")
            ]
            self._styles = (plain, plain + parts[0], plain + parts[1])
        return self._styles
