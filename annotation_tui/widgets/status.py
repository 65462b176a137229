"""The two lines at the bottom: where one stands, and which keys there are.

Both update without a new layout, which would paint everything twice.
"""

from collections.abc import Iterable

from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from annotation_tui.keymap import apply_keymap, keymap_of


class StatusLine(Static):
    """Where the cursor stands and what was saved; a message takes its place until that changes."""

    def __init__(self) -> None:
        super().__init__(id="status", markup=False)
        self.text = ""
        self._place = ""

    def show_place(self, place: str) -> None:
        """Tell where the cursor stands; the same place again leaves a message standing."""
        if place != self._place:
            self._place = place
            self._show(place, refused=False)

    @property
    def is_free(self) -> bool:
        """Whether no message stands."""
        return self.text == self._place

    def tell(self, message: str, *, refused: bool = False) -> None:
        """Show a message; a refusal also looks like one."""
        self._show(f"! {message}" if refused else message, refused=refused)

    def _show(self, text: str, *, refused: bool) -> None:
        self.text = text
        self.set_class(refused, "-refused")
        self.update(Content(text), layout=False)


class KeyLine(Static):
    """The keys that a screen shows, from its bindings."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__(id="keys", markup=False)
        self._shown = [binding for binding in bindings if binding.show]

    def on_mount(self) -> None:
        """Write the line once, with the keys as this annotator has them."""
        parts: list[tuple[str, str] | str] = []
        for binding in apply_keymap(self._shown, keymap_of(self.app)):
            key = binding.key_display or binding.key.partition(",")[0]
            parts += [(key.partition(" ")[0], "bold"), f":{binding.description} "]
        self.update(Content.assemble(*parts))
