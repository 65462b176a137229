"""One annotator's own marks in one session: reading, making, changing, undoing.

The only module here that writes. It appends and never edits, and reads no one else's rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from annotation_tui.history import Change, History, Step, read_history
from transcripts.annotations import Label, annotate, list_marks, withdraw
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_label
from transcripts.tables import Annotation, Annotator, DecisionPoint, Session

LETTERS = {"detour": "D", "strong": "S"}
"""Kind → letter in the gutter; other kinds show as ?."""


@dataclass(frozen=True, slots=True)
class OwnMark:
    """A current annotation of this annotator."""

    id: int
    cut: int
    before: str
    """Id of the event that the point stands before."""
    label: Label


class Marks:
    """The marks of one annotator in one session."""

    def __init__(
        self, engine: Engine, session: Session, annotator: str, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._session = session
        self._annotator = annotator
        self._now = now

    def read(self) -> list[OwnMark]:
        """The current marks, by position."""
        assert self._session.id is not None
        with Db(self._engine) as db:
            found = list_marks(db, self._session.id, self._annotator)
            labels = [read_label(db, mark.annotation) for mark in found]
            return [
                OwnMark(mark.annotation.id or 0, mark.cut, mark.before, label)
                for mark, label in zip(found, labels, strict=True)
            ]

    def put(self, before: str, label: Label, replaces: int | None = None) -> int:
        """Store a label as a new row, in place of an earlier one if told; returns its id.

        Raises:
            UserError: if the point or an event of the label is not valid; nothing is stored.
        """
        with Db(self._engine) as db:
            row = annotate(db, self._session, before, self._annotator, label, self._now(), replaces)
            assert row.id is not None
            return row.id

    def change(self, mark: OwnMark, values: Mapping[str, Any]) -> int:
        """Store a mark's label with other values; returns the new row's id.

        Raises:
            UserError: if the changed label is not valid; nothing is stored.
        """
        return self.put(mark.before, mark.label.model_copy(update=dict(values)), mark.id)

    def undo(self) -> Change:
        """Bring back what stood before the latest change that is not undone.

        Raises:
            UserError: if there is none.
        """
        history = self._history()
        if not history.undoable:
            raise UserError("there is nothing to undo in this session.")
        change = history.undoable[-1]
        self._bring_back(change.old, history.latest[change.new.cut])
        return change

    def redo(self) -> Change:
        """Bring back what was undone last.

        Raises:
            UserError: if nothing was undone, or something was changed since.
        """
        history = self._history()
        if not history.redoable:
            raise UserError("there is nothing to redo in this session.")
        change = history.redoable[-1]
        self._bring_back(change.new, history.latest.get(change.new.cut))
        return change

    def _bring_back(self, step: Step | None, latest: Step | None) -> None:
        if step is None or step.digest is None:
            assert latest is not None
            with Db(self._engine) as db:
                withdraw(db, latest.id, self._now())
            return
        with Db(self._engine) as db:
            label = read_label(db, db.get_one(Annotation, step.id))
        self.put(step.before, label, latest.id if latest else None)

    def _history(self) -> History:
        query = (
            select(Annotation, DecisionPoint)
            .join(DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id)
            .join(Annotator, col(Annotator.id) == Annotation.annotator_id)
            .where(
                DecisionPoint.session_id == self._session.id,
                Annotator.name == self._annotator,
            )
            .order_by(col(Annotation.id))
        )
        with Db(self._engine) as db:
            return read_history(
                Step(row.id or 0, point.cut, point.before, None if row.withdrawn else row.digest)
                for row, point in db.exec(query)
            )


def letters_of(marks: list[OwnMark], numbers: Mapping[str, int]) -> dict[int, str]:
    """Event number → the letters that stand there: D, S, then R recognised, X recovered."""
    found: dict[int, str] = {}
    places = [(mark.before, LETTERS.get(mark.label.kind, "?")) for mark in marks]
    places += [(mark.label.recognised or "", "R") for mark in marks]
    places += [(mark.label.recovered or "", "X") for mark in marks]
    for event_id, letter in places:
        if event_id in numbers:
            number = numbers[event_id]
            found[number] = found.get(number, "") + letter
    return found
