"""Calibration samples: pairs drawn at random for people to judge, stored before anyone starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select

from taste.appending import append_row
from taste.assignment_tables import CalibrationDraw
from transcripts.db import Db
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class PairDrawn:
    """A pair that was drawn, with how likely that was."""

    comparison_id: int
    stratum: str
    probability: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample is for."""

    name: str
    view: str
    judge: str
    seed: int


def store_draws(db: Db, sample: Sample, drawn: Iterable[PairDrawn], now: datetime) -> int:
    """Store a sample, and return how many pairs it has.

    Raises:
        UserError: if there is one of this name; a sample is never changed.
    """
    check_new(db, sample.name)
    number = 0
    for number, one in enumerate(drawn, start=1):
        append_row(
            db,
            CalibrationDraw(
                name=sample.name,
                number=number,
                comparison_id=one.comparison_id,
                view=sample.view,
                judge=sample.judge,
                stratum=one.stratum,
                probability=one.probability,
                seed=sample.seed,
                created_at=now,
            ),
        )
    db.commit()
    return number


def check_new(db: Db, name: str) -> None:
    """Refuse a name that a sample has.

    Raises:
        UserError: naming it.
    """
    if not name.strip():
        raise UserError("the sample has no name; --name gives it one.")
    if db.exec(select(CalibrationDraw.id).where(CalibrationDraw.name == name)).first():
        raise UserError(f"there is a calibration sample {name!r} already; give this one another.")
