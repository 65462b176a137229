"""Reading a bundle into a database that holds nothing yet: its rows keep their numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import func, select

from taste.bundles.archive import Archive, read_archive
from taste.bundles.exporting import FULL
from taste.bundles.rows import parse_row
from taste.database import HEAD
from taste.tables import Run
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.postgres import keep_numbers
from transcripts.tables import Table

_AT_ONCE = 500


def import_bundle(db: Db, file: Path) -> Run:
    """Read a full bundle, all of it or nothing; the run that it is of.

    Raises:
        UserError: if the database is not empty, or the bundle is none that this version reads.
    """
    archive = read_archive(file)
    _check(archive)
    _refuse_filled(db, file)
    try:
        for table in Table.metadata.sorted_tables:
            for rows in _chunks(archive, table):
                db.connection().execute(sqlalchemy.insert(table), rows)
        keep_numbers(db.connection(), Table.metadata.sorted_tables)
        run = db.get(Run, archive.head.get("run"))
        if run is None:
            raise ValueError("the run that it names is not in it")
        db.commit()
    except (ValueError, KeyError, TypeError, SQLAlchemyError) as error:
        db.rollback()
        why = str(error.args[0]) if error.args else type(error).__name__
        raise UserError(f"the bundle {file.name!r} cannot be read in: {why}.") from error
    return run


def _check(archive: Archive) -> None:
    if archive.kind != FULL:
        raise UserError(
            f"{archive.file.name!r} is a bundle of the kind {archive.kind!r}, not full."
        )
    revision = archive.head.get("revision")
    if revision != HEAD:
        raise UserError(
            f"the bundle {archive.file.name!r} was written at revision {revision!r} and this "
            f"version of taste is at {HEAD!r}: read it with the version that wrote it."
        )


def _refuse_filled(db: Db, file: Path) -> None:
    for table in Table.metadata.sorted_tables:
        if db.exec(select(func.count()).select_from(table)).one():
            raise UserError(
                f"the database holds rows already ({table.name}), and the rows of {file.name!r} "
                "keep their numbers: name a new one, as in --db bundle.db."
            )


def _chunks(archive: Archive, table: sqlalchemy.Table) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for line in archive.lines(f"{table.name}.jsonl"):
        rows.append(parse_row(table, line))
        if len(rows) == _AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows
