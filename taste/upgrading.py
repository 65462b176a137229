"""Bringing a database's tables up to date: all changes of one start, or none.

Two starts at once do not migrate the same database: SQLite lets one write, and on a server the
second waits for the first and finds nothing left to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text

from transcripts.errors import UserError
from transcripts.postgres import sort_by_bytes

_LOCK: Final = 7_261_735_465
"""The number under which starts of taste wait for each other on a server: "taste" on a phone."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that a database lacks."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "taste:migrations")
    with _one_transaction(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "postgresql":
            sort_by_bytes(connection)


@contextmanager
def _one_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection on which all changes of the tables are made, or none.

    SQLite changes a table by making it anew, which foreign keys would forbid, and it can only stop
    watching them outside a transaction; and its driver begins none for such statements.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise UserError(f"the migration would leave {broken[0]!r} with a row that hangs.")
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
