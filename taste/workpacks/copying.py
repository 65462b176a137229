"""Rows copied into a new database under new numbers: an old number tells how many others there are.

Every foreign key has to point to a row that was copied before; nothing comes along by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import SQLModel, col

from taste.appending import append_values, table_of
from taste.hashes import OWN
from transcripts.db import Db

_BATCH = 1_000


class Pack:
    """A workpack being written: which row of it stands for which of ours."""

    def __init__(self, ours: Db, theirs: Db) -> None:
        self.ours = ours
        self.theirs = theirs
        self._numbers: dict[tuple[str, int], int] = {}

    def number(self, kind: type[SQLModel], ours: int) -> int:
        """The number in the pack of a row of ours."""
        return self._numbers[table_of(kind).name, ours]

    def has(self, kind: type[SQLModel], ours: int | None) -> bool:
        """Whether a row of ours was copied."""
        return (table_of(kind).name, ours) in self._numbers

    def add(self, row: SQLModel, **told: Any) -> int:
        """Copy a row, with some columns told otherwise; the number of the copy.

        A column that points to another row is translated unless it is told.
        """
        table = table_of(type(row))
        values = row.model_dump(exclude={"id", OWN}) | told
        for key in table.foreign_keys:
            name, of = key.parent.name, key.column.table.name
            if name not in told and values[name] is not None:
                values[name] = self._numbers[of, values[name]]
        number = append_values(self.theirs, table, values)
        if (old := getattr(row, "id", None)) is not None:
            self._numbers[table.name, old] = number
        return number

    def add_all(self, kind: Any, *where: Any, **told: Any) -> None:
        """Copy the rows of a table that fit, in their order."""
        query = select(kind).where(*where).order_by(col(kind.id))
        for row in self.ours.execute(query).scalars().all():
            self.add(row, **told)

    def stand_in(self, row: Any) -> int:
        """Add a row that stands for none of ours; its number."""
        values = row.model_dump(exclude={"id", OWN})
        return append_values(self.theirs, table_of(type(row)), values)


def insert_rows(db: Db, kind: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Add many rows of a table that nothing points to, a batch at a time."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            db.connection().execute(insert(table_of(kind)), batch)
            batch = []
    if batch:
        db.connection().execute(insert(table_of(kind)), batch)


def columns_of(kind: type[SQLModel], without: Sequence[str] = ("id",)) -> list[Any]:
    """The columns of a table but for some."""
    return [column for column in table_of(kind).columns if column.name not in without]
