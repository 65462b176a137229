"""Full-text search on PostgreSQL: the words of every event, in a derived table with an index.

Words are cut where letters and digits end, as SQLite's index cuts them, and not by PostgreSQL's own
parser, to which `train/loss.py` is one word. A long text is indexed in overlapping pieces, since
PostgreSQL keeps no more than some 16,000 places of words of one.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.hits import Hit, Query

TABLE: Final = "event_text_words"
_PIECE: Final = 30_000
_OVERLAP: Final = 200
_SNIPPET_WORDS: Final = 16
_TERM: Final = re.compile(r'"([^"]*)"|(\S+)')
_WORD: Final = re.compile(r"\w+")

_CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (event_id BIGINT REFERENCES event (id) ON DELETE CASCADE, "
    "piece BIGINT, words tsvector NOT NULL, PRIMARY KEY (event_id, piece))",
    f"CREATE INDEX IF NOT EXISTS ix_{TABLE} ON {TABLE} USING gin (words)",
)
_NORMAL = r"regexp_replace({}, '[\x01-/:-@\[-`{{-\x7f]+', ' ', 'g')"
"""A text without what stands between words. Signs beyond ASCII are left to the parser."""
_NEW = f"id > (SELECT coalesce(max(event_id), 0) FROM {TABLE}) AND shown"
_COUNT = f"SELECT count(*) FROM event WHERE {_NEW}"
_ADD = f"""
INSERT INTO {TABLE} (event_id, piece, words)
SELECT id, start, to_tsvector('simple', {_NORMAL.format(f"substr(text, start + 1, {_PIECE})")})
FROM event, generate_series(0, greatest(length(text) - 1, 0), {_PIECE - _OVERLAP}) start
WHERE {_NEW} ON CONFLICT DO NOTHING
"""
_REMOVE = f"""
DELETE FROM {TABLE} WHERE event_id IN (SELECT id FROM event WHERE session_id = :session)
"""
_FIND = """
SELECT session.external_id, session.part, event.event_id, event.position, event.thread, event.kind,
       event.text
FROM {found} JOIN event ON event.id = found.event_id JOIN session ON session.id = event.session_id
WHERE (CAST(:kind AS text) IS NULL OR event.kind = :kind)
      AND (CAST(:sessions AS bigint[]) IS NULL OR event.session_id = ANY(:sessions))
ORDER BY found.rank DESC, event.id LIMIT :limit
"""
_FOUND = """
(SELECT event_id, max(ts_rank(words, {query})) AS rank FROM {table}
 WHERE words @@ {query} GROUP BY event_id) found
"""
_SESSIONS = """
SELECT DISTINCT event.session_id FROM {table} w JOIN event ON event.id = w.event_id
WHERE w.words @@ {query}
"""


class ServerIndex:
    """The index that PostgreSQL keeps."""

    def update(self, db: Db) -> int:
        """Take in the events that are not indexed yet; return how many there were."""
        connection = db.connection()
        if not self._is_made(db):
            for statement in _CREATE:
                connection.execute(text(statement))
        new = int(connection.execute(text(_COUNT)).scalar_one())
        if new:
            connection.execute(_plain(_ADD))
        return new

    def find(self, db: Db, query: Query) -> list[Hit]:
        """The events that fit, best first.

        Raises:
            UserError: if there is no word among the words.
        """
        asked, values = _query(query.words)
        statement = _FIND.format(found=_FOUND.format(query=asked, table=TABLE))
        among = None if query.sessions is None else list(query.sessions)
        values |= {"kind": query.kind, "sessions": among, "limit": query.limit}
        rows: Sequence[Any] = db.connection().execute(_plain(statement), values).all()
        return [Hit(*(*place, _snippet(said, query.words))) for *place, said in rows]

    def sessions_with(self, db: Db, words: str) -> set[int]:
        """Row numbers of the sessions with an event that fits.

        Raises:
            UserError: if there is no word among the words.
        """
        asked, values = _query(words)
        statement = _plain(_SESSIONS.format(query=asked, table=TABLE))
        return set(db.connection().execute(statement, values).scalars())

    def forget(self, db: Db, session_id: int) -> None:
        """Take a session's words out."""
        if self._is_made(db):
            db.connection().execute(text(_REMOVE), {"session": session_id})

    def purge(self, db: Db) -> None:
        """Nothing: what is freed is cleared with the rest, once all is committed."""

    def _is_made(self, db: Db) -> bool:
        found = text("SELECT to_regclass(:name)")
        return db.connection().execute(found, {"name": TABLE}).scalar() is not None


def _plain(statement: str) -> Any:
    """A statement in which a colon stands for a value only before a name."""
    return text(statement.replace(":-@", r"\:-@"))


def _terms(words: str) -> list[str]:
    """The phrases and words of a query, each as words with spaces between."""
    found = ("".join(pair) for pair in _TERM.findall(words) if "".join(pair) != "AND")
    return [" ".join(_WORD.findall(term.replace("_", " "))) for term in found]


def _query(words: str) -> tuple[str, dict[str, Any]]:
    """An expression for a query whose terms are all wanted, with its values."""
    terms = [term for term in _terms(words) if term]
    if not terms:
        raise UserError(f"there is no word to look for in {words!r}.")
    values = {f"term{number}": term for number, term in enumerate(terms)}
    parts = (f"phraseto_tsquery('simple', :{name})" for name in values)
    return f"({' && '.join(parts)})", values


def _snippet(said: str, words: str) -> str:
    """The first place that fits with the words around it, each fitting place in brackets."""
    phrases = (r"[\W_]+".join(map(re.escape, term.split())) for term in _terms(words) if term)
    wanted = re.compile(rf"(?<![^\W_])(?:{'|'.join(phrases)})(?![^\W_])", re.IGNORECASE)
    place = wanted.search(said)
    at = place.start() if place else 0
    before = list(re.finditer(r"\S+", said[max(0, at - 400) : at]))[-_SNIPPET_WORDS // 2 :]
    start = max(0, at - 400) + before[0].start() if before else at
    after = list(re.finditer(r"\S+", said[at : at + 400]))[: _SNIPPET_WORDS // 2]
    end = at + after[-1].end() if after else at
    shown = wanted.sub(lambda match: f"[{match.group()}]", said[start:end])
    return f"{'…' if start else ''}{shown}{'…' if end < len(said.rstrip()) else ''}"
