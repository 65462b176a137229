"""Writing a run with everything that its report rests on into one file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlmodel import col, select

from taste.bundles.archive import write_archive
from taste.bundles.choosing import choose_rows, row_filter
from taste.bundles.rows import row_line
from taste.database import HEAD
from taste.study import parse_study
from taste.tables import Run
from transcripts.db import Db
from transcripts.tables import Session, Table

FULL = "full"
_UNHELD: Mapping[str, Any] = {"holder": None, "beat_at": None}
"""No process of another machine works on an imported run."""


def export_bundle(db: Db, run: Run, file: Path) -> dict[str, int]:
    """Write a full bundle of a run; the number of rows by table.

    Sessions that the run has nothing of are counted in its report, so each of them goes in as a
    row without name or content.

    Raises:
        UserError: if the stored study is not valid any more, or the file cannot be written.
    """
    study = parse_study(run.study_text, f"study of run {run.id}")
    chosen = choose_rows(db, run, study.sets)
    counts: dict[str, int] = {}
    members = {
        f"{table.name}.jsonl": _lines(db, table, chosen, counts)
        for table in Table.metadata.sorted_tables
    }
    head = {
        "kind": FULL,
        "revision": HEAD,
        "run": run.id,
        "study": run.study,
        "simulated": run.simulated,
    }
    write_archive(file, head, members)
    return counts


def _lines(
    db: Db, table: sqlalchemy.Table, chosen: Mapping[str, set[int]], counts: dict[str, int]
) -> Iterator[bytes]:
    is_taken = row_filter(chosen, table)
    query = sqlalchemy.select(table).order_by(*table.primary_key.columns)
    query = query.execution_options(yield_per=1_000)
    for row in db.connection().execute(query).mappings():
        if is_taken(row):
            counts[table.name] = counts.get(table.name, 0) + 1
            yield row_line({**row, **(_UNHELD if table.name == "run" else {})})
    if table.name == "session":
        yield from _elsewhere(db, chosen.get("session", set()))


def _elsewhere(db: Db, taken: set[int]) -> Iterator[bytes]:
    """Yield sessions of which nothing is told but that they are there."""
    for session in db.exec(select(Session).order_by(col(Session.id))):
        if session.id not in taken:
            bare = Session(
                id=session.id,
                external_id=f"elsewhere-{session.id}",
                lineage=f"elsewhere-{session.id}",
                format="",
                thread="",
                imported_at=session.imported_at,
            )
            yield row_line(bare.model_dump())
