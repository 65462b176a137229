"""The content hash of a row of evidence: what the row says, as one sha256.

It is filled in when a row is added, and computed again by `taste audit`.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Float, Integer, Table, event

OWN = "content_hash"
"""The column that holds the hash, which is not part of what is hashed; nor is the row's number."""


def hash_row(table: Table, values: Mapping[str, Any], without: frozenset[str] = frozenset()) -> str:
    """sha256 of the table's name and of all columns but the row's number and the hash itself.

    Args:
        table: The table.
        values: Column -> value, as it is written or as it was read; a column that is missing
            stands at the table's default.
        without: Further columns that are left out.
    """
    row = {
        name: _plain(kind, values.get(name, default))
        for name, kind, default in _columns(table)
        if name not in without
    }
    text = orjson.dumps([table.name, row], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).hexdigest()


def hashed(*tables: Any) -> None:
    """Have the hash filled in whenever a row of these tables is added through the session."""
    for table in tables:
        event.listen(table, "before_insert", _fill)


def is_hashed(table: Table) -> bool:
    """Whether the rows of a table have a content hash."""
    return OWN in table.columns


def with_hash(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a row that is written past the session, with its hash if it has one."""
    return {**values, OWN: hash_row(table, values)} if is_hashed(table) else values


def _fill(mapper: Any, _connection: Any, row: Any) -> None:
    table = mapper.local_table
    row.content_hash = hash_row(table, {name: getattr(row, name) for name, *_ in _columns(table)})


@cache
def _columns(table: Table) -> tuple[tuple[str, str, Any], ...]:
    """Name, kind and default of the columns that are hashed."""
    chosen = (c for c in table.columns if not c.primary_key and c.name != OWN)
    return tuple((c.name, _kind(c), _default(c)) for c in chosen)


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, Boolean):
        return "bool"
    if isinstance(column.type, Integer):
        return "int"
    return "float" if isinstance(column.type, Float) else "other"


def _default(column: Column[Any]) -> Any:
    """What the database holds where a row that is written past the session says nothing."""
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


def _plain(kind: str, value: Any) -> Any:
    """A value as it comes back from the database, whatever it was when it was written."""
    if isinstance(value, datetime):
        known = value if value.tzinfo else value.replace(tzinfo=UTC)
        return known.astimezone(UTC).replace(tzinfo=None).isoformat()
    if value is None or kind == "other":
        return value
    return {"bool": bool, "int": int, "float": float}[kind](value)
