"""One annotator's queue: their own assignments and how far each is, and nobody else's.

Nothing of how a session ended is in it: no title, time or result. What was withdrawn, or may not
be used any more, is left out and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from taste.assigning.names import short_names
from taste.assignment_tables import Activity, Assignment, ReadingState, Submission
from taste.identity import identity
from taste.server_answers import count_pairs
from taste.submitting.coverage import read_acts, read_stretches, seen_share
from transcripts.annotations import find_or_add_annotator
from transcripts.annotators import find_annotator
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.queries import list_sessions
from transcripts.tables import Annotator, Event, Session

OWN = "own"
"""Batch of the assignments that annotators took for themselves."""
TO_DO = frozenset(("todo", "draft", "returned"))
"""States in which an assignment waits for its annotator."""
_WHOLE = ("hindsight", "adjudicate")
"""Modes in which the whole session is read."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One row of the queue."""

    assignment: Assignment
    """Without a number where the annotator may take the session for themselves."""
    session: Session
    name: str
    """Shortest unambiguous beginning of the external id, and the part if there are several."""
    events: int | None
    """None where the annotator is not to know how long the session is; so of acts and seen."""
    acts: int | None
    seen: float | None
    """Share of the human acts that were in view; none where nothing was."""
    active_ms: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What one annotator has before them on a day."""

    queued: tuple[Queued, ...]
    withheld: int
    """Assignments of sessions that were withdrawn, or whose last day is over."""
    own: bool
    """Whether nothing was assigned to this annotator, so that they take what they like."""
    unknown: bool
    """Whether nobody has this name, while work is assigned to others: it may be mistyped."""
    done: int
    """Assignments that are handed in."""
    today: int
    """Assignments that were handed in on this day."""
    elsewhere: int = 0
    """Pairs to judge, which a server shows no annotator's login: a work package has them."""


def read_queue(engine: Engine, annotator: str, today: date) -> Queue:
    """The annotator's assignments in their order; without any, all sessions."""
    with Db(engine) as db:
        who = find_annotator(db, annotator)
        mine = _read_assignments(db, who)
        elsewhere = count_pairs(db.connection(), who.id or 0) if who is not None else 0
        own = not elsewhere and all(assignment.batch == OWN for assignment in mine)
        sessions = {session.id or 0: session for session in list_sessions(db)}
        offered = _offer_all(list(sessions.values()), mine) if own else mine
        usable = [one for one in offered if not consent_fault(sessions[one.session_id], today)]
        return Queue(
            queued=_describe(db, usable, sessions),
            withheld=len(offered) - len(usable),
            own=own,
            unknown=who is None and _is_assigned(db),
            done=sum(assignment.state == "submitted" for assignment in usable),
            today=_count_submitted(db, who, today),
            elsewhere=elsewhere,
        )


def find_refusal(engine: Engine, session_id: int, today: date) -> str | None:
    """Why a session cannot be opened now, whatever held when it was listed."""
    with Db(engine) as db:
        row = db.get(Session, session_id)
        if row is None:
            return "this session is not in the database any more."
        if fault := consent_fault(row, today):
            return f"this session {fault}."
        return None if row.event_count else "this session has no events."


def take_own(engine: Engine, annotator: str, wanted: Assignment, now: datetime) -> Assignment:
    """Store an assignment that the annotator takes for themselves; twice is once."""
    with Db(engine) as db:
        session = db.get_one(Session, wanted.session_id)
        who = find_or_add_annotator(db, annotator)
        assert who.id is not None
        place = (session.external_id, session.part, wanted.thread)
        wanted.identity = identity("assignment", OWN, who.name, wanted.mode, *place)
        wanted.annotator_id, wanted.created_at = who.id, now
        wanted.number = _next_number(db, who.id)
        key = wanted.identity
        db.add(wanted)
        try:
            db.commit()
        except IntegrityError:
            db.rollback()
        query = select(Assignment).where(Assignment.identity == key)
        return _let_go(db, db.exec(query).one())


def find_latest(engine: Engine, annotator: str) -> Assignment | None:
    """The assignment that the annotator was reading last, if any."""
    with Db(engine) as db:
        who = find_annotator(db, annotator)
        if who is None:
            return None
        query = (
            select(Assignment)
            .join(ReadingState, col(ReadingState.assignment_id) == Assignment.id)
            .where(Assignment.annotator_id == who.id)
            .order_by(col(ReadingState.changed_at).desc(), col(ReadingState.id).desc())
        )
        found = db.exec(query).first()
        return _let_go(db, found) if found else None


def find_next(engine: Engine, annotator: str, now: datetime, after: int) -> Assignment | None:
    """The next assignment in the queue's order that is to be done, going round."""
    queued = read_queue(engine, annotator, now.date()).queued
    numbers = [one.assignment.id for one in queued]
    at = numbers.index(after) + 1 if after in numbers else 0
    for one in (*queued[at:], *queued[:at]):
        if one.assignment.state in TO_DO and one.assignment.id != after:
            known = one.assignment.id is not None
            return one.assignment if known else take_own(engine, annotator, one.assignment, now)
    return None


def _let_go(db: Db, assignment: Assignment) -> Assignment:
    db.refresh(assignment)
    db.expunge(assignment)
    return assignment


def _read_assignments(db: Db, who: Annotator | None) -> list[Assignment]:
    if who is None:
        return []
    query = select(Assignment).where(Assignment.annotator_id == who.id)
    return list(db.exec(query.order_by(col(Assignment.number), col(Assignment.id))).all())


def _is_assigned(db: Db) -> bool:
    """Whether anybody was assigned anything."""
    query = select(Assignment.id).where(Assignment.batch != OWN)
    return db.exec(query.limit(1)).first() is not None


def _next_number(db: Db, annotator_id: int) -> int:
    query = select(func.max(Assignment.number)).where(Assignment.annotator_id == annotator_id)
    return int(db.exec(query).one() or 0) + 1


def _offer_all(sessions: Sequence[Session], mine: Sequence[Assignment]) -> list[Assignment]:
    """The own assignments among all sessions, in the order of the sessions."""
    taken = {(one.session_id, one.thread): one for one in mine}
    return [taken.get((session.id or 0, session.thread)) or _own(session) for session in sessions]


def _own(session: Session) -> Assignment:
    return Assignment(
        identity="", batch=OWN, annotator_id=0, mode="hindsight", session_id=session.id or 0,
        thread=session.thread, number=0, seed=0, created_at=session.imported_at,
    )  # fmt: skip


def _describe(
    db: Db, assignments: Sequence[Assignment], sessions: dict[int, Session]
) -> tuple[Queued, ...]:
    acts, active = _count_acts(db), _sum_active(db, assignments)
    names = short_names([session.external_id for session in sessions.values()])
    unrolling = _unrolling(assignments, sessions)
    found = []
    for assignment in assignments:
        session = sessions[assignment.session_id]
        part = f"·{session.part}" if session.part > 1 else ""
        whole = assignment.mode in _WHOLE and session.lineage not in unrolling
        found.append(
            Queued(
                assignment=assignment,
                session=session,
                name=names[session.external_id] + part,
                events=session.event_count if whole else None,
                acts=acts.get((assignment.session_id, assignment.thread), 0) if whole else None,
                seen=_seen(db, assignment) if whole and assignment.id in active else None,
                active_ms=active.get(assignment.id, 0),
            )
        )
    for assignment in assignments:
        if assignment in db:
            db.expunge(assignment)
    return tuple(found)


def _unrolling(assignments: Sequence[Assignment], sessions: dict[int, Session]) -> set[str]:
    """Lineages that their annotator is still to go through in foresight, set aside or not."""
    return {
        sessions[one.session_id].lineage
        for one in assignments
        if one.mode == "foresight" and one.state != "submitted"
    }


def _seen(db: Db, assignment: Assignment) -> float:
    acts = read_acts(db, assignment.session_id, assignment.thread)
    return seen_share(acts, read_stretches(db, assignment.id or 0))


def _sum_active(db: Db, assignments: Sequence[Assignment]) -> dict[int | None, int]:
    query = (
        select(Activity.assignment_id, func.sum(Activity.active_ms))
        .where(col(Activity.assignment_id).in_([one.id for one in assignments]))
        .group_by(col(Activity.assignment_id))
    )
    return {assignment: int(active) for assignment, active in db.exec(query)}


def _count_acts(db: Db) -> dict[tuple[int, str], int]:
    query = (
        select(Event.session_id, Event.thread, func.count(func.distinct(Event.act)))
        .where(col(Event.act).is_not(None))
        .group_by(col(Event.session_id), col(Event.thread))
    )
    return {(session, thread): count for session, thread, count in db.exec(query)}


def _count_submitted(db: Db, who: Annotator | None, today: date) -> int:
    if who is None:
        return 0
    query = (
        select(Submission.assignment_id, Submission.created_at)
        .join(Assignment, col(Assignment.id) == Submission.assignment_id)
        .where(Assignment.annotator_id == who.id)
    )
    return len({assignment for assignment, at in db.exec(query) if at.date() == today})
