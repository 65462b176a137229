"""What adjudicators decided, as it stands now, and which labels are theirs and no annotator's.

An adjudicator's label is stored as an annotation under their name; what a third person concluded
from two labels is no third reading, so nothing that counts annotators counts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from taste.assignment_tables import AdjudicatedLabel, Adjudication, Assignment, Submission
from transcripts.annotations import current_annotations
from transcripts.db import Db
from transcripts.tables import Annotation, DecisionPoint

NOT_A_POINT = "adjudicated: not a decision point"
BOTH_VALID = "adjudicated: both labels are valid"
ELSEWHERE = "adjudicated: another act is the start"
CHANGED = "labels changed since adjudication"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What was decided of a decision point: the label that stands there, or why there is none."""

    annotation: Annotation | None
    reason: str | None = None


def current_adjudications(db: Db, session_id: int | None = None) -> list[Adjudication]:
    """Every adjudication that is neither replaced nor withdrawn, earlier ones first."""
    query = select(Adjudication)
    if session_id is not None:
        query = query.where(Adjudication.session_id == session_id)
    said = (col(Adjudication.created_at), col(Adjudication.id))
    rows = db.exec(query.order_by(*said)).all()
    replaced = {row.replaces_id for row in rows if row.replaces_id is not None}
    return [row for row in rows if row.id not in replaced and not row.withdrawn]


def adjudicators_labels(db: Db) -> frozenset[int]:
    """Numbers of the annotations that stand for a decision, now or before it was corrected."""
    named = select(Adjudication.annotation_id).where(col(Adjudication.annotation_id).is_not(None))
    return frozenset(number for number in db.exec(named) if number is not None)


def annotators_annotations(db: Db, session_id: int | None = None) -> list[Annotation]:
    """Every current annotation, of one session or of all, that no adjudicator decided upon."""
    decided = adjudicators_labels(db)
    found = [row for row in current_annotations(db) if row.id not in decided]
    if session_id is None:
        return found
    here = set(db.exec(select(DecisionPoint.id).where(DecisionPoint.session_id == session_id)))
    return [row for row in found if row.decision_point_id in here]


def find_readers(db: Db) -> dict[tuple[int, str], frozenset[int]]:
    """Thread of a session → who handed it in, or has labels of it that were imported."""
    handed_in = (
        select(Assignment.session_id, Assignment.thread, Assignment.annotator_id)
        .join(Submission, col(Submission.assignment_id) == Assignment.id)
        .where(Assignment.mode == "hindsight")
    )
    places = select(DecisionPoint.id, DecisionPoint.session_id, DecisionPoint.thread)
    threads = {point: (session, thread) for point, session, thread in db.exec(places)}
    own = annotators_annotations(db)
    labelled = [(*threads[row.decision_point_id], row.annotator_id) for row in own]
    found: dict[tuple[int, str], frozenset[int]] = {}
    for session, thread, who in (*db.exec(handed_in), *labelled):
        found[session, thread] = found.get((session, thread), frozenset()) | {who}
    return found


def read_ruled(db: Db) -> dict[int, Ruled]:
    """What was decided of each decision point that an adjudication touches; the latest one wins.

    A decision rests on the labels that it compared: where one of them was changed or taken back
    since, none stands at its points.
    """
    current = current_adjudications(db)
    compared = _compared(db, current)
    held = {row.id for row in current_annotations(db)}
    points: dict[int, Ruled] = {}
    for row in current:
        standing = db.get_one(Annotation, row.annotation_id) if row.annotation_id else None
        labels = compared.get(row.id or 0, [])
        stale = any(number not in held for number, _ in labels)
        for _, point in labels:
            points[point] = Ruled(None, CHANGED if stale else _reason(row.decision))
        if standing is not None:
            points[standing.decision_point_id] = Ruled(None, CHANGED) if stale else Ruled(standing)
    return points


def _reason(decision: str) -> str:
    return {"not_a_point": NOT_A_POINT, "both_valid": BOTH_VALID}.get(decision, ELSEWHERE)


def _compared(db: Db, rows: Iterable[Adjudication]) -> dict[int, list[tuple[int, int]]]:
    """Adjudication → the labels that it compared, each with its point."""
    wanted = {row.id for row in rows}
    query = (
        select(
            AdjudicatedLabel.adjudication_id,
            AdjudicatedLabel.annotation_id,
            Annotation.decision_point_id,
        )
        .join(Annotation, col(Annotation.id) == AdjudicatedLabel.annotation_id)
        .order_by(col(AdjudicatedLabel.id))
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for adjudication, label, point in db.exec(query):
        if adjudication in wanted:
            found.setdefault(adjudication, []).append((label, point))
    return found
