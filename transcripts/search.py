"""Full-text search over what was said and shown in sessions, behind a seam; copies no text.

SQLite's FTS5 keeps an index over `event.text` (external content, so the text is stored once, as
it was after redaction). It is derived: made on first use, outside the migrations, and brought up
to date after an import. PostgreSQL's is in `transcripts.server_search`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from transcripts.db import Db
from transcripts.decoding import clean
from transcripts.errors import UserError
from transcripts.hits import Hit, Query, TextIndex
from transcripts.server_search import ServerIndex

INDEX: Final = "event_text"
"""The virtual table; the names of its own tables begin with it."""
_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_SNIPPET_WORDS: Final = 16

_CREATE = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(
    text, content='event', content_rowid='id', tokenize='unicode61 remove_diacritics 2')
"""
_NEW = f"id > (SELECT coalesce(max(id), 0) FROM {INDEX}_docsize) AND shown"
_MISSING = f"SELECT 1 FROM event WHERE {_NEW} LIMIT 1"
_ADD = f"INSERT INTO {INDEX}(rowid, text) SELECT id, text FROM event WHERE {_NEW} ORDER BY id"
_REMOVE = f"""
INSERT INTO {INDEX}({INDEX}, rowid, text) SELECT 'delete', id, text FROM event
WHERE session_id = :session AND id IN (SELECT id FROM {INDEX}_docsize)
"""
_FIND = f"""
SELECT event.id, session.external_id, session.part, event.event_id, event.position, event.thread,
       event.kind
FROM {INDEX} JOIN event ON event.id = {INDEX}.rowid JOIN session ON session.id = event.session_id
WHERE {INDEX} MATCH :query AND (:kind IS NULL OR event.kind = :kind)
      AND (:sessions IS NULL OR event.session_id IN (SELECT value FROM json_each(:sessions)))
ORDER BY {INDEX}.rank, event.id LIMIT :limit
"""
_SNIPPET = f"""
SELECT snippet({INDEX}, 0, '[', ']', '…', {_SNIPPET_WORDS}) FROM {INDEX}
WHERE {INDEX} MATCH :query AND rowid = :event
"""
_SESSIONS = f"""
SELECT DISTINCT event.session_id FROM {INDEX} JOIN event ON event.id = {INDEX}.rowid
WHERE {INDEX} MATCH :query
"""


class SqliteIndex:
    """The index that SQLite's FTS5 keeps."""

    def update(self, db: Db) -> int:
        """Take in the events that are not indexed yet; return how many there were."""
        connection = db.connection()
        if not self._is_made(db):
            connection.execute(text(_CREATE))
        if connection.execute(text(_MISSING)).first() is None:
            return 0
        return connection.execute(text(_ADD)).rowcount

    def find(self, db: Db, query: Query) -> list[Hit]:
        """The events that fit, best first.

        Raises:
            UserError: if the words are not a query of FTS5.
        """
        among = None if query.sessions is None else f"[{','.join(map(str, query.sessions))}]"
        asked = {"query": query.words, "kind": query.kind, "sessions": among}
        rows = _ask(db, _FIND, {**asked, "limit": query.limit})
        found = []
        for event, *place in rows:
            ((snippet,),) = _ask(db, _SNIPPET, {"query": query.words, "event": event})
            found.append(Hit(*(*place, snippet)))
        return found

    def sessions_with(self, db: Db, words: str) -> set[int]:
        """Row numbers of the sessions with an event that fits.

        Raises:
            UserError: if the words are not a query of FTS5.
        """
        return {session for (session,) in _ask(db, _SESSIONS, {"query": words})}

    def forget(self, db: Db, session_id: int) -> None:
        """Take a session's words out while its text still stands; `purge` clears the traces."""
        if self._is_made(db):
            db.connection().execute(text(_REMOVE), {"session": session_id})

    def purge(self, db: Db) -> None:
        """Write the index anew, so that nothing of forgotten words is left in the file."""
        if self._is_made(db):
            db.connection().execute(text(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')"))

    def _is_made(self, db: Db) -> bool:
        found = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
        return db.connection().execute(found, {"name": INDEX}).first() is not None


def _ask(db: Db, statement: str, values: dict[str, Any]) -> Sequence[Any]:
    try:
        return db.connection().execute(text(statement), values).all()
    except OperationalError as error:
        why = str(error.orig)
        if "fts5" not in why and "unterminated" not in why and "no such column" not in why:
            raise
        raise UserError(
            f"{values['query']!r} is not a query of FTS5 ({why}); without --raw the words are "
            "looked for as they are."
        ) from error


def text_index(db: Db) -> TextIndex:
    """The index of the kind of database at hand."""
    return SqliteIndex() if db.get_bind().dialect.name == "sqlite" else ServerIndex()


def update_index(db: Db) -> int:
    """Take in the events that are not indexed yet, and commit; return how many there were."""
    added = text_index(db).update(db)
    db.commit()
    return added


def quote_words(typed: str) -> str:
    """Turn what a person typed into a query: every word or "phrase" is wanted, as it stands.

    Nothing in it has a meaning in the index's syntax.

    Raises:
        UserError: if there is no word in it.
    """
    words = [phrase or word for phrase, word in _WORDS.findall(clean(typed))]
    wanted = [word.replace('"', " ") for word in words if any(map(str.isalnum, word))]
    if not wanted:
        raise UserError(f"there is no word to look for in {typed!r}.")
    return _conjunction(wanted)


def _conjunction(words: Iterable[str]) -> str:
    return " AND ".join(f'"{word}"' for word in words)
