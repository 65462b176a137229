"""Rows appended, looked for and filled in past the session's unit of work.

A run writes and looks for several rows a call; through the unit of work each takes five times as
long. What is appended belongs to the transaction under way, as what is added does.
"""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, Table, bindparam, insert, select, update
from sqlmodel import SQLModel

from taste.hashes import with_hash
from transcripts.db import Db

Row = TypeVar("Row", bound=SQLModel)
_NUMBER = "number_of_row"


def append_row(db: Db, row: Row) -> Row:
    """Write a row that has no number yet, with its hash; it gets its number, and stays detached.

    Raises:
        IntegrityError: if a row stands there that it may not stand beside; nothing is written.
    """
    table = table_of(type(row))
    (key,) = table.primary_key.columns
    values = {name: getattr(row, name) for name in _written(table)}
    setattr(row, key.name, append_values(db, table, values))
    return row


def append_values(db: Db, table: Table, values: dict[str, Any]) -> int:
    """Write a row as its columns' values, with its hash; the row's number."""
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        # A row that is refused would end the whole transaction there.
        with connection.begin_nested():
            done = connection.execute(_insert(table), with_hash(table, values))
    else:
        done = connection.execute(_insert(table), with_hash(table, values))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def find_row(db: Db, kind: type[Row], **where: Any) -> Row | None:
    """The one row with these values in these columns."""
    found = db.connection().execute(_find(table_of(kind), tuple(where)), where).first()
    return None if found is None else db.get(kind, tuple(found))


def link_rows(db: Db, kind: type[SQLModel], **numbers: int) -> None:
    """Write a row that says no more than that others belong together, unless it is there."""
    table, connection = table_of(kind), db.connection()
    if connection.execute(_find(table, tuple(numbers)), numbers).first() is None:
        connection.execute(_insert(table), numbers)


def fill_in(db: Db, kind: type[SQLModel], number: int, **values: Any) -> None:
    """Write what has become known of a row that is no evidence; no object of it may be held."""
    db.connection().execute(_update(table_of(kind)), {_NUMBER: number, **values})


def table_of(kind: type[SQLModel]) -> Table:
    """The table of a class of rows."""
    table: Table = kind.__table__  # type: ignore[attr-defined]
    return table


@cache
def _written(table: Table) -> tuple[str, ...]:
    """The columns that a row says something of."""
    return tuple(column.name for column in table.columns if not column.primary_key)


@cache
def _insert(table: Table) -> Any:
    return insert(table)


@cache
def _update(table: Table) -> Any:
    (key,) = table.primary_key.columns
    return update(table).where(key == bindparam(_NUMBER))


@cache
def _find(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """The numbers of rows that fit; kept, since a statement is costly to make and to name."""
    fits = (table.columns[name] == bindparam(name) for name in names)
    return select(*table.primary_key.columns).where(*fits)
