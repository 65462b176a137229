"""Which trials a study consists of, and which of them a run has still to do."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert
from sqlmodel import col, select

from taste.identity import identity
from taste.sets import get_set, read_items
from taste.study import Study
from taste.tables import Item, ItemSet, Run, Trial, TrialVerdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, Session

ON_A_SHARE = ("echo", "placebo", "shuffled")


@dataclass(frozen=True, slots=True)
class Job:
    """One trial that is to be done."""

    trial_id: int
    item_id: int
    arm: str
    repeat: int


def find_or_add_run(db: Db, study: Study, text: str, now: datetime, *, simulated: bool) -> Run:
    """The run of this very study, or a new one with all its trials.

    Other limits, a comment or white space do not make another study: a raised budget goes on
    with what the run has spent.

    Raises:
        UserError: if a set of the study does not exist.
    """
    study_hash = identity("study", study.model_dump(mode="json", exclude={"limits"}))
    query = select(Run).where(Run.study_hash == study_hash).order_by(col(Run.id).desc())
    run = db.exec(query).first()
    if run is not None:
        run.simulated = run.simulated or simulated
        db.add(run)
        db.commit()
        return run
    sets = [get_set(db, name) for name in study.sets]
    run = Run(
        study=study.name,
        study_text=text,
        study_hash=study_hash,
        plan_hash=study.plan_hash,
        simulated=simulated,
        seed=study.seed,
        status="stopped",
        reason="not begun: nothing was sent yet",
        started_at=now,
    )
    db.add(run)
    db.flush()
    assert run.id is not None
    rows = [
        {"run_id": run.id, "item_id": item.id, "arm": arm, "repeat": repeat}
        for item_set in sets
        for item, arm, repeat in _trials(db, study, item_set)
    ]
    db.connection().execute(insert(Trial), rows)
    db.commit()
    return run


def _trials(db: Db, study: Study, item_set: ItemSet) -> Iterator[tuple[Item, str, int]]:
    """Arms of every item: proposers, `stock`, and the other controls on a random share."""
    items = read_items(db, item_set)
    shared = _share(study, item_set, len(items))
    for number, item in enumerate(items):
        for proposer in study.proposers:
            for repeat in range(1, study.repeats + 1):
                yield item, proposer.name, repeat
        for arm in study.controls.arms:
            if arm in ON_A_SHARE and number not in shared:
                continue
            names = [f"placebo:{p.name}" for p in study.proposers] if arm == "placebo" else [arm]
            for name in names:
                yield item, name, 1


def _share(study: Study, item_set: ItemSet, size: int) -> set[int]:
    """The recorded random draw: seed and set determine it."""
    rng = random.Random(f"{study.seed}:{item_set.digest}")
    return set(rng.sample(range(size), math.ceil(study.controls.share * size)))


def open_jobs(db: Db, run: Run, study: Study) -> list[Job]:
    """Trials that are neither excluded nor have all their verdicts, item by item."""
    wanted = 2 * study.samples * len(study.judges)
    linked = (
        select(TrialVerdict.trial_id, func.count().label("number"))
        .group_by(col(TrialVerdict.trial_id))
        .subquery()
    )
    query = (
        select(Trial.id, Trial.item_id, Trial.arm, Trial.repeat)
        .outerjoin(linked, linked.c.trial_id == Trial.id)
        .where(
            Trial.run_id == run.id,
            col(Trial.exclusion).is_(None),
            func.coalesce(linked.c.number, 0) < wanted,
        )
        .order_by(col(Trial.item_id), col(Trial.id))
    )
    return [Job(*row) for row in db.exec(query).all()]


def read_open_sessions(db: Db, jobs: Sequence[Job]) -> list[Session]:
    """The sessions whose text is still to be sent, by external id."""
    query = select(Item.id, DecisionPoint.session_id).join(
        DecisionPoint, col(DecisionPoint.id) == Item.decision_point_id
    )
    wanted = {job.item_id for job in jobs}
    numbers = {session for item, session in db.exec(query) if item in wanted}
    sessions = [db.get_one(Session, number) for number in numbers]
    return sorted(sessions, key=lambda session: (session.external_id, session.part))


def get_run(db: Db, run_id: int | None) -> Run:
    """A run by number; without one, the latest.

    Raises:
        UserError: if there is none.
    """
    if run_id is not None:
        run = db.get(Run, run_id)
    else:
        run = db.exec(select(Run).order_by(col(Run.id).desc())).first()
    if run is None:
        what = f"run {run_id}" if run_id is not None else "run yet"
        raise UserError(f"there is no {what}; `taste run STUDY.toml` makes one.")
    return run
