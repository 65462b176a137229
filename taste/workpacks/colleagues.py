"""What comes with a colleague's database besides labels: assignments, drafts, what was handed in.

Without them nobody would know how a label came about, nor who has read what. Pairs to judge stay
where their run is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import col

from taste.assigning.progress import is_held
from taste.assignment_tables import Assignment
from taste.workpacks.importing import Brought, Work, bring
from taste.workpacks.notes import Note
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.merging.sessions import Merged
from transcripts.tables import Annotator, DecisionPoint, Session

_BEFORE = datetime.min.replace(tzinfo=UTC)
"""Nothing says when the two databases were one, so every change counts as made since."""


def merge_work(db: Db, other: Db, merged: Merged, now: datetime) -> Brought:
    """Bring in the work on sessions that are here, in the transaction under way; twice is once.

    Args:
        db: takes it in, and has the other's sessions and labels by now.
        other: is only read.
        merged: what became of the other's sessions, in their order.
        now: when.
    """
    pairs = _sessions(db, other, merged)
    brought = Brought("everybody")
    for theirs in other.execute(select(Assignment).order_by(col(Assignment.id))).scalars().all():
        if theirs.mode == "judge":
            brought.refused.append("to judge stay where the run of their pairs is")
            continue
        here = pairs.get(theirs.session_id)
        ours = _find_or_add(db, other, theirs, here) if here is not None else None
        if ours is None or is_held(ours, now):
            brought.refused.append("are of a session or point that is not here, or open just now")
            continue
        bring(Work(db, other, ours, theirs, Note("", _BEFORE, {}), now), brought)
        brought.assignments += 1
    return brought


def _sessions(db: Db, other: Db, merged: Merged) -> Mapping[int, Session]:
    """Their number -> our session."""
    order = (col(Session.external_id), col(Session.part))
    theirs = other.execute(select(Session).order_by(*order)).scalars().all()
    pairs = {}
    for row, became in zip(theirs, merged.sessions, strict=True):
        query = select(Session).where(
            col(Session.external_id) == became.session, col(Session.part) == became.part
        )
        here = db.execute(query).scalars().first()
        if here is not None and became.outcome != "refused":
            pairs[row.id or 0] = here
    return pairs


def _find_or_add(db: Db, other: Db, theirs: Assignment, here: Session) -> Assignment | None:
    query = select(Assignment).where(col(Assignment.identity) == theirs.identity)
    found: Assignment | None = db.execute(query).scalars().first()
    if found is not None:
        return found if found.session_id == here.id else None
    point = None
    if theirs.decision_point_id is not None:
        there = other.get_one(DecisionPoint, theirs.decision_point_id)
        try:
            human = there.actor == "human"
            point = store_point(db, here, resolve_point(db, here, there.before, human=human)).id
        except UserError:
            return None
    name = other.get_one(Annotator, theirs.annotator_id).name
    links = {"id", "annotator_id", "session_id", "decision_point_id", "holder", "held_until"}
    row = Assignment(
        annotator_id=find_or_add_annotator(db, name).id or 0,
        session_id=here.id or 0,
        decision_point_id=point,
        **theirs.model_dump(exclude=links),
    )
    db.add(row)
    db.flush()
    return row
