"""Brings points, labels and screenings of another database in, once; people go by their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.tables import (
    Annotation,
    Annotator,
    DecisionPoint,
    Evidence,
    Screening,
    Session,
)


@dataclass(frozen=True, slots=True)
class Labels:
    """What was brought in of one session."""

    points: int = 0
    labels: int = 0
    refused: int = 0
    """Points whose prefix is another one here; their labels stay out."""


def merge_labels(db: Db, other: Db, theirs: Session, here: Session) -> Labels:
    """Bring in a session's points, labels and their evidence."""
    known = {_place(row): row for row in _points(db, here)}
    pairs: dict[int | None, DecisionPoint] = {}
    added = refused = 0
    for row in _points(other, theirs):
        mine = known.get(_place(row))
        if mine is None:
            mine = DecisionPoint(
                session_id=_id(here), **row.model_dump(exclude={"id", "session_id"})
            )
            db.add(mine)
            added += 1
        elif mine.prefix_hash != row.prefix_hash:
            refused += 1
            continue
        pairs[row.id] = mine
    db.flush()
    return Labels(added, _merge_annotations(db, other, pairs), refused)


def _id(row: Any) -> int:
    """The number of a row that is stored."""
    found = row.id
    assert isinstance(found, int)
    return found


def _place(row: DecisionPoint) -> tuple[str, int, str]:
    return (row.thread, row.cut, row.actor)


def _points(db: Db, session: Session) -> list[DecisionPoint]:
    query = select(DecisionPoint).where(col(DecisionPoint.session_id) == session.id)
    return list(db.execute(query.order_by(col(DecisionPoint.id))).scalars().all())


def _merge_annotations(db: Db, other: Db, pairs: Mapping[int | None, DecisionPoint]) -> int:
    """Bring in the labels of these points, earlier ones first, each once."""
    mine = _annotations(db, [point.id for point in pairs.values()])
    known = {_label(row, row.decision_point_id, row.annotator_id): _id(row) for row in mine}
    numbers: dict[int | None, int] = {}
    people: dict[int, int] = {}
    added = 0
    for row in _annotations(other, list(pairs)):
        if row.annotator_id not in people:
            name = other.get_one(Annotator, row.annotator_id).name
            people[row.annotator_id] = _id(find_or_add_annotator(db, name))
        point, person = _id(pairs[row.decision_point_id]), people[row.annotator_id]
        key = _label(row, point, person)
        if key not in known:
            known[key] = _add(db, other, row, (point, person, numbers.get(row.replaces_id)))
            added += 1
        numbers[row.id] = known[key]
    return added


def _label(row: Annotation, point: int, person: int) -> tuple[Any, ...]:
    """What makes two labels the same one: place, person, content and time."""
    return (point, person, row.digest, row.created_at, row.withdrawn)


def _annotations(db: Db, points: list[int | None]) -> list[Annotation]:
    query = select(Annotation).where(col(Annotation.decision_point_id).in_(points))
    return list(db.execute(query.order_by(col(Annotation.id))).scalars().all())


def _add(db: Db, other: Db, row: Annotation, links: tuple[int, int, int | None]) -> int:
    point, person, replaces = links
    own = {"id", "decision_point_id", "annotator_id", "replaces_id"}
    label = Annotation(
        decision_point_id=point, annotator_id=person, replaces_id=replaces,
        **row.model_dump(exclude=own),
    )  # fmt: skip
    db.add(label)
    db.flush()
    query = select(Evidence).where(col(Evidence.annotation_id) == row.id)
    for span in other.execute(query.order_by(col(Evidence.id))).scalars().all():
        values = span.model_dump(exclude={"id", "annotation_id"})
        db.add(Evidence(annotation_id=_id(label), **values))
    return _id(label)


def merge_screenings(db: Db, other: Db, pairs: Mapping[int, Session]) -> int:
    """Bring in what was found of the sessions, by the other database's row numbers."""
    known = {
        _finding(row, row.session_id, row.annotator_id)
        for row in db.execute(select(Screening)).scalars()
    }
    added = 0
    for row in other.execute(select(Screening).order_by(col(Screening.id))).scalars().all():
        if row.session_id not in pairs:
            continue
        name = other.get_one(Annotator, row.annotator_id).name
        here, person = _id(pairs[row.session_id]), _id(find_or_add_annotator(db, name))
        if _finding(row, here, person) not in known:
            values = row.model_dump(exclude={"id", "session_id", "annotator_id"})
            db.add(Screening(session_id=here, annotator_id=person, **values))
            added += 1
    db.flush()
    return added


def _finding(row: Screening, session: int, person: int) -> tuple[Any, ...]:
    return (session, person, row.open_ended, row.outcome_visible, row.reason, row.created_at)
