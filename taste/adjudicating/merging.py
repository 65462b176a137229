"""Brings another database's adjudications in, once, after its labels.

Without them an adjudicator's label, which comes with the others, would count as an annotator's.
"""

from collections.abc import Iterator
from typing import Any

from sqlmodel import col, select

from taste.assignment_tables import AdjudicatedLabel, Adjudication, Assignment
from transcripts.annotations import find_or_add_annotator
from transcripts.annotators import fold_name
from transcripts.db import Db
from transcripts.tables import Annotation, Annotator, DecisionPoint, Session

Key = tuple[Any, ...]


def merge_adjudications(db: Db, other: Db) -> int:
    """Bring in decisions on labels that are here, in the transaction under way; how many came.

    Args:
        db: takes them in, and has the other's sessions and labels by now.
        other: is only read.
    """
    ours = dict(_labels(db))
    theirs = {row.id: ours.get(key) for key, row in _labels(other)}
    known = {row.identity: row for row in db.exec(select(Adjudication))}
    came: dict[int | None, Adjudication] = {}
    added = 0
    for row in other.exec(select(Adjudication).order_by(col(Adjudication.id))).all():
        found = known.get(row.identity)
        if found is None:
            found = _add(db, other, row, theirs, came)
            added += found is not None
        if found is not None:
            came[row.id] = found
    return added


def _labels(db: Db) -> Iterator[tuple[Key, Annotation]]:
    """Every label with what makes it the same one elsewhere."""
    query = (
        select(Annotation, DecisionPoint, Session, Annotator)
        .join(DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id)
        .join(Session, col(Session.id) == DecisionPoint.session_id)
        .join(Annotator, col(Annotator.id) == Annotation.annotator_id)
    )
    for label, point, session, who in db.exec(query):
        # Not by the session's part: the same recording may have another number here.
        place = (session.external_id, point.prefix_hash, point.thread, point.cut, point.actor)
        yield (*place, fold_name(who.name), label.digest, label.created_at, label.withdrawn), label


def _add(
    db: Db,
    other: Db,
    row: Adjudication,
    labels: dict[int | None, Annotation | None],
    came: dict[int | None, Adjudication],
) -> Adjudication | None:
    """Add a decision; None where nothing that it is about is here."""
    links = other.exec(
        select(AdjudicatedLabel)
        .where(AdjudicatedLabel.adjudication_id == row.id)
        .order_by(col(AdjudicatedLabel.id))
    ).all()
    about = [(link.taken, labels.get(link.annotation_id)) for link in links]
    standing = labels.get(row.annotation_id)
    here = next((label for _, label in (*about, (False, standing)) if label is not None), None)
    if here is None:
        return None
    name = other.get_one(Annotator, row.annotator_id).name
    work = other.get(Assignment, row.assignment_id) if row.assignment_id else None
    before = came.get(row.replaces_id)
    added = Adjudication(
        session_id=db.get_one(DecisionPoint, here.decision_point_id).session_id,
        annotator_id=find_or_add_annotator(db, name).id or 0,
        assignment_id=_assignment(db, work),
        annotation_id=standing.id if standing is not None else None,
        replaces_id=before.id if before is not None else None,
        **row.model_dump(exclude=_LINKS),
    )
    db.add(added)
    db.flush()
    db.add_all(
        AdjudicatedLabel(adjudication_id=added.id or 0, annotation_id=label.id or 0, taken=taken)
        for taken, label in about
        if label is not None
    )
    db.flush()
    return added


_LINKS = {
    "id", "session_id", "annotator_id", "assignment_id", "annotation_id", "replaces_id",
    "content_hash",
}  # fmt: skip


def _assignment(db: Db, theirs: Assignment | None) -> int | None:
    if theirs is None:
        return None
    query = select(Assignment.id).where(Assignment.identity == theirs.identity)
    return db.exec(query).first()
