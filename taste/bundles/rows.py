"""Rows as lines of JSON and back, each value as its column has it."""

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import Date, DateTime, LargeBinary, Table
from sqlmodel.sql.sqltypes import UTCDateTime


def row_line(row: Mapping[str, Any]) -> bytes:
    """A row as one line."""
    return orjson.dumps({name: _plain(value) for name, value in row.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def parse_row(table: Table, line: bytes) -> dict[str, Any]:
    """The values of a line as the table's columns take them.

    Raises:
        ValueError: if the line is no row of this table.
    """
    found = orjson.loads(line)
    if not isinstance(found, dict) or set(found) != set(table.c.keys()):
        raise ValueError(f"a line is no row of the table {table.name!r}")
    return {name: _value(table.c[name].type, value) for name, value in found.items()}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(kind, UTCDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
