"""Labels of a workpack: appended under their annotator, each once, with how they came about."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from taste.appending import append_row
from taste.assignment_tables import Assignment, LabelRecord
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.tables import Annotation, DecisionPoint, Evidence, Session


def merge_labels(
    db: Db, other: Db, ours: Assignment, theirs: Assignment, handed_in: Mapping[int, int]
) -> tuple[int, list[str]]:
    """Bring in the labels that the pack has of an assignment's session.

    Returns:
        How many came in, and what was refused, with why.
    """
    added, refused = 0, []
    numbers: dict[int | None, int] = {}
    for row, point in _labels(other, theirs):
        here = _place(db, ours.session_id, point)
        if here is None:
            refused.append(f"label at {point.before!r}: what was known there is another here")
            continue
        found = _find(db, row, here.id or 0, ours.annotator_id)
        if found is None:
            found = _add(db, other, row, (here.id or 0, ours.annotator_id, numbers))
            added += 1
        _add_record(db, other, row, found, handed_in)
        numbers[row.id] = found
    return added, refused


def _labels(other: Db, theirs: Assignment) -> Sequence[Any]:
    query = (
        select(Annotation, DecisionPoint)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Annotation.decision_point_id))
        .where(
            col(DecisionPoint.session_id) == theirs.session_id,
            col(Annotation.annotator_id) == theirs.annotator_id,
        )
        .order_by(col(Annotation.id))
    )
    return other.execute(query).all()


def place_of(db: Db, session_id: int, point: DecisionPoint) -> DecisionPoint | None:
    """Our row of a point of the pack, if there is one that knows the same."""
    query = select(DecisionPoint).where(
        col(DecisionPoint.session_id) == session_id,
        col(DecisionPoint.thread) == point.thread,
        col(DecisionPoint.cut) == point.cut,
        col(DecisionPoint.actor) == point.actor,
        col(DecisionPoint.prefix_hash) == point.prefix_hash,
    )
    found: DecisionPoint | None = db.execute(query).scalars().first()
    return found


def _place(db: Db, session_id: int, point: DecisionPoint) -> DecisionPoint | None:
    """The same, made from what is here where nobody has labelled it yet."""
    if (found := place_of(db, session_id, point)) is not None:
        return found
    session = db.get_one(Session, session_id)
    try:
        made = resolve_point(db, session, point.before, human=point.actor == "human")
    except UserError:
        return None
    row = store_point(db, session, made)
    return row if row.prefix_hash == point.prefix_hash and row.cut == point.cut else None


def _find(db: Db, row: Annotation, point: int, person: int) -> int | None:
    """What makes two labels the same one: place, person, content and time."""
    query = select(col(Annotation.id)).where(
        col(Annotation.decision_point_id) == point,
        col(Annotation.annotator_id) == person,
        col(Annotation.digest) == row.digest,
        col(Annotation.created_at) == row.created_at,
        col(Annotation.withdrawn) == row.withdrawn,
    )
    found: int | None = db.execute(query).scalars().first()
    return found


def _add(
    db: Db, other: Db, row: Annotation, links: tuple[int, int, Mapping[int | None, int]]
) -> int:
    point, person, numbers = links
    own = {"id", "decision_point_id", "annotator_id", "replaces_id"}
    label = Annotation(
        decision_point_id=point,
        annotator_id=person,
        replaces_id=numbers.get(row.replaces_id),
        **row.model_dump(exclude=own),
    )
    db.add(label)
    db.flush()
    assert label.id is not None
    query = select(Evidence).where(col(Evidence.annotation_id) == row.id)
    for span in other.execute(query.order_by(col(Evidence.id))).scalars().all():
        values = span.model_dump(exclude={"id", "annotation_id"})
        db.add(Evidence(annotation_id=label.id, **values))
    db.flush()
    return label.id


def _add_record(
    db: Db, other: Db, row: Annotation, label: int, handed_in: Mapping[int, int]
) -> None:
    known = select(col(LabelRecord.id)).where(col(LabelRecord.annotation_id) == label)
    if db.execute(known).first() is not None:
        return
    query = select(LabelRecord).where(col(LabelRecord.annotation_id) == row.id)
    record = other.execute(query).scalars().first()
    if record is not None and record.submission_id in handed_in:
        values = record.model_dump(exclude={"id", "annotation_id", "submission_id", "content_hash"})
        append_row(
            db,
            LabelRecord(
                annotation_id=label, submission_id=handed_in[record.submission_id], **values
            ),
        )
