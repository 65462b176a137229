"""The decision form: single keys for what was decided, a few lines for words.

It stands beside the text or below it, never over it. What is chosen or typed goes out by calls
that return when it is saved.
"""

from collections.abc import Callable, Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from annotation_tui.form import (
    OPENERS,
    POOLS,
    READER_KEYS,
    WAIVERS,
    Decisions,
    Field,
    View,
    definition,
    find_option,
    form_fields,
    form_help,
    form_lines,
)
from annotation_tui.widgets.words import Caret, Words
from taste.submitting.completeness import Missing
from taste.submitting.marks import EVIDENCE, TEXTS, DraftMark
from transcripts.codebook import Codebook

_OWN_KEYS = frozenset("".join(POOLS.values())) | set(OPENERS.values()) | set(WAIVERS)
_FIELD_OF = {key: field for field, key in OPENERS.items()}


def _how(field: str) -> str:
    if field in READER_KEYS:
        return f" ({READER_KEYS[field]} there)"
    return " (esc, then E there)" if field in EVIDENCE else ""


class DecisionForm(Vertical):
    """Shows one mark of a draft."""

    def __init__(self, codebook: Codebook, decisions: Decisions) -> None:
        super().__init__(id="form")
        self._decisions = decisions
        self._codebook = codebook
        self._fields: tuple[Field, ...] = ()
        self._mark: DraftMark | None = None
        self._missing: tuple[Missing, ...] = ()
        self._place: Callable[[str], str] = str
        self._title = ""
        self._current: str | None = None
        """The field that is kept in view."""
        self.opened: str | None = None
        """The field whose options have the digits, or that is written in."""
        self.in_use = False
        """Whether letters are the form's; else only digits are."""

    def compose(self) -> ComposeResult:
        """Title, fields, what is being written, and a line that explains."""
        yield Static(id="form-title", markup=False)
        yield Static(id="form-fields", markup=False)
        yield Words(self._typed, self.leave_text, id="words")
        yield Static(id="form-note", markup=False)

    def on_mount(self) -> None:
        """Nothing is being written yet."""
        self.words.display = False

    @property
    def words(self) -> Words:
        """Where the words of a field are written."""
        return self.query_one(Words)

    @property
    def is_open(self) -> bool:
        """Whether the form is on screen."""
        return bool(self.display)

    @property
    def writing(self) -> str | None:
        """The field that is being written in."""
        return self.opened if self.words.display else None

    def close(self) -> None:
        """Leave the screen to the text."""
        self.leave_text()
        self.display = False
        self.in_use, self.opened, self._mark = False, None, None

    def show(
        self, mark: DraftMark, missing: Iterable[Missing], title: str, place: Callable[[str], str]
    ) -> None:
        """Show a mark as it now stands in the draft."""
        if self._mark is None or self._mark.cut != mark.cut:
            self._current = None
        self._fields = form_fields(self._codebook, mark.kind)
        self._mark, self._missing, self._title = mark, tuple(missing), title
        self._place = place
        self.display = True
        if self.writing and self.words.text != (mark.get(self.writing) or ""):
            self.words.show_text(mark.get(self.writing) or "")
        if not self.writing:
            self.explain(definition(self._codebook, mark, self._current))
        self.draw()

    def explain(self, note: str, *, refused: bool = False) -> None:
        """Write a line below the fields: a definition, or why a change was refused."""
        line = self.query_one("#form-note", Static)
        line.set_class(refused, "-refused")
        line.update(Content(f"! {note}" if refused else note), layout=False)

    @property
    def help(self) -> str:
        """What its keys do."""
        return form_help(self._fields)

    def on_resize(self) -> None:
        """Break the options anew."""
        self.draw()

    def draw(self) -> None:
        """Draw the fields, with the current one in view."""
        if self._mark is None:
            return
        help_ = "esc text  ? keys" if self.in_use else "e: form keys"
        lacking = len({one.field for one in self._missing})
        title = f"{self._title}  {f'{lacking} missing' if lacking else 'complete'}  {help_}"
        self.query_one("#form-title", Static).update(Content(title), layout=False)
        missing = frozenset(one.field for one in self._missing)
        view = View(self._mark, missing, self.opened, self._place, self.in_use)
        fields = self.query_one("#form-fields", Static)
        lines = form_lines(self._fields, view, max(20, fields.size.width or 78))
        room = max(1, fields.size.height)
        first = self._first_line([line.field for line in lines], room)
        shown = [line.content for line in lines[first : first + room]]
        fields.update(Content("\n").join(shown), layout=False)

    def _first_line(self, owners: list[str], room: int) -> int:
        """The first line in view, so that the current field is."""
        if self._current not in owners or len(owners) <= room:
            return 0
        last = len(owners) - 1 - owners[::-1].index(self._current)
        first = owners.index(self._current)
        return max(0, min(first, last - room + 1 + room // 3, len(owners) - room))

    # Keys

    def take_key(self, event: events.Key) -> bool:
        """Do what a key of the form says; False where the form has no such key."""
        if self._mark is None or self.writing:
            return False
        key = event.character or ""
        if not self.in_use:
            return key.isdigit() and self._take_option(key)
        if event.key == "tab":
            self.open_missing()
        elif event.key == "enter":
            self.open_field("rationale")
        elif not self._take_option(key) and not self._take_letter(key):
            return key in _OWN_KEYS
        return True

    def _take_option(self, key: str) -> bool:
        assert self._mark is not None
        if self.opened in EVIDENCE and key.isdigit():
            self._decisions.drop_evidence(self.opened, (int(key) - 1) % 10)
            return True
        found = find_option(self._fields, key, self.opened)
        if found is None:
            return False
        field, value = found
        self.opened, self._current = None, field
        known = self._mark.get(field)
        self._decisions.choose(field, None if known == value else value)
        return True

    def _take_letter(self, key: str) -> bool:
        if key in WAIVERS:
            self._decisions.waive(WAIVERS[key])
        elif key in _FIELD_OF:
            self.open_field(_FIELD_OF[key])
        else:
            return False
        return True

    def open_field(self, name: str) -> None:
        """Give a field the digits; where it is written in words, begin to write."""
        if self._mark is None or name not in {field.name for field in self._fields}:
            return
        self.in_use, self._current = True, name
        if name == "hidden_context":
            self._decisions.choose(name, None if self._mark.get(name) else True)
            return
        self.opened = name if name in OPENERS else None
        if name in TEXTS:
            self.words.show_text(self._mark.get(name) or "")
            self.words.display = True
            # At once, and not after what is typed next.
            self.screen.set_focus(self.words)
            self.explain(f"{name.replace('_', ' ')}: enter or esc ends it; saved at every key")
            # The line that is written in takes rows from the fields; how many, the layout says.
            self.call_after_refresh(self.draw)
        self.draw()

    def open_missing(self) -> None:
        """Open the first field that is to be decided still."""
        if not self._missing:
            self.explain("nothing is missing: ctrl+s hands in.")
            return
        first = self._missing[0]
        self.open_field(first.field)
        # What is said of an event is said in the text: there letters are the reader's.
        self.in_use = first.field not in READER_KEYS
        self.explain(f"{first.field.replace('_', ' ')}: {first.words}{_how(first.field)}")
        self.draw()

    def restore(self, field: str | None, caret: Caret | None) -> None:
        """Go on writing in a field where it was left."""
        if field in TEXTS:
            self.open_field(field)
            if caret is not None:
                self.words.move_cursor(caret)

    def _typed(self, text: str) -> None:
        if self.writing:
            self._decisions.write(self.writing, text)

    @on(Words.SelectionChanged)
    def _caret_moved(self, event: Words.SelectionChanged) -> None:
        event.stop()
        if self.writing:
            self._decisions.caret_moved()

    def leave_text(self) -> None:
        """End the writing, if there is any."""
        if self.writing:
            self.words.display = False
            self.opened = None
            self._decisions.leave_text()
            self.draw()

    def step_back(self) -> bool:
        """Leave the writing, then the open field, then the form's keys; whether that was one."""
        if self.writing:
            self.leave_text()
        elif self.opened:
            self.opened = None
            self.draw()
        elif self.in_use:
            self.in_use = False
            self.draw()
        else:
            return False
        return True
