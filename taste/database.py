"""Opening a database for use: brings its tables up to date, or refuses one that is not ours.

What is refused (a newer version's, another program's, no database at all) is not written to.
"""

import re
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from taste.upgrading import upgrade
from transcripts.db import database_url, load_json, open_engine
from transcripts.errors import UserError
from transcripts.postgres import is_postgres

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
    try:
        upgrade(engine)
    except ProgrammingError as error:
        engine.dispose()
        if "permission denied" not in str(error.orig):
            raise
        raise UserError(
            f"the tables of {_place(target)!r} are at revision {revision!r} and this version needs "
            f"{HEAD!r}; whoever made them brings them up to date: any command of theirs does."
        ) from error
    return engine


def read_revision(target: str) -> str | None:
    """The revision of a server's database; nothing is written, and none is none yet.

    Raises:
        UserError: if it cannot be opened.
    """
    engine, revision = _open(target)
    engine.dispose()
    return revision


def open_other(path: Path, own: str) -> Engine:
    """Open somebody else's database to read from it and nothing more.

    Raises:
        UserError: if there is none, it is the own one, or it is at another revision.
    """
    if re.match("[a-z+]+:/", str(path)):
        raise UserError("only a database file can be read from here; name its path, not a URL.")
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
    if re.search(r"locked|deadlock|lock timeout", why):
        advice = "another process is writing; wait until it ends, then run the same command again"
    elif "full" in why or "No space left" in why:
        advice = "make room, then run the same command again"
    return f"the database cannot be written ({why}): {advice}."


def _open(target: str) -> tuple[Engine, str | None]:
    """An engine and the revision that the database is at."""
    try:
        _refuse_unreadable(target)
        _refuse_other_file(target)
        engine = open_engine(target)
        revision = _revision(engine)
        if revision is None and engine.dialect.name == "postgresql":
            _refuse_other_server(engine, target)
        return engine, revision
    except ImportError as error:
        raise UserError(
            f"the database {_place(target)!r} needs a driver that is not installed "
            f"({error.name}): pip install 'taste[postgres]' brings PostgreSQL's; or name a file "
            "with --db or TASTE_DB."
        ) from error
    except (SQLAlchemyError, sqlite3.Error, ValueError) as error:
        why = " ".join(str(getattr(error, "orig", None) or error).split("\n")[0].split())
        raise UserError(
            f"cannot open the database {_place(target)!r}: {why.rstrip('.')}. "
            "Name another place with --db or TASTE_DB."
        ) from error


def _refuse_unreadable(target: str) -> None:
    """A URL that would be cut in the wrong place, so that a message named part of a password."""
    if not is_postgres(target):
        return
    try:
        url = make_url(database_url(target))
    except (SQLAlchemyError, ValueError):
        url = None
    if url is None or "@" in (url.host or "") or not url.database:
        raise UserError(
            "the database's URL cannot be read: it is postgresql://USER@HOST:PORT/NAME. Signs "
            "such as @ and / in a password are written %40 and %2F; or leave it to ~/.pgpass."
        )


def _refuse_other_server(engine: Engine, target: str) -> None:
    """Look at a server's database before the first write."""
    with engine.connect() as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding == "UTF8" and not inspect(engine).get_table_names():
        return
    engine.dispose()
    if encoding != "UTF8":
        raise UserError(
            f"{_place(target)!r} keeps its texts as {encoding}; make one with "
            "`createdb --encoding=UTF8 --template=template0 NAME` and name that."
        )
    raise _made_by_another(target)


def _refuse_other_file(target: str) -> None:
    """Look at an SQLite file before the first write: opening it for use changes its header."""
    url = make_url(database_url(target))
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not path.is_file() or not path.stat().st_size:
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    if tables and not {"alembic_version", "session"} <= tables:
        raise _made_by_another(target)


def _made_by_another(target: str) -> UserError:
    return UserError(
        f"{_place(target)!r} is not a taste database: another program made it. "
        "Name another place with --db or TASTE_DB."
    )


def _place(target: str) -> str:
    """The target as messages name it: without the password of a URL."""
    return re.sub(r"(?i)(password=)[^&]*", r"\1…", re.sub(r"//.*@", "//…@", target))


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("select version_num from alembic_version")).scalar()


def _known() -> set[str]:
    folder = files("taste").joinpath("migrations", "versions")
    return {entry.name.split("_")[0] for entry in folder.iterdir() if entry.name.endswith(".py")}
