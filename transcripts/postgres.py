"""What a connection to PostgreSQL needs so that rows come back as they went in; knows no table.

PostgreSQL refuses the character NUL in text, which transcripts hold. It is written as two other
characters and read back as itself; nothing above this module sees that.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import URL, Connection, Integer, Table, inspect, text
from sqlalchemy.ext.compiler import compiles

DRIVER: Final = "postgresql+psycopg"
_SCHEMES: Final = ("postgres://", "postgresql://", f"{DRIVER}://")
_ESCAPE: Final = "\U0010fffe"
"""A noncharacter: Unicode gives it to nobody. Where it stands all the same it is escaped too."""
_NUL: Final = f"{_ESCAPE}0"
_ITSELF: Final = f"{_ESCAPE}1"
_TEXT_TYPES: Final = ("text", "varchar")


@compiles(Integer, "postgresql")
def _write_integer(*_: Any, **__: Any) -> str:
    """An integer has 64 bits, as in SQLite: seeds, offsets and "no such position" need them."""
    return "BIGINT"


def is_postgres(target: str) -> bool:
    """Whether a target names a PostgreSQL database, by any of its usual schemes."""
    return target.startswith(_SCHEMES)


def server_url(target: str) -> str:
    """The same URL with the driver that is used here."""
    _, rest = target.split("://", 1)
    return f"{DRIVER}://{rest}"


def connect_options(url: URL) -> dict[str, Any]:
    """Times come back in UTC; ten seconds are waited for an answer or a lock, as on SQLite."""
    options = {
        "options": "-c timezone=UTC -c lock_timeout=10s",
        "connect_timeout": 10,
        "client_encoding": "utf8",
    }
    return {name: value for name, value in options.items() if name not in url.query}


def write_nul(value: str) -> str:
    """A text as PostgreSQL can hold it."""
    if "\x00" not in value and _ESCAPE not in value:
        return value
    return value.replace(_ESCAPE, _ITSELF).replace("\x00", _NUL)


def read_nul(value: str) -> str:
    """The text that was written."""
    return value.replace(_NUL, "\x00").replace(_ITSELF, _ESCAPE) if _ESCAPE in value else value


def adapt(connection: Any, _record: Any) -> None:
    """Have a driver's connection write and read texts by the two functions above."""
    from psycopg.types.string import StrDumperUnknown, TextLoader

    class Dumper(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(write_nul(obj))

    class Loader(TextLoader):
        def load(self, data: Any) -> str | bytes:
            found = super().load(data)
            return read_nul(found) if isinstance(found, str) else found

    connection.adapters.register_dumper(str, Dumper)
    for name in _TEXT_TYPES:
        connection.adapters.register_loader(name, Loader)


def sort_by_bytes(connection: Connection) -> None:
    """Give every text the collation "C": rows come in one order whatever the server's language.

    A report is the same bytes on either kind of database by that. Where the database itself has
    that collation nothing is done.
    """
    default = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    provider = "SELECT datlocprovider FROM pg_database WHERE datname = current_database()"
    if (
        connection.execute(text(default)).scalar() in {"C", "POSIX"}
        and connection.execute(text(provider)).scalar() != "i"
    ):
        return
    columns = connection.execute(
        text(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) "
            "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_collation k ON k.oid = a.attcollation "
            "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace "
            "AND a.attnum > 0 AND NOT a.attisdropped AND k.collname = 'default'"
        )
    )
    for table, column, kind in columns.all():
        connection.exec_driver_sql(
            f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'
        )


def keep_numbers(connection: Connection, tables: Iterable[Table]) -> None:
    """Number new rows from where the rows end that were written with their numbers.

    SQLite does so by itself.
    """
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        if "id" in table.columns:
            latest = f'SELECT coalesce(max(id), 0) + 1 FROM "{table.name}"'
            values = {"name": f'"{table.name}"'}
            sequence = "pg_get_serial_sequence(:name, 'id')"
            connection.execute(text(f"SELECT setval({sequence}, ({latest}), false)"), values)


def rewrite_tables(connection: Connection) -> None:
    """Write every table of ours anew, so that freed pages hold nothing of what was removed.

    To be called on a connection without a transaction.
    """
    names = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
    connection.exec_driver_sql(f"VACUUM FULL {names}")
