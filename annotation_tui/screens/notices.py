"""Two notices that stand over everything: a pause, and a terminal that is too small."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class PauseScreen(ModalScreen[None]):
    """Nothing is read and no time counts until a key ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,escape,enter,space,q", "dismiss", "go on", tooltip="Go on", id="pause.end"),
    ]

    def __init__(self, minutes: int) -> None:
        super().__init__()
        self._minutes = minutes

    def compose(self) -> ComposeResult:
        """What is going on, and how it ends."""
        yield Static(
            f"paused · {self._minutes} active minutes so far\n\n"
            "no time counts, all is saved. p goes on.",
            classes="notice",
            markup=False,
        )


class TooSmall(ModalScreen[None]):
    """Stands over the screen while the terminal is too small for it; nothing below is lost."""

    def compose(self) -> ComposeResult:
        """How large it must be."""
        yield Static(
            "too small a terminal.\nMake it 60x20 or larger; all is saved.",
            classes="notice",
            markup=False,
        )
