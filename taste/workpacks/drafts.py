"""Drafts of a workpack and ours brought together: the later value stands, no other is lost.

A value that gives way becomes a step of the history, so that undo brings it back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import col

from taste.assignment_tables import Activity, Draft, DraftEvent, ReadingState
from taste.identity import identity
from transcripts.db import Db


@dataclass(slots=True)
class Told:
    """What became of the drafts of one assignment."""

    steps: int = 0
    values: int = 0
    conflicts: list[str] = field(default_factory=list)
    """Parts that were changed on both sides since the pack was written."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One assignment in our database and in the pack."""

    ours: Db
    theirs: Db
    here: int
    there: int
    written: datetime
    """When the pack was written."""


def merge_drafts(sides: Sides) -> Told:
    """Bring the pack's drafts in, in the transaction under way."""
    told = Told()
    missing = _missing_steps(sides)
    told.steps = _add_steps(sides, missing)
    _merge_values(sides, missing, told)
    _merge_state(sides)
    _add_activity(sides)
    return told


def _steps(db: Db, assignment: int) -> Sequence[DraftEvent]:
    query = select(DraftEvent).where(col(DraftEvent.assignment_id) == assignment)
    return db.execute(query.order_by(col(DraftEvent.number))).scalars().all()


def _missing_steps(sides: Sides) -> list[DraftEvent]:
    known = {step.identity for step in _steps(sides.ours, sides.here)}
    return [step for step in _steps(sides.theirs, sides.there) if step.identity not in known]


def _add_steps(sides: Sides, missing: Sequence[DraftEvent]) -> int:
    """Append the pack's steps after ours.

    Where ours went on too, an undo of theirs would take back another step: it comes as a change.
    """
    shared = {step.identity for step in _steps(sides.theirs, sides.there)}
    diverged = any(step.identity not in shared for step in _steps(sides.ours, sides.here))
    latest = max((step.number for step in _steps(sides.ours, sides.here)), default=0)
    for number, step in enumerate(missing, latest + 1):
        values = step.model_dump(exclude={"id", "assignment_id", "number"})
        if diverged:
            values |= {"way": "do", "turned": None}
        sides.ours.add(DraftEvent(assignment_id=sides.here, number=number, **values))
    sides.ours.flush()
    return len(missing)


def _values(db: Db, assignment: int) -> dict[str, Draft]:
    rows = db.execute(select(Draft).where(col(Draft.assignment_id) == assignment)).scalars()
    return {row.name: row for row in rows}


def _merge_values(sides: Sides, missing: Sequence[DraftEvent], told: Told) -> None:
    ours, theirs = _values(sides.ours, sides.here), _values(sides.theirs, sides.there)
    for name, value in theirs.items():
        is_new = any(step.name == name for step in missing) or not _is_known(sides, value)
        _merge_value(sides, ours.get(name), value, told, is_new=is_new)
    for name in _taken_away(missing, theirs):
        mine = ours.get(name)
        if mine is None:
            continue
        if mine.changed_at > sides.written:
            told.conflicts.append(f"{name}: taken away in the pack, changed here; it stands")
        else:
            sides.ours.execute(delete(Draft).where(col(Draft.id) == mine.id))
            told.values += 1


def _taken_away(missing: Sequence[DraftEvent], left: Mapping[str, Draft]) -> Iterator[str]:
    """Parts whose last step in the pack took them away."""
    last = {step.name: step.after for step in missing}
    return (name for name, after in last.items() if after is None and name not in left)


def _is_known(sides: Sides, value: Draft) -> bool:
    """Whether our history holds the value already, so that undo can bring it back."""
    mine = [step for step in _steps(sides.ours, sides.here) if step.name == value.name]
    return any(value.value in (step.before, step.after) for step in mine)


def _merge_value(
    sides: Sides, mine: Draft | None, value: Draft, told: Told, *, is_new: bool
) -> None:
    if mine is None:
        if value.changed_at > sides.written or not _was_here(sides, value.name):
            _put(sides, None, value)
            told.values += 1
        return
    if mine.value == value.value:
        return
    here, there = mine.changed_at > sides.written, value.changed_at > sides.written
    if here and there and is_new and _keep(sides, mine, value):
        stands = "the pack's" if value.changed_at > mine.changed_at else "ours"
        told.conflicts.append(f"{value.name}: changed on both sides; {stands} stands")
    if value.changed_at > mine.changed_at:
        _put(sides, mine, value)
        told.values += 1


def _was_here(sides: Sides, name: str) -> bool:
    """Whether we have taken the part away since the pack was written."""
    return any(step.name == name for step in _steps(sides.ours, sides.here))


def _put(sides: Sides, mine: Draft | None, value: Draft) -> None:
    row = mine or Draft(assignment_id=sides.here, name=value.name, changed_at=value.changed_at)
    row.value, row.changed_at = value.value, value.changed_at
    sides.ours.add(row)
    sides.ours.flush()


def _keep(sides: Sides, mine: Draft, value: Draft) -> bool:
    """Make the value that gives way a step that undo brings back; False if it is one already."""
    old, new = sorted((mine, value), key=lambda row: row.changed_at)
    key = identity("gave way", sides.here, value.name, old.value, old.changed_at.isoformat())
    known = select(DraftEvent.id).where(col(DraftEvent.identity) == key)  # type: ignore[call-overload]
    if sides.ours.execute(known).first() is not None:
        return False
    steps = _steps(sides.ours, sides.here)
    sides.ours.add(
        DraftEvent(
            identity=key,
            assignment_id=sides.here,
            number=(steps[-1].number if steps else 0) + 1,
            name=value.name,
            before=old.value,
            after=new.value,
            furthest=max((step.furthest for step in steps), default=-1),
            outcome_seen=any(step.outcome_seen for step in steps),
            active_ms=max((step.active_ms for step in steps), default=0),
            at=new.changed_at,
        )
    )
    sides.ours.flush()
    return True


def _merge_state(sides: Sides) -> None:
    """Where the annotator stood last, on whichever side."""
    mine, value = (
        db.execute(select(ReadingState).where(col(ReadingState.assignment_id) == number))
        .scalars()
        .first()
        for db, number in ((sides.ours, sides.here), (sides.theirs, sides.there))
    )
    if value is None or (mine is not None and mine.changed_at >= value.changed_at):
        return
    row = mine or ReadingState(assignment_id=sides.here, changed_at=value.changed_at)
    row.state, row.changed_at = dict(value.state), value.changed_at
    sides.ours.add(row)
    sides.ours.flush()


def _add_activity(sides: Sides) -> None:
    def rows(db: Db, assignment: int) -> Sequence[Activity]:
        query = select(Activity).where(col(Activity.assignment_id) == assignment)
        return db.execute(query.order_by(col(Activity.id))).scalars().all()

    known = {row.identity for row in rows(sides.ours, sides.here)}
    for row in rows(sides.theirs, sides.there):
        if row.identity not in known:
            values = row.model_dump(exclude={"id", "assignment_id"})
            sides.ours.add(Activity(assignment_id=sides.here, **values))
    sides.ours.flush()
