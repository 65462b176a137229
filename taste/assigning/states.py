"""The state of an assignment: begun, flagged, skipped, and back again."""

from sqlalchemy import Connection, Engine, select, update

from taste.appending import table_of
from taste.assignment_tables import Adjudication, Assignment, DraftEvent
from taste.server_answers import is_adjudicated
from transcripts.errors import UserError

_ASSIGNMENT, _EVENT = table_of(Assignment), table_of(DraftEvent)
_ADJUDICATION = table_of(Adjudication)


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


def note_change(engine: Engine, assignment_id: int) -> str:
    """Say that an assignment's draft was changed; returns the state that it now has.

    What was handed in and is being adjudicated is returned by that, so that nobody decides on
    labels that are changing.
    """
    here = _ASSIGNMENT.c.id == assignment_id
    with engine.begin() as connection:
        row = connection.execute(select(_ASSIGNMENT).where(here)).one()
        handed_in = row.mode == "hindsight" and row.state == "submitted"
        late = handed_in and _is_adjudicated(connection, row.session_id)
        values = {"state": "draft", "reason": None}
        if late:
            values = {"state": "returned", "reason": "changed after adjudication had begun"}
        connection.execute(update(_ASSIGNMENT).where(here).values(values))
        return str(values["state"])


def _is_adjudicated(connection: Connection, session_id: int) -> bool:
    """Whether somebody has begun to adjudicate the labels of a session."""
    begun = select(_ASSIGNMENT.c.id).where(
        _ASSIGNMENT.c.session_id == session_id,
        _ASSIGNMENT.c.mode == "adjudicate",
        _ASSIGNMENT.c.state.in_(("draft", "submitted")),
    )
    decided = select(_ADJUDICATION.c.id).where(_ADJUDICATION.c.session_id == session_id)
    seen = any(connection.execute(query.limit(1)).first() for query in (begun, decided))
    return seen or is_adjudicated(connection, session_id)
