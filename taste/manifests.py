"""Manifests: the hashes of all rows that a frozen set or a finished run consists of.

A manifest of neither a set nor a run is a tombstone: it tells which rows were removed or silenced
on purpose, each with the hash that it had. The first line of a manifest is about itself.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from itertools import chain
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import col

from taste.evidence import CHANGING, Line, find_lines, find_lines_of, key_of
from taste.hashes import OWN, hash_row, is_hashed
from taste.manifest_rows import rows_of_run, rows_of_set
from taste.run_tables import Manifest
from taste.tables import Run, Trial
from transcripts.db import Db
from transcripts.tables import Table, Tombstone

_TEXTS = frozenset({"hashes", "digest"})


def digest_of(text: str) -> str:
    """sha256 of a manifest's lines."""
    return hashlib.sha256(text.encode()).hexdigest()


def own_line(manifest: Manifest) -> Line:
    """What a manifest says of itself: of which set or run it is, and when it was made."""
    table = Table.metadata.tables["manifest"]
    return Line(table.name, 0, hash_row(table, manifest.model_dump(), _TEXTS))


def store_set_manifest(db: Db, set_id: int, now: datetime) -> Manifest:
    """The manifest of a frozen set, made once, in the transaction under way."""
    return _store(db, rows_of_set(set_id), now, set_id=set_id)


def store_run_manifest(db: Db, run_id: int, now: datetime) -> Manifest:
    """The manifest of a run that has just been done, in the transaction under way.

    A run that was done before and has not changed keeps the manifest that it has.
    """
    return _store(db, rows_of_run(run_id), now, run_id=run_id)


def add_about_run(db: Db, rows: Sequence[Any], now: datetime) -> None:
    """Add rows about a run that may be done already, with a manifest, to the transaction."""
    db.add_all(rows)
    db.flush()
    for table in {type(row).__table__ for row in rows}:
        lines = find_lines_of(db, table, [row.id for row in rows])
        _add(db, lines, now, run_id=rows[0].run_id)


def store_tombstone(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Keep the hashes of rows that are about to be removed or silenced on purpose."""
    lines = list(lines)
    if lines:
        # What a removal leaves behind is named as well.
        told = find_lines(db, Tombstone, col(Tombstone.at) == now)
        _add(db, [*lines, *told], now)


def bury_lines(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Say of rows that they were removed or silenced on purpose; what is left is hashed anew."""
    lines = list(lines)
    store_tombstone(db, lines, now)
    for line in lines:
        table = Table.metadata.tables[line.table]
        if not is_hashed(table):
            continue
        this = key_of(table) == line.id
        row = db.connection().execute(select(table).where(this)).mappings().first()
        if row is not None and row[OWN] is not None:
            fresh = hash_row(table, {**row})
            db.connection().execute(update(table).where(this).values({OWN: fresh}))
    name_again(db, [(line.table, line.id) for line in lines], now)


def name_again(db: Db, rows: Iterable[tuple[str, int]], now: datetime) -> None:
    """Say what rows without a hash of their own are now, after a change that is allowed.

    Only of these rows, so that no other change comes to stand in a manifest. What manifests say
    of a run that goes on is not held against it.
    """
    db.flush()
    any_set = db.execute(select(func.min(col(Manifest.set_id)))).scalar()
    done = select(col(Run.id)).where(col(Run.status) == "done")
    runs = set(db.execute(done).scalars())
    told: dict[tuple[str, int], list[Line]] = {}
    for line in _lines_now(db, rows):
        if line.table not in CHANGING:
            told.setdefault(("set_id", any_set or 0), []).append(line)
        elif (trial := db.get(Trial, line.id)) is not None and trial.run_id in runs:
            told.setdefault(("run_id", trial.run_id), []).append(line)
    for (owner, number), lines in told.items():
        if number:
            _add(db, lines, now, **{owner: number})


def _lines_now(db: Db, rows: Iterable[tuple[str, int]]) -> Iterator[Line]:
    """Yield the lines of those of the rows that have no hash of their own and are there."""
    tables: dict[str, set[int]] = {}
    for name, number in rows:
        tables.setdefault(name, set()).add(number)
    for name, numbers in tables.items():
        table = Table.metadata.tables[name]
        if not is_hashed(table):
            yield from find_lines_of(db, table, numbers)


def _store(db: Db, parts: Mapping[Any, Any], now: datetime, **of: int) -> Manifest:
    (name, number), *_ = of.items()
    row = Manifest(hashes="", digest="", created_at=now, **of)
    _write(row, (line for table, where in parts.items() for line in find_lines(db, table, where)))
    query = select(Manifest).where(getattr(Manifest, name) == number)
    latest: Manifest | None = db.execute(query.order_by(col(Manifest.id).desc())).scalars().first()
    if latest is not None and _names_the_same(latest, row):
        return latest
    return _added(db, row)


def _names_the_same(one: Manifest, other: Manifest) -> bool:
    """Whether two manifests differ in nothing but what they say of themselves."""
    own = len(str(own_line(other)))
    same = len(one.hashes) == len(other.hashes)
    return same and one.hashes[own:] == other.hashes[own:] and _has_own_line(one)


def _has_own_line(manifest: Manifest) -> bool:
    return manifest.hashes.startswith(f"{Manifest.__tablename__} ")


def _add(db: Db, lines: Iterable[Line], now: datetime, **of: int) -> Manifest:
    row = Manifest(hashes="", digest="", created_at=now, **of)
    _write(row, lines)
    return _added(db, row)


def _added(db: Db, row: Manifest) -> Manifest:
    db.add(row)
    db.flush()
    return row


def _write(row: Manifest, lines: Iterable[Line]) -> None:
    # A run has a line a row: a list of them, or their bytes beside the text, would take much space.
    text, running = StringIO(), hashlib.sha256()
    for line in chain([own_line(row)], lines):
        said = f"{line}\n"
        text.write(said)
        running.update(said.encode())
    row.hashes, row.digest = text.getvalue(), running.hexdigest()
