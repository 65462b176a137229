"""Changes one byte of every column of every table of a finished study, and asks `taste audit`.

A simulated study of everything on two example sessions; of each column a row with a value is drawn,
one byte of it is changed to another, the whole database is audited, and the byte is put back.
`--write docs/running.md` puts the table between that file's two marks.

    python -m benchmarks.tampering --times 1 --write docs/running.md
"""

import math
import random
import re
import sqlite3
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.processes import load, put, say, tabulate
from benchmarks.tampered_study import finish
from taste.audit import audit, find_differences
from taste.auditing.found import Audit
from taste.database import open_database
from taste.evidence import tables_of_evidence
from transcripts.db import Db

NOT_EVIDENCE: Final = {
    # How things stand now; the run's own rows tell what was done.
    ("run", "reason"), ("run", "finished_at"), ("run", "holder"), ("run", "beat_at"),
    # Permissions and consent change, and are enforced as they stand.
    ("session", "may_send"), ("session", "usable_until"), ("session", "withdrawn_at"),
    # Another session of the same work, imported later, renames the lineage; items keep theirs.
    ("session", "lineage"),
    # What the redactor did at import: the original lines that it counted are not kept.
    ("session", "redactor"), ("session", "redactions"),
    # A file beside a subagent's may have told them; no text and no number rests on them.
    ("thread", "call"), ("thread", "call_id"), ("thread", "agent_type"),
    # Where the file was last seen, to tell it again without reading it.
    ("source", "place"), ("source", "mtime_ns"),
    # Numbers that no other row and no manifest refers to; reading goes by session and position.
    ("entry", "id"), ("event", "id"), ("place_name", "id"), ("manifest", "id"),
    ("tombstone", "id"),
}  # fmt: skip
"""Columns in which a changed byte is no changed evidence."""


@dataclass(frozen=True, slots=True)
class Place:
    """One value of one row."""

    table: str
    column: str
    rowid: int
    kind: str
    """How SQLite holds it: text, blob, integer, real."""
    value: Any


def changed(place: Place, chance: random.Random) -> Any:
    """The value with one byte changed to another."""
    if place.kind == "integer":
        return int(place.value) ^ chance.randrange(1, 256)
    if place.kind == "real":
        return next(x for x in iter(lambda: _real(place.value, chance), None) if math.isfinite(x))
    content = bytearray(place.value)
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    return bytes(content)


def _real(value: bytes, chance: random.Random) -> float:
    content = bytearray(struct.pack("<d", float(value)))
    content[chance.randrange(8)] ^= chance.randrange(1, 256)
    (number,) = struct.unpack("<d", content)
    return float(number)


def draw(file: sqlite3.Connection, table: str, column: str, chance: random.Random) -> Place | None:
    """A row whose column holds a byte; None where none does."""
    query = (
        f'SELECT rowid, typeof("{column}"), CASE typeof("{column}") WHEN \'text\' '
        f'THEN CAST("{column}" AS BLOB) ELSE "{column}" END FROM "{table}" '
        f'WHERE "{column}" IS NOT NULL AND "{column}" <> \'\' ORDER BY rowid'
    )
    rows = file.execute(query).fetchall()
    return Place(table, column, *chance.choice(rows)) if rows else None


def write(file: sqlite3.Connection, place: Place, value: Any) -> bool:
    """Put a value in the place; False if the database itself does not take it."""
    mark = "CAST(? AS TEXT)" if place.kind == "text" else "?"
    change = f'UPDATE "{place.table}" SET "{place.column}" = {mark} WHERE rowid = ?'
    try:
        file.execute(change, (value, place.rowid))
        file.commit()
    except sqlite3.IntegrityError:
        file.rollback()
        return False
    return True


def restore(file: sqlite3.Connection, place: Place, value: Any) -> None:
    """Put the old value back, wherever the row is now."""
    moved = place.column == "id"
    write(file, Place(place.table, place.column, value if moved else place.rowid, place.kind, 0),
          place.value)  # fmt: skip


def columns() -> Iterator[tuple[str, str]]:
    """Yield every column of every table that holds evidence."""
    for table in tables_of_evidence():
        for column in table.columns:
            if (table.name, column.name) not in NOT_EVIDENCE:
                yield table.name, column.name


def is_found(db: Db, table: str) -> str:
    """What an audit says of the table: found, found elsewhere, or missed."""
    elsewhere = False
    try:
        for difference in find_differences(db, Audit(), None, lambda _: None):
            if re.search(rf"\b{table}\b", difference):
                return "found"
            elsewhere = True
    finally:
        db.rollback()
        db.expunge_all()
    return "found elsewhere" if elsewhere else "missed"


def open_file(path: Path) -> sqlite3.Connection:
    """The database as somebody opens it who keeps to no rule."""
    file = sqlite3.connect(path)
    file.execute("PRAGMA ignore_check_constraints=ON")
    return file


def main(
    times: Annotated[int, typer.Option(help="Rows of each column.")] = 1,
    seed: Annotated[int, typer.Option()] = 1,
    only: Annotated[str | None, typer.Option(help="One table.")] = None,
    out: Annotated[Path | None, typer.Option("--write")] = None,
) -> None:
    """Change, audit, put back; say what was found and what was not."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tampering.db"
        finish(path)
        counts: dict[str, Counter[str]] = {}
        started = time.perf_counter()
        engine = open_database(str(path))
        with closing(open_file(path)) as file, Db(engine) as db:
            assert audit(db, None, lambda _: None).differences == []
            say("one audit of the study, s", f"{time.perf_counter() - started:.2f}")
            for table, column in columns():
                for _ in range(times if only in {None, table} else 0):
                    said = tamper(file, db, (table, column), chance)
                    counts.setdefault(table, Counter())[said] += 1
                    if said in {"missed", "found elsewhere"}:
                        say(f"{table}.{column}", said)
        engine.dispose()
        report(counts, out)
        say("load", load())


def tamper(file: sqlite3.Connection, db: Db, where: tuple[str, str], chance: random.Random) -> str:
    """Change one byte of a column, audit, put it back; what came of it."""
    place = draw(file, *where, chance)
    if place is None:
        return "empty"
    value = changed(place, chance)
    if not write(file, place, value):
        return "refused by the database"
    try:
        return is_found(db, place.table)
    finally:
        restore(file, place, value)


def report(counts: dict[str, Counter[str]], out: Path | None) -> None:
    """Write the table, a line for each table of the database."""
    names = ("found", "found elsewhere", "missed", "refused by the database", "empty")
    rows: list[list[object]] = [["table", *names]]
    rows += [[table, *(count[name] for name in names)] for table, count in counts.items()]
    total: Counter[str] = sum(counts.values(), Counter())
    rows.append(["all", *(total[name] for name in names)])
    sys.stdout.write(f"{tabulate(rows)}\n")
    if out is not None:
        put(out, "tampering", tabulate(rows))


if __name__ == "__main__":
    typer.run(main)
