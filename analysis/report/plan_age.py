"""Reads when a run's analysis plan was fixed, and when there was first something to see."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from analysis.figures.families import PlanAge
from taste.tables import Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db


def read_plan_age(db: Db, run: Run) -> PlanAge:
    """Returns both times of a run.

    The plan counts as fixed when a run of the same study with the same plan was first started.
    The first verdict is the earliest that the run uses, its own or one that it found stored.
    """
    fixed: datetime | None = db.exec(
        select(func.min(col(Run.started_at))).where(
            col(Run.study) == run.study, col(Run.plan_hash) == run.plan_hash
        )
    ).one()
    first: datetime | None = db.exec(
        select(func.min(col(Verdict.created_at)))
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(col(Trial.run_id) == run.id)
    ).one()
    return PlanAge(fixed, first)
