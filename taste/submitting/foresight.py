"""Foresight handed in: its moves are evidence already, so only the submission itself is written."""

from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import func, select

from taste.appending import append_row, table_of
from taste.assignment_tables import Activity, Assignment, Submission
from taste.drafts.store import LostLease
from taste.identity import identity
from transcripts.db import Db


def begin_foresight(engine: Engine, assignment_id: int) -> None:
    """Say that an assignment was begun."""
    table = table_of(Assignment)
    todo = (table.c.id == assignment_id) & (table.c.state == "todo")
    with engine.begin() as connection:
        connection.execute(update(table).where(todo).values(state="draft"))


def submit_foresight(
    engine: Engine, assignment_id: int, holder: str, guidelines: str, now: datetime
) -> int:
    """Append a submission, and return which of its assignment's it is, from 1.

    Raises:
        LostLease: if the assignment is another process's by now; nothing is written.
    """
    table = table_of(Assignment)
    mine = (table.c.id == assignment_id) & (table.c.holder == holder)
    with Db(engine) as db:
        values = {"state": "submitted", "reason": None}
        if db.connection().execute(update(table).where(mine).values(values)).rowcount != 1:
            raise LostLease("this assignment is open in another terminal by now.")
        number = _number(db, assignment_id)
        key = db.get_one(Assignment, assignment_id).identity
        append_row(
            db,
            Submission(
                identity=identity("submission", key, number),
                assignment_id=assignment_id,
                number=number,
                seen=1.0,
                active_ms=_active_ms(db, assignment_id),
                guidelines=guidelines,
                created_at=now,
            ),
        )
        db.commit()
        return number


def _number(db: Db, assignment_id: int) -> int:
    query = select(func.max(Submission.number)).where(Submission.assignment_id == assignment_id)
    return int(db.exec(query).one() or 0) + 1


def _active_ms(db: Db, assignment_id: int) -> int:
    query = select(func.sum(Activity.active_ms)).where(Activity.assignment_id == assignment_id)
    return int(db.exec(query).one() or 0)
