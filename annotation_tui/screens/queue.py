"""The queue: this annotator's own assignments, and how far each is.

Shows no title, time or result, since those tell how a session ended; nor how long a session is
that its annotator is to read with its end unknown.
"""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from annotation_tui.desk import Annotating
from annotation_tui.keymap import keys_of
from annotation_tui.screens.agreement import open_agreement
from annotation_tui.screens.guide import Guide
from annotation_tui.widgets.status import KeyLine, StatusLine
from taste.assigning.queue import (
    TO_DO,
    Queue,
    Queued,
    find_latest,
    find_refusal,
    read_queue,
    take_own,
)
from taste.assigning.states import flag, skip
from taste.assignment_tables import Assignment
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

ELSEWHERE = "pairs to judge: {}, not shown on a login; ask for a work package."
COLUMNS = ("session", "mode", "state", "events", "acts", "seen", "min", "due")


_key = keys_of("queue")


KEYS = (
    _key("open", "enter", "open", "Go on with the assignment, where it was left", "open"),
    _key("down", "j,down", "move(1)", "Next assignment", "down"),
    _key("up", "k,up", "move(-1)", "Previous assignment", "up"),
    _key("flag", "exclamation_mark", "say('flag')", "Flag it for the lead, or unflag", "flag"),
    _key("skip", "S", "say('skip')", "Skip it, with the reason, or take it back", "skip"),
    _key("agreement", "f4", "agreement", "How far annotators agree; for adjudicators"),
    _key("help", "question_mark", "help", "These keys", "help"),
    _key("leave", "escape", "leave_line", "Leave the line without doing anything"),
    _key("quit", "ctrl+q", "app.quit", "Leave the tool", "quit"),
)


class QueueScreen(Screen[None]):
    """Home. Enter goes on where this annotator left an assignment."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    class Opened(Message):
        """An assignment is to be worked at."""

        def __init__(self, assignment: Assignment) -> None:
            super().__init__()
            self.assignment = assignment

    def __init__(self, by: Annotating) -> None:
        super().__init__()
        self._by = by
        self._queue: Queue | None = None
        self._saying = ""
        """What the reason in the line is for: flag or skip."""
        self._stood: tuple[int | None, str] | None = None
        """The assignment that was worked at last, and its state then."""

    def compose(self) -> ComposeResult:
        """Heading, table, line for a reason, status, keys."""
        yield Static(id="heading", markup=False)
        yield DataTable[Text](id="queue", cursor_type="row", zebra_stripes=False)
        yield Input(id="reason", compact=True)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Name the columns."""
        self.query_one(Input).display = False
        for name in COLUMNS:
            self._table.add_column(name, key=name)

    def on_screen_resume(self) -> None:
        """Read the rows anew: work may have been done meanwhile."""
        if not self._guard(self._read) or not self._guard(self._stand):
            return
        queue, status = self._queue, self.query_one(StatusLine)
        assert queue is not None
        if queue.unknown:
            who = visible_controls(self._by.annotator)
            status.tell(f"nobody is called {who!r} here, and others have assignments: mistyped?")
        elif queue.elsewhere:
            status.tell(ELSEWHERE.format(queue.elsewhere))
        elif queue.withheld:
            status.tell(f"{queue.withheld} more were withdrawn or may not be used any more.")
        elif not queue.queued:
            status.tell("no sessions; `taste import` brings them in.")

    def _stand(self) -> None:
        """Where work stopped: at the assignment shown last, or at what follows it if it is done."""
        assert self._queue is not None
        by, queued = self._by, self._queue.queued
        latest = find_latest(by.engine, by.annotator)
        rows = [one.assignment.id for one in queued]
        if latest is None or latest.id not in rows or self._stood == (latest.id, latest.state):
            return
        self._stood = (latest.id, latest.state)
        at = rows.index(latest.id)
        following = (*range(at, len(rows)), *range(at))
        waiting = (row for row in following if queued[row].assignment.state in TO_DO)
        self._table.move_cursor(row=next(waiting, at))

    def _read(self) -> None:
        by = self._by
        self._queue = read_queue(by.engine, by.annotator, by.now().date())
        self.query_one("#heading", Static).update(self._heading(self._queue), layout=False)
        table = self._table
        row = table.cursor_row
        table.clear()
        for queued in self._queue.queued:
            # Text, because a plain string would be read as markup.
            table.add_row(*(Text(visible_controls(cell)) for cell in cells(queued)))
        table.move_cursor(row=row)
        table.focus()

    def _heading(self, queue: Queue) -> str:
        who = visible_controls(self._by.annotator)
        kind = "none assigned: all sessions" if queue.own else "my assignments"
        count = f"done {queue.done}/{len(queue.queued)}, today {queue.today}"
        return f"queue · {who} · {kind} · {count} · blind"

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#queue", DataTable)

    @property
    def _current(self) -> Queued | None:
        queued = self._queue.queued if self._queue else ()
        row = self._table.cursor_row
        return queued[row] if row < len(queued) else None

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._table.move_cursor(row=self._table.cursor_row + rows)

    def action_open(self) -> None:
        """Open the assignment under the cursor."""
        if (queued := self._current) is None:
            return
        self._guard(lambda: self._open(queued))

    def _open(self, queued: Queued) -> None:
        today = self._by.now().date()
        refusal = find_refusal(self._by.engine, queued.assignment.session_id, today)
        if refusal is not None:
            raise UserError(refusal)
        self.post_message(self.Opened(self._stored(queued)))

    def _guard(self, step: Callable[[], object]) -> bool:
        """Do something with the database; a refusal, or a database that is away, is told."""
        try:
            step()
        except (UserError, SQLAlchemyError) as error:
            self.refuse(visible_controls(f"{getattr(error, 'orig', None) or error}"))
            return False
        return True

    def refuse(self, reason: str) -> None:
        """Say why an assignment does not open."""
        self.query_one(StatusLine).tell(reason, refused=True)

    def _stored(self, queued: Queued) -> Assignment:
        by, assignment = self._by, queued.assignment
        if assignment.id is not None:
            return assignment
        return take_own(by.engine, by.annotator, assignment, by.now())

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_open()

    # Flagging and skipping

    def action_say(self, what: str) -> None:
        """Ask for the reason; again, take it back."""
        if (queued := self._current) is None:
            return
        self._saying = what
        if queued.assignment.state == {"flag": "flagged", "skip": "skipped"}[what]:
            self._change(None)
            return
        line = self.query_one(Input)
        line.placeholder = f"why {what}? (enter stores it, esc leaves)"
        line.value = ""
        line.display = True
        line.focus()

    @on(Input.Submitted)
    def _said(self, event: Input.Submitted) -> None:
        event.stop()
        reason = " ".join(event.value.split())
        if not reason:
            self.refuse("say why in a few words.")
            return
        self.action_leave_line()
        self._change(reason)

    def _change(self, reason: str | None) -> None:
        queued = self._current
        assert queued is not None
        change = flag if self._saying == "flag" else skip
        if self._guard(lambda: change(self._by.engine, self._stored(queued).id or 0, reason)):
            self._guard(self._read)

    def action_leave_line(self) -> None:
        """Close the line for a reason."""
        self.query_one(Input).display = False
        self._table.focus()

    def action_agreement(self) -> None:
        """Show adjudicators how far annotators agree."""
        self._guard(lambda: self.app.push_screen(open_agreement(self._by)))

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Guide("queue", KEYS))


def cells(queued: Queued) -> tuple[str, ...]:
    """What a row of the queue says."""
    assignment = queued.assignment
    state = assignment.state
    reason = f" ({assignment.reason})" if assignment.reason else ""
    return (
        queued.name,
        assignment.mode,
        f"{state}{reason}"[:30],
        f"{queued.events:,}" if queued.events is not None else "·",
        f"{queued.acts:,}" if queued.acts is not None else "·",
        f"{queued.seen:.0%}" if queued.seen is not None else "·",
        f"{queued.active_ms / 60_000:.0f}" if queued.active_ms else "·",
        assignment.due.isoformat() if assignment.due else "·",
    )
