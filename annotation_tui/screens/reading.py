"""Reading a session: bookmarks, notes, selecting, copying, one event in full, other threads.

Knows no marks. Where one stands can be captured at every key, and brought back.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from textual import on
from textual.widgets import Input

from annotation_tui.copying import copy
from annotation_tui.desk import Desk
from annotation_tui.filters import Filter
from annotation_tui.folds import Folds
from annotation_tui.jottings import Jottings
from annotation_tui.screens.event import EventScreen
from annotation_tui.screens.ordering import ALL, SKIM, Ordering


class Reading(Ordering):
    """The reader without marks."""

    desk: Desk

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)

    def _lines(self) -> Iterable[Input]:
        yield from super()._lines()
        yield Input(id="note", classes="line", compact=True, select_on_focus=False)

    def _prepare(self) -> None:
        super()._prepare()
        self._jottings = Jottings(self.desk.held, self.desk.document.index.numbers)
        self._noted: str | None = None
        """Id of the event whose note is being written."""
        self._thread: dict[str, Any] | None = None
        """The call whose thread is open, and where one stands in that."""
        self._pending: dict[str, Any] = {}
        """What is still to be brought back."""
        self._show_jottings()
        self._left_state = dict(self._beginning_state())

    def _beginning_state(self) -> Mapping[str, Any]:
        """Where one stood when this was left."""
        return self.desk.held.state

    def close_innermost(self) -> bool:
        """Leave the note, the selection, or what else is open."""
        if self._transcript.span is not None:
            self._transcript.end_span()
            return True
        if self._close_note():
            return True
        return super().close_innermost()

    # Bookmarks and notes

    def _show_jottings(self) -> None:
        bookmarks, notes = self._jottings.bookmarks(), self._jottings.notes()
        if (bookmarks, notes) != (self._transcript.bookmarks, self._transcript.notes):
            self._transcript.show_notes(bookmarks, notes)
            self._outline.show_notes(bookmarks, notes)

    def action_bookmark(self) -> None:
        """Set a bookmark at the event, or take it away."""

        def turn() -> None:
            self._refuse_empty()
            self._jottings.turn_bookmark(self._event_id or "")

        if self._try(turn):
            self._show_jottings()

    def action_next_bookmark(self, way: int) -> None:
        """Go to the next or previous bookmark."""
        places = [n for n in self._jottings.bookmarks() if (n - self._event) * way > 0]
        if places:
            self.go_to(places[0] if way > 0 else places[-1])
        else:
            self._status.tell(f"no bookmark {'below' if way > 0 else 'above'}; B sets one.")

    def action_note(self) -> None:
        """Write a private note on the event."""
        if self._try(self._refuse_empty):
            self._noted = self._event_id
            note = self._jottings.note(self._noted or "")
            self._ask("note", "a note for yourself, saved at every key; enter or esc leaves", note)

    @on(Input.Changed, "#note")
    def _note_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._write_note(event.value)

    def _write_note(self, text: str) -> None:
        event_id = self._noted
        if event_id is not None and text != self._jottings.note(event_id):
            self._try(lambda: self._jottings.write(event_id, text))
            self._show_jottings()

    @on(Input.Submitted, "#note")
    def _note_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_note()

    def _close_note(self) -> bool:
        was_open = self._close_line("note")
        if was_open:
            # The line tells of a key a moment later, and may be closed by then.
            self._write_note(self.query_one("#note", Input).value)
            self._noted = None
            self._try(self._jottings.settle)
            self._show_jottings()
            self._show_place()
        return was_open

    # Selecting and copying

    def action_select(self) -> None:
        """Begin to select a span of the event's text."""
        if self._transcript.begin_span():
            self._status.tell("select: h l words, j k lines, H L characters; enter takes, y copies")
        else:
            self._status.tell("no text here to select from.")
        self._transcript.refresh_bindings()

    def action_copy(self) -> None:
        """Copy what is selected, else the whole event."""
        if not self._try(self._refuse_empty):
            return
        whole = self.desk.document.whole(self._event)
        told = self._transcript.stored_span()
        text = whole[told[1] : told[2]] if told is not None else whole
        self._transcript.end_span()
        self._status.tell(copy(self.app, text))

    # One event, and other threads

    def action_open(self) -> None:
        """Open a gap, the thread that a call started, or the event in full."""
        if self._open_gap():
            return
        if not (self._event in self.desk.document.subagents and self.open_thread(self._event)):
            self.action_open_full()

    def action_open_full(self) -> None:
        """Show one event in full: rendered, or as it is stored."""
        if self._try(self._refuse_empty):
            document, event = self.desk.document, self._event
            row = document.index.rows[event]
            self.app.push_screen(EventScreen(event + 1, row, document.whole(event)))

    def open_thread(self, event: int, state: Mapping[str, Any] | None = None) -> bool:
        """Open the thread that a call started; False where it has no events here."""
        from annotation_tui.screens.thread import open_thread

        screen = open_thread(self.desk, event, state, self._keep_thread)
        if screen is None:
            self._status.tell("that thread's own file is not imported.")
            return False
        self.app.push_screen(screen, lambda _: self._keep_thread(None))
        return True

    def _keep_thread(self, thread: dict[str, Any] | None) -> None:
        """A thread that a call started was opened, moved through, or left."""
        self._thread = thread
        self._show_place()

    # Where one stands

    def _show_place(self) -> None:
        super()._show_place()
        self._show_jottings()

    def capture(self) -> dict[str, Any]:
        """Where one stands, as plain values: event, row, folds, filter, needle, view."""
        document, spot = self.desk.document, self.place
        rows = document.index.rows
        return {
            "event": rows[spot.event].event_id if rows else None,
            "row": spot.row,
            "line": self._transcript.line,
            "folds": document.folds.capture(
                rows[n].event_id for n in sorted(document.folds.turned)
            ),
            "filter": self._filter.capture() if self._filter else None,
            "view": self._view,
            "gaps": [rows[n].event_id for n in sorted(self._opened)],
            "needle": document.found.needle,
            "outline": self.focused is self._outline,
            "note": self._noted,
            "thread": self._thread,
            **self._pending,
        }

    def _bring_back(self) -> None:
        """Bring back what was captured; the cursor's place came with the desk."""
        state, document = self._left_state, self.desk.document
        numbers = document.index.numbers
        document.folds = Folds.restore(state.get("folds") or {}, numbers)
        self._filter = Filter.restore(state.get("filter") or {})
        self._view = SKIM if state.get("view") == SKIM else ALL
        self._opened = {numbers[one] for one in state.get("gaps") or () if one in numbers}
        document.order = self._order()
        if not document.order.events:
            self._filter = Filter()
            document.order = self._order()
        self._transcript.line = int(state.get("line") or 0)
        later = ("needle", "outline", "note", "thread")
        self._pending = {name: state[name] for name in later if state.get(name)}
        self.call_after_refresh(self._restore_open)

    def _restore_open(self) -> None:
        """What can be brought back only once the text is laid out."""
        state, self._pending = self._pending, {}
        needle = str(state.get("needle") or "")
        if needle:
            self._seek(needle, jumps=False)
        if state.get("outline"):
            self.action_outline()
        thread = state.get("thread") or {}
        call = self.desk.document.index.numbers.get(str(thread.get("call")))
        if call is not None:
            self.open_thread(call, thread.get("state"))
            return
        noted = state.get("note")
        if noted is not None and self._event_id == noted:
            self.action_note()
