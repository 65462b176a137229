"""Candidates as annotators see them: after a first pass of their own, or in the assisted arm.

Before that nothing here returns one. Every showing and every judgement is appended as a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Engine
from sqlmodel import col, select

from taste.appending import append_row
from taste.assignment_tables import Assignment, Reveal, Submission
from taste.drafts.store import LostLease
from taste.identity import identity
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.finding.candidates import CANDIDATE
from transcripts.tables import DecisionPoint, Draw

Judgement = Literal["accepted", "edited", "rejected", "unsure"]
SHOWN = "shown"
ASSISTED = "assisted"


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A place that signs point at, and what its annotator has made of it."""

    draw_id: int
    cut: int
    before: str
    """Id of the event that the point stands before."""
    signals: str
    judgement: str | None
    """Their latest; none: not judged yet."""
    score: float | None
    """Of the signs; only once it is judged."""


class CandidateReveals:
    """The candidates of one assignment's session."""

    def __init__(self, engine: Engine, assignment_id: int, holder: str) -> None:
        self._engine = engine
        self._id = assignment_id
        self._holder = holder

    def read(self) -> tuple[ShownCandidate, ...]:
        """The candidates in the order of the session, each point once.

        Raises:
            UserError: if the annotator may not see any before they have handed in a first pass.
        """
        with Db(self._engine) as db:
            assignment = db.get_one(Assignment, self._id)
            if not _may_be_shown(db, assignment):
                raise UserError("candidates are shown once you have handed in your own first pass.")
            judged = _judgements(db, self._id)
            return tuple(
                ShownCandidate(
                    draw_id=draw.id or 0,
                    cut=point.cut,
                    before=point.before,
                    signals=draw.reason or "",
                    judgement=judged.get(draw.id or 0),
                    score=draw.score if draw.id in judged else None,
                )
                for draw, point in _draws(db, assignment)
            )

    def show(self, candidate: ShownCandidate, now: datetime) -> None:
        """Record that a candidate comes into view.

        Raises:
            LostLease: if the assignment is open in another terminal by now.
        """
        self._append(candidate, SHOWN, now)

    def judge(self, candidate: ShownCandidate, judgement: Judgement, now: datetime) -> None:
        """Record what the annotator makes of a candidate; another time is another row.

        Raises:
            LostLease: if the assignment is open in another terminal by now.
        """
        self._append(candidate, judgement, now)

    def _append(self, candidate: ShownCandidate, action: str, now: datetime) -> None:
        with Db(self._engine) as db:
            assignment = db.get_one(Assignment, self._id, with_for_update=True)
            if assignment.holder != self._holder:
                raise LostLease("this assignment is open in another terminal by now.")
            rows = _rows(db, self._id, candidate.draw_id)
            key = identity("reveal", assignment.identity, candidate.draw_id, len(rows), str(now))
            append_row(
                db,
                Reveal(
                    identity=key,
                    assignment_id=self._id,
                    draw_id=candidate.draw_id,
                    action=action,
                    latency_ms=None if action == SHOWN else _latency(rows, now),
                    at=now,
                ),
            )
            db.commit()


def _may_be_shown(db: Db, assignment: Assignment) -> bool:
    if assignment.condition == ASSISTED:
        return True
    query = select(Submission.id).where(Submission.assignment_id == assignment.id)
    return db.exec(query).first() is not None


def _draws(db: Db, assignment: Assignment) -> Iterable[tuple[Draw, DecisionPoint]]:
    """The candidates of the session; of a point that is in several lists, the first."""
    query = (
        select(Draw, DecisionPoint)
        .join(DecisionPoint, col(DecisionPoint.id) == Draw.decision_point_id)
        .where(
            Draw.source == CANDIDATE,
            DecisionPoint.session_id == assignment.session_id,
            DecisionPoint.thread == assignment.thread,
        )
        .order_by(col(DecisionPoint.cut), col(Draw.id))
    )
    first: dict[int | None, tuple[Draw, DecisionPoint]] = {}
    for draw, point in db.exec(query):
        first.setdefault(point.id, (draw, point))
    return first.values()


def _judgements(db: Db, assignment_id: int) -> dict[int, str]:
    """Draw -> the latest judgement."""
    query = (
        select(Reveal.draw_id, Reveal.action)
        .where(Reveal.assignment_id == assignment_id, Reveal.action != SHOWN)
        .order_by(col(Reveal.id))
    )
    return dict(db.exec(query).all())


def _rows(db: Db, assignment_id: int, draw_id: int) -> list[Reveal]:
    query = (
        select(Reveal)
        .where(Reveal.assignment_id == assignment_id, Reveal.draw_id == draw_id)
        .order_by(col(Reveal.id))
    )
    return list(db.exec(query).all())


def _latency(rows: list[Reveal], now: datetime) -> int | None:
    """Milliseconds since the candidate last came into view."""
    shown = [row.at for row in rows if row.action == SHOWN]
    return round((_utc(now) - _utc(shown[-1])).total_seconds() * 1000) if shown else None


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
