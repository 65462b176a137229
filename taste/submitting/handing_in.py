"""One transaction in which work is handed in: held by its annotator, and on disk when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import col, func, select

from taste.appending import table_of
from taste.assignment_tables import Activity, Assignment, Draft, Submission
from taste.drafts.store import refuse_lost
from taste.identity import identity
from transcripts.db import Db

_ASSIGNMENT = table_of(Assignment)


@contextmanager
def submitting(
    engine: Engine, assignment_id: int, holder: str, state: str = "submitted"
) -> Iterator[tuple[Db, Assignment]]:
    """A transaction of the assignment's holder, which is committed at the end.

    A draft may be lost with the power, evidence may not: this waits until it is on the disk.

    Args:
        engine: of the database.
        assignment_id: number of the assignment.
        holder: the process that has it open for writing.
        state: what the assignment is from then on.

    Raises:
        LostLease: if another process has the assignment; nothing is written.
    """
    lite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if lite:
            connection.exec_driver_sql("PRAGMA synchronous=FULL")
            connection.commit()
        try:
            with Db(connection) as db:
                mine = (_ASSIGNMENT.c.id == assignment_id) & (_ASSIGNMENT.c.holder == holder)
                # First of all an update, and one that asks for the holder: it takes the write
                # lock, so that what is read from here on is this process's and stays so.
                claim = update(_ASSIGNMENT).where(mine).values(state=state, reason=None)
                if db.connection().execute(claim).rowcount != 1:
                    refuse_lost(db.connection(), assignment_id)
                assignment = db.get_one(Assignment, assignment_id)
                yield db, assignment
                db.commit()
        finally:
            if lite:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA synchronous=NORMAL")


def read_draft(db: Db, assignment_id: int) -> dict[str, object]:
    """The named values of an assignment's draft."""
    query = select(Draft.name, Draft.value).where(Draft.assignment_id == assignment_id)
    return {name: value for name, value in db.exec(query) if value is not None}


def write_draft(db: Db, assignment_id: int, name: str, value: object, now: datetime) -> None:
    """Write a named value in the transaction under way: it is on disk when the evidence is."""
    query = select(Draft).where(Draft.assignment_id == assignment_id, Draft.name == name)
    row = db.exec(query).first() or Draft(assignment_id=assignment_id, name=name, changed_at=now)
    row.value, row.changed_at = value, now
    db.add(row)


def sum_active(db: Db, assignment_id: int, cut: int | None = None) -> int:
    """Active time on an assignment, or on one point of it."""
    query = select(func.sum(Activity.active_ms)).where(Activity.assignment_id == assignment_id)
    if cut is not None:
        query = query.where(Activity.cut == cut)
    return int(db.exec(query).one() or 0)


def add_submission(  # noqa: PLR0913
    db: Db,
    assignment: Assignment,
    guidelines: str,
    now: datetime,
    *,
    seen: float,
    nothing: bool = False,
    reason: str | None = None,
) -> Submission:
    """Append the next version of what was handed in."""
    assert assignment.id is not None
    query = select(func.max(Submission.number)).where(
        col(Submission.assignment_id) == assignment.id
    )
    number = int(db.exec(query).one() or 0) + 1
    row = Submission(
        identity=identity("submission", assignment.identity, number),
        assignment_id=assignment.id,
        number=number,
        empty=nothing,
        seen=seen,
        reason=reason,
        active_ms=sum_active(db, assignment.id),
        guidelines=guidelines,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return row
