"""Who has an assignment open for writing: one process at a time, until it leaves or is silent."""

import hashlib
import os
import socket
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, exists, inspect, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from taste.appending import table_of
from taste.assignment_tables import Assignment
from transcripts.tables import Session

LEASE = timedelta(minutes=30)
"""How long a lease holds without a renewal; it ends without harm to the draft."""
RENEW_AFTER = timedelta(seconds=60)
"""How often the holder renews it."""

ELSEWHERE = "open in another terminal, read-only here; ctrl+t takes it over."
REMOVED = "not in the database any more: its session was removed. q leaves."
WITHDRAWN = "its session was withdrawn: nothing more is written here. q leaves."

_ASSIGNMENT, _SESSION = table_of(Assignment), table_of(Session)


def holder_name() -> str:
    """A name for this process's hold, different every time."""
    return f"{_here()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _here() -> str:
    """Name of where numbers of processes mean what they mean to this one.

    Hosts and containers may share a name, and a container shares its host's boot: only all of
    these together say that a process which is not found here has ended.
    """
    told = []
    for file in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        with suppress(OSError):
            told.append(Path(file).read_text(encoding="ascii").strip())
    with suppress(OSError):
        told.append(str(Path("/proc/self/ns/pid").readlink()))
    mark = hashlib.sha256(" ".join(told).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}/{mark}"


def take_lease(
    engine: Engine, assignment_id: int, holder: str, now: datetime, *, over: bool = False
) -> bool:
    """Take an assignment for writing; False where another holds it and `over` is not given.

    One statement: of many that ask at once, one gets it; of a withdrawn session nobody.
    """
    table = _ASSIGNMENT
    free = or_(
        table.c.holder.is_(None), table.c.holder == holder, table.c.held_until < now,
    )  # fmt: skip
    claim = update(table).where(table.c.id == assignment_id, ~_of_withdrawn())
    claim = claim.values(holder=holder, held_until=now + LEASE)
    with engine.begin() as connection:
        if connection.execute(claim if over else claim.where(free)).rowcount == 1:
            return True
        held = select(table.c.holder).where(table.c.id == assignment_id)
        other = connection.execute(held).scalar_one_or_none()
        if other is None or not is_gone(other):
            return False
        return connection.execute(claim.where(table.c.holder == other)).rowcount == 1


def is_withdrawn(connection: Connection, assignment_id: int) -> bool:
    """Whether the session of an assignment was withdrawn: nothing more is written about it."""
    if not inspect(connection).has_table(_SESSION.name):
        return False  # an outbox, which knows of no session
    gone = select(_ASSIGNMENT.c.id).where(_ASSIGNMENT.c.id == assignment_id, _of_withdrawn())
    return connection.execute(gone).first() is not None


def _of_withdrawn() -> ColumnElement[bool]:
    """The condition that the session of an assignment was withdrawn."""
    mine = _SESSION.c.id == _ASSIGNMENT.c.session_id
    return exists().where(mine, _SESSION.c.withdrawn_at.is_not(None))


def is_gone(holder: str) -> bool:
    """Whether the process of a hold ran here, since this boot, and has ended, killed or not."""
    place, _, rest = holder.rpartition(":")[0].rpartition(":")
    if place != _here() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def tell_lost(engine: Engine, assignment_id: int) -> str:
    """Why an assignment may not be written any more by a process that had it."""
    query = select(_ASSIGNMENT.c.id).where(_ASSIGNMENT.c.id == assignment_id)
    with suppress(SQLAlchemyError), engine.connect() as connection:
        if connection.execute(query).first() is None:
            return REMOVED
        if is_withdrawn(connection, assignment_id):
            return WITHDRAWN
    return ELSEWHERE


def leave_lease(engine: Engine, assignment_id: int, holder: str) -> None:
    """Give an assignment back; nothing happens where another has taken it over."""
    mine = (_ASSIGNMENT.c.id == assignment_id) & (_ASSIGNMENT.c.holder == holder)
    with engine.begin() as connection:
        connection.execute(update(_ASSIGNMENT).where(mine).values(holder=None, held_until=None))
