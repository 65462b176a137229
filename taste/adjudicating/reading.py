"""The cases of an adjudicator's assignment, from what annotators handed in.

What leaves here for a screen has letters; whose they are stays behind until the work is handed in.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import col, select

from taste.adjudicating.aligning import Placed
from taste.adjudicating.cases import Case, Given, build_cases
from taste.adjudications import annotators_annotations, find_readers
from taste.assignment_tables import Assignment
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_label
from transcripts.tables import Annotation, Annotator, DecisionPoint, Event, Session

FEWEST = 2
UNFINISHED = ("todo", "draft", "returned", "flagged")


@dataclass(frozen=True, slots=True)
class Cases:
    """What is to be decided of one thread of a session."""

    session: Session
    thread: str
    cases: tuple[Case, ...]
    readers: int
    """Annotators who handed it in, or whose labels of it were imported."""
    annotations: Mapping[int, tuple[int, ...]] = field(repr=False)
    """Case by its cut → the rows of its sides in the order of their letters: for storing."""

    @property
    def waiting(self) -> tuple[Case, ...]:
        """The cases that a person has to decide."""
        return tuple(case for case in self.cases if case.waits)


def read_cases(db: Db, assignment: Assignment) -> Cases:
    """The labels of an assignment's thread side by side, as they stand now.

    Raises:
        UserError: if fewer than two annotators have handed it in, or one is still at work.
    """
    session = db.get_one(Session, assignment.session_id)
    _refuse_unfinished(db, session, assignment.thread)
    labels = _read_labels(db, assignment)
    readers = find_readers(db).get((assignment.session_id, assignment.thread), frozenset())
    if len(readers) < FEWEST:
        raise UserError(
            f"session {session.external_id!r} was handed in by {len(readers)} annotator(s) so far; "
            "labels are adjudicated once two have."
        )
    cuts = _read_cuts(db, assignment)
    placed = [_placed(db, cuts, *label) for label in labels]
    key = f"{session.external_id} {session.part} {assignment.thread}"
    built = build_cases(placed, len(readers), key, assignment.seed)
    return Cases(
        session,
        assignment.thread,
        tuple(case for case, _ in built),
        len(readers),
        {case.cut: numbers for case, numbers in built},
    )


def read_names(db: Db, cases: Cases, cut: int) -> dict[str, str]:
    """Whose label is which letter in one case: for after the work is handed in."""
    case = next(one for one in cases.cases if one.cut == cut)
    rows = (db.get_one(Annotation, number) for number in cases.annotations[cut])
    names = (db.get_one(Annotator, row.annotator_id).name for row in rows)
    return {side.letter: name for side, name in zip(case.sides, names, strict=True)}


def _refuse_unfinished(db: Db, session: Session, thread: str) -> None:
    query = select(Assignment.id).where(
        Assignment.session_id == session.id,
        Assignment.thread == thread,
        Assignment.mode == "hindsight",
        col(Assignment.state).in_(UNFINISHED),
    )
    waiting = len(db.exec(query).all())
    if waiting:
        raise UserError(
            f"session {session.external_id!r}: {waiting} annotator(s) have not handed in yet; "
            "labels are adjudicated once all have, or their assignments are skipped."
        )


def _read_labels(db: Db, assignment: Assignment) -> list[tuple[str, DecisionPoint, Annotation]]:
    found = []
    for row in annotators_annotations(db, assignment.session_id):
        point = db.get_one(DecisionPoint, row.decision_point_id)
        if point.thread == assignment.thread:
            found.append((db.get_one(Annotator, row.annotator_id).name, point, row))
    return found


def _read_cuts(db: Db, assignment: Assignment) -> list[int]:
    """The cuts of the thread's human acts, rising."""
    query = select(Event.act).where(
        Event.session_id == assignment.session_id,
        Event.thread == assignment.thread,
        col(Event.act).is_not(None),
    )
    return sorted({act for act in db.exec(query) if act is not None})


def _placed(
    db: Db, cuts: list[int], annotator: str, point: DecisionPoint, row: Annotation
) -> Placed[Given]:
    at = bisect_left(cuts, point.cut)
    acts = point.actor == "human" and at < len(cuts) and cuts[at] == point.cut
    assert row.id is not None
    given = Given(row.id, point.before, read_label(db, row))
    return Placed(annotator, point.actor, point.cut, at if acts else None, given)
