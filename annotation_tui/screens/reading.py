"""Reading a session: moving, folding, searching. Knows no marks and writes nothing."""

from collections.abc import Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from annotation_tui.desk import Desk
from annotation_tui.layout import Spot
from annotation_tui.messages import ActChosen, CursorMoved
from annotation_tui.widgets.outline import Outline
from annotation_tui.widgets.status import StatusLine
from annotation_tui.widgets.transcript import Transcript
from transcripts.rendering.text import visible_controls


class Reading(Screen[None]):
    """A screen with a transcript, its outline, a search line and a status line."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._saved = ""
        """When something was last saved, as the status line tells it."""

    def compose(self) -> ComposeResult:
        """Outline and text side by side, below them the search line and the status."""
        desk = self.desk
        with Horizontal(id="texts"):
            yield from self._beside()
            yield Outline(desk.document.index, desk.words)
            yield Transcript(desk.document, desk.start)
        yield Input(id="search", placeholder="find", compact=True)
        yield StatusLine()

    def _beside(self) -> Iterable[Widget]:
        """What else stands beside the text, or below it where there is no room."""
        return ()

    def _mark_words(self, event: int) -> str:  # noqa: ARG002
        """What the status line tells of a mark."""
        return ""

    def _begin(self) -> None:
        """What else is to be done before the first paint."""

    def on_mount(self) -> None:
        """Begin at the text, with whatever the import warned of."""
        self._transcript = self.query_one(Transcript)
        self._outline = self.query_one(Outline)
        self._status = self.query_one(StatusLine)
        self._search = self.query_one("#search", Input)
        self._search.display = False
        self.set_focus(self._transcript)
        self._begin()
        self._show_place()
        if self.desk.session.warnings:
            self._status.tell(visible_controls(f"import warned: {self.desk.session.warnings[0]}"))

    @property
    def place(self) -> Spot:
        """Where the cursor stands."""
        return self._transcript.cursor

    @property
    def _event(self) -> int:
        return self._transcript.cursor.event

    def _show_place(self) -> None:
        event = self._event
        self._outline.show_current(self.desk.document.index.act_number(event))
        self._status.show_place(self.desk.describe(event, self._mark_words(event), self._saved))

    def take_key(self, event: events.Key) -> bool:
        """Give a key to the line that is open by now, though it was typed before that opened.

        Keys that are typed fast are on their way while an earlier one still opens a line. They
        come here in order, and after what the earlier ones did.
        """
        if not isinstance(self.focused, Input):
            return False
        if event.key == "enter":
            self.call_later(self.focused.action_submit)
        elif event.is_printable and event.character:
            self.focused.insert_text_at_cursor(event.character)
        else:
            return False
        return True

    # Moving

    def action_rows(self, rows: int) -> None:
        """Move by rows."""
        self._transcript.move_rows(rows)
        self._show_place()

    def action_pages(self, pages: float) -> None:
        """Move by pages."""
        self._transcript.move_pages(pages)
        self._show_place()

    def action_end(self, last: bool) -> None:
        """Move to the first or last row."""
        self._transcript.move_to_end(last=last)
        self._show_place()

    def action_event_by(self, way: int) -> None:
        """Move to the next or previous event."""
        self._transcript.move_event(way)
        self._show_place()

    def action_jump(self, what: str, way: int) -> None:
        """Move to the next or previous decision or tool error."""
        if self._transcript.move_to_next(what, way):
            self._show_place()
        else:
            name = self.desk.document.index.decision if what == "act" else "tool error"
            self._status.tell(f"no {name} {'below' if way > 0 else 'above'}.")

    @on(CursorMoved)
    def _moved(self) -> None:
        self._show_place()

    @on(ActChosen)
    def _act_chosen(self, message: ActChosen) -> None:
        self._transcript.jump_to(Spot(message.event, 0))
        self._show_place()

    def action_fold(self) -> None:
        """Fold or unfold the event under the cursor."""
        self._transcript.turn_fold()

    def action_fold_all(self) -> None:
        """Unfold all, or fold all results."""
        self._transcript.turn_all_folds()

    # Searching

    def action_search(self) -> None:
        """Ask for a text."""
        self._search.display = True
        self.set_focus(self._search)

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_search()
        found = self.desk.document.find(event.value)
        self._transcript.refresh()
        if found:
            self.action_hit(1)
        else:
            self._status.tell(f"{visible_controls(event.value)!r} is nowhere in this session.")

    def action_hit(self, way: int) -> None:
        """Go to the next or previous hit."""
        document = self.desk.document
        total = document.heights.total
        spot = document.next_hit(self._transcript.cursor, way)
        if spot is None:
            self._status.tell("no hits; / searches.")
            return
        if document.heights.total != total:
            self._transcript.rows_changed()
        self._transcript.jump_to(spot)
        self._show_place()
        hits = document.reachable_hits()
        self._status.tell(f"hit {hits.index(spot.event) + 1} of {len(hits)} events that have it")

    def _close_search(self) -> None:
        self._search.display = False
        self.set_focus(self._transcript)
