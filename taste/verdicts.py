"""Comparisons and verdicts as rows: found by identity, appended, never edited."""

from datetime import datetime
from typing import Any, Literal

from sqlmodel import select

from taste.identity import identity, settings_of
from taste.requests import prompt_hash
from taste.study import Judge
from taste.tables import Comparison, Restatement, TrialVerdict, Verdict
from transcripts.db import Db

Order = Literal["human", "proposal"]
ORDERS: tuple[Order, Order] = ("human", "proposal")
"""Whose move comes first."""


def verdict_identity(
    moves: tuple[str, str],
    order: Order,
    view_hash: str,
    judge: Judge,
    sample: int,
    *,
    simulated: bool,
) -> str:
    """Identity of a verdict: both moves (human's, proposed), their order, the view, the judge."""
    return identity(
        "judge", moves, order, view_hash, judge.view, prompt_hash("judge"),
        judge.name, judge.model, settings_of(judge), sample, simulated,
    )  # fmt: skip


def find_verdict(db: Db, key: str) -> Verdict | None:
    """The verdict with this identity."""
    return db.exec(select(Verdict).where(Verdict.identity == key)).first()


def find_or_add_comparison(
    db: Db, human: Restatement, proposed: Restatement, proposal_id: int, order: Order
) -> Comparison:
    """The comparison of two restated moves in one order, made on first use."""
    assert human.id is not None
    assert proposed.id is not None
    row = db.exec(
        select(Comparison).where(
            Comparison.human_id == human.id,
            Comparison.proposed_id == proposed.id,
            Comparison.order == order,
        )
    ).first()
    if row is None:
        row = Comparison(
            decision_point_id=human.decision_point_id,
            proposal_id=proposal_id,
            human_id=human.id,
            proposed_id=proposed.id,
            order=order,
        )
        db.add(row)
        db.flush()
    return row


def add_verdict(db: Db, now: datetime, **values: Any) -> Verdict:
    """Append a verdict to the transaction under way."""
    row = Verdict(created_at=now, **values)
    db.add(row)
    db.flush()
    return row


def link_verdict(db: Db, trial_id: int, verdict: Verdict) -> None:
    """Say that a run's trial uses a verdict."""
    assert verdict.id is not None
    if db.get(TrialVerdict, (trial_id, verdict.id)) is None:
        db.add(TrialVerdict(trial_id=trial_id, verdict_id=verdict.id))
