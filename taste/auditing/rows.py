"""Rows against themselves: the content hash, and whether each value stands as it is written."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Select, Table, Text, cast, select
from sqlmodel.sql.sqltypes import UTCDateTime

from taste.auditing.found import UNREADABLE, Audit, say_fault
from taste.evidence import tables_of_evidence
from taste.hashes import OWN, hash_row, is_hashed
from transcripts.db import Db

_AT_ONCE = 500
_AS_STORED = " as stored"
_LOOSE = (JSON, Boolean, Date, DateTime, UTCDateTime)
"""Types of which several texts are read as one value: a changed byte may not change the value."""


def check_rows(db: Db, found: Audit, report: Callable[[], None]) -> Iterator[str]:
    """Rows that are not what was written, or cannot be read."""
    for table in tables_of_evidence():
        keys = list(table.primary_key.columns)
        numbers = db.connection().execute(select(*keys).order_by(*keys)).all()
        query = _query(db, table)
        for start in range(0, len(numbers), _AT_ONCE):
            yield from _part(db, found, query, [tuple(each) for each in numbers[start:][:_AT_ONCE]])
            report()


def _part(db: Db, found: Audit, query: "_Query", keys: list[tuple[Any, ...]]) -> Iterator[str]:
    """Yield what differs in some neighbouring rows of a table."""
    table = query.table
    first, *_ = table.primary_key.columns
    try:
        rows = db.connection().execute(query.select.where(first.between(keys[0][0], keys[-1][0])))
        for row in rows.mappings().all():
            yield from _row(found, query, row)
    except UNREADABLE:
        for key in keys:
            yield from _alone(db, found, query, key)


def _alone(db: Db, found: Audit, query: "_Query", key: tuple[Any, ...]) -> Iterator[str]:
    """Yield what differs in one row."""
    columns = query.table.primary_key.columns
    here = [column == value for column, value in zip(columns, key, strict=True)]
    try:
        row = db.connection().execute(query.select.where(*here)).mappings().one()
        yield from list(_row(found, query, row))
    except UNREADABLE as error:
        yield f"row {_name(key)} of {query.table.name} cannot be read: {say_fault(error)}"


def _row(found: Audit, query: "_Query", row: Any) -> Iterator[str]:
    table = query.table
    found.count("rows")
    name = _name(tuple(row[column.name] for column in table.primary_key.columns))
    stored = row[OWN] if is_hashed(table) else None
    if stored is None and is_hashed(table):
        found.without_hash += 1
        return
    if stored is not None and stored != hash_row(table, row):
        yield f"row {name} of {table.name} is not what was written: its content hash differs"
        return
    for column, write in query.loose.items():
        raw, value = row[f"{column}{_AS_STORED}"], row[column]
        if raw is not None and raw != write(value):
            yield f"row {name} of {table.name} is not what was written: see {column!r}"


def _name(key: tuple[Any, ...]) -> str:
    return "/".join(map(str, key))


class _Query:
    """How the rows of a table are read: as values, and where it matters as they are stored."""

    def __init__(self, table: Table, select_: Select[Any], loose: dict[str, Any]) -> None:
        self.table = table
        self.select = select_
        self.loose = loose


def _query(db: Db, table: Table) -> _Query:
    dialect = db.get_bind().dialect
    loose: dict[str, Any] = {}
    if dialect.name == "sqlite":
        chosen = (column for column in table.columns if isinstance(column.type, _LOOSE))
        loose = {column.name: _writer(column.type, dialect) for column in chosen}
    raw = [cast(table.c[name], Text).label(f"{name}{_AS_STORED}") for name in loose]
    return _Query(table, select(table, *raw), loose)


def _writer(kind: Any, dialect: Any) -> Callable[[Any], str | None]:
    """How a value is written to the database's file, as text."""
    if isinstance(kind, Boolean):
        return lambda value: None if value is None else str(int(value))
    write = kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
    return lambda value: None if (text := write(value)) is None else str(text)
