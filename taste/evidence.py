"""What of each table is evidence, and a row (or what stands for it) as a manifest names it.

A row with a content hash is named with it. Of any other row its columns are hashed here, so that no
table needs another column: links by the trial that they are of, a session's lines by the session.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy import Table as Rows
from sqlalchemy import select

from taste.hashes import OWN, hash_row, is_hashed
from transcripts.db import Db
from transcripts.formats.documents import WITHHELD
from transcripts.tables import Entry, Table

NO_HASH: Final = "-"
"""Stands for the hash of a row that an earlier version wrote."""
STATE: Final[Mapping[str, frozenset[str]]] = {
    "run": frozenset({"status", "reason", "finished_at", "holder", "beat_at"}),
    # Who may be sent it, and what a longer copy or another session of the lineage adds to it. What
    # of it the stored lines say is held to them.
    "session": frozenset({
        "lineage", "origins", "version", "agent_models", "started", "warnings", "cuts_reliable",
        "may_send", "usable_until", "withdrawn_at", "redactor", "redactions", "entry_count",
        "event_count",
    }),
    # What a longer copy, or a file beside a subagent's, tells of a thread.
    "thread": frozenset({"call", "call_id", "agent_type"}),
    # Where the file was last seen.
    "source": frozenset({"place", "mtime_ns"}),
}  # fmt: skip
"""Columns that tell how things stand, and go on changing."""
_OF_WITHDRAWN: Final = frozenset({
    "lineage", "may_send", "usable_until", "withdrawn_at", "redactor", "redactions",
})  # fmt: skip
"""A withdrawn session grows no more, and has no lines that could tell what it was."""
CHANGING: Final = frozenset({"run", "trial", "trial_verdict", "trial_probe", "batch", "batch_item"})
"""Tables whose rows change until their run is done."""
_LINKS: Final = {"trial_verdict": "verdict_id", "trial_probe": "probe_id"}
_AT_ONCE: Final = 500
_STREAMED: Final = {"yield_per": 1000}
"""Of a large run not all rows are held at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as a manifest names it."""

    table: str
    id: int
    """The row's number; of links the trial's, of stored lines the session's."""
    content_hash: str

    def __str__(self) -> str:
        return f"{self.table} {self.id} {self.content_hash}"


def read_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a manifest."""
    for line in text.splitlines():
        table, number, content_hash = line.split(" ")
        yield Line(table, int(number), content_hash)


def key_of(table: Rows) -> Any:
    """The column by whose value a manifest names a table's rows."""
    if table.name == "entry":
        return table.c.session_id
    return table.c.trial_id if table.name in _LINKS else table.c.id


def find_lines(db: Db, kind: Any, where: Any) -> Iterator[Line]:
    """Yield the lines of the rows of a table that fit, in order."""
    table: Rows = kind if isinstance(kind, Rows) else kind.__table__
    if table.name == "entry":
        sessions = select(table.c.session_id).where(where).distinct().order_by(table.c.session_id)
        for number in db.connection().execute(sessions).scalars().all():
            yield Line("entry", number, line_hashes(db, number)[-1])
    elif table.name in _LINKS:
        yield from _link_lines(db, table, where)
    elif is_hashed(table):
        query = select(table.c.id, table.c[OWN]).where(where).order_by(table.c.id)
        for number, key in db.connection().execute(query, execution_options=_STREAMED):
            yield Line(table.name, number, key or NO_HASH)
    else:
        query = select(table).where(where).order_by(table.c.id)
        for row in db.connection().execute(query, execution_options=_STREAMED).mappings():
            yield Line(table.name, row["id"], _hash(table, {**row}))


def find_lines_of(db: Db, table: Rows, numbers: Iterable[int]) -> Iterator[Line]:
    """Yield the lines of the rows with these numbers that are there."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        yield from find_lines(db, table, key_of(table).in_(some))


def line_hashes(db: Db, session_id: int) -> list[str]:
    """A hash for each beginning of a session's stored lines, the shortest first.

    A session that has grown still has the beginning that a manifest names. The last line of a
    document is left out where it only sums up what a longer recording tells anew.
    """
    mine = Entry.__table__.c  # type: ignore[attr-defined]
    columns = [column for column in mine if column.name not in {"id", "raw"}]
    query = select(*columns).where(mine.session_id == session_id, mine.type != WITHHELD)
    running = hashlib.sha256()
    found = [running.hexdigest()]
    for row in db.connection().execute(query.order_by(mine.ordinal)):
        running.update(orjson.dumps(list(row)))
        found.append(running.hexdigest())
    return found


def _link_lines(db: Db, table: Rows, where: Any) -> Iterator[Line]:
    """Yield for each trial one hash over all that it is linked to."""
    linked = table.c[_LINKS[table.name]]
    query = select(table.c.trial_id, linked).where(where).order_by(table.c.trial_id, linked)
    for trial, links in groupby(db.connection().execute(query), lambda link: link[0]):
        numbers = [number for _, number in links]
        yield Line(table.name, trial, hashlib.sha256(orjson.dumps(numbers)).hexdigest())


def _hash(table: Rows, row: Mapping[str, Any]) -> str:
    state = STATE.get(table.name, frozenset())
    if row.get("withdrawn_at") is not None:
        state = _OF_WITHDRAWN
    return hash_row(table, row, state)


def tables_of_evidence() -> list[Rows]:
    """Every table, those that others point to first."""
    return list(Table.metadata.sorted_tables)
