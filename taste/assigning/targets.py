"""What can be assigned: sessions, points, pairs of moves; what may not be used is left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from taste.adjudications import find_readers
from taste.assignment_tables import Assignment
from taste.sets import get_set, read_items
from taste.tables import Comparison
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.decision_points import Point, resolve_point, store_point
from transcripts.decoding import parse_object
from transcripts.errors import UserError
from transcripts.finding.sampling import find_draws
from transcripts.points import Refusal, read_lines
from transcripts.queries import get_part, get_session, list_sessions, main_id
from transcripts.tables import DecisionPoint, Session


@dataclass(frozen=True, slots=True)
class Target:
    """A session, one of its points, or a pair of moves at a point."""

    session_id: int
    point_id: int | None = None
    pair: tuple[int, int] | None = None
    """Of a pair: the human's restated move and the proposal's, in whatever order."""
    view: str | None = None
    right: str | None = None
    """Of a gold pair: whose move is known to be better, `human` or `proposal`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where to look for what is to be assigned; nothing named: every session."""

    sessions: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    points: Path | None = None
    whole: bool = False
    """Of points, take the sessions that they lie in."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be assigned, and what was left out."""

    targets: tuple[Target, ...]
    left_out: Counter[str]
    """Why -> how many sessions."""


class _Line(BaseModel):
    """One line of a file of points."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    session: str
    before: str
    part: int | None = None


def find_targets(db: Db, chosen: Chosen, mode: str, today: date) -> Found:
    """Find what is to be assigned, in the order of sessions and places.

    Raises:
        UserError: if something that is named is not there.
    """
    named = list(dict.fromkeys(_named(db, chosen)))
    if chosen.whole:
        named = list(dict.fromkeys(Target(one.session_id) for one in named))
    if mode == "adjudicate":
        named = _with_labels(db, named)
    return split_usable(db, named, today)


def split_usable(db: Db, named: Sequence[Target], today: date) -> Found:
    """Leave out what lies in sessions that may not be used on a day, or that hold nothing."""
    faults = {one: _fault(db, one, today) for one in dict.fromkeys(t.session_id for t in named)}
    kept = tuple(one for one in named if faults[one.session_id] is None)
    return Found(kept, Counter(fault for fault in faults.values() if fault))


def _fault(db: Db, session_id: int, today: date) -> str | None:
    session = db.get_one(Session, session_id)
    if not session.event_count:
        return "has no events"
    return consent_fault(session, today)


def _named(db: Db, chosen: Chosen) -> Iterator[Target]:
    names = (chosen.sessions, chosen.sets, chosen.samples)
    if not any(names) and chosen.points is None:
        yield from (Target(_id(one)) for one in list_sessions(db) if _is_main(one))
        return
    yield from (Target(_id(get_session(db, name))) for name in chosen.sessions)
    numbers = [
        *(item.decision_point_id for s in chosen.sets for item in read_items(db, get_set(db, s))),
        *(number for sample in chosen.samples for number in _drawn(db, sample)),
    ]
    yield from (_at(db.get_one(DecisionPoint, number)) for number in numbers)
    if chosen.points is not None:
        yield from map(_at, _listed(db, chosen.points))


def _is_main(session: Session) -> bool:
    return main_id(session.external_id) == session.external_id


def _id(session: Session) -> int:
    assert session.id is not None
    return session.id


def _at(point: DecisionPoint) -> Target:
    return Target(point.session_id, point.id)


def _drawn(db: Db, sample: str) -> list[int]:
    draws = find_draws(db, sample)
    if not draws:
        raise UserError(f"there is no sample {sample!r}; `taste sample` draws one.")
    return [draw.decision_point_id for draw in draws]


def _listed(db: Db, file: Path) -> Iterator[DecisionPoint]:
    """The points of a file of JSON lines with `session` and `before`."""
    for line in read_lines(file, _parse):
        if isinstance(line, Refusal):
            raise UserError(f"{file.name}, line {line.line}: {line.reason}")
        number, wanted = line
        try:
            session = get_part(db, wanted.session, wanted.before, wanted.part)
            yield store_point(db, session, resolve_point(db, session, wanted.before))
        except UserError as error:
            raise UserError(f"{file.name}, line {number}: {error}") from error


def _parse(line: bytes, number: int) -> tuple[int, _Line]:
    value = parse_object(line)
    if not isinstance(value, dict):
        raise UserError("expected a JSON object.")
    return number, _Line.model_validate(value)


def _with_labels(db: Db, named: Sequence[Target]) -> list[Target]:
    """Sessions that two or more annotators have handed in, or whose labels were imported."""
    ready = {session for (session, _), who in find_readers(db).items() if len(who) > 1}
    return list(dict.fromkeys(Target(t.session_id) for t in named if t.session_id in ready))


def point_of(db: Db, target: Target) -> tuple[Session, Point | None]:
    """A target's session, and its point as the eligibility table asks for it."""
    session = db.get_one(Session, target.session_id)
    if target.point_id is None:
        return session, None
    row = db.get_one(DecisionPoint, target.point_id)
    return session, Point(row.cut, row.before, row.actor, None)


def names_of(db: Db, target: Target) -> dict[str, str | None]:
    """A target for people and programs."""
    session, point = point_of(db, target)
    return {"session": session.external_id, "before": point.before if point else None}


def find_assigned(db: Db, mode: str) -> Iterable[tuple[Target, int]]:
    """(target, annotator) of every assignment in a mode, gold and repeats left out."""
    query = (
        select(Assignment, Comparison)
        .outerjoin(Comparison, col(Comparison.id) == Assignment.comparison_id)
        .where(Assignment.mode == mode, Assignment.repeat == 1, col(Assignment.gold).is_(None))
    )
    for work, compared in db.exec(query):
        pair = (compared.human_id, compared.proposed_id) if compared is not None else None
        yield Target(work.session_id, work.decision_point_id, pair, work.view), work.annotator_id
