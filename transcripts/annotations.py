"""What annotators say of decision points: checked, then appended; nothing is edited."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator
from sqlmodel import col, select

from transcripts.annotators import find_annotator
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.decision_points import Point, resolve_point, store_point
from transcripts.decoding import clean
from transcripts.errors import UserError
from transcripts.queries import find_event
from transcripts.tables import Annotation, Annotator, DecisionPoint, Evidence, Session


class EvidenceSpan(BaseModel):
    """An event that a label rests on, or a span of its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str
    start: int | None = None
    end: int | None = None


class Label(BaseModel):
    """Everything that an annotator decides about a point; fields as in `tables.Annotation`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    type: str | None = None
    attribution: str | None = None
    knowable: str | None = None
    recognised: str | None = None
    recognised_by: str | None = None
    recovered: str | None = None
    recovery: str | None = None
    better_move: str | None = None
    initiator: str | None = None
    span: str | None = None
    basis: str | None = None
    human_move_source: str = "recorded"
    quoted: str | None = None
    harm: int | None = None
    confidence: int | None = None
    hidden_context: bool = False
    rationale: str | None = None
    codebook: str
    evidence_knowable: tuple[EvidenceSpan, ...] = ()
    evidence_harm: tuple[EvidenceSpan, ...] = ()

    @field_validator("*", mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        """An empty text says nothing; what no database can store of a text is replaced."""
        return (clean(value) or None) if isinstance(value, str) else value

    @property
    def digest(self) -> str:
        """sha256 of all fields, so that the same label twice is recognised."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotator's current annotation of a point."""

    annotation: Annotation
    cut: int
    before: str


def check_label(db: Db, session: Session, point: Point, label: Label) -> None:
    """Refuse a label whose events do not exist or stand on the wrong side of the cut.

    A span of an event's text must lie inside it.

    Raises:
        UserError: saying which.
    """
    sides = [("recognised", label.recognised, True), ("recovered", label.recovered, True)]
    sides += [("evidence_knowable", span.event, False) for span in label.evidence_knowable]
    sides += [("evidence_harm", span.event, True) for span in label.evidence_harm]
    for name, event_id, after in sides:
        if event_id is None:
            continue
        event = find_event(db, session, event_id)
        if event is None:
            raise UserError(f"{name}: session {session.external_id!r} has no event {event_id!r}.")
        if after and event.position < point.cut:
            raise UserError(f"{name}: event {event_id!r} comes before the point starts.")
        if not after and event.position >= point.cut:
            raise UserError(f"{name}: event {event_id!r} comes after the cut.")
    _check_source(db, session, point, label)
    _check_recovery(db, session, point, label)
    for span in (*label.evidence_knowable, *label.evidence_harm):
        _check_span(db, session, span)


def _check_source(db: Db, session: Session, point: Point, label: Label) -> None:
    """A move that was not recorded but is quoted later: where, and in which words."""
    if label.quoted is None:
        return
    if label.human_move_source != "quoted":
        raise UserError("quoted: it goes with the human_move_source `quoted`.")
    event = find_event(db, session, label.quoted)
    if event is None:
        raise UserError(f"quoted: session {session.external_id!r} has no event {label.quoted!r}.")
    if event.position < point.cut:
        raise UserError(f"quoted: event {label.quoted!r} comes before the point.")
    if label.span is None or label.span not in event.text:
        raise UserError(
            f"quoted: `span` must be the words of event {label.quoted!r} that are the human's move."
        )


def _check_recovery(db: Db, session: Session, point: Point, label: Label) -> None:
    """A detour recovers after the act that starts it, and not before it was recognised."""
    if label.recovered is None:
        return
    recovered = find_event(db, session, label.recovered)
    assert recovered is not None
    if recovered.act is not None and recovered.act == point.cut:
        raise UserError(f"recovered: event {label.recovered!r} belongs to the act that starts it.")
    recognised = find_event(db, session, label.recognised) if label.recognised else None
    if recognised is not None and recovered.position < recognised.position:
        raise UserError(f"recovered: event {label.recovered!r} comes before it was recognised.")


def _check_span(db: Db, session: Session, span: EvidenceSpan) -> None:
    event = find_event(db, session, span.event)
    assert event is not None
    start = 0 if span.start is None else span.start
    end = event.n_chars if span.end is None else span.end
    if not 0 <= start <= end <= event.n_chars:
        raise UserError(
            f"evidence {start}:{end} lies outside event {span.event!r} "
            f"({event.n_chars} characters)."
        )


def annotate(  # noqa: PLR0913
    db: Db,
    session: Session,
    before: str,
    annotator: str,
    label: Label,
    now: datetime,
    replaces: int | None = None,
) -> Annotation:
    """Check and store a label at once.

    Raises:
        UserError: if the point or an event of the label is not valid; nothing is stored.
    """
    try:
        row = add_annotation(db, session, before, annotator, label, now, replaces)
    except UserError:
        db.rollback()
        raise
    db.commit()
    return row


def add_annotation(  # noqa: PLR0913
    db: Db,
    session: Session,
    before: str,
    annotator: str,
    label: Label,
    now: datetime,
    replaces: int | None = None,
) -> Annotation:
    """Check a label and add its rows to the transaction under way; see `annotate`.

    It replaces what the annotator had said of the point, named or not: a withdrawal of the
    new row must not bring an older one back.
    """
    refuse_unusable(db, session, now)
    label = Label.model_validate(label.model_dump())
    point = resolve_point(db, session, before, human=label.human_move_source != "recorded")
    check_label(db, session, point, label)
    who = find_or_add_annotator(db, annotator)
    place = store_point(db, session, point)
    assert place.id is not None
    assert who.id is not None
    replaces = _replaced(db, session, point, who, replaces)
    spans = {"evidence_knowable", "evidence_harm"}
    row = Annotation(
        decision_point_id=place.id,
        annotator_id=who.id,
        replaces_id=replaces,
        digest=label.digest,
        created_at=now,
        **label.model_dump(exclude=spans),
    )
    db.add(row)
    db.flush()
    assert row.id is not None
    db.add_all(
        Evidence(annotation_id=row.id, role=role, event_id=s.event, start=s.start, end=s.end)
        for role, found in (("knowable", label.evidence_knowable), ("harm", label.evidence_harm))
        for s in found
    )
    db.flush()
    return row


def _replaced(
    db: Db, session: Session, point: Point, who: Annotator, given: int | None
) -> int | None:
    """The row that a new one stands in for: the one given, else the annotator's latest here."""
    assert who.id is not None
    if given is not None:
        if db.get_one(Annotation, given).annotator_id != who.id:
            raise UserError(f"annotation {given} is not by {who.name!r}, who cannot replace it.")
        return given
    latest = find_standing(db, session, point, who.id)
    return latest.id if latest is not None else None


def find_standing(db: Db, session: Session, point: Point, annotator_id: int) -> Annotation | None:
    """What a person says of a point by now; None where nothing, or what was said was withdrawn."""
    query = (
        select(Annotation)
        .join(DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id)
        .where(
            DecisionPoint.session_id == session.id,
            DecisionPoint.thread == session.thread,
            DecisionPoint.cut == point.cut,
            DecisionPoint.actor == point.actor,
            Annotation.annotator_id == annotator_id,
        )
    )
    latest = db.exec(query.order_by(*_latest_first())).first()
    return latest if latest is not None and not latest.withdrawn else None


def _latest_first() -> tuple[Any, Any]:
    """By when it was said: labels that were merged in have later numbers than their time."""
    return (col(Annotation.created_at).desc(), col(Annotation.id).desc())


def refuse_unusable(db: Db, session: Session, now: datetime) -> None:
    """Refuse to store words about a session that was withdrawn, or whose last day is over.

    As it is said now: `session` may have been read long ago.

    Raises:
        UserError: saying which.
    """
    if fault := consent_fault(db.get_one(Session, session.id), now.date()):
        raise UserError(f"session {session.external_id!r} {fault}: nothing more is said of it.")


def withdraw(db: Db, annotation_id: int, now: datetime) -> Annotation:
    """Take an annotation back by appending a tombstone."""
    row = add_withdrawal(db, annotation_id, now)
    db.commit()
    return row


def add_withdrawal(db: Db, annotation_id: int, now: datetime) -> Annotation:
    """Add an annotation's tombstone to the transaction under way; see `withdraw`."""
    old = db.get_one(Annotation, annotation_id)
    values = old.model_dump(exclude={"id", "replaces_id", "withdrawn", "created_at"})
    row = Annotation(**values, replaces_id=old.id, withdrawn=True, created_at=now)
    db.add(row)
    db.flush()
    return row


def find_or_add_annotator(db: Db, name: str) -> Annotator:
    """The annotator's row, made on first use; a known name in another case is the same person.

    Raises:
        UserError: if the name is blank.
    """
    name = " ".join(name.split())
    if not name:
        raise UserError("the annotator's name is blank; every label is stored under a name.")
    row = find_annotator(db, name)
    if row is None:
        row = Annotator(name=name)
        db.add(row)
        db.flush()
    return row


def current_annotations(db: Db) -> list[Annotation]:
    """Every annotation that is neither replaced nor withdrawn, in the order of storing.

    Of several by one annotator on one point the latest stands.
    """
    said = (col(Annotation.created_at), col(Annotation.id))
    rows = db.exec(select(Annotation).order_by(*said)).all()
    replaced = {row.replaces_id for row in rows if row.replaces_id is not None}
    latest: dict[tuple[int, int], Annotation] = {}
    for row in rows:
        if row.id not in replaced and not row.withdrawn:
            latest[row.decision_point_id, row.annotator_id] = row
    return sorted(latest.values(), key=lambda row: row.id or 0)


def list_marks(db: Db, session_id: int, annotator: str) -> list[Mark]:
    """One annotator's own current marks in a session, by position."""
    who = find_annotator(db, annotator)
    if who is None:
        return []
    query = (
        select(Annotation, DecisionPoint)
        .join(DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id)
        .where(DecisionPoint.session_id == session_id, Annotation.annotator_id == who.id)
        .order_by(col(Annotation.created_at), col(Annotation.id))
    )
    rows = db.exec(query).all()
    replaced = {row.replaces_id for row, _ in rows if row.replaces_id is not None}
    latest = {
        point.cut: Mark(row, point.cut, point.before)
        for row, point in rows
        if row.id not in replaced and not row.withdrawn
    }
    return [latest[cut] for cut in sorted(latest)]
