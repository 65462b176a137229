"""The texts of one session, fetched from the database as the reader needs them.

Reads texts only of the events in view, and streams all of them to measure and to search.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Engine,
    Text,
    and_,
    case,
    func,
    literal_column,
    or_,
    type_coerce,
)
from sqlmodel import col, select

from annotation_tui.folds import CAP, FOLDED_KINDS, HEAD, LONG_CHARS
from transcripts.db import Db
from transcripts.queries import read_texts
from transcripts.tables import Event, Session

_BATCH = 500


class Texts(Protocol):
    """Where a document has its texts from; foresight has one that ends at its frontier."""

    def read(self, positions: Sequence[int]) -> dict[int, str]:
        """Whole texts of the events at these positions."""

    def read_shown(self, open_ones: Sequence[int], folded: Sequence[int]) -> dict[int, str]:
        """At least what is laid out of the events at these positions."""

    def stream(self, *, folded: bool) -> Iterator[tuple[int, str]]:
        """Position and at least what is laid out of every event in order."""

    def stream_whole(self) -> Iterator[tuple[int, str]]:
        """Position and text of every event in order."""

    def find(self, needle: str) -> list[int]:
        """Positions of the events whose text holds the needle, whatever its case."""


GONE = "(not in the database any more)"
"""Stands for a text whose session was removed while it was open."""


class Bodies:
    """Reads texts of one thread of one session; keeps none."""

    def __init__(
        self,
        engine: Engine,
        session: Session,
        thread: str | None = None,
        until: int | None = None,
    ) -> None:
        """Open the texts.

        Args:
            engine: of the database.
            session: whose texts they are.
            thread: one of its threads; none: the one that cuts are made on.
            until: position from which on nothing is read; none: to the end.
        """
        assert session.id is not None
        self._engine = engine
        self._session_id = session.id
        thread = session.thread if thread is None else thread
        self._mine: list[ColumnElement[bool]] = [
            col(Event.session_id) == session.id,
            col(Event.thread) == thread,
        ]
        if until is not None:
            self._mine.append(col(Event.position) < until)

    def read(self, positions: Sequence[int]) -> dict[int, str]:
        """Whole texts of the events at these positions, in one query."""
        with Db(self._engine) as db:
            return dict.fromkeys(positions, GONE) | read_texts(db, self._session_id, positions)

    def read_shown(self, open_ones: Sequence[int], folded: Sequence[int]) -> dict[int, str]:
        """What is laid out of the events at these positions, in one query for the few in view."""
        position = col(Event.position)
        shown = case((position.in_(open_ones), _beginning(CAP)), else_=_beginning(HEAD))
        every = [*open_ones, *folded]
        found = dict.fromkeys(every, GONE)
        with Db(self._engine) as db:
            for start in range(0, len(every), _BATCH):
                here = position.in_(every[start : start + _BATCH])
                query = select(Event.position, shown).where(*self._mine, here)
                found.update(db.exec(query).all())
        return found

    def stream(self, *, folded: bool) -> Iterator[tuple[int, str]]:
        """Position and what is laid out of every event in order.

        Args:
            folded: whether what begins folded is.
        """
        text = _beginning(CAP)
        if folded:
            begins = or_(col(Event.kind).in_(FOLDED_KINDS), col(Event.n_chars) > LONG_CHARS)
            text = case((and_(begins, col(Event.n_chars) > HEAD), _cut(HEAD)), else_=text)
        yield from self._stream(text)

    def stream_whole(self) -> Iterator[tuple[int, str]]:
        """Position and text of every event in order."""
        yield from self._stream(_beginning(None))

    def _stream(self, text: ColumnElement[str]) -> Iterator[tuple[int, str]]:
        query = (
            select(Event.position, text)
            .where(*self._mine)
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
                query = select(Event.position, _cut(length)).where(
                    *self._mine, col(Event.position).in_(positions[start : start + _BATCH])
                )
                found.update(db.exec(query).all())
        return found

    def find(self, needle: str) -> list[int]:
        """Positions of the events whose text holds the needle, whatever its case."""
        query = (
            select(Event.position)
            .where(*self._mine, col(Event.text).icontains(needle, autoescape=True))
            .order_by(col(Event.position))
        )
        with Db(self._engine) as db:
            return list(db.exec(query).all())


def _cut(length: int) -> ColumnElement[str]:
    # Written out, since PostgreSQL takes no numbers of 64 bits here.
    return func.substr(Event.text, literal_column("1"), literal_column(str(int(length))))


def _beginning(length: int | None) -> ColumnElement[str]:
    """The text, or its first characters where it has more: counting them costs."""
    whole: ColumnElement[str] = type_coerce(Event.text, Text)
    return (
        whole if length is None else case((col(Event.n_chars) > length, _cut(length)), else_=whole)
    )
