"""The guidelines beside the text: scrolled by keys, opened at a definition."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from transcripts.guidelines import Guidelines, Section
from transcripts.rendering.text import visible_controls

SHORT = 12
"""Characters of the hash that are shown."""


class GuidelinesPanel(VerticalScroll):
    """One static text a section, so that a definition can be scrolled to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "by(1)", "down", tooltip="Guidelines: down", id="guidelines.down"),
        Binding("k,up", "by(-1)", "up", tooltip="Guidelines: up", id="guidelines.up"),
        Binding("space,pagedown", "by(10)", tooltip="Guidelines: page", id="guidelines.page"),
        Binding("b,pageup", "by(-10)", tooltip="Guidelines: page up", id="guidelines.page_up"),
        Binding("g,home", "by(-9999)", tooltip="Guidelines: start", id="guidelines.first"),
        Binding("G,end", "by(9999)", tooltip="Guidelines: end", id="guidelines.last"),
        Binding("escape,q", "leave", "text", tooltip="Back to the text", id="guidelines.leave"),
    ]

    def __init__(self, guidelines: Guidelines, topic: str | None = None) -> None:
        super().__init__(id="guidelines")
        self._guidelines = guidelines
        self._topic = topic

    def compose(self) -> ComposeResult:
        """The version, then every section."""
        version, _, digest = self._guidelines.version.partition(" sha256:")
        head = f"guidelines {version} · sha256 {digest[:SHORT]}"
        yield Static(Content.styled(visible_controls(head), "bold"), markup=False)
        for section in self._guidelines.sections:
            yield Static(_draw(section), classes="section", name=section.name, markup=False)

    def on_mount(self) -> None:
        """Begin at the definition that was asked for."""
        if self._topic:
            self.call_after_refresh(self.show, self._topic)

    def show(self, topic: str) -> None:
        """Scroll to a section; nothing happens where there is none of that name."""
        for section in self.query(".section"):
            section.set_class(section.name == topic, "-current")
        found = next((part for part in self.query(".section") if part.name == topic), None)
        if found is not None:
            self.scroll_to_widget(found, animate=False, top=True)

    def action_by(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False)

    def action_leave(self) -> None:
        """Give the keys back to the text; the guidelines stay."""
        if isinstance(self.screen, GuidelinesScreen):
            self.screen.dismiss()
        elif text := self.screen.query("#transcript"):
            self.screen.set_focus(text.first())
        else:
            self.screen.focus_next()


class GuidelinesScreen(ModalScreen[None]):
    """The guidelines where the form stands, in terminals too narrow for both beside each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "dismiss", "close", tooltip="Close the guidelines", id="guidelines.close"),
    ]

    def __init__(self, panel: GuidelinesPanel) -> None:
        super().__init__()
        self._panel = panel

    def compose(self) -> ComposeResult:
        """The panel alone."""
        yield self._panel

    def on_mount(self) -> None:
        """The keys scroll."""
        self._panel.focus()


def _draw(section: Section) -> Content:
    return Content.assemble(*_parts(section))


def _parts(section: Section) -> Iterator[tuple[str, str]]:
    if section.title:
        yield f"\n{visible_controls(section.title)}\n", "bold"
    yield visible_controls(section.text), ""
