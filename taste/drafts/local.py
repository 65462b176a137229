"""The outbox's file: a private copy of the drafts that one annotator has on one server.

It holds the same tables as the server, so that the same store writes them; triggers note each
change in the transaction that makes it, and what is noted is pushed and then struck out.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    event,
    func,
    insert,
    select,
)

from taste.appending import table_of
from taste.assignment_tables import Activity, Assignment, Draft, DraftEvent, ReadingState
from taste.database import HEAD
from transcripts.db import open_engine

ASSIGNMENT: Final = table_of(Assignment)
KEYS: Final = {
    table_of(Draft): "name",
    table_of(DraftEvent): "identity",
    table_of(ReadingState): "assignment_id",
    table_of(Activity): "identity",
}
"""The tables that are pushed, with what names a row within an assignment."""
_OWN: Final = MetaData()
PENDING: Final = Table(
    "pending", _OWN,
    Column("id", Integer, primary_key=True), Column("assignment_id", Integer, nullable=False),
    Column("kind", String, nullable=False), Column("key", String, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
BASE: Final = Table(
    "base", _OWN,
    Column("assignment_id", Integer, primary_key=True, autoincrement=False),
    Column("known", String), Column("expected", String),
)  # fmt: skip
"""What the server's rows amounted to when both were last alike, and will once a push is done."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that the server lacks, has otherwise, or has too much."""

    id: int
    table: Table
    key: str


def outbox_folder() -> Path:
    """Where outboxes lie, in the folder of the user's that is kept and not configuration."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "taste" / "outbox"


def open_local(server: URL, annotator: str) -> Engine:
    """The outbox's file of an annotator on a server, private to its owner."""
    folder = outbox_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = (server.host, server.port, server.database, str(server.query.get("host")), annotator)
    name = hashlib.sha256(repr(place).encode()).hexdigest()[:24]
    engine = open_engine(f"sqlite:///{folder / f'{name}-{HEAD}.db'}")
    # The rows that an assignment refers to are the server's.
    event.listen(engine, "connect", _without_foreign_keys)
    tables = [ASSIGNMENT, *KEYS]
    ASSIGNMENT.metadata.create_all(engine, tables=tables)
    _OWN.create_all(engine)
    with engine.begin() as connection:
        for statement in _triggers():
            connection.exec_driver_sql(statement)
    return engine


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _triggers() -> Iterator[str]:
    for table, key in KEYS.items():
        for what, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            same = f"assignment_id = {row}.assignment_id AND kind = '{table.name}'"
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_{what.lower()} AFTER {what} "
                f"ON {table.name} BEGIN "
                f"DELETE FROM pending WHERE {same} AND key = CAST({row}.{key} AS TEXT); "
                f"INSERT INTO pending (assignment_id, kind, key) "
                f"VALUES ({row}.assignment_id, '{table.name}', CAST({row}.{key} AS TEXT)); END"
            )


class Local:
    """What the outbox's file says of one assignment."""

    def __init__(self, engine: Engine, assignment_id: int) -> None:
        self.engine = engine
        self.id = assignment_id

    def count_pending(self) -> int:
        """How many changes the server has not."""
        query = select(func.count()).where(PENDING.c.assignment_id == self.id)
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def pending(self) -> list[Change]:
        """The changes that the server has not, earliest first."""
        tables = {table.name: table for table in KEYS}
        query = select(PENDING.c.id, PENDING.c.kind, PENDING.c.key)
        query = query.where(PENDING.c.assignment_id == self.id).order_by(PENDING.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Change(number, tables[kind], key) for number, kind, key in rows]

    def row(self, change: Change) -> dict[str, Any] | None:
        """A changed row as it stands here; None where it was taken away."""
        table = change.table
        column = table.c[KEYS[table]]
        fits = column == (self.id if column.name == "assignment_id" else change.key)
        query = select(table).where(table.c.assignment_id == self.id, fits)
        with self.engine.connect() as connection:
            found = connection.execute(query).mappings().one_or_none()
        return None if found is None else without_number(found)

    def strike_out(self, changes: Sequence[Change], known: str) -> None:
        """Note that the server has these changes; what was changed again since stays."""
        with self.engine.begin() as connection:
            numbers = [change.id for change in changes]
            connection.execute(delete(PENDING).where(PENDING.c.id.in_(numbers)))
            self._set_base(connection, known, None)

    def expect(self, expected: str) -> None:
        """Note what the server's rows will amount to once a push is done."""
        known, _ = self.base()
        with self.engine.begin() as connection:
            self._set_base(connection, known, expected)

    def base(self) -> tuple[str | None, str | None]:
        """What the server's rows amounted to when both were last alike, or will soon."""
        query = select(BASE.c.known, BASE.c.expected).where(BASE.c.assignment_id == self.id)
        with self.engine.connect() as connection:
            found = connection.execute(query).one_or_none()
        return (None, None) if found is None else (found.known, found.expected)

    def replace(
        self, assignment: Any, rows: dict[Table, list[dict[str, Any]]], known: str,
        instead_of: str | None = None,
    ) -> bool:  # fmt: skip
        """Make this the server's version, with nothing pending.

        Args:
            assignment: its row on the server.
            rows: the rows of its draft there.
            known: what they amount to.
            instead_of: only while this process writes here; nothing happens otherwise.
        """
        with self.engine.begin() as connection:
            mine = (ASSIGNMENT.c.id == self.id) & (ASSIGNMENT.c.holder == instead_of)
            claim = ASSIGNMENT.update().where(mine).values(holder=instead_of)
            if connection.execute(claim).rowcount != 1 and instead_of is not None:
                return False
            for table in KEYS:
                connection.execute(delete(table).where(table.c.assignment_id == self.id))
                if rows[table]:
                    connection.execute(insert(table), rows[table])
            connection.execute(delete(ASSIGNMENT).where(ASSIGNMENT.c.id == self.id))
            connection.execute(insert(ASSIGNMENT), dict(assignment))
            connection.execute(delete(PENDING).where(PENDING.c.assignment_id == self.id))
            self._set_base(connection, known, None)
            return True

    def hold(self, holder: str) -> None:
        """Say here too which process writes."""
        mine = ASSIGNMENT.update().where(ASSIGNMENT.c.id == self.id).values(holder=holder)
        with self.engine.begin() as connection:
            connection.execute(mine)

    def is_held_by(self, holder: str) -> bool:
        """Whether a process is the one that writes here."""
        query = select(ASSIGNMENT.c.holder).where(ASSIGNMENT.c.id == self.id)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none() == holder

    def _set_base(self, connection: Connection, known: str | None, expected: str | None) -> None:
        connection.execute(delete(BASE).where(BASE.c.assignment_id == self.id))
        values = {"assignment_id": self.id, "known": known, "expected": expected}
        connection.execute(insert(BASE), values)


def without_number(row: Any) -> dict[str, Any]:
    """A row's values without its number, which means nothing elsewhere."""
    return {name: value for name, value in row.items() if name != "id"}
