"""A line to write in, of which every change is handed on with its caret before it is painted."""

from textual.widgets import Input


class SavedLine(Input):
    """One change is handed on once: text and caret together, so that a kill parts them nowhere."""

    _replacing = False

    def store_text(self, text: str) -> None:
        """Save the text, and where the caret stands by now."""

    def store_caret(self) -> None:
        """Save where the caret stands."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Change the text and the caret, and hand both on."""
        before, self._replacing = self.value, True
        try:
            super().replace(text, start, end)
        finally:
            self._replacing = False
        if self.value != before:
            self.store_text(self.value)
        else:
            self.store_caret()

    def watch_value(self, value: str) -> None:
        """Hand on what was changed otherwise than by a key."""
        if not self._replacing:
            self.store_text(value)

    def watch_selection(self) -> None:
        """Hand on where the caret was moved to."""
        if not self._replacing:
            self.store_caret()
