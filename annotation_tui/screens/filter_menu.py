"""The menu of filters: single keys switch what is shown, with how many events each has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from annotation_tui.filters import SHOWS, Filter
from transcripts.rendering.text import visible_controls

_DIGITS = "123456789"
_NAME_CELLS = 22


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose, and what is chosen."""

    shows: Mapping[str, int]
    tools: Sequence[tuple[str, int]]
    chosen: Filter


class FilterMenu(ModalScreen[Filter | None]):
    """Keys switch; enter shows the result, esc leaves the filter as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f", "take", tooltip="Show what is chosen", id="filter.take"),
        Binding("F", "clear", tooltip="Show everything", id="filter.clear"),
        Binding("u", "unseen", tooltip="Only what was not in view yet", id="filter.unseen"),
        Binding("0", "more", tooltip="Further tools", id="filter.more"),
        Binding("escape,q", "leave", tooltip="Leave the filter as it was", id="filter.leave"),
    ]

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer
        self._chosen = offer.chosen
        self._page = 0

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="filters", markup=False)

    def on_mount(self) -> None:
        """Draw the menu."""
        self._draw()

    @property
    def _tools(self) -> Sequence[tuple[str, int]]:
        start = self._page * len(_DIGITS)
        return self._offer.tools[start : start + len(_DIGITS)]

    def on_key(self, event: events.Key) -> None:
        """Switch what a key stands for."""
        names = {key: name for key, name, _ in SHOWS}
        if event.key in names:
            self._chosen = replace(self._chosen, show=self._chosen.show ^ {names[event.key]})
        elif event.key in _DIGITS[: len(self._tools)]:
            tool = self._tools[_DIGITS.index(event.key)][0]
            self._chosen = replace(self._chosen, tool="" if self._chosen.tool == tool else tool)
        else:
            return
        event.stop()
        event.prevent_default()
        self._draw()

    def _draw(self) -> None:
        self.query_one(Static).update(Content("\n".join(self._lines())))

    def _lines(self) -> list[str]:
        chosen = self._chosen
        lines = ["show only   (any of these; none: everything)"]
        for key, name, words in SHOWS:
            told = f"{name} {self._offer.shows[name]:,}"
            lines.append(self._option(key, told, words, on=name in chosen.show))
        lines.append(self._option("u", "unseen", "only what was not in view yet", on=chosen.unseen))
        if self._offer.tools:
            lines.append("calls and results of one tool")
        tools = [self._tool(*told) for told in zip(_DIGITS, self._tools, strict=False)]
        lines += ["".join(tools[at : at + 2]).rstrip() for at in range(0, len(tools), 2)]
        more = "0 further tools  " if len(self._offer.tools) > len(_DIGITS) else ""
        return [*lines, f"{more}enter shows  F clears  esc leaves"]

    def _tool(self, key: str, told: tuple[str, int]) -> str:
        name, count = told
        shown = f"{visible_controls(name)[:24]} {count:,}"
        return f"{self._option(key, shown, '', on=name == self._chosen.tool):<36}"

    @staticmethod
    def _option(key: str, name: str, words: str, *, on: bool) -> str:
        """Brackets show the choice, whatever the colours."""
        mark = f"[{key}]" if on else f" {key} "
        return f"{mark} {name:<{_NAME_CELLS}}{words}".rstrip()

    def action_take(self) -> None:
        """Show what is chosen."""
        self.dismiss(self._chosen)

    def action_clear(self) -> None:
        """Show everything."""
        self.dismiss(Filter())

    def action_unseen(self) -> None:
        """Only what was not in view yet."""
        self._chosen = replace(self._chosen, unseen=not self._chosen.unseen)
        self._draw()

    def action_more(self) -> None:
        """The next nine tools."""
        pages = -(-len(self._offer.tools) // len(_DIGITS)) or 1
        self._page = (self._page + 1) % pages
        self._draw()

    def action_leave(self) -> None:
        """Leave the filter as it was."""
        self.dismiss(None)
