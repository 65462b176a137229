"""A person's verdict on two moves, handed in: appended, never edited.

A later change of mind is a further verdict of the same assignment; the latest stands, see
`standing_verdicts`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Engine, Select, func, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from taste.appending import append_row
from taste.assignment_tables import Assignment, PersonVerdict
from taste.eligibility import refuse_ineligible, role_of
from taste.judging import Confidence
from taste.pairs import BlindPair
from taste.submitting.handing_in import add_submission, submitting, sum_active
from taste.tables import Comparison, Restatement, Verdict
from taste.verdicts import Order, Pair, person_verdict_identity
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Session

Choice = Literal["first", "second", "tie", "cannot tell"]
Guess = Literal["first", "second", "unsure"]
PERSON = "person"
"""Who judged stands in the annotator's row alone, so that no name is part of the evidence."""
CANNOT_TELL: Choice = "cannot tell"
"""Stored as `unscored` with this reason."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person said of two moves."""

    choice: Choice
    confidence: Confidence | None = None
    reason: str | None = None
    guess: Guess | None = None
    """Which of the two they take for the human's; none: not asked, or not answered."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand a verdict comes from: the assignment, the process that holds it, guidelines."""

    assignment_id: int
    holder: str
    guidelines: str


def find_missing(choice: str | None, confidence: str | None) -> str | None:
    """What a verdict still lacks; none where it may be handed in."""
    if choice is None:
        return "say which move is better: A, B, = or cannot tell."
    if choice != CANNOT_TELL and confidence is None:
        return "say how sure you are: low, medium or high."
    return None


def submit_verdict(engine: Engine, hand: Hand, pair: BlindPair, given: Given, now: datetime) -> int:
    """Store a verdict in one transaction, and return which of its assignment's it is, from 1.

    Raises:
        UserError: if it is not complete.
        LostLease: if the assignment is another process's by now; nothing is written.
    """
    if (missing := find_missing(given.choice, given.confidence)) is not None:
        raise UserError(missing)
    with submitting(engine, hand.assignment_id, hand.holder) as (db, task):
        refuse_judge(db, task)
        add_person_verdict(db, task, pair, given, now, sum_active(db, hand.assignment_id))
        return add_submission(db, task, hand.guidelines, now, seen=1.0).number


def refuse_judge(db: Db, task: Assignment) -> None:
    """Refuse who may not judge this pair, whoever assigned it.

    Raises:
        UserError: saying what they have done on its lineage.
    """
    comparison = db.get_one(Comparison, task.comparison_id)
    row = db.get_one(DecisionPoint, comparison.decision_point_id)
    session = db.get_one(Session, row.session_id)
    name = db.get_one(Annotator, task.annotator_id).name
    point = Point(row.cut, row.before, row.actor, None)
    refuse_ineligible(db, role_of("judge", task.view), name, session, point, task.id)


def add_person_verdict(
    db: Db, task: Assignment, pair: BlindPair, given: Given, now: datetime, active_ms: int
) -> Verdict:
    """Append a verdict with how it came about, in the transaction under way."""
    row = _add_verdict(db, task, pair, given, now)
    assert row.id is not None
    assert task.id is not None
    how = PersonVerdict(
        verdict_id=row.id, assignment_id=task.id, guess=given.guess, active_ms=active_ms
    )
    append_row(db, how)
    return row


def _add_verdict(db: Db, task: Assignment, pair: BlindPair, given: Given, now: datetime) -> Verdict:
    comparison = db.get_one(Comparison, task.comparison_id)
    name = db.get_one(Annotator, task.annotator_id).name
    sample = _count_samples(db, task) + 1
    unscored = given.choice == CANNOT_TELL
    moves = Pair(
        db.get_one(Restatement, comparison.human_id),
        db.get_one(Restatement, comparison.proposed_id),
        cast("Order", comparison.order),
        comparison,
    )
    row = Verdict(
        identity=person_verdict_identity(
            moves, pair.view, pair.shown_hash, name, sample, simulated=pair.simulated
        ),
        comparison_id=task.comparison_id or 0,
        judge=PERSON,
        judge_kind=PERSON,
        view=pair.view,
        digest_id=pair.digest_id,
        sample=sample,
        verdict="unscored" if unscored else given.choice,
        reason=CANNOT_TELL if unscored else None,
        reasoning=given.reason or None,
        confidence=given.confidence,
        shown_hash=pair.shown_hash,
        annotator_id=task.annotator_id,
        simulated=pair.simulated,
        created_at=now,
    )
    return append_row(db, row)


def _count_samples(db: Db, task: Assignment) -> int:
    query = select(func.count(col(Verdict.id))).where(
        Verdict.comparison_id == task.comparison_id,
        Verdict.view == task.view,
        Verdict.annotator_id == task.annotator_id,
    )
    return int(db.exec(query).one())


def standing_verdicts() -> Select[Any]:
    """Numbers of people's verdicts that stand: of each assignment the one that was given last.

    By its time, since an older one may come in later, with a pack or another database.
    """
    later, theirs = aliased(PersonVerdict), aliased(Verdict)
    replaced = (
        select(later.id)
        .join(theirs, col(theirs.id) == col(later.verdict_id))
        .where(
            later.assignment_id == col(PersonVerdict.assignment_id),
            tuple_(col(theirs.created_at), col(theirs.id))
            > tuple_(col(Verdict.created_at), col(Verdict.id)),
        )
    )
    query: Select[Any] = (
        select(PersonVerdict.verdict_id)
        .join(Verdict, col(Verdict.id) == col(PersonVerdict.verdict_id))
        .where(~replaced.correlate(PersonVerdict, Verdict).exists())
    )
    return query
