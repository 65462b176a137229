"""The settings: one row each; every change is stored and takes effect at once."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from annotation_tui.settings import CHOICES, MEANINGS, NAMES, Settings

Change = Callable[[Settings], str | None]
"""Stores and applies settings; a sentence where something does not take effect now."""


class SettingsScreen(ModalScreen[None]):
    """Lists the settings with their values; the cursor is a pointer and a reversed row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", tooltip="Next setting", id="settings.down"),
        Binding("k,up", "move(-1)", "up", tooltip="Previous setting", id="settings.up"),
        Binding("enter,space,l,right", "turn(1)", "change", tooltip="Next value",
                id="settings.next"),
        Binding("h,left", "turn(-1)", tooltip="Previous value", id="settings.previous"),
        Binding("escape,q", "dismiss", "close", tooltip="Close", id="settings.close"),
    ]  # fmt: skip

    def __init__(self, settings: Settings, change: Change) -> None:
        super().__init__()
        self._settings = settings
        self._change = change
        self._row = 0

    def compose(self) -> ComposeResult:
        """One text, drawn anew at each key."""
        yield Static(id="settings", markup=False)

    def on_mount(self) -> None:
        """Draw it once."""
        self._draw("")

    def action_move(self, rows: int) -> None:
        """Move to another setting."""
        self._row = (self._row + rows) % len(NAMES)
        self._draw("")

    def action_turn(self, by: int) -> None:
        """Take the next or previous value."""
        self._settings = self._settings.turned(NAMES[self._row], by)
        self._draw(self._change(self._settings) or "stored.")

    def _draw(self, note: str) -> None:
        parts: list[tuple[str, str]] = [("settings   enter changes, esc closes\n\n", "bold")]
        for row, name in enumerate(NAMES):
            here = row == self._row
            value = _shown(getattr(self._settings, name))
            words = f"{'▶' if here else ' '} {name.replace('_', ' '):<12} {value}\n"
            parts.append((words, "reverse" if here else ""))
        chosen = NAMES[self._row]
        choices = ", ".join(_shown(value) for value in CHOICES[chosen])
        parts.append((f"\n{MEANINGS[chosen]}\none of {choices}\n\n", ""))
        parts.append((note, "bold"))
        self.query_one("#settings", Static).update(Content.assemble(*parts))


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
