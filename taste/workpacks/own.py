"""What is an annotator's own in a workpack: drafts, time, labels, what was shown to them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from taste.assignment_tables import (
    Activity,
    Assignment,
    Draft,
    DraftEvent,
    LabelRecord,
    ReadingState,
    Reveal,
    Submission,
)
from taste.workpacks.copying import Pack
from transcripts.finding.candidates import CANDIDATE
from transcripts.tables import Annotation, Annotator, DecisionPoint, Draw, Evidence

_OF_WORK = (Draft, DraftEvent, ReadingState, Activity, Submission)
HIDDEN = "hidden"


def copy_own(pack: Pack, works: Sequence[Assignment], who: Annotator) -> None:
    """Copy the annotator's own rows of these assignments, and their labels on the sessions.

    Their verdicts stay: from a verdict's identity the sides of its pair could be found out.
    """
    ids = [work.id for work in works]
    for kind in _OF_WORK:
        pack.add_all(kind, col(kind.assignment_id).in_(ids))
    for shown in pack.ours.execute(_of(Reveal, ids)).scalars().all():
        if pack.has(Draw, shown.draw_id):
            pack.add(shown)
    _copy_labels(pack, works, who)


def _of(kind: Any, ids: Sequence[int | None]) -> Any:
    return select(kind).where(col(kind.assignment_id).in_(ids)).order_by(col(kind.id))


def _copy_labels(pack: Pack, works: Sequence[Assignment], who: Annotator) -> None:
    read = {work.session_id for work in works if work.mode == "hindsight"}
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id).in_(read))
    mine = (
        col(Annotation.annotator_id) == who.id,
        col(Annotation.decision_point_id).in_(points),
    )
    pack.add_all(Annotation, *mine)
    labels = select(col(Annotation.id)).where(*mine)
    pack.add_all(Evidence, col(Evidence.annotation_id).in_(labels))
    records = select(LabelRecord).where(col(LabelRecord.annotation_id).in_(labels))
    for row in pack.ours.execute(records.order_by(col(LabelRecord.id))).scalars().all():
        if pack.has(Submission, row.submission_id):
            pack.add(row)


def copy_shown_draws(pack: Pack, works: Sequence[Assignment], handed_in: set[int]) -> None:
    """Copy marked candidates where they may be seen: in the assisted arm, and after a first pass.

    With the signs that point at them, which the annotator is shown, and without their scores.
    """
    sessions = {
        work.session_id
        for work in works
        if work.mode == "hindsight" and (work.condition == "assisted" or work.id in handed_in)
    }
    query = (
        select(Draw, DecisionPoint)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Draw.decision_point_id))
        .where(col(DecisionPoint.session_id).in_(sessions), col(Draw.source) == CANDIDATE)
        .order_by(col(DecisionPoint.session_id), col(DecisionPoint.cut), col(Draw.name))
    )
    for drawn, point in pack.ours.execute(query).all():
        if not pack.has(DecisionPoint, point.id):
            pack.add(point)
        pack.add(drawn, stratum=HIDDEN, probability=None, score=None, seed=0)
