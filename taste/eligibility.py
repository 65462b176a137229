"""Who may do what on a lineage: the one table, enforced in one function.

So far the only role that a person can take here is to propose; annotating has its own rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlmodel import col, select

from taste.tables import Comparison, Proposal, Verdict
from transcripts.cut import chain
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.queries import read_prefix
from transcripts.tables import Annotation, Annotator, DecisionPoint, Screening, Session

Role = Literal["propose"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place at which somebody wants to do something, and everything of its lineage."""

    session: Session
    point: Point
    who: frozenset[int]
    """Numbers of the annotators that bear the person's name, in whatever case it is written."""
    sessions: frozenset[int]
    """Numbers of the lineage's sessions."""
    researchers: frozenset[str]
    """Who directed them, as far as that is known."""
    name: str


def refuse_ineligible(db: Db, role: Role, name: str, session: Session, point: Point) -> None:
    """Refuse a person who has seen on this lineage what the role must not know.

    Raises:
        UserError: saying what they have seen.
    """
    place = _place(db, name, session, point)
    for check in _CHECKS[role]:
        if (reason := check(db, place)) is not None:
            raise UserError(
                f"{name!r} may not {role} at {point.before!r} of session "
                f"{session.external_id!r}: they {reason}."
            )


def _place(db: Db, name: str, session: Session, point: Point) -> Place:
    lineage = db.exec(select(Session).where(Session.lineage == session.lineage)).all()
    return Place(
        session,
        point,
        frozenset(a.id for a in db.exec(select(Annotator)) if a.id and _same(a.name, name)),
        frozenset(one.id for one in lineage if one.id is not None),
        frozenset(one.researcher for one in lineage if one.researcher),
        name,
    )


def _same(name: str, other: str) -> bool:
    """Whether two names are one but for case and white space."""
    return name.casefold().split() == other.casefold().split()


def _directed(_: Db, place: Place) -> str | None:
    known = any(_same(name, place.name) for name in place.researchers)
    return "directed the work of this lineage" if known else None


def _annotated(db: Db, place: Place) -> str | None:
    query = (
        select(Annotation.id)
        .join(DecisionPoint, col(DecisionPoint.id) == Annotation.decision_point_id)
        .where(
            col(Annotation.annotator_id).in_(place.who),
            col(DecisionPoint.session_id).in_(place.sessions),
        )
    )
    return "have annotated this lineage" if db.exec(query).first() is not None else None


def _screened(db: Db, place: Place) -> str | None:
    query = select(Screening.id).where(
        col(Screening.annotator_id).in_(place.who), col(Screening.session_id).in_(place.sessions)
    )
    return "have screened this lineage" if db.exec(query).first() is not None else None


def _judged(db: Db, place: Place) -> str | None:
    query = (
        select(Verdict.id)
        .join(Comparison, col(Comparison.id) == Verdict.comparison_id)
        .join(DecisionPoint, col(DecisionPoint.id) == Comparison.decision_point_id)
        .where(
            col(Verdict.annotator_id).in_(place.who),
            col(DecisionPoint.session_id).in_(place.sessions),
        )
    )
    return "have judged moves of this lineage" if db.exec(query).first() is not None else None


def _saw_later(db: Db, place: Place) -> str | None:
    """Whether they proposed at a later point before: its prefix tells how it went on here."""
    query = (
        select(DecisionPoint)
        .join(Proposal, col(Proposal.decision_point_id) == DecisionPoint.id)
        .where(
            col(Proposal.annotator_id).in_(place.who),
            col(DecisionPoint.session_id).in_(place.sessions),
        )
    )
    for later in db.exec(query):
        if _goes_beyond(db, later, place):
            return f"have proposed at {later.before!r} before, whose prefix shows how it went on"
    return None


def _goes_beyond(db: Db, later: DecisionPoint, place: Place) -> bool:
    """Whether what was shown at one point holds more than was known at the other."""
    if (later.session_id, later.thread) == (place.session.id, place.session.thread):
        return later.cut > place.point.cut
    assert place.session.id is not None
    here = read_prefix(db, place.session.id, place.session.thread, place.point.cut)
    *_, known = chain(here)
    there = read_prefix(db, later.session_id, later.thread, later.cut)
    *before, _ = chain(there)
    return known in before


_CHECKS: Mapping[Role, tuple[Callable[[Db, Place], str | None], ...]] = {
    "propose": (_directed, _annotated, _screened, _judged, _saw_later),
}
