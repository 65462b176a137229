"""The state of an assignment: begun, flagged, skipped, and back again."""

from sqlalchemy import Engine, select, update

from taste.appending import table_of
from taste.assignment_tables import Assignment, DraftEvent
from transcripts.errors import UserError

_ASSIGNMENT, _EVENT = table_of(Assignment), table_of(DraftEvent)


def flag(engine: Engine, assignment_id: int, reason: str | None) -> None:
    """Flag an assignment for whoever assigned it; without a reason, unflag it."""
    _set_aside(engine, assignment_id, "flagged", reason)


def skip(engine: Engine, assignment_id: int, reason: str | None) -> None:
    """Skip an assignment; without a reason, take it up again."""
    _set_aside(engine, assignment_id, "skipped", reason)


def _set_aside(engine: Engine, assignment_id: int, state: str, reason: str | None) -> None:
    """Give an assignment the state, or the one that its work has without it.

    Raises:
        UserError: if it was returned, which only work on it changes.
    """
    here = _ASSIGNMENT.c.id == assignment_id
    with engine.begin() as connection:
        known = connection.execute(select(_ASSIGNMENT.c.state).where(here)).scalar_one()
        if known in {"submitted", "returned"}:
            raise UserError(f"this assignment is {known}; only what is not handed in is set aside.")
        if reason is None:
            begun = select(_EVENT.c.id).where(_EVENT.c.assignment_id == assignment_id).limit(1)
            state = "draft" if connection.execute(begun).first() else "todo"
        connection.execute(update(_ASSIGNMENT).where(here).values(state=state, reason=reason))
