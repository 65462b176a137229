"""The history of one assignment: every step of its draft, to go to or to undo to."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Static

from annotation_tui.held import HeldDraft
from annotation_tui.keymap import keys_of
from annotation_tui.widgets.status import KeyLine, StatusLine
from taste.drafts.history import Step, read_history
from taste.submitting.marks import read_mark
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

_EVENTS = ("recognised", "recovered", "quoted")
_LONGEST = 60
"""Characters of a value that a line shows."""


_key = keys_of("history")


KEYS = (
    _key("go", "enter", "go", "Go to the event that the step was about", "go there"),
    _key("undo", "u", "undo_to", "Undo this step and all later ones", "undo to here"),
    _key("redo", "ctrl+y", "redo", "Do again what was undone last", "redo"),
    _key("down", "j,down", "move(1)", "Next step", "down"),
    _key("up", "k,up", "move(-1)", "Previous step", "up"),
    _key("back", "escape,q", "dismiss", "Back to the text", "back"),
)


def describe_step(step: Step, place: Callable[[str], str]) -> tuple[str, str, str, str]:
    """Number, way, where, and what a step changed."""
    mark = read_mark(step.name, step.after or step.before)
    where = place(mark.before) if mark else step.name
    way = {"undo": f"undo of {step.turned}", "redo": f"redo of {step.turned}"}.get(step.way, "")
    return str(step.number), way, where, "; ".join(_changes(step, place)) or "…"


def _changes(step: Step, place: Callable[[str], str]) -> Iterator[str]:
    before, after = step.before, step.after
    if isinstance(before, dict) and isinstance(after, dict):
        for field in {**before, **after}:
            if before.get(field) != after.get(field):
                told = place if field in _EVENTS else str
                old, new = _short(before.get(field), told), _short(after.get(field), told)
                yield f"{field.replace('_', ' ')}: {old} → {new}"
    else:
        yield f"{_short(_kind(before))} → {_short(_kind(after))}"


def _kind(value: Any) -> Any:
    return value.get("kind", value) if isinstance(value, dict) else value


def _short(value: Any, told: Callable[[Any], str] = str) -> str:
    if value is None:
        return "–"
    text = f"{len(value)}" if isinstance(value, list) else told(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


class HistoryScreen(Screen[str | None]):
    """Ends with the event to go to, if one was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, held: HeldDraft, place: Callable[[str], str]) -> None:
        super().__init__()
        self._held = held
        self._place = place
        self._steps: tuple[Step, ...] = ()

    def compose(self) -> ComposeResult:
        """Heading, table, status, keys."""
        yield Static("history · my steps in this assignment, latest first", id="heading")
        yield DataTable[Text](id="steps", cursor_type="row", zebra_stripes=False)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Name the columns and fill them."""
        for name in ("step", "way", "where", "what"):
            self._table.add_column(name, key=name)
        self._fill()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#steps", DataTable)

    def _fill(self) -> None:
        self._steps = self._held.history()[::-1]
        self._table.clear()
        for step in self._steps:
            cells = describe_step(step, self._place)
            self._table.add_row(*(Text(visible_controls(cell)) for cell in cells))
        self._table.focus()
        if not self._steps:
            self.query_one(StatusLine).tell("nothing was changed in this assignment yet.")

    @property
    def _current(self) -> Step | None:
        row = self._table.cursor_row
        return self._steps[row] if row < len(self._steps) else None

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._table.move_cursor(row=self._table.cursor_row + rows)

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        """Go to where the step was made."""
        step = self._current
        mark = read_mark(step.name, step.after or step.before) if step else None
        self.dismiss(mark.before if mark else None)

    def action_undo_to(self) -> None:
        """Undo the step under the cursor and everything after it."""
        step = self._current
        undoable = read_history(self._steps[::-1]).undoable
        later = [one for one in undoable if step is not None and one.number >= step.number]
        if step is None or step not in later:
            self._refuse("this step does not stand any more, or is an undo itself.")
            return
        for _ in later:
            if not self._do(self._held.undo):
                return
        self._tell(f"undone: {len(later)} steps; ctrl+y does them again, one by one.")

    def action_redo(self) -> None:
        """Do again what was undone last."""
        self._do(self._held.redo)

    def _do(self, turn: Callable[[], Step | None]) -> bool:
        try:
            found = turn()
        except (UserError, SQLAlchemyError) as error:
            self._refuse(f"{getattr(error, 'orig', None) or error}")
            return False
        self._fill()
        return found is not None

    def _tell(self, words: str) -> None:
        self.query_one(StatusLine).tell(words)

    def _refuse(self, words: str) -> None:
        self.query_one(StatusLine).tell(words, refused=True)
