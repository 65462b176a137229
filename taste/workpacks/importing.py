"""Brings a workpack back: work goes to its assignment, once, and nothing is lost.

What is here is never replaced by what is older; what cannot be taken is told and stays in the pack.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from taste.appending import append_row
from taste.assigning.progress import is_held
from taste.assignment_tables import Assignment, Reveal, Submission
from taste.eligibility import ROLE_OF, refuse_ineligible
from taste.identity import identity
from taste.workpacks.drafts import Sides, merge_drafts
from taste.workpacks.labels import merge_labels, place_of
from taste.workpacks.notes import Note, read_note
from taste.workpacks.verdicts import merge_verdicts
from transcripts.annotations import refuse_unusable
from transcripts.annotators import find_annotator
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Draw, Session


@dataclass(slots=True)
class Brought:
    """What became of a workpack."""

    annotator: str
    assignments: int = 0
    steps: int = 0
    submissions: int = 0
    labels: int = 0
    verdicts: int = 0
    conflicts: list[str] = field(default_factory=list)
    """What was changed on both sides, and which stands."""
    refused: list[str] = field(default_factory=list)
    """What was not taken, and why; it stays in the pack."""


def import_workpack(db: Db, other: Db, name: str, now: datetime) -> Brought:
    """Bring in a pack, in the transaction under way; the caller commits.

    Args:
        db: takes it in.
        other: the pack, which is only read.
        name: of its file, for messages.
        now: when.

    Raises:
        UserError: if it is no workpack, or of somebody who has no work here.
    """
    note = read_note(other, name)
    who = find_annotator(db, note.annotator)
    if who is None:
        raise UserError(f"{name!r} is the work of {note.annotator!r}, who has no assignment here.")
    brought = Brought(note.annotator)
    for theirs in other.execute(select(Assignment).order_by(col(Assignment.id))).scalars().all():
        try:
            ours = _find(db, theirs, who, now)
        except UserError as error:
            brought.refused.append(f"{_title(other, theirs)}: {error}")
            continue
        bring(Work(db, other, ours, theirs, note, now), brought)
        brought.assignments += 1
    return brought


def _title(db: Db, work: Assignment) -> str:
    return f"{work.mode} on {db.get_one(Session, work.session_id).external_id}"


def _find(db: Db, theirs: Assignment, who: Annotator, now: datetime) -> Assignment:
    """Our row of an assignment.

    Raises:
        UserError: if it is not here, open just now, or may not be worked on any more.
    """
    query = select(Assignment).where(col(Assignment.identity) == theirs.identity)
    # As it stands now: it may have been opened since it was last looked at.
    query = query.execution_options(populate_existing=True)
    ours: Assignment | None = db.execute(query).scalars().first()
    if ours is None or ours.annotator_id != who.id:
        raise UserError("no such assignment is here.")
    if is_held(ours, now):
        raise UserError("it is open in the annotation tool; close it and import the pack again.")
    session = db.get_one(Session, ours.session_id)
    refuse_unusable(db, session, now)
    point = None
    if ours.decision_point_id is not None:
        row = db.get_one(DecisionPoint, ours.decision_point_id)
        point = Point(row.cut, row.before, row.actor, None)
    refuse_ineligible(db, ROLE_OF[ours.mode], who.name, session, point, ours.id)
    return ours


@dataclass(frozen=True, slots=True)
class Work:
    """One assignment on both sides."""

    db: Db
    other: Db
    ours: Assignment
    theirs: Assignment
    note: Note
    now: datetime

    @property
    def title(self) -> str:
        """What it is, for people."""
        return _title(self.db, self.ours)


def bring(work: Work, brought: Brought) -> None:
    """Bring in what was done on one assignment."""
    ours, theirs = work.ours.id or 0, work.theirs.id or 0
    told = merge_drafts(Sides(work.db, work.other, ours, theirs, work.note.written))
    brought.steps += told.steps + told.values
    brought.conflicts.extend(f"{work.title}, {one}" for one in told.conflicts)
    handed_in = _add_submissions(work, brought)
    if work.ours.mode == "hindsight":
        labels, refused = merge_labels(work.db, work.other, work.ours, work.theirs, handed_in)
        brought.labels += labels
        brought.refused.extend(f"{work.title}, {one}" for one in refused)
        _add_reveals(work)
    if work.ours.mode == "judge":
        verdicts, refused = merge_verdicts(work.db, work.other, work.ours, work.theirs)
        brought.verdicts += verdicts
        brought.refused.extend(f"{work.title}, {one}" for one in refused)
    _settle_state(work, brought)


def _submissions(db: Db, assignment: int | None) -> Iterator[Submission]:
    query = select(Submission).where(col(Submission.assignment_id) == assignment)
    yield from db.execute(query.order_by(col(Submission.number))).scalars().all()


def _add_submissions(work: Work, brought: Brought) -> dict[int, int]:
    """Append what was handed in; number in the pack -> number here.

    Both sides may have handed in a version of the same number, with the same identity: they are
    told apart by their time.
    """
    known = {row.created_at: row.id or 0 for row in _submissions(work.db, work.ours.id)}
    before = set(known)
    numbers: dict[int, int] = {}
    for row in _submissions(work.other, work.theirs.id):
        if row.created_at not in known:
            known[row.created_at] = _add_submission(work, row)
            brought.submissions += 1
        numbers[row.id or 0] = known[row.created_at]
    later = [at for at in before if at > work.note.written and at not in _times(work)]
    if later and len(known) > len(before):
        brought.conflicts.append(f"{work.title}: handed in on both sides; every version is kept")
    return numbers


def _times(work: Work) -> set[datetime]:
    return {row.created_at for row in _submissions(work.other, work.theirs.id)}


def _add_submission(work: Work, row: Submission) -> int:
    latest = select(func.max(Submission.number)).where(
        col(Submission.assignment_id) == work.ours.id
    )
    number = int(work.db.execute(latest).scalar_one() or 0) + 1
    taken = select(col(Submission.id)).where(col(Submission.identity) == row.identity)
    key = row.identity
    if work.db.execute(taken).first() is not None:
        key = identity("submission", work.ours.identity, row.created_at.isoformat())
    values = row.model_dump(exclude={"id", "identity", "assignment_id", "number", "content_hash"})
    copy = Submission(identity=key, assignment_id=work.ours.id or 0, number=number, **values)
    return append_row(work.db, copy).id or 0


def _add_reveals(work: Work) -> None:
    """Append what the annotator was shown of candidates."""
    known = {
        (row.draw_id, row.action, row.at)
        for row in work.db.execute(
            select(Reveal).where(col(Reveal.assignment_id) == work.ours.id)
        ).scalars()
    }
    query = select(Reveal, Draw).join(Draw, col(Draw.id) == col(Reveal.draw_id))
    mine = query.where(col(Reveal.assignment_id) == work.theirs.id).order_by(col(Reveal.id))
    for row, drawn in work.other.execute(mine).all():
        here = _find_draw(work, drawn)
        if here is None or (here, row.action, row.at) in known:
            continue
        values = row.model_dump(exclude={"id", "assignment_id", "draw_id", "content_hash"})
        append_row(work.db, Reveal(assignment_id=work.ours.id or 0, draw_id=here, **values))


def _find_draw(work: Work, drawn: Draw) -> int | None:
    point = work.other.get_one(DecisionPoint, drawn.decision_point_id)
    here = place_of(work.db, work.ours.session_id, point)
    if here is None:
        return None
    query = select(col(Draw.id)).where(
        col(Draw.name) == drawn.name, col(Draw.decision_point_id) == here.id
    )
    found: int | None = work.db.execute(query).scalars().first()
    return found


def _settle_state(work: Work, brought: Brought) -> None:
    """Take the pack's state where it has moved on and ours has not."""
    exported = work.note.states.get(work.theirs.identity)
    here, there = work.ours.state, work.theirs.state
    if there in {exported, here}:
        return
    if here not in {exported, "todo", "draft"}:
        brought.conflicts.append(f"{work.title}: {there} in the pack, {here} here; ours stands")
        return
    work.ours.state, work.ours.reason = there, work.theirs.reason
    work.db.add(work.ours)
    work.db.flush()
