"""The form of a verdict on two moves: what is better, how sure, and a short reason."""

from collections.abc import Callable, Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from annotation_tui.widgets.saved_line import SavedLine

CHOICES = (
    ("a", "first", "A"), ("b", "second", "B"), ("=", "tie", "tie"),
    ("c", "cannot tell", "cannot tell"),
)  # fmt: skip
"""Key, value and word of each verdict."""
SURENESS = (("1", "low", "low"), ("2", "medium", "medium"), ("3", "high", "high"))
GUESSES = (("a", "first", "A"), ("b", "second", "B"), ("=", "unsure", "cannot say"))
PROBE = "Which one is the human's? "


class Reason(SavedLine):
    """The line for the reason; what is typed is stored before it is painted."""

    def __init__(self, store: Callable[[str], None], moved: Callable[[], None]) -> None:
        super().__init__(id="reason", compact=True, select_on_focus=False, placeholder="reason")
        self._store = store
        self._moved = moved

    def store_text(self, text: str) -> None:
        """Store the text as it now stands."""
        self._store(text)

    def store_caret(self) -> None:
        """Store where the caret stands."""
        if self.has_focus:
            self._moved()


class VerdictForm(Vertical):
    """Shows one draft; the screen that holds it has the keys."""

    def __init__(self, store: Callable[[str], None], moved: Callable[[], None]) -> None:
        super().__init__(id="verdict")
        self._reason = Reason(store, moved)

    def compose(self) -> ComposeResult:
        """What is better, how sure, why."""
        yield Static(id="verdict-choice", markup=False)
        yield Static(id="verdict-sure", markup=False)
        with Horizontal(id="verdict-reason"):
            yield Static("r reason  ", id="verdict-reason-name", markup=False)
            yield self._reason

    @property
    def reason(self) -> Reason:
        """The line for the reason."""
        return self._reason

    def show(self, draft: Mapping[str, Any]) -> None:
        """Show a draft."""
        self._write("#verdict-choice", "better    ", CHOICES, draft.get("choice"))
        self._write("#verdict-sure", "how sure  ", SURENESS, draft.get("confidence"))
        reason = draft.get("reason") or ""
        if self._reason.value != reason:
            with self._reason.prevent(Input.Changed):
                self._reason.value = reason

    def ask(self) -> None:
        """Ask the question that follows a verdict, in the place of the verdict."""
        self._write("#verdict-choice", PROBE, GUESSES, None)
        self.query_one("#verdict-sure", Static).update(
            Content("enter: no answer. The verdict stands whatever you say."), layout=False
        )

    def _write(
        self, where: str, name: str, options: tuple[tuple[str, str, str], ...], chosen: str | None
    ) -> None:
        parts: list[tuple[str, str] | str] = [name]
        for key, value, word in options:
            if value == chosen:
                parts.append((f"[{key} {word}]", "bold reverse"))
            else:
                parts += [" ", (key, "bold"), f" {word} "]
            parts.append(" ")
        self.query_one(where, Static).update(Content.assemble(*parts), layout=False)
