"""Which trials a study consists of, and which of them a run has still to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy
from sqlalchemy import insert
from sqlmodel import col, select

from taste.arms import Place, arms_of, kind_of, places
from taste.conditions import TrialKind
from taste.identity import identity
from taste.sets import get_set
from taste.study import Study
from taste.tables import Item, ItemSet, Run, Trial
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, DecisionPoint, Session


@dataclass(frozen=True, slots=True)
class Job:
    """One trial that is to be done."""

    trial_id: int
    item_id: int
    arm: str
    repeat: int
    in_share: bool
    set_kind: str
    """As of `taste.arms.Place`."""

    @property
    def kind(self) -> TrialKind:
        """What decides how it is judged."""
        return TrialKind(self.arm, self.repeat, self.in_share)


class OnItem(Protocol):
    """A job that sends an item's text."""

    @property
    def item_id(self) -> int:
        """Row id of the item."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a run is for, and which arms it has in place of the study's."""

    name: str = "study"
    arms: tuple[str, ...] | None = None
    version: str = ""
    """Of what the arms are numbers in: another list is another run."""
    items: tuple[int, ...] | None = None
    """The only items that it has, by row id."""


STUDY = Purpose()
PILOT_RUN = "pilot"
"""Name of the purpose of a run of everything on a few items, whose sessions no test may use."""
TRY = "try"
"""Name of the purpose of a run of one arm on one item, to look at; no report takes it."""
ATTACK = "attack"
"""Name of the purpose of a run that has no trials: it asks about those of another."""


def hash_study(study: Study, purpose: Purpose = STUDY) -> str:
    """What makes two runs runs of one study for one purpose; the limits have no part in it."""
    # A study without a bridge is the study that it was before there were any.
    without = {"limits"} if study.bridge else {"limits", "bridge"}
    what = study.model_dump(mode="json", exclude=without)
    for_this = ("study",) if purpose == STUDY else (purpose.name, purpose.arms, purpose.version)
    if purpose.items is not None:
        for_this = (*for_this, purpose.items)
    return identity(*for_this, what)


def find_run(db: Db, study: Study, purpose: Purpose = STUDY) -> Run | None:
    """The latest run of this very study."""
    query = select(Run).where(Run.study_hash == hash_study(study, purpose))
    return db.exec(query.order_by(col(Run.id).desc())).first()


def find_or_add_run(
    db: Db,
    study: Study,
    text: str,
    now: datetime,
    *,
    simulated: bool,
    purpose: Purpose = STUDY,
) -> Run:
    """The run of this very study, or a new one with all its trials; the caller commits.

    Other limits, a comment or white space do not make another study: a raised budget goes on
    with what the run has spent.

    Raises:
        UserError: if a set of the study does not exist.
    """
    run = find_run(db, study, purpose)
    if run is not None:
        run.simulated = run.simulated or simulated
        db.add(run)
        return run
    sets = [get_set(db, name) for name in study.sets]
    run = Run(
        purpose=purpose.name,
        study=study.name,
        study_text=text,
        study_hash=hash_study(study, purpose),
        plan_hash=study.plan_hash,
        simulated=simulated,
        seed=study.seed,
        status="stopped",
        reason="not begun: nothing was sent yet",
        started_at=now,
    )
    db.add(run)
    db.flush()
    rows = [
        {"run_id": run.id, "item_id": place.item.id, "arm": arm, "repeat": repeat,
         "in_share": place.in_share, "done": False}
        for item_set in sets
        for place in places(db, study, item_set)
        if purpose.items is None or place.item.id in purpose.items
        for arm, repeat in _arms(db, study, run, place, purpose)
    ]  # fmt: skip
    db.connection().execute(insert(Trial), rows)
    return run


def _arms(
    db: Db, study: Study, run: Run, place: Place, purpose: Purpose
) -> Iterable[tuple[str, int]]:
    """The study's arms on an item, or those that the run has in their place."""
    if purpose.arms is None:
        return arms_of(db, study, run, place)
    return [(arm, 1) for arm in purpose.arms]


def open_jobs(db: Db, run: Run) -> list[Job]:
    """Trials that are neither excluded nor done, item by item."""
    columns: Any = (
        Trial.id, Trial.item_id, Trial.arm, Trial.repeat, Trial.in_share, ItemSet.kind,
        Annotation.kind,
    )  # fmt: skip
    query = (
        sqlalchemy.select(*columns)
        .join(Item, col(Item.id) == col(Trial.item_id))
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .outerjoin(Annotation, col(Annotation.id) == col(Item.annotation_id))
        .where(
            col(Trial.run_id) == run.id,
            col(Trial.exclusion).is_(None),
            col(Trial.done).is_(False),
        )
        .order_by(col(Trial.item_id), col(Trial.id))
    )
    rows = db.connection().execute(query)
    return [
        Job(number, item, arm, repeat, in_share, kind_of(of_set, label))
        for number, item, arm, repeat, in_share, of_set, label in rows
    ]


def read_open_sessions(db: Db, jobs: Sequence[OnItem]) -> list[Session]:
    """The sessions whose text is still to be sent, by external id."""
    query = select(Item.id, DecisionPoint.session_id).join(
        DecisionPoint, col(DecisionPoint.id) == Item.decision_point_id
    )
    wanted = {job.item_id for job in jobs}
    numbers = {session for item, session in db.exec(query) if item in wanted}
    sessions = [db.get_one(Session, number) for number in numbers]
    return sorted(sessions, key=lambda session: (session.external_id, session.part))


def get_run(db: Db, run_id: int | None) -> Run:
    """A run by number; without one, the latest of a study.

    Raises:
        UserError: if there is none, or it has no trials of its own.
    """
    if run_id is not None:
        run = db.get(Run, run_id)
    else:
        query = select(Run).where(Run.purpose == STUDY.name).order_by(col(Run.id).desc())
        run = db.exec(query).first()
    if run is None:
        what = f"run {run_id}" if run_id is not None else "run yet"
        raise UserError(f"there is no {what}; `taste run STUDY.toml` makes one.")
    if run.purpose == TRY:
        raise UserError(f"run {run.id} was tried on one item to look at it; no report takes it.")
    if run.purpose == ATTACK:
        raise UserError(
            f"run {run.id} attacks the judges of the study {run.study!r} and has no trials; what "
            "came of it stands in the report of the study's own run."
        )
    return run
