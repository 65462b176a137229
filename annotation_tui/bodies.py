"""The texts of one session, fetched from the database as the reader needs them.

Reads whole texts only of the events in view, and streams all of them to measure and to search.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import Engine, case, func
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.queries import read_texts
from transcripts.tables import Event, Session

HEAD = 4_096
"""Characters of a folded event that are read; enough for its rows on any screen."""

_BATCH = 500


class Texts(Protocol):
    """Where a document has its texts from; foresight has one that ends at its frontier."""

    def read(self, positions: Sequence[int]) -> dict[int, str]:
        """Whole texts of the events at these positions."""

    def stream(self, folded_kinds: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Position and text of every event in order; of some kinds only the beginning."""

    def find(self, needle: str) -> list[int]:
        """Positions of the events whose text holds the needle, whatever its case."""


class Bodies:
    """Reads texts of one thread of one session; keeps none."""

    def __init__(self, engine: Engine, session: Session) -> None:
        assert session.id is not None
        self._engine = engine
        self._session_id = session.id
        self._thread = session.thread

    def read(self, positions: Sequence[int]) -> dict[int, str]:
        """Whole texts of the events at these positions, in one query."""
        with Db(self._engine) as db:
            return read_texts(db, self._session_id, positions)

    def stream(self, folded_kinds: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Position and text of every event in order; of some kinds only the beginning."""
        head = func.substr(Event.text, 1, HEAD)
        text = case((col(Event.kind).in_(folded_kinds), head), else_=Event.text)
        query = (
            select(Event.position, text)
            .where(Event.session_id == self._session_id, Event.thread == self._thread)
            .order_by(col(Event.position))
            .execution_options(yield_per=_BATCH)
        )
        with Db(self._engine) as db:
            yield from db.exec(query)

    def read_beginnings(self, positions: Sequence[int], length: int) -> dict[int, str]:
        """The first characters of the texts at these positions."""
        found: dict[int, str] = {}
        with Db(self._engine) as db:
            for start in range(0, len(positions), _BATCH):
                query = select(Event.position, func.substr(Event.text, 1, length)).where(
                    Event.session_id == self._session_id,
                    col(Event.position).in_(positions[start : start + _BATCH]),
                )
                found.update(db.exec(query).all())
        return found

    def find(self, needle: str) -> list[int]:
        """Positions of the events whose text holds the needle, whatever its case."""
        query = (
            select(Event.position)
            .where(
                Event.session_id == self._session_id,
                Event.thread == self._thread,
                col(Event.text).icontains(needle, autoescape=True),
            )
            .order_by(col(Event.position))
        )
        with Db(self._engine) as db:
            return list(db.exec(query).all())
