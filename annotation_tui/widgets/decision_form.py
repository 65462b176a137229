"""The decision form: single keys for what was decided, one line for the reason.

It stands below the text, never over it. What is chosen or typed goes out by one call.
"""

from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widgets import Input, Static

from annotation_tui.form import Field, definition, find_option, form_fields, form_lines
from transcripts.annotations import Label
from transcripts.codebook import Codebook

SAVE_AFTER = 2.0
"""Seconds of typing after which an unfinished rationale is saved all the same."""

Change = Callable[[str, str | int | None], None]
"""Stores a new value of a field before it returns; none clears the field."""

_HELP = "enter rationale  esc back to the text"


class Reason(Input):
    """The line for the rationale; typing in it repaints it and lays nothing else out."""

    virtual_size = Reactive(Size(0, 0), layout=False)


class DecisionForm(Vertical):
    """Shows one label; each key that changes a field is saved by itself."""

    def __init__(self, codebook: Codebook, change: Change) -> None:
        super().__init__(id="form")
        # A call and not a message: a message may wait behind a paint, or be lost at the end.
        self._change = change
        self._codebook = codebook
        self._fields: tuple[Field, ...] = ()
        self._label: Label | None = None
        self._title = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, options, rationale, and a line that explains."""
        yield Static(id="form-title", markup=False)
        yield Static(id="form-options", markup=False)
        with Horizontal(id="form-reason"):
            yield Static("rationale   ", id="form-name", markup=False)
            yield Reason(id="rationale", compact=True, select_on_focus=False)
        yield Static(id="form-note", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether the form is on screen."""
        return bool(self.display)

    def open(self, label: Label, title: str) -> None:
        """Come on screen with a label."""
        self.display = True
        self.show_label(label, title)

    def close(self) -> None:
        """Leave the screen to the text; what was typed is saved first."""
        self.commit()
        self.display = False
        self._label = None

    def show_label(self, label: Label, title: str) -> None:
        """Show the label as it now stands in the database."""
        self._fields = form_fields(self._codebook, label.kind)
        self._label, self._title = label, title
        reason = self.query_one(Input)
        # A blank at the end is still being typed: what is stored has none.
        if reason.value.strip() != (label.rationale or ""):
            with self.prevent(Input.Changed):
                reason.value = label.rationale or ""
        self.explain(definition(self._codebook, label))
        self._draw()

    def explain(self, note: str, *, refused: bool = False) -> None:
        """Write a line below the fields: a definition, or why a change was refused."""
        line = self.query_one("#form-note", Static)
        line.set_class(refused, "-refused")
        line.update(Content(f"! {note}" if refused else note), layout=False)

    def commit(self) -> None:
        """Save the rationale, if it was changed; before anything else may change the label."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._label is None:
            return
        value = self.query_one(Input).value.strip() or None
        if value != self._label.rationale:
            self._change("rationale", value)

    def on_resize(self) -> None:
        """Break the options anew."""
        self._draw()

    def _draw(self) -> None:
        if self._label is None:
            return
        title = f"{self._title}   {_HELP}"
        self.query_one("#form-title", Static).update(Content(title), layout=False)
        lines = form_lines(self._fields, self._label, max(20, self.size.width or 80))
        options = self.query_one("#form-options", Static)
        options.styles.height = len(lines)
        options.update(Content("\n").join(lines), layout=False)

    def take_key(self, event: events.Key) -> bool:
        """Do what a key of the form says; False where the form has no such key."""
        if event.key == "enter":
            self.screen.set_focus(self.query_one(Input))
            return True
        found = find_option(self._fields, event.character) if event.character else None
        if found is not None:
            self._choose(*found)
        return found is not None

    def _choose(self, field: str, value: str | int) -> None:
        self.commit()
        chosen = self._label is not None and getattr(self._label, field) == value
        self._change(field, None if chosen else value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is None:
            self._timer = self.set_timer(SAVE_AFTER, self._save_typed)

    def _save_typed(self) -> None:
        self._timer = None
        self.commit()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self.commit()
