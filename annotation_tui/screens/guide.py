"""The help: every key of a screen with its tooltip and the id by which it can be remapped."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from annotation_tui.keymap import apply_keymap, keymap_of, show_keys


def help_lines(bindings: Sequence[Binding]) -> str:
    """One line a binding: keys, what they do, id."""
    keys = [show_keys(binding.key) for binding in bindings]
    first = max(map(len, keys), default=0) + 1
    second = max((len(binding.tooltip) for binding in bindings), default=0) + 1
    return "\n".join(
        f"{key:<{first}}{binding.tooltip:<{second}}{binding.id}"
        for key, binding in zip(keys, bindings, strict=True)
    )


class Guide(ModalScreen[None]):
    """Keys of one screen, generated from its bindings."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "back", tooltip="Close", id="help.close"),
        Binding("j,down", "scroll(1)", "down", tooltip="Down", id="help.down"),
        Binding("k,up", "scroll(-1)", "up", tooltip="Up", id="help.up"),
    ]

    def __init__(self, title: str, bindings: Sequence[Binding], text: str = "") -> None:
        super().__init__()
        self._title = title
        self._bindings_told = bindings
        self._words = text

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        lines = help_lines(apply_keymap(self._bindings_told, keymap_of(self.app)))
        text = f"keys · {self._title}   (esc closes)\n\n{lines}\n\n{self._words}"
        with VerticalScroll(id="guide"):
            yield Static(Content(text), markup=False)

    def action_scroll(self, rows: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)
