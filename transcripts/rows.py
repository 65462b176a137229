"""Records to rows in bulk: what a session holds goes into its tables in batches, as tuples.

Knows nothing about whether the session is known already; holds no more than one batch.
"""

import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from transcripts.acts import ActFinder
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.records import EntryRecord, EventRecord
from transcripts.tables import Entry, Event

BATCH = 2_000
"""Entries that are held before they are written."""
_BATCH_BYTES = 4 << 20
COMPRESSED_FROM = 16 << 10
"""Bytes from which compressing a line is worth its time."""
_ZLIB = b"\x78"

_ENTRY = (
    "session_id", "ordinal", "position", "line", "offset", "uuid", "type", "raw", "digest",
)  # fmt: skip
_EVENT = (
    "session_id", "position", "event_id", "ordinal", "kind", "thread", "response", "tool",
    "is_error", "shown", "visible_from", "act", "act_kind", "timestamp", "text", "n_lines",
    "n_chars",
)  # fmt: skip


def unpack_raw(stored: bytes) -> bytes:
    """The line's bytes; an object begins with a brace, so the first byte tells."""
    return zlib.decompress(stored) if stored[:1] == _ZLIB else stored


class RowWriter:
    """Writes the entries and events of one session, in order."""

    def __init__(self, db: Db, session_id: int, name: str) -> None:
        """Start with nothing written; `name` names the file in messages."""
        self.entries = 0
        self.events = 0
        self.threads_with_acts: set[str] = set()
        self._db = db
        self._session_id = session_id
        self._name = name
        self._acts = ActFinder()
        self._bytes = 0
        self._entry_rows: list[tuple[Any, ...]] = []
        self._event_rows: list[tuple[Any, ...]] = []

    def add(self, entry: EntryRecord, events: Sequence[EventRecord]) -> bool:
        """Take one entry with its events; True if that made a batch go out.

        Raises:
            UserError: if two events of the session have one id.
        """
        raw, session_id = entry.raw, self._session_id
        stored = raw if len(raw) < COMPRESSED_FROM else zlib.compress(raw, 1)
        self._entry_rows.append((
            session_id, entry.ordinal, entry.position, entry.line, entry.offset,
            entry.uuid, entry.type, stored, sha256(raw).hexdigest(),
        ))  # fmt: skip
        for event in events:
            (
                position, ordinal, name, kind, thread, text, shown, response, tool, _, is_error,
                _, _, _, timestamp,
            ) = event  # fmt: skip
            cut = act_kind = None
            act = self._acts.feed(event)
            if act is not None:
                self.threads_with_acts.add(thread)
                cut, act_kind = act.cut, act.kind.value
            self._event_rows.append((
                session_id, position, name, ordinal, kind._value_, thread, response, tool,
                1 if is_error else 0, 1 if shown else 0, position, cut, act_kind, timestamp, text,
                text.count("\n") + 1, len(text),
            ))  # fmt: skip
        self._bytes += len(raw)
        if len(self._entry_rows) < BATCH and self._bytes < _BATCH_BYTES:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Write what is held.

        Raises:
            UserError: if two events of the session have one id.
        """
        self.entries += len(self._entry_rows)
        self.events += len(self._event_rows)
        _insert(self._db, Entry, _ENTRY, self._entry_rows)
        try:
            _insert(self._db, Event, _EVENT, self._event_rows)
        except IntegrityError as error:
            raise UserError(
                f"{self._name!r}: two events have the id {self._repeated()!r}; it was not imported."
            ) from error
        self._entry_rows, self._event_rows, self._bytes = [], [], 0

    def _repeated(self) -> str:
        """The first id of the batch that stands twice, there or among what is written."""
        query = select(Event.event_id).where(Event.session_id == self._session_id)
        seen = set(self._db.exec(query.where(col(Event.position) < self._event_rows[0][1])).all())
        for row in self._event_rows:
            if row[2] in seen:
                return str(row[2])
            seen.add(row[2])
        return "?"


def _insert(db: Db, table: Any, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows given as tuples; through the driver itself where that is known to work."""
    if not rows:
        return
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.__tablename__}" ({names}) VALUES ({marks})'
        connection.exec_driver_sql(statement, rows)
        return
    connection.execute(
        insert(table.__table__), [dict(zip(columns, row, strict=True)) for row in rows]
    )
