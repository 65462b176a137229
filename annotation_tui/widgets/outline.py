"""The outline: decisions by their own first words, bookmarks and own marks, one row each."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotation_tui.index import Index
from annotation_tui.keymap import keys_of
from annotation_tui.messages import ActChosen
from annotation_tui.wrapping import display_text

_key = keys_of("outline")


class Outline(ScrollView, can_focus=False, inherit_bindings=False):
    """Follows the reader's cursor until it is given the keys; enter or a click chooses a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"outline--current", "outline--mark"}
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("down", "j,down", "by(1)", "Outline: down"),
        _key("up", "k,up", "by(-1)", "Outline: up"),
        _key("page", "space,pagedown", "by(20)", "Outline: page down"),
        _key("page_up", "b,pageup", "by(-20)", "Outline: page up"),
        _key("first", "g,home", "by(-999999)", "Outline: first"),
        _key("last", "G,end", "by(999999)", "Outline: last"),
        _key("choose", "enter", "choose", "Outline: go there"),
    ]

    def __init__(self, index: Index, words: Mapping[int, str]) -> None:
        super().__init__(id="outline")
        self._index = index
        self._words = words
        self._entries: list[int] = list(index.acts)
        self._lines: dict[int, str] = {}
        self._letters: Mapping[int, str] = {}
        self._bookmarks: Collection[int] = ()
        self._notes: Mapping[int, str] = {}
        self._event = 0
        self._current = -1
        self._styles: tuple[Style, Style, Style] | None = None

    def notify_style_update(self) -> None:
        """Forget the styles of the former theme."""
        super().notify_style_update()
        self._styles = None

    def on_resize(self) -> None:
        """Set the number of rows, which depends on nothing but the entries."""
        self.virtual_size = Size(self.size.width, len(self._entries))
        self._show_row()

    def show_letters(self, letters: Mapping[int, str]) -> None:
        """Draw these letters beside their events, which are listed too."""
        self._letters = letters
        self._list()

    def show_notes(self, bookmarks: Collection[int], notes: Mapping[int, str]) -> None:
        """List bookmarks and notes too."""
        self._bookmarks, self._notes = bookmarks, notes
        self._list()

    def _list(self) -> None:
        count = len(self._index.rows)
        own = {*self._letters, *self._bookmarks, *self._notes}
        entries = sorted({*self._index.acts, *(event for event in own if 0 <= event < count)})
        self._lines.clear()
        if entries != self._entries:
            self._entries = entries
            self.virtual_size = Size(self.size.width, len(entries))
            self._current = -2
            self.show_place(self._event)
        self.refresh()

    def show_place(self, event: int) -> None:
        """Point out the last entry that begins up to an event."""
        self._event = event
        self._point(bisect_right(self._entries, event) - 1)

    def _point(self, current: int) -> None:
        if current == self._current:
            return
        before, self._current = self._current, current
        if self._show_row():
            self.refresh()
        else:
            self.refresh_line(before)
            self.refresh_line(self._current)

    def _show_row(self) -> bool:
        """Scroll to the current row where it is out of view."""
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if top <= self._current < top + height:
            return False
        self.scroll_to(y=max(0, self._current - height // 2), animate=False, force=True)
        return True

    def take_keys(self) -> None:
        """Take the keys; before this, no going from widget to widget leads here."""
        self.can_focus = True
        self.screen.set_focus(self)

    def on_blur(self) -> None:
        """Give the keys back."""
        self.can_focus = False

    def action_by(self, rows: int) -> None:
        """Move to another row."""
        if self._entries:
            self._point(max(0, min(self._current + rows, len(self._entries) - 1)))

    def action_choose(self) -> None:
        """Go to the event of the row."""
        if 0 <= self._current < len(self._entries):
            self.post_message(ActChosen(self._entries[self._current]))

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse."""
        line = self.scroll_offset.y + event.y
        if line < len(self._entries):
            self.post_message(ActChosen(self._entries[line]))

    def refresh_line(self, y: int) -> None:
        """Paint a row of the list again."""
        if y >= 0:
            super().refresh_line(y)

    def render_line(self, y: int) -> Strip:
        """Render one entry."""
        plain, current, mark = self._make_styles()
        line, width = self.scroll_offset.y + y, self.size.width
        if line >= len(self._entries):
            return Strip.blank(width, plain)
        event = self._entries[line]
        style = current if line == self._current else plain
        pointer = "▶" if line == self._current else " "
        letters = self._letters.get(event, "") + ("B" if event in self._bookmarks else "")
        segments = [
            Segment(f"{pointer}{letters[:1] or ' '}", mark),
            Segment(self._line(event), style),
        ]
        return Strip(segments).crop(0, width).extend_cell_length(width, style)

    def _line(self, event: int) -> str:
        line = self._lines.get(event)
        if line is None:
            words = self._notes.get(event) or self._words.get(event)
            if words is None:
                row = self._index.rows[event]
                words = f"{row.kind} {row.tool}{' (error)' if row.is_error else ''}"
            line = self._lines[event] = f"{event + 1:>6} {' '.join(display_text(words).split())}"
        return line

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
