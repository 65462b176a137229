"""Handing in what an annotator marked in a session: the draft's marks become annotations.

Only what differs from the annotator's current annotations is written: a label that was changed is
a new row, one that was taken away leaves a tombstone. What is incomplete is refused as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assignment_tables import Assignment, DraftEvent, LabelRecord, Reveal, Submission
from taste.eligibility import refuse_ineligible
from taste.submitting.completeness import ENOUGH_SEEN, Missing, find_missing
from taste.submitting.coverage import read_acts, read_stretches, seen_share
from taste.submitting.handing_in import add_submission, read_draft, submitting, sum_active
from taste.submitting.marks import DETOUR, STRONG, DraftMark, mark_name, mark_of, read_marks
from transcripts.annotations import Mark as Handed
from transcripts.annotations import add_annotation, add_withdrawal, list_marks, refuse_unusable
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_label
from transcripts.queries import find_event
from transcripts.tables import Annotation, Annotator, Session

NOTHING = "nothing"
"""Part of a draft: the annotator attests that there is no detour and no strong move."""


class Incomplete(UserError):
    """What is to be handed in lacks something; nothing was stored."""

    def __init__(self, mark: DraftMark, missing: Sequence[Missing]) -> None:
        """Build the sentence from the first incomplete mark and all that it lacks."""
        self.mark = mark
        self.missing = tuple(missing)
        names = ", ".join(dict.fromkeys(one.field for one in missing))
        super().__init__(f"not handed in: the {mark.kind} before {mark.before!r} lacks {names}.")


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What was handed in, as counted."""

    number: int
    """Version, from 1."""
    labels: int
    """Labels that stand now."""
    written: int
    """Of these, new or changed ones."""
    withdrawn: int


def find_handed(db: Db, session_id: int, annotator: str) -> dict[str, DraftMark]:
    """Name in a draft → the annotator's current annotations, as a draft goes on from them."""
    return {
        mark_name(mark.cut): mark_of(mark.cut, mark.before, read_label(db, mark.annotation))
        for mark in list_marks(db, session_id, annotator)
    }


def submit_hindsight(
    engine: Engine,
    assignment_id: int,
    holder: str,
    codebook: Codebook,
    guidelines: str,
    now: datetime,
) -> HandedIn:
    """Hand in the draft of an assignment of mode hindsight, in one transaction.

    Args:
        engine: of the database.
        assignment_id: number of the assignment.
        holder: the process that has it open for writing.
        codebook: by which the labels were made.
        guidelines: which version of them the annotator had; see `Submission`.
        now: the time.

    Raises:
        Incomplete: if a mark lacks something.
        UserError: if there is nothing to hand in, or a label or its annotator is refused.
        LostLease: if another process has the assignment.
    """
    with submitting(engine, assignment_id, holder) as (db, assignment):
        handing = _read(db, assignment)
        refuse_unusable(db, handing.session, now)
        refuse_ineligible(db, "annotate", handing.annotator, handing.session, within=assignment.id)
        nothing, reason = _refuse_unfit(handing, codebook)
        submission = add_submission(
            db, assignment, guidelines, now, seen=handing.seen, nothing=nothing, reason=reason
        )
        written = _write_labels(handing, submission, codebook, now)
        withdrawn = _withdraw_others(handing, now)
        return HandedIn(submission.number, len(handing.marks), written, withdrawn)


@dataclass(frozen=True, slots=True)
class _Handing:
    """What is being handed in, and what had been before."""

    db: Db
    assignment: Assignment
    session: Session
    annotator: str
    marks: list[DraftMark]
    nothing: object
    seen: float
    before: dict[int, Handed]


def _read(db: Db, assignment: Assignment) -> _Handing:
    assert assignment.id is not None
    session = db.get_one(Session, assignment.session_id)
    annotator = db.get_one(Annotator, assignment.annotator_id).name
    draft = read_draft(db, assignment.id)
    # What was labelled without a draft stands until the draft says something of its point.
    query = select(DraftEvent.name).where(DraftEvent.assignment_id == assignment.id).distinct()
    spoken_of = set(db.exec(query).all())
    handed = find_handed(db, assignment.session_id, annotator)
    base = {name: mark.value() for name, mark in handed.items() if name not in spoken_of}
    return _Handing(
        db=db,
        assignment=assignment,
        session=session,
        annotator=annotator,
        marks=read_marks({**base, **draft}),
        nothing=draft.get(NOTHING),
        seen=seen_share(
            read_acts(db, assignment.session_id, assignment.thread),
            read_stretches(db, assignment.id),
        ),
        before={mark.cut: mark for mark in list_marks(db, assignment.session_id, annotator)},
    )


def _refuse_unfit(handing: _Handing, codebook: Codebook) -> tuple[bool, str | None]:
    """Refuse what is incomplete; else whether nothing is attested, and why though little seen."""

    def position(event_id: str) -> int | None:
        event = find_event(handing.db, handing.session, event_id)
        return event.position if event is not None else None

    for mark in handing.marks:
        if missing := find_missing(mark, codebook, position):
            raise Incomplete(mark, missing)
    if handing.nothing is None:
        if not handing.marks:
            raise UserError("not handed in: mark something, or attest with 0 that there is none.")
        return False, None
    if marked := next((m for m in handing.marks if m.kind in {DETOUR, STRONG}), None):
        raise UserError(f"not handed in: nothing is attested, but there is a {marked.kind}.")
    reason = handing.nothing.get("reason") if isinstance(handing.nothing, dict) else None
    refuse_unseen(handing.seen, reason)
    return True, reason


def refuse_unseen(seen: float, reason: str | None) -> None:
    """Refuse to attest that there is nothing in a session that was hardly read.

    Raises:
        UserError: if too little was seen and no reason is given.
    """
    if seen < ENOUGH_SEEN and not reason:
        raise UserError(
            f"only {seen:.0%} was in view; below {ENOUGH_SEEN:.0%} nothing is attested without a "
            "reason."
        )


def _write_labels(
    handing: _Handing, submission: Submission, codebook: Codebook, now: datetime
) -> int:
    """Append the labels that are new or changed; returns how many."""
    written = 0
    for mark in handing.marks:
        before = handing.before.get(mark.cut)
        if before is not None and _is_same(before.annotation, mark):
            continue
        row = add_annotation(
            handing.db,
            handing.session,
            mark.before,
            handing.annotator,
            mark.label(codebook.version),
            now,
        )
        _withdraw_elsewhere(handing, before, row, now)
        handing.db.add(_record(handing, mark, row, submission))
        written += 1
    handing.db.flush()
    return written


def _is_same(annotation: Annotation, mark: DraftMark) -> bool:
    """Whether a label says what was handed in, by whichever codebook that was."""
    return mark.label(annotation.codebook).digest == annotation.digest


def _withdraw_elsewhere(
    handing: _Handing, before: Handed | None, row: Annotation, now: datetime
) -> None:
    """A move that turns out not to be recorded makes another point of the same cut."""
    if before is None or before.annotation.decision_point_id == row.decision_point_id:
        return
    assert before.annotation.id is not None
    add_withdrawal(handing.db, before.annotation.id, now)


def _record(
    handing: _Handing, mark: DraftMark, row: Annotation, submission: Submission
) -> LabelRecord:
    """How a label came about."""
    assert row.id is not None
    assert submission.id is not None
    number = submission.assignment_id
    query = (
        select(DraftEvent)
        .where(DraftEvent.assignment_id == number, DraftEvent.name == mark_name(mark.cut))
        .order_by(col(DraftEvent.number).desc())
    )
    last = handing.db.exec(query).first()
    return LabelRecord(
        annotation_id=row.id,
        submission_id=submission.id,
        condition=_condition(handing),
        furthest=last.furthest if last else -1,
        outcome_seen=last.outcome_seen if last else False,
        active_ms=sum_active(handing.db, number, mark.cut),
    )


def _condition(handing: _Handing) -> str:
    if handing.assignment.condition != "blind":
        return handing.assignment.condition
    query = select(Reveal.id).where(Reveal.assignment_id == handing.assignment.id)
    return "blind" if handing.db.exec(query).first() is None else "revealed"


def _withdraw_others(handing: _Handing, now: datetime) -> int:
    """Take back what is not among the marks any more; returns how many."""
    kept = {mark.cut for mark in handing.marks}
    gone = [mark for cut, mark in handing.before.items() if cut not in kept]
    for mark in gone:
        assert mark.annotation.id is not None
        add_withdrawal(handing.db, mark.annotation.id, now)
    return len(gone)
