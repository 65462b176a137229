"""A subagent's thread, opened from the call that started it: to be read, not to be marked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from sqlmodel import col, select
from textual.app import ComposeResult
from textual.binding import BindingType

from annotation_tui.bodies import Bodies
from annotation_tui.desk import BEGINNING, Desk, read_subagents
from annotation_tui.document import Document
from annotation_tui.index import Index
from annotation_tui.layout import Spot
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.reading import Reading
from annotation_tui.screens.reading_keys import READING_KEYS
from annotation_tui.widgets.status import KeyLine
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.queries import main_id, read_index
from transcripts.rendering.text import visible_controls
from transcripts.tables import Session, Thread

Keep = Callable[[dict[str, Any]], None]


class ThreadReader(Reading):
    """The reading keys over another thread; esc goes back to the call."""

    BINDINGS: ClassVar[list[BindingType]] = list(READING_KEYS)

    def __init__(self, desk: Desk, name: str, state: Mapping[str, Any], keep: Keep) -> None:
        super().__init__(desk)
        self._thread_name = name
        self._state = state
        self._keep = keep

    def compose(self) -> ComposeResult:
        """Below the status line the keys."""
        yield from super().compose()
        yield KeyLine(READING_KEYS)

    def _beginning_state(self) -> Mapping[str, Any]:
        return self._state

    def _show_place(self) -> None:
        super()._show_place()
        self._keep(self.capture())

    def save(self) -> None:
        """All is saved as it is typed."""
        self._keep(self.capture())

    def _mark_words(self, event: int) -> str:  # noqa: ARG002
        return f"thread {visible_controls(self._thread_name)}  esc: back to the call"

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Guide("thread of a subagent", READING_KEYS))

    def action_back(self) -> None:
        """Leave what is open; at last the thread."""
        if not self.close_innermost():
            self.dismiss()


def open_thread(
    desk: Desk,
    call: int,
    state: Mapping[str, Any] | None,
    keep: Callable[[dict[str, Any] | None], None],
) -> ThreadReader | None:
    """The reader of the first thread that a call started; none where it has no events.

    Args:
        desk: of the session that the call stands in.
        call: number of its event.
        state: where one stood in the thread.
        keep: told the call and where one stands in the thread, at every key.
    """
    state = state or {}
    event_id = desk.document.index.rows[call].event_id
    with Db(desk.by.engine) as db:
        query = (
            select(Thread)
            .where(Thread.session_id == desk.session.id, Thread.call == event_id)
            .order_by(col(Thread.id))
        )
        for thread in db.exec(query):
            found = _find_events(db, desk, thread.name)
            if found is not None:
                session, name = found
                assert session.id is not None
                index = Index.of(read_index(db, session.id, name))
                subagents = read_subagents(db, session, index)
                db.expunge_all()
                inner = _desk(desk, session, name, (index, subagents), state)
                return ThreadReader(
                    inner,
                    thread.name,
                    state,
                    lambda here: keep({"call": event_id, "state": here}),
                )
    return None


def _find_events(db: Db, desk: Desk, name: str) -> tuple[Session, str] | None:
    """The session and thread in which a subagent's events stand."""
    session = db.get_one(Session, desk.session.id)
    assert session.id is not None
    if name != session.thread and read_index(db, session.id, name):
        return session, name
    own = f"{main_id(session.external_id)}/{name}"
    for other in db.exec(select(Session).where(Session.external_id == own)):
        if other.event_count and consent_fault(other, desk.by.now().date()) is None:
            return other, other.thread
    return None


def _desk(
    desk: Desk,
    session: Session,
    thread: str,
    read: tuple[Index, Mapping[int, str]],
    state: Mapping[str, Any],
) -> Desk:
    index, subagents = read
    bodies = Bodies(desk.by.engine, session, thread)
    positions = {index.rows[act].position: act for act in index.acts}
    texts = bodies.read_beginnings(list(positions), BEGINNING)
    return replace(
        desk,
        session=session,
        document=Document(index, bodies, subagents),
        words={positions[position]: text for position, text in texts.items()},
        start=Spot(index.numbers.get(str(state.get("event")), 0), int(state.get("row") or 0)),
    )
