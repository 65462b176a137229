"""Opening a database for use: brings its tables up to date, or refuses one that is not ours.

What is refused (a newer version's, another program's, no database at all) is not written to.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from transcripts.db import database_url, load_json, open_engine
from transcripts.errors import UserError

HEAD = "0005"
"""The newest revision under migrations/versions; a test holds the two together."""


def open_database(target: str) -> Engine:
    """Open (and if need be create or migrate) the database at a path or URL.

    Raises:
        UserError: if it was made by a newer version or another program, or cannot be opened.
    """
    engine, revision = _open(target)
    if revision == HEAD:
        return engine
    if revision is not None and revision not in _known():
        engine.dispose()
        raise UserError(
            f"the database {_place(target)!r} is at revision {revision!r}, which this version of "
            f"taste does not know (it knows up to {HEAD!r}): it was made by a newer one. "
            "Install that version, or name another database with --db."
        )
    _upgrade(engine)
    return engine


def open_other(path: Path, own: str) -> Engine:
    """Open somebody else's database to read from it and nothing more.

    Raises:
        UserError: if there is none, it is the own one, or it is at another revision.
    """
    if not path.is_file():
        raise UserError(f"there is no database {str(path)!r}.")
    if "://" not in own and Path(own).exists() and path.samefile(own):
        raise UserError(f"{str(path)!r} is this very database; name the other one.")
    # Without a log beside it nobody writes to it; read as it lies, no log of ours is left there.
    log = path.with_name(f"{path.name}-wal")
    uri = f"{path.absolute().as_uri()}?{'mode=ro' if log.exists() else 'immutable=1'}"
    try:
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(uri, uri=True),
            json_deserializer=load_json,
        )
        revision = _revision(engine)
    except (SQLAlchemyError, sqlite3.Error) as error:
        why = " ".join(str(error).split("\n")[0].split())
        raise UserError(f"cannot read the database {str(path)!r}: {why}.") from error
    if revision is None:
        engine.dispose()
        raise UserError(f"{str(path)!r} is not a taste database.")
    if revision != HEAD:
        engine.dispose()
        raise UserError(
            f"the database {str(path)!r} is at revision {revision!r} and this one at {HEAD!r}; "
            "bring both to one version first: any command of it does, such as "
            f"`taste sessions --db {path}`."
        )
    return engine


def fault_of(error: SQLAlchemyError) -> str:
    """What a failed statement means for the person who gave the command."""
    why = " ".join(str(getattr(error, "orig", None) or error).split("\n")[0].split())
    if isinstance(error, IntegrityError) and "unique" in why.lower():
        return (
            "another start is working on the same items; wait until it ends, "
            "then run the same command again."
        )
    advice = "when that is mended, run the same command again"
    if "locked" in why:
        advice = "another process is writing; wait until it ends, then run the same command again"
    elif "full" in why:
        advice = "make room, then run the same command again"
    return f"the database cannot be written ({why}): {advice}."


def _open(target: str) -> tuple[Engine, str | None]:
    """An engine and the revision that the database is at."""
    try:
        _refuse_other_file(target)
        engine = open_engine(target)
        return engine, _revision(engine)
    except ImportError as error:
        raise UserError(
            f"the database {_place(target)!r} needs a driver that is not installed "
            f"({error.name}); this version works with SQLite: name a file with --db or TASTE_DB."
        ) from error
    except (SQLAlchemyError, sqlite3.Error, ValueError) as error:
        why = " ".join(str(error).split("\n")[0].split())
        raise UserError(
            f"cannot open the database {_place(target)!r}: {why}. "
            "Name another place with --db or TASTE_DB."
        ) from error


def _refuse_other_file(target: str) -> None:
    """Look at an SQLite file before the first write: opening it for use changes its header."""
    url = make_url(database_url(target))
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not path.is_file() or not path.stat().st_size:
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    if tables and not {"alembic_version", "session"} <= tables:
        raise UserError(
            f"{_place(target)!r} is not a taste database: another program made it. "
            "Name another place with --db or TASTE_DB."
        )


def _place(target: str) -> str:
    """The target as messages name it: without the password of a URL."""
    return re.sub(r"//[^/@]*@", "//…@", target)


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("select version_num from alembic_version")).scalar()


def _known() -> set[str]:
    folder = files("taste").joinpath("migrations", "versions")
    return {entry.name.split("_")[0] for entry in folder.iterdir() if entry.name.endswith(".py")}


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "taste:migrations")
    with _one_transaction(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _one_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection on which all changes of the tables are made, or none.

    SQLite changes a table by making it anew, which foreign keys would forbid, and it can only stop
    watching them outside a transaction; and its driver begins none for such statements.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
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
