"""What people have seen of a lineage, as the rows of their work tell it: nobody has to say so.

Reads only; what follows from it is `taste.eligibility`'s to say.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, null, select
from sqlmodel import col

from taste.assignment_tables import (
    Activity,
    Adjudication,
    Assignment,
    Draft,
    DraftEvent,
    PersonProposal,
    ReadingState,
    Reveal,
    Submission,
)
from taste.tables import Comparison, Proposal, Verdict
from transcripts.db import Db
from transcripts.tables import Annotation, DecisionPoint, Screening, Session

What = Literal[
    "annotated", "read", "screened", "judged", "adjudicated", "proposed", "unrolled",
    "revealed", "handed in",
]  # fmt: skip
"""read: opened for hindsight; unrolled: gone through in foresight, up to `until`."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that somebody has done on a lineage, and with that seen."""

    what: What
    person: int
    """Number of the annotator."""
    session: int
    thread: str
    cut: int | None = None
    """Of the point that it is about, if it is about one."""
    until: int | None = None
    """Of foresight: everything before this position was shown."""
    assignment: int | None = None
    assisted: bool = False
    """Whether that assignment is of the arm that is shown candidates from the start."""
    at: datetime | None = None
    view: str | None = None
    """Of a verdict: what was shown beside the moves."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A lineage with all that anyone has done on it."""

    sessions: tuple[Session, ...]
    traces: tuple[Trace, ...]
    waiting: tuple[tuple[int, int], ...]
    """(person, assignment) of foresight that is not handed in yet."""

    @property
    def researchers(self) -> frozenset[str]:
        """Who directed the work, as far as that is known."""
        return frozenset(one.researcher for one in self.sessions if one.researcher)


def read_lineage(db: Db, name: str) -> Lineage:
    """Read everything that people have done on a lineage."""
    sessions = db.execute(select(Session).where(col(Session.lineage) == name)).scalars().all()
    ids = [one.id for one in sessions if one.id is not None]
    work = db.execute(select(Assignment).where(col(Assignment.session_id).in_(ids)))
    assigned = {one.id: one for one in work.scalars() if one.id is not None}
    waiting = tuple(
        (one.annotator_id, number)
        for number, one in assigned.items()
        if one.mode == "foresight" and one.state in {"todo", "draft", "returned"}
    )
    traces = (*_of_points(db, ids), *_of_sessions(db, ids), *_of_work(db, assigned))
    return Lineage(tuple(sessions), traces, waiting)


def _of_points(db: Db, sessions: Sequence[int]) -> Iterator[Trace]:
    """Labels, moves and verdicts that were handed in."""
    decided = _decided(db, sessions)
    queries: dict[What, Select[Any]] = {
        "annotated": _joined(Annotation, Annotation.replaces_id, sessions).join(
            DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id
        ),
        "proposed": _joined(Proposal, Proposal.call_id, sessions).join(
            DecisionPoint, col(DecisionPoint.id) == Proposal.decision_point_id
        ),
        "judged": _joined(Verdict, Verdict.call_id, sessions)
        .join(Comparison, col(Comparison.id) == Verdict.comparison_id)
        .join(DecisionPoint, col(DecisionPoint.id) == Comparison.decision_point_id)
        .add_columns(col(Verdict.view)),
    }
    for what, query in queries.items():
        for number, other, person, session, thread, cut, *view in db.execute(query):
            # An adjudicator's decision is stored as a label of theirs, and is none that they made.
            ruled = what == "annotated" and not decided.isdisjoint({number, other})
            done: What = "adjudicated" if ruled else what
            yield Trace(done, person, session, thread, cut, view=view[0] if view else None)


def _joined(table: Any, other: Any, sessions: Sequence[int]) -> Select[Any]:
    place = (col(getattr(DecisionPoint, n)) for n in ("session_id", "thread", "cut"))
    query = select(col(table.id), col(other), col(table.annotator_id), *place).select_from(table)
    return query.where(
        col(table.annotator_id).is_not(None), col(DecisionPoint.session_id).in_(sessions)
    )


def _decided(db: Db, sessions: Sequence[int]) -> frozenset[int]:
    """Labels that adjudicators' decisions are stored as."""
    query = select(col(Adjudication.annotation_id)).where(
        col(Adjudication.session_id).in_(sessions), col(Adjudication.annotation_id).is_not(None)
    )
    return frozenset(db.execute(query).scalars())


def _of_sessions(db: Db, sessions: Sequence[int]) -> Iterator[Trace]:
    """Findings of screening and decisions of adjudicators."""
    tables: tuple[tuple[What, Any, Any], ...] = (
        ("screened", Screening, null()),
        ("adjudicated", Adjudication, col(Adjudication.cut)),
    )
    for what, table, cut in tables:
        columns = (col(table.annotator_id), col(table.session_id), col(Session.thread), cut)
        query = select(*columns).join(Session, col(Session.id) == table.session_id)
        for row in db.execute(query.where(col(table.session_id).in_(sessions))):
            yield Trace(what, *row)


_OPENED: dict[str, What] = {
    "hindsight": "read",
    "foresight": "unrolled",
    "judge": "judged",
    "adjudicate": "adjudicated",
}


def _of_work(db: Db, assigned: dict[int, Assignment]) -> Iterator[Trace]:
    """What was opened, drafted, revealed and handed in of assignments."""
    if not assigned:
        return
    furthest = _furthest(db, assigned)
    for number in _opened(db, assigned):
        work = assigned[number]
        until = furthest[number] if work.mode == "foresight" else None
        yield _trace(_OPENED.get(work.mode, "read"), work, until=until)
    for number, name in db.execute(_of(Draft, assigned, Draft.name)):
        yield from _drafted(assigned[number], name)
    for number, at in db.execute(_of(Reveal, assigned, Reveal.at)):
        yield _trace("revealed", assigned[number], at=at)
    for number, at in db.execute(_of(Submission, assigned, Submission.created_at)):
        if assigned[number].mode == "hindsight":
            yield _trace("handed in", assigned[number], at=at)


def _trace(what: What, work: Assignment, **more: Any) -> Trace:
    return Trace(
        what, work.annotator_id, work.session_id, work.thread,
        assignment=work.id, assisted=work.condition == "assisted", **more,
    )  # fmt: skip


def _of(table: Any, among: Iterable[int], *columns: Any) -> Select[Any]:
    chosen = col(table.assignment_id)
    return select(chosen, *map(col, columns)).where(chosen.in_(list(among)))


def _drafted(work: Assignment, name: str) -> Iterator[Trace]:
    """A label or a move that is not handed in yet was made all the same."""
    kind, _, cut = name.partition(":")
    known = int(cut) if cut.isdecimal() else None
    if work.mode == "hindsight" and kind in {"mark", "nothing"}:
        yield _trace("annotated", work, cut=known)
    if work.mode == "foresight" and kind == "move":
        yield _trace("proposed", work, cut=known)


def _opened(db: Db, assigned: dict[int, Assignment]) -> list[int]:
    """Numbers of the assignments that their annotators have had on the screen."""
    found = {
        number
        for number, work in assigned.items()
        if work.state != "todo" or work.holder is not None or work.batch == "own"
    }
    for table in (Draft, DraftEvent, ReadingState, Activity, Submission, Reveal):
        found.update(number for (number,) in db.execute(_of(table, assigned).distinct()))
    return sorted(found)


def _furthest(db: Db, assigned: dict[int, Assignment]) -> Counter[int]:
    """Assignment -> everything before this position was shown."""
    found: Counter[int] = Counter()
    for table, column in ((DraftEvent, DraftEvent.furthest), (Activity, Activity.last)):
        chosen = col(table.assignment_id)
        query = select(chosen, func.max(column)).where(chosen.in_(list(assigned)))
        for number, last in db.execute(query.group_by(chosen)):
            found[number] = max(found[number], last + 1)
    for number, name, value in db.execute(_of(Draft, assigned, Draft.name, Draft.value)):
        found[number] = max(found[number], _shown_by(name, value))
    moves = _of(PersonProposal, assigned, DecisionPoint.cut)
    moves = moves.join(Proposal, col(Proposal.id) == PersonProposal.proposal_id)
    moves = moves.join(DecisionPoint, col(DecisionPoint.id) == Proposal.decision_point_id)
    for number, cut in db.execute(moves):
        found[number] = max(found[number], cut + 1)
    return found


def _shown_by(name: str, value: Any) -> int:
    """How far a draft of foresight says that its annotator was shown the session.

    Once a move is stored the human's act is shown; a frontier that is over has shown the last one.
    """
    kind, _, cut = name.partition(":")
    if kind == "asked" and cut.isdecimal():
        return int(cut) + 1
    if kind == "frontier" and isinstance(value, dict) and isinstance(value.get("cut"), int):
        return int(value["cut"]) + bool(value.get("over"))
    return 0
