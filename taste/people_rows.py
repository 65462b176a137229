"""The rows of people's work on some sessions: found, silenced and deleted with them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlmodel import col

from taste.assignment_tables import (
    Activity,
    AdjudicatedLabel,
    Adjudication,
    Assignment,
    CalibrationDraw,
    Draft,
    DraftEvent,
    LabelRecord,
    PersonProposal,
    PersonVerdict,
    ReadingState,
    Reveal,
    Submission,
)
from taste.tables import Proposal, Verdict
from transcripts.db import Db
from transcripts.removal import blank_text
from transcripts.tables import Annotation, DecisionPoint, Draw

_UNFINISHED = (Draft, DraftEvent, ReadingState)
"""What an annotator wrote without handing it in; it goes with the text that it is about."""


def rows_of_people(sessions: Sequence[int | None], comparisons: Any) -> dict[Any, Any]:
    """The tables of people's work, each with the condition that a row is about the sessions.

    What points to other rows comes before them.

    Args:
        sessions: their numbers.
        comparisons: a query for the numbers of all that goes with them; a copy of a session may
            share its moves, so that pairs of the copy go too.
    """
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id).in_(sessions))
    about = or_(
        col(Assignment.session_id).in_(sessions), col(Assignment.comparison_id).in_(comparisons)
    )
    assignments = select(col(Assignment.id)).where(about)
    decided = select(col(Adjudication.id)).where(col(Adjudication.session_id).in_(sessions))

    def at_points(kind: Any) -> Any:
        return select(col(kind.id)).where(col(kind.decision_point_id).in_(points))

    def worked(kind: Any) -> Any:
        return col(kind.assignment_id).in_(assignments)

    verdicts = select(col(Verdict.id)).where(col(Verdict.comparison_id).in_(comparisons))
    return {
        AdjudicatedLabel: col(AdjudicatedLabel.adjudication_id).in_(decided),
        Adjudication: col(Adjudication.session_id).in_(sessions),
        CalibrationDraw: col(CalibrationDraw.comparison_id).in_(comparisons),
        PersonVerdict: or_(worked(PersonVerdict), col(PersonVerdict.verdict_id).in_(verdicts)),
        PersonProposal: or_(
            worked(PersonProposal), col(PersonProposal.proposal_id).in_(at_points(Proposal))
        ),
        LabelRecord: col(LabelRecord.annotation_id).in_(at_points(Annotation)),
        Reveal: or_(worked(Reveal), col(Reveal.draw_id).in_(at_points(Draw))),
        **{kind: worked(kind) for kind in (Submission, Activity, *_UNFINISHED)},
        Assignment: about,
    }


def silence_people(db: Db, sessions: Sequence[int | None], comparisons: Any) -> None:
    """Delete drafts, and take the words out of what was handed in or said of an assignment.

    Whoever has one open writes nothing more: their lease ends.
    """
    rows = rows_of_people(sessions, comparisons)
    ended = update(Assignment).where(rows[Assignment]).values(holder=None, held_until=None)
    db.connection().execute(ended)
    for kind in _UNFINISHED:
        db.connection().execute(delete(kind).where(rows[kind]))
    for told in (Assignment, Submission, Adjudication):
        blank_text(db, told, "reason", rows[told])


def delete_people(db: Db, sessions: Sequence[int | None], comparisons: Any) -> None:
    """Delete all that people did on the sessions but their labels, moves and verdicts."""
    for kind, where in rows_of_people(sessions, comparisons).items():
        db.connection().execute(delete(kind).where(where))
