"""What is asked of a full-text index and what it answers, whatever database keeps it."""

from dataclasses import dataclass
from typing import Protocol

from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, and where."""

    words: str
    """In the index's own syntax; `quote_words` makes it of what a person typed."""
    kind: str | None = None
    """Only events of this kind."""
    sessions: tuple[int, ...] | None = None
    """Only events of the sessions with these row numbers."""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """An event that fits, with the words around the place."""

    session: str
    part: int
    event: str
    position: int
    thread: str
    kind: str
    snippet: str


class TextIndex(Protocol):
    """What a database has to offer for full-text search."""

    def update(self, db: Db) -> int:
        """Take in the events that are not indexed yet; return how many there were."""

    def find(self, db: Db, query: Query) -> list[Hit]:
        """The events that fit, best first."""

    def sessions_with(self, db: Db, words: str) -> set[int]:
        """Row numbers of the sessions with an event that fits."""

    def forget(self, db: Db, session_id: int) -> None:
        """Take a session's words out while its text still stands; `purge` clears the traces."""

    def purge(self, db: Db) -> None:
        """Write the index anew, so that nothing of forgotten words is left in the file."""
