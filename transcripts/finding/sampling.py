"""Random samples of decision points: the frame they are drawn from, and the draws as rows.

The frame is every human act that could be chosen, whatever anyone thinks of it: labelled or not.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select

from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.finding.drawing import Design, Place, draw_sample
from transcripts.finding.screening import UNSCREENED, read_strata
from transcripts.queries import main_id
from transcripts.tables import DecisionPoint, Draw, Event, Session

RANDOM: Final = "random"
"""Source of a draw by chance alone."""
_BY_LINE = "L"
"""Beginning of the event ids that only count lines, and so say nothing across files."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as stored, in its order."""

    name: str
    draws: tuple[Draw, ...]
    created: bool
    """False where the same sample was drawn before."""


def read_frame(db: Db, now: datetime, sessions: Iterable[int] | None = None) -> list[Place]:
    """Every human act with a prefix, in sessions that may be used and cut; one per copy.

    Args:
        db: holds the sessions.
        now: the day on which consent has to stand.
        sessions: row numbers of the sessions to look into; none for all.
    """
    strata = _strata_of_lineages(db)
    wanted = None if sessions is None else set(sessions)
    usable = [
        session
        for session in db.exec(select(Session))
        if session.cuts_reliable
        and not consent_fault(session, now.date())
        and (wanted is None or session.id in wanted)
    ]
    seen: set[tuple[str, object]] = set()
    frame = []
    for session in sorted(usable, key=_originals_first):
        for before, cut in _acts(db, session):
            key = (session.lineage, _mark(session, before))
            if key not in seen:
                seen.add(key)
                stratum = strata.get(session.lineage, UNSCREENED)
                frame.append(_place(session, before, cut, stratum))
    return frame


def count_left_out(db: Db, now: datetime) -> dict[str, int]:
    """How many sessions are no part of the frame, by reason."""
    counts: dict[str, int] = {}
    for session in db.exec(select(Session).order_by(col(Session.id))):
        fault = consent_fault(session, now.date())
        reason = "cuts unreliable" if not session.cuts_reliable else ""
        if fault:
            reason = "withdrawn" if session.withdrawn_at else "past their last day of use"
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _originals_first(session: Session) -> tuple[str, bool, str, int]:
    """By lineage; in it, the session that it is named for before its copies."""
    external_id = session.external_id
    return (session.lineage, main_id(external_id) != session.lineage, external_id, session.part)


def _mark(session: Session, before: str) -> object:
    """What tells an act from others of its lineage: a recorder's own id is kept in copies."""
    return (session.external_id, session.part, before) if before.startswith(_BY_LINE) else before


def _place(session: Session, before: str, cut: int, stratum: str) -> Place:
    assert session.id is not None
    return Place(
        session.lineage, session.external_id, session.part, before, cut, session.id, stratum
    )


def _strata_of_lineages(db: Db) -> dict[str, str]:
    """The stratum of every lineage: that of its first screened session by id."""
    strata = read_strata(db)
    found: dict[str, str] = {}
    query = select(Session.external_id, Session.lineage).order_by(col(Session.external_id))
    for external_id, lineage in db.exec(query):
        if (stratum := strata.get(main_id(external_id))) is not None:
            found.setdefault(lineage, stratum)
    return found


def _acts(db: Db, session: Session) -> list[tuple[str, int]]:
    """First event and cut of every act of the session's thread that a response precedes."""
    query = (
        select(Event.event_id, Event.act)
        .where(
            Event.session_id == session.id,
            Event.thread == session.thread,
            col(Event.act).is_not(None),
        )
        .order_by(col(Event.position))
    )
    firsts: dict[int, str] = {}
    for event_id, act in db.exec(query):
        if act is not None:
            firsts.setdefault(act, event_id)
    worked = _responses(db, session)
    return [(event_id, act) for act, event_id in sorted(firsts.items()) if _precedes(worked, act)]


def _responses(db: Db, session: Session) -> list[tuple[int, int | None]]:
    """Last position and abandonment of each response until one that was never abandoned."""
    last = func.max(col(Event.position))
    query = (
        select(last, func.min(col(Event.abandoned_from)))
        .where(
            Event.session_id == session.id,
            Event.thread == session.thread,
            col(Event.response).is_not(None),
        )
        .group_by(col(Event.response))
        .order_by(last)
    )
    found = []
    for position, abandoned in db.exec(query):
        found.append((position, abandoned))
        if abandoned is None:
            break
    return found


def _precedes(worked: Iterable[tuple[int, int | None]], cut: int) -> bool:
    return any(at < cut and (gone is None or cut <= gone) for at, gone in worked)


def store_sample(db: Db, design: Design, now: datetime) -> Sample:
    """Draw a random sample and store it; the same design again finds it as it was.

    Raises:
        UserError: if there are too few points, or the name stands for another sample.
    """
    if known := find_draws(db, design.name):
        _check_known(db, known, design)
        return Sample(design.name, tuple(known), created=False)
    drawn = draw_sample(read_frame(db, now), design, random.Random(f"sample:{design.seed}"))
    draws = [
        draw_row(store_place(db, one.place), one.place, design.name, design.seed, now)
        for one in drawn
    ]
    for number, (row, one) in enumerate(zip(draws, drawn, strict=True), start=1):
        row.number, row.source, row.probability = number, RANDOM, one.probability
    db.add_all(draws)
    db.commit()
    return Sample(design.name, tuple(draws), created=True)


def _check_known(db: Db, known: Sequence[Draw], design: Design) -> None:
    same = len(known) == design.size and all(
        draw.seed == design.seed and draw.source == RANDOM for draw in known
    )
    if not same or not _could_be(db, known, design):
        raise UserError(f"the sample {design.name!r} is drawn otherwise; choose another --name.")


def _could_be(db: Db, known: Sequence[Draw], design: Design) -> bool:
    """Whether nothing in the draws contradicts cap and strata, which are not stored themselves.

    Without a cap all points of a stratum are equally likely, without strata all points are.
    """
    query = (
        select(Session.lineage, func.count())
        .join(DecisionPoint, col(DecisionPoint.session_id) == Session.id)
        .join(Draw, col(Draw.decision_point_id) == DecisionPoint.id)
        .where(Draw.name == design.name)
        .group_by(col(Session.lineage))
    )
    most = max((count for _, count in db.exec(query)), default=0)
    if design.per_session is not None:
        return most <= design.per_session
    pools = {(draw.stratum if design.stratified else "", draw.probability) for draw in known}
    return len({stratum for stratum, _ in pools}) == len(pools)


def store_place(db: Db, place: Place) -> DecisionPoint:
    """The row of the decision point at a place."""
    session = db.get_one(Session, place.session_id)
    return store_point(db, session, resolve_point(db, session, place.before))


def draw_row(point: DecisionPoint, place: Place, name: str, seed: int, now: datetime) -> Draw:
    """A draw of a point, without its number and source."""
    assert point.id is not None
    return Draw(
        name=name, number=0, decision_point_id=point.id, source="", stratum=place.stratum,
        seed=seed, created_at=now,
    )  # fmt: skip


def find_draws(db: Db, name: str) -> list[Draw]:
    """The draws of a sample in their order; none if there is no such sample."""
    query = select(Draw).where(Draw.name == name).order_by(col(Draw.number))
    return list(db.exec(query).all())
