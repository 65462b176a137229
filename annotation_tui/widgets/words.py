"""A few lines to write in; every change of the text is handed on before it is painted."""

from collections.abc import Callable
from typing import Any

from textual import events
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

Caret = tuple[int, int]
"""Line and column."""


class Words(TextArea):
    """Soft-wrapped; enter and leaving it end the writing."""

    def __init__(self, typed: Callable[[str], None], left: Callable[[], None], id: str) -> None:  # noqa: A002
        super().__init__(
            id=id,
            compact=True,
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
        )
        # Calls and not messages: a message may wait behind a paint, or be lost at the end.
        self._typed_now = typed
        self._left_now = left

    def show_text(self, text: str) -> None:
        """Show a text that is stored already, with the caret at its end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """Change the text, and hand it on at once."""
        result = super().edit(edit)
        self._typed_now(self.text)
        return result

    def undo(self) -> None:
        """Undo inside the text, and hand it on."""
        super().undo()
        self._typed_now(self.text)

    def redo(self) -> None:
        """Redo inside the text, and hand it on."""
        super().redo()
        self._typed_now(self.text)

    async def _on_key(self, event: events.Key) -> None:
        if event.key in {"enter", "tab", "shift+tab"}:
            event.stop()
            event.prevent_default()
            self._left_now()
            return
        await super()._on_key(event)

    def take(self, event: events.Key) -> bool:
        """Take a key that was typed before the line was open."""
        if event.key == "enter":
            self._left_now()
        elif event.is_printable and event.character:
            self.insert(event.character)
        else:
            return False
        return True

    def scroll_cursor_visible(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the caret in view, never by an animation."""
        kwargs["animate"] = False
        return super().scroll_cursor_visible(*args, **kwargs)
