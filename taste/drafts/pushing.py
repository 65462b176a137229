"""Rows of a draft to and from the server, for the process that holds the lease and no other."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from taste.drafts.local import ASSIGNMENT, KEYS, Change, Local, without_number
from taste.drafts.store import LostLease


def push(server: Engine, local: Local, holder: str, changes: Sequence[Change]) -> None:
    """Bring changed rows to the server, all or none; a second time changes nothing.

    Raises:
        LostLease: if the assignment is another process's by now; nothing was written.
    """
    with server.begin() as connection:
        mine = (ASSIGNMENT.c.id == local.id) & (ASSIGNMENT.c.holder == holder)
        held = connection.execute(update(ASSIGNMENT).where(mine).values(holder=holder))
        if held.rowcount != 1:
            raise LostLease("this assignment is open in another terminal by now.")
        for change in changes:
            _bring(connection, local, change)
        after = sum_up(connection, local.id)
        # Should this process end between the two commits, the next knows its own push again.
        local.expect(after)
    local.strike_out(changes, after)


def _bring(connection: Connection, local: Local, change: Change) -> None:
    table, row = change.table, local.row(change)
    column = table.c[KEYS[table]]
    key = local.id if column.name == "assignment_id" else change.key
    here = (table.c.assignment_id == local.id) & (column == key)
    if row is None:
        connection.execute(delete(table).where(here))
    elif connection.execute(select(table.c.id).where(here)).first() is None:
        connection.execute(insert(table).values(row))
    elif column.name != "identity":  # what has an identity is appended and never changed
        connection.execute(update(table).where(here).values(row))


def pull(server: Engine, local: Local, instead_of: str | None = None) -> None:
    """Make the local copy what the server has; with a holder, only while that one writes here."""
    with server.connect() as connection:
        whole = select(ASSIGNMENT).where(ASSIGNMENT.c.id == local.id)
        # What its annotator must not see is not left lying on their machine.
        assignment = {**connection.execute(whole).mappings().one(), "gold": None, "seed": 0}
        rows = {table: _rows(connection, table, local.id) for table in KEYS}
        known = sum_up(connection, local.id)
    local.replace(assignment, rows, known, instead_of)


def _rows(connection: Connection, table: Table, assignment_id: int) -> list[dict[str, Any]]:
    query = select(table).where(table.c.assignment_id == assignment_id).order_by(table.c.id)
    return [without_number(row) for row in connection.execute(query).mappings()]


def sum_up(connection: Connection, assignment_id: int) -> str:
    """What the rows of a draft amount to: two readings are alike if nobody wrote in between.

    The assignment's identity is among it: in a database that was made anew its number is another's.
    """
    named = select(ASSIGNMENT.c.identity).where(ASSIGNMENT.c.id == assignment_id)
    parts: list[Any] = [connection.execute(named).scalar_one_or_none()]
    for table, key in KEYS.items():
        column = table.c[key]
        at = table.c.get("changed_at", table.c.get("at"))
        query = select(func.count(), func.max(column), func.max(at))
        parts.append(
            [*map(_plain, connection.execute(query.where(_of(table, assignment_id))).one())]
        )
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _of(table: Table, assignment_id: int) -> Any:
    return table.c.assignment_id == assignment_id


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
