"""The database handle, and how an engine is opened; knows no table and no migration.

`Db` is the one name for a database session, because `Session` is a recorded session.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session as Db  # noqa: TID251
from sqlmodel import create_engine

from transcripts.errors import UserError
from transcripts.postgres import DRIVER, adapt, connect_options, is_postgres, server_url

__all__ = ["Db", "database_url", "keep_few_pages", "load_json", "open_engine"]

_PRAGMAS = (
    # Of a new file only: pages of 4 KB hold one line each, and the rest of them is lost.
    "PRAGMA page_size=16384",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32768",
    # Pages of the indexes change with every session: written back less often, 32 MB at a time.
    "PRAGMA wal_autocheckpoint=2000",
)
_FEW_PAGES = "PRAGMA cache_size=-8192"


def database_url(target: str) -> str:
    """Turn a file path or a URL into a SQLAlchemy URL."""
    if is_postgres(target):
        return server_url(target)
    return target if "://" in target else f"sqlite:///{Path(target).absolute()}"


def open_engine(target: str) -> Engine:
    """Open an engine for a path or URL; a new SQLite file is private to its owner.

    Raises:
        UserError: if the folder does not exist or cannot be written to.
    """
    url = make_url(database_url(target))
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        _make_private(Path(str(url.database)))
    if url.drivername == DRIVER:
        return _open_server(url)
    engine = create_engine(url, json_serializer=_dumps, json_deserializer=load_json)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect())
    return engine


def _open_server(url: URL) -> Engine:
    """An engine whose connections are tried before use: a server may have been started anew."""
    engine = create_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=load_json,
        pool_pre_ping=True,
        connect_args=connect_options(url),
    )
    event.listen(engine, "connect", adapt)
    return engine


def keep_few_pages(db: Db) -> None:
    """Hold little of the file in memory from now on, for work that comes back to no page."""
    engine = db.get_bind().engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hold_few)
        db.connection().exec_driver_sql(_FEW_PAGES)


def _hold_few(connection: Any, _record: Any) -> None:
    connection.execute(_FEW_PAGES)


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def load_json(value: Any) -> Any:
    """Read a column of JSON."""
    # A column of JSON keeps a number that stands alone as SQLite's own number.
    return value if isinstance(value, int | float) else orjson.loads(value)


def _make_private(path: Path) -> None:
    """Create the file with mode 0600 before SQLite would create it readable for all."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(
            f"cannot open the database {str(path)!r}: {error.strerror}. "
            "Name another place with --db or TASTE_DB."
        ) from error


def _on_connect() -> Callable[[Any, Any], None]:
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    return set_pragmas
