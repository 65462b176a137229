"""Where an assignment's draft is kept: in the database file, or in an outbox before a server."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, select

from taste.appending import table_of
from taste.assignment_tables import Assignment
from taste.drafts.interface import Drafts
from taste.drafts.local import open_local
from taste.drafts.outbox import Outbox
from taste.drafts.store import DraftStore
from transcripts.tables import Annotator


def open_drafts(
    engine: Engine, assignment_id: int, holder: str, now: Callable[[], datetime]
) -> Drafts:
    """The draft of an assignment; whoever does not hold its lease can only read it."""
    if engine.dialect.name != "postgresql":
        return DraftStore(engine, assignment_id, holder, now)
    annotator, assignment = table_of(Annotator), table_of(Assignment)
    query = select(annotator.c.name, assignment.c.holder)
    query = query.join(assignment, assignment.c.annotator_id == annotator.c.id)
    with engine.connect() as connection:
        row = connection.execute(query.where(assignment.c.id == assignment_id)).one()
    if row.holder != holder:
        return DraftStore(engine, assignment_id, holder, now)
    return Outbox(engine, open_local(engine.url, row.name), assignment_id, holder, now)
