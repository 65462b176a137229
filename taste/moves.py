"""People's own moves, written from the prefix alone, on screen or in a file: the arm `person`.

A person's later move at the same point stands in for the earlier one, which is kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import col, select

from taste.eligibility import refuse_ineligible
from taste.identity import identity
from taste.points import DEFAULT_STUDY_DISPLAY
from taste.proposals import add_proposal
from taste.tables import Proposal
from transcripts.annotations import find_or_add_annotator, refuse_unusable
from transcripts.db import Db
from transcripts.decision_points import Point, resolve_point, store_point
from transcripts.decoding import clean, parse_object
from transcripts.errors import UserError
from transcripts.points import PointsImport, Refusal, read_lines
from transcripts.queries import get_part, read_prefix
from transcripts.rendering.text import render_shown
from transcripts.tables import Annotator, DecisionPoint, Session

PERSON = "person"


class Said(BaseModel):
    """What a person would do next, in their own words."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    move: str
    why: str | None = None
    wrong_if: str | None = None
    shown_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Of the text that the person was shown; none: the prefix as it is shown by default."""

    @field_validator("move", "why", "wrong_if", mode="after")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        return text and clean(text).strip()

    @field_validator("move", mode="after")
    @classmethod
    def _says_something(cls, text: str) -> str:
        return _not_blank(text)


class WrittenMove(Said):
    """One line of a file of moves."""

    session: str
    before: str
    thread: str | None = None
    """The thread of the point; none: the session's own."""
    part: int | None = None
    """Which part of the session, where it came in several files that share nothing."""

    @field_validator("session", "before", mode="after")
    @classmethod
    def _names_something(cls, text: str) -> str:
        return _not_blank(clean(text).strip())


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("is blank")
    return text


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A line that is valid in itself."""

    line: int
    written: WrittenMove


@dataclass(frozen=True, slots=True)
class Asked:
    """Where somebody is asked what they would do next."""

    session: Session
    point: Point
    within: int | None = None
    """The assignment in which they are at work, if they are."""


def read_moves(path: Path) -> Iterator[MoveLine | Refusal]:
    """Read a file of moves; a line that is not valid comes as a `Refusal`.

    Raises:
        UserError: if the file cannot be opened.
    """
    return read_lines(path, _parse_move)


def _parse_move(line: bytes, number: int) -> MoveLine:
    value = parse_object(line)
    if not isinstance(value, dict):
        raise UserError("expected a JSON object.")
    return MoveLine(number, WrittenMove.model_validate(value))


def store_moves(
    db: Db, lines: Iterable[MoveLine | Refusal], person: str, now: datetime
) -> PointsImport:
    """Store a person's moves in one transaction, in the order of the file: all or none."""
    refused: list[Refusal] = []
    stored = unchanged = 0
    who = find_or_add_annotator(db, person)
    for line in lines:
        if isinstance(line, Refusal):
            refused.append(line)
            continue
        try:
            if _store_line(db, line.written, who, now):
                stored += 1
            else:
                unchanged += 1
        except UserError as error:
            refused.append(Refusal(line.line, str(error)))
    if refused:
        db.rollback()
        return PointsImport(0, 0, tuple(refused))
    db.commit()
    return PointsImport(stored, unchanged, ())


def _store_line(db: Db, written: WrittenMove, who: Annotator, now: datetime) -> bool:
    """Add the move of a line; False if it is what the person said last at this point."""
    session = _session(db, written)
    refuse_unusable(db, session, now)
    at = Asked(session, resolve_point(db, session, written.before))
    return store_move(db, who, at, written, now)[1]


def store_move(
    db: Db, who: Annotator, at: Asked, said: Said, now: datetime
) -> tuple[Proposal, bool]:
    """Add a person's move to the transaction under way, and say whether it is a new one.

    Raises:
        UserError: if the person may not propose here; nothing is added.
    """
    session = at.session
    row = store_point(db, session, at.point)
    assert row.id is not None
    words = said.model_dump(include={"move", "why", "wrong_if"})
    words["shown_hash"] = said.shown_hash or _shown_hash(db, row)
    moves = find_persons_moves(db, row.id)
    mine = next((move for move in moves if move.annotator_id == who.id), None)
    if mine is not None and mine.model_dump(include=set(words)) == words:
        return mine, False
    refuse_ineligible(db, "propose", who.name, session, at.point, at.within)
    replaced = mine.identity if mine else None
    added = add_proposal(
        db,
        now,
        identity=identity(PERSON, who.name, session.lineage, row.prefix_hash, words, replaced),
        decision_point_id=row.id,
        arm=PERSON,
        repeat=moves.index(mine) + 1 if mine else len(moves) + 1,
        outcome="proposed",
        annotator_id=who.id,
        simulated=False,
        **words,
    )
    return added, True


def _session(db: Db, written: WrittenMove) -> Session:
    session = get_part(db, written.session, written.before, written.part)
    if written.thread not in {None, session.thread}:
        raise UserError(
            f"points of session {session.external_id!r} are on its thread {session.thread!r}, "
            f"not on {written.thread!r}."
        )
    return session


def _shown_hash(db: Db, point: DecisionPoint) -> str:
    """Of what `taste show SESSION --before EVENT` prints."""
    prefix = read_prefix(db, point.session_id, point.thread, point.cut)
    return render_shown(prefix, DEFAULT_STUDY_DISPLAY).shown_hash


def find_persons_moves(
    db: Db, decision_point_id: int, at: datetime | None = None
) -> list[Proposal]:
    """What people proposed at a point, each person's latest, by who came first.

    A person that comes later is appended, so that a number in this list goes on to mean the same
    person. Copies of the point in other sessions of the lineage count as the point.

    Args:
        db: the database.
        decision_point_id: the point.
        at: moves that were stored later do not count.
    """
    point = db.get_one(DecisionPoint, decision_point_id)
    session = db.get_one(Session, point.session_id)
    query = (
        select(Proposal)
        .join(DecisionPoint, col(DecisionPoint.id) == Proposal.decision_point_id)
        .join(Session, col(Session.id) == DecisionPoint.session_id)
        .where(
            Proposal.arm == PERSON,
            DecisionPoint.prefix_hash == point.prefix_hash,
            Session.lineage == session.lineage,
        )
        .order_by(col(Proposal.created_at), col(Proposal.id))
    )
    if at is not None:
        query = query.where(Proposal.created_at <= at)
    latest = {proposal.annotator_id: proposal for proposal in db.exec(query)}
    return list(latest.values())
