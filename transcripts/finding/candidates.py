"""Likely decision points of sessions by cheap signs, and lists of them to hand out unmarked."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case
from sqlmodel import col, select

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.finding.drawing import Design, Drawn, Place, draw_sample
from transcripts.finding.sampling import (
    RANDOM,
    Sample,
    draw_row,
    find_draws,
    read_frame,
    store_place,
)
from transcripts.finding.signals import Scored, Turn, score_turns, undoes_work
from transcripts.records import EventKind
from transcripts.tables import DecisionPoint, Draw, Event, Session

CANDIDATE: Final = "candidate"
"""Source of a draw by its signs."""
_SILENT: Final = frozenset(
    {"(rejected the call)", "(approved the plan)", "(edited and approved the plan)"}
)
"""What a reader writes where a person decided and said nothing."""
_NOT_SPOKEN: Final = frozenset({EventKind.INTERRUPT.value})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A human act that signs point at."""

    place: Place
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What the signs need of an event; the text of acts and calls only."""

    event_id: str
    kind: str
    is_error: bool
    act: int | None
    act_kind: str | None
    abandoned_from: int | None
    text: str


@dataclass(slots=True)
class _Open:
    """A turn that is being read."""

    before: str
    cut: int
    kinds: set[str]
    said: list[str]
    left: bool
    errors: int = 0
    longest: int = 0
    run: int = 0
    undoes: bool = False

    def add_act(self, row: _Row) -> None:
        self.kinds |= {row.kind, row.act_kind or row.kind}
        if row.kind not in _NOT_SPOKEN and row.text.strip() not in _SILENT:
            self.said.append(row.text)

    def add_work(self, row: _Row) -> None:
        if row.kind == EventKind.CALL:
            self.undoes = self.undoes or undoes_work(row.text)
        elif row.kind == EventKind.RESULT:
            self.run = self.run + 1 if row.is_error else 0
            self.errors += row.is_error
            self.longest = max(self.longest, self.run)

    def close(self) -> Turn:
        return Turn(
            self.before, self.cut, frozenset(self.kinds), "\n".join(self.said).strip(),
            self.errors, self.longest, self.undoes, self.left,
        )  # fmt: skip


def find_candidates(
    db: Db, now: datetime, sessions: Iterable[int] | None = None
) -> list[Candidate]:
    """The acts of the frame that signs point at, best first."""
    frame: dict[int, list[Place]] = {}
    for place in read_frame(db, now, sessions):
        frame.setdefault(place.session_id, []).append(place)
    found = []
    for session_id, places in frame.items():
        scored = {one.cut: one for one in _score(db, db.get_one(Session, session_id))}
        for place in places:
            one = scored[place.cut]
            if one.score:
                found.append(Candidate(place, one.score, one.reason))
    return sorted(found, key=_best_first)


def _best_first(candidate: Candidate) -> tuple[Any, ...]:
    place = candidate.place
    return (-candidate.score, place.lineage, place.session, place.part, place.cut)


def _score(db: Db, session: Session) -> list[Scored]:
    return score_turns(_turns(_rows(db, session)))


def _rows(db: Db, session: Session) -> Iterable[_Row]:
    """The events of the session's thread, with the texts of acts and calls."""
    wanted = col(Event.act).is_not(None) | (col(Event.kind) == EventKind.CALL.value)
    query = (
        select(  # type: ignore[call-overload]
            Event.event_id, Event.kind, Event.is_error, Event.act, Event.act_kind,
            Event.abandoned_from, case((wanted, Event.text), else_=""),
        )
        .where(Event.session_id == session.id, Event.thread == session.thread)
        .order_by(col(Event.position))
    )  # fmt: skip
    return (_Row(*row) for row in db.exec(query))


def _turns(rows: Iterable[_Row]) -> list[Turn]:
    """Acts with the agent's work up to the next; by cut, as a later event may join an act."""
    turns: dict[int, _Open] = {}
    latest: _Open | None = None
    for row in rows:
        if row.act is None:
            if latest is not None:
                latest.add_work(row)
            continue
        if row.act not in turns:
            left = row.abandoned_from is not None
            turns[row.act] = _Open(row.event_id, row.act, set(), [], left)
        latest = turns[row.act]
        latest.add_act(row)
    return [turns[cut].close() for cut in sorted(turns)]


def hand_out(
    db: Db,
    name: str,
    size: int,
    seed: int,
    now: datetime,
    sessions: Iterable[int] | None = None,
) -> Sample:
    """Mix the best candidates with as many random points, in random order, and store the list.

    The random half is drawn from what is left of the frame without the candidates, so it is no
    sample of all points: no set is frozen from such a list.

    Raises:
        UserError: if there are too few of either, or the name stands for another list.
    """
    chosen = None if sessions is None else tuple(sessions)
    if known := find_draws(db, name):
        _check_known(db, known, (name, size, seed), chosen)
        return Sample(name, tuple(known), created=False)
    best = find_candidates(db, now, chosen)[:size]
    if len(best) < size:
        raise UserError(f"signs point at {len(best)} acts only; hand out at most so many.")
    taken = {candidate.place for candidate in best}
    rest = [place for place in read_frame(db, now, chosen) if place not in taken]
    rng = random.Random(f"hand out:{seed}")
    drawn = draw_sample(rest, Design(name, size, seed), rng)
    mixed: list[Candidate | Drawn] = [*best, *drawn]
    rng.shuffle(mixed)
    for number, one in enumerate(mixed, start=1):
        _add_draw(db, number, one, (name, seed), now)
    db.commit()
    return Sample(name, tuple(find_draws(db, name)), created=True)


def _check_known(
    db: Db, known: Sequence[Draw], what: tuple[str, int, int], chosen: Sequence[int] | None
) -> None:
    name, size, seed = what
    candidates = [draw for draw in known if draw.source == CANDIDATE]
    points = (db.get_one(DecisionPoint, draw.decision_point_id) for draw in known)
    elsewhere = chosen is not None and any(point.session_id not in chosen for point in points)
    if len(candidates) != size or len(known) != 2 * size or known[0].seed != seed or elsewhere:
        raise UserError(f"the list {name!r} was made otherwise; choose another --name.")


def _add_draw(
    db: Db, number: int, one: Candidate | Drawn, what: tuple[str, int], now: datetime
) -> None:
    row = draw_row(store_place(db, one.place), one.place, *what, now)
    row.number = number
    if isinstance(one, Candidate):
        row.source, row.score, row.reason = CANDIDATE, one.score, one.reason
    else:
        row.source, row.probability = RANDOM, one.probability
    db.add(row)
