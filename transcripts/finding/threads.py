"""The threads of a session beside the one that its file is about: subagents, summarisers."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.queries import main_id
from transcripts.tables import Event, Session, Thread


@dataclass(frozen=True, slots=True)
class OtherThread:
    """A thread that a session names."""

    name: str
    role: str
    call: str | None
    """Event id of the call that started it, where that stands in this session."""
    events: int
    """Events of it in this session's own file."""
    session: str | None
    """The session that a file of its own became, if that is imported."""


def list_threads(db: Db, session: Session) -> list[OtherThread]:
    """The threads that a session names, but its own, in the order in which they were recorded."""
    counted = (
        select(Event.thread, func.count())
        .where(Event.session_id == session.id)
        .group_by(col(Event.thread))
    )
    events = dict(db.exec(counted).all())
    query = select(Thread).where(Thread.session_id == session.id).order_by(col(Thread.id))
    return [
        OtherThread(
            thread.name, thread.role, thread.call, events.get(thread.name, 0),
            _session_of(db, session, thread.name),
        )
        for thread in db.exec(query)
        if thread.name != session.thread
    ]  # fmt: skip


def _session_of(db: Db, session: Session, name: str) -> str | None:
    own = f"{main_id(session.external_id)}/{name}"
    return db.exec(select(Session.external_id).where(Session.external_id == own)).first()
