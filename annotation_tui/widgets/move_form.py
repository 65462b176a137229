"""The form of a move: what one would do next, why, what would show it wrong, and how sure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Edit, EditResult

from annotation_tui.widgets.saved_line import SavedLine
from transcripts.rendering.text import visible_controls


@dataclass(frozen=True, slots=True)
class Hands:
    """What is done with what somebody types."""

    store: Callable[[str, str], None]
    """Saves a field's text."""
    moved: Callable[[], None]
    """Saves where the caret stands."""
    leave: Callable[[str], None]
    """Goes on from a field."""


FIELDS = ("move", "why", "wrong_if")
NAMES = {"move": "next", "why": "why", "wrong_if": "wrong if"}
HINTS = {"why": "optional", "wrong_if": "optional: what would show it wrong"}


class MoveText(TextArea):
    """The move; enter leaves it, and every change is saved before it is painted."""

    _editing = False

    def __init__(self, hands: Hands) -> None:
        self._hands = hands  # before the text, which tells of its first caret
        super().__init__(
            id="move", compact=True, placeholder="one step that you would take next",
            highlight_cursor_line=False,
        )  # fmt: skip

    def edit(self, edit: Edit) -> EditResult:
        """Change the text and save it."""
        self._editing = True
        try:
            result = super().edit(edit)
        finally:
            self._editing = False
        self._hands.store("move", self.text)
        return result

    def undo(self) -> None:
        """Undo inside the text, and save it."""
        super().undo()
        self._hands.store("move", self.text)

    def redo(self) -> None:
        """Redo inside the text, and save it."""
        super().redo()
        self._hands.store("move", self.text)

    def watch_selection(self) -> None:
        """Save where the caret stands; in an edit it is saved with the text."""
        if not self._editing:
            self._hands.moved()

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        if self.screen.focused is not self:
            event.prevent_default()  # typed after what was left by now; the screen has it
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self._hands.leave("move")


class MoveLine(SavedLine):
    """A shorter text of the move, saved likewise."""

    def __init__(self, field: str, hands: Hands) -> None:
        self._field, self._hands = field, hands
        super().__init__(id=field, compact=True, select_on_focus=False, placeholder=HINTS[field])

    def store_text(self, text: str) -> None:
        """Save the text as it now stands."""
        self._hands.store(self._field, text)

    def store_caret(self) -> None:
        """Save where the caret stands."""
        self._hands.moved()

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        if self.screen.focused is not self:
            event.prevent_default()

    async def action_submit(self) -> None:
        """Leave the line."""
        self._hands.leave(self._field)


class MoveForm(Vertical):
    """Shows one move; the screen that holds it has the keys."""

    def __init__(self, hands: Hands, scale: Mapping[int, str]) -> None:
        super().__init__(id="move-form")
        self._scale = dict(sorted(scale.items()))
        """How sure one may be, as the codebook says it of labels."""
        self._said: Mapping[str, Any] = {}
        self._hands = hands
        own = Hands(self._save, hands.moved, self.go_on)
        self.move = MoveText(own)
        self.lines = [MoveLine(field, own) for field in FIELDS[1:]]

    def compose(self) -> ComposeResult:
        """A question, three texts, how sure."""
        yield Static(id="move-question", markup=False)
        yield Static(id="move-said", markup=False)
        for widget in (self.move, *self.lines):
            with Horizontal(classes="move-row"):
                yield Static(f"{NAMES[widget.id or '']:<9}", classes="move-name", markup=False)
                yield widget
        yield Static(id="move-sure", markup=False)

    def show(self, said: Mapping[str, Any]) -> None:
        """Show what was written; texts that say the same stay as they are, with their carets."""
        self._said = said
        if self.move.text != (text := said.get("move") or ""):
            self.move.load_text(text)
            self.move.move_cursor(self.move.document.end)
        for line in self.lines:
            if line.value != (text := said.get(line.id or "") or ""):
                line.value = text
        self._show_sureness(said.get("confidence"))

    def ask(self, question: str, *, writing: bool) -> None:
        """Show a question; the texts are there only while a move is being written."""
        self.query_one("#move-question", Static).update(Content(question), layout=False)
        said = self.query_one("#move-said", Static)
        said.display = not writing
        move = " ".join((self._said.get("move") or "").split())
        said.update(Content(visible_controls(f"you: {move}")))
        for row in self.query(".move-row").results(Horizontal):
            row.display = writing
        self.query_one("#move-sure").display = writing

    def caret(self, focused: Widget | None) -> tuple[str | None, Any]:
        """Which text is being written, and where its caret stands."""
        if focused is self.move:
            return "move", list(self.move.cursor_location)
        for line in self.lines:
            if focused is line:
                return line.id, line.cursor_position
        return None, None

    def place_caret(self, field: str, caret: Any) -> None:
        """Go on writing where the caret stood."""
        if field == "move":
            self.screen.set_focus(self.move)
            row, column = caret
            self.move.move_cursor((int(row), int(column)))
            return
        line = next(line for line in self.lines if line.id == field)
        self.screen.set_focus(line)
        line.cursor_position = int(caret)

    def go_on(self, field: str) -> None:
        """From a text to the next one; from the last one back to the keys."""
        at = FIELDS.index(field)
        if at < len(self.lines):
            self.screen.set_focus(self.lines[at])
        else:
            self._hands.leave(field)

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the text that is being written."""
        focused = self.screen.focused
        texts: tuple[MoveText | MoveLine, ...] = (self.move, *self.lines)
        for text in texts:
            if text is not focused:
                continue
            if event.key == "enter":
                self.go_on(text.id or "")
            elif event.is_printable and event.character:
                insert = text.insert if isinstance(text, TextArea) else text.insert_text_at_cursor
                insert(event.character)
            else:
                return False
            return True
        return False

    def _show_sureness(self, chosen: object) -> None:
        parts: list[tuple[str, str] | str] = ["of ten    "]
        for number, words in self._scale.items():
            # "seven or eight of ten ...": what follows the number is the same for all.
            label = f"{number} {words.partition(' of ')[0]}"
            parts += [(f"[{label}]", "bold reverse") if number == chosen else label, "  "]
        self.query_one("#move-sure", Static).update(Content.assemble(*parts), layout=False)

    def _save(self, field: str, text: str) -> None:
        if text != (self._said.get(field) or ""):
            self._said = {**self._said, field: text}
            self._hands.store(field, text)
