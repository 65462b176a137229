"""Manifests against the rows that they name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col

from taste.auditing.found import UNREADABLE, Audit, say_fault
from taste.evidence import CHANGING, Line, find_lines_of, line_hashes, read_lines
from taste.hashes import is_hashed
from taste.manifests import digest_of, own_line
from taste.run_tables import Manifest
from taste.tables import Run
from transcripts.db import Db
from transcripts.tables import Table

STATUSES = frozenset({"running", "done", "stopped"})
Named = dict[int, dict[str, int]]
"""Row's number -> hash -> the manifest that says so."""


@dataclass
class _Expected:
    """What manifests say of rows, the latest that they say where a row may change."""

    rows: dict[str, Named] = field(default_factory=dict)
    buried: set[Line] = field(default_factory=set)
    gone: int = 0

    def add(self, manifest: int, line: Line) -> None:
        """Take what a manifest of a set or run says of a row."""
        named = self.rows.setdefault(line.table, {})
        if _keeps_hash(line.table):
            named.setdefault(line.id, {}).setdefault(line.content_hash, manifest)
        else:
            named[line.id] = {line.content_hash: manifest}

    def bury(self, manifest: int, line: Line) -> None:
        """Take what a manifest says of a row that was removed or silenced."""
        if line.table == "tombstone":
            self.add(manifest, line)
        elif _keeps_hash(line.table):
            self.buried.add(line)
        elif self.rows.get(line.table, {}).pop(line.id, None):
            self.gone += 1


def _keeps_hash(table: str) -> bool:
    return table in Table.metadata.tables and is_hashed(Table.metadata.tables[table])


def check_manifests(db: Db, found: Audit, report: Callable[[], None]) -> Iterator[str]:
    """Manifests that are not what was written, or name rows that differ from it."""
    expected = _Expected()
    numbers = db.execute(select(col(Manifest.id)).order_by(col(Manifest.id))).scalars().all()
    for number in numbers:
        found.count("manifests")
        try:
            yield from _read(db.get_one(Manifest, number), expected)
        except UNREADABLE as error:
            yield f"manifest {number} cannot be read: {say_fault(error)}"
    db.expire_all()
    found.removed += expected.gone
    for run in db.execute(select(col(Run.id), col(Run.status))).all():
        if run.status not in STATUSES:
            yield f"row {run.id} of run is not what was written: its status is {run.status!r}"
    done = set(db.execute(select(col(Run.id)).where(col(Run.status) == "done")).scalars())
    for name, named in expected.rows.items():
        report()
        yield from _rows(db, found, name, named, expected.buried, _unsettled(db, name, named, done))


def _read(manifest: Manifest, expected: _Expected) -> Iterator[str]:
    """Yield what differs in a manifest itself; keep what it names."""
    assert manifest.id is not None
    if digest_of(manifest.hashes) != manifest.digest:
        yield f"manifest {manifest.id} is not what was written: its digest differs"
    owned = manifest.set_id is not None or manifest.run_id is not None
    for line in read_lines(manifest.hashes):
        if line.table == "manifest":
            if line != own_line(manifest):
                yield f"manifest {manifest.id} is not what was written: see its first line"
        elif owned:
            expected.add(manifest.id, line)
        else:
            expected.bury(manifest.id, line)


def _unsettled(db: Db, name: str, named: Named, done: set[int]) -> set[int]:
    """Numbers of rows whose run goes on."""
    if name not in CHANGING:
        return set()
    manifests = {manifest for hashes in named.values() for manifest in hashes.values()}
    query = select(col(Manifest.id), col(Manifest.run_id))
    going = {n for n, run_id in db.execute(query) if n in manifests and run_id not in done}
    return {number for number, hashes in named.items() if set(hashes.values()) & going}


def _rows(
    db: Db, found: Audit, name: str, named: Named, buried: set[Line], unsettled: set[int]
) -> Iterator[str]:
    """Yield the rows of a table that are not what manifests say."""
    found.unsettled += len(unsettled)
    now = _now(db, name, named)
    for number, hashes in named.items():
        if number in unsettled:
            continue
        found.count("named rows")
        for content_hash, manifest in hashes.items():
            if content_hash in now.get(number, ()):
                continue
            # A bundle takes along that rows were removed, and no tombstone of a session.
            left_out = name == "tombstone" and number not in now
            if left_out or Line(name, number, content_hash) in buried:
                found.removed += 1
                continue
            what = "lines of session" if name == "entry" else "row"
            yield f"manifest {manifest} names {what} {number} of {name}, which differs"


def _now(db: Db, name: str, named: Named) -> Mapping[int, tuple[str, ...]]:
    """What may be said today of the rows that manifests name."""
    table = Table.metadata.tables.get(name)
    if table is None:
        return {}
    if name == "entry":
        return {number: tuple(line_hashes(db, number)) for number in named}
    try:
        return {line.id: (line.content_hash,) for line in find_lines_of(db, table, named)}
    except UNREADABLE:
        return dict(_one_by_one(db, name, named))


def _one_by_one(db: Db, name: str, named: Named) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what can be read, where some row cannot."""
    for number in named:
        try:
            for line in find_lines_of(db, Table.metadata.tables[name], [number]):
                yield line.id, (line.content_hash,)
        except UNREADABLE:
            continue
