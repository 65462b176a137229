"""Pilots: a run of everything on a few items that no test will use, and what people say of it.

Says what is to be run and reads what came of it; running is done elsewhere. Nothing here enters
a rate.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from taste.jobs import PILOT_RUN, TRY, Purpose, hash_study
from taste.manifests import add_about_run
from taste.run_tables import Review
from taste.study import Study
from taste.tables import (
    Call,
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.errors import UserError

Decision = Literal["accept", "reject"]


@dataclass(frozen=True, slots=True)
class ToReview:
    """A restatement or a verdict as a person is asked about it."""

    identity: str
    kind: str
    """restatement or verdict."""
    about: str
    """What it was made from."""
    says: str
    cost_usd: float


class Reviewed(BaseModel):
    """One line of a file of reviews; what it says beside these keys is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    identity: str
    decision: Decision
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PilotSummary:
    """What a pilot came to."""

    run_id: int
    simulated: bool
    items: int
    sessions: int
    trials: int
    done: int
    excluded: Mapping[str, int]
    """Trials without a score, by reason."""
    item_yield: float
    """Share of the items with a trial that could be judged."""
    cost_usd: float
    cost_per_item_usd: float
    reviewed: int
    waiting: int
    """Restatements and verdicts that nobody has looked at."""
    rejected: Mapping[str, int]
    """By kind."""


def pilot_study(study: Study, pilot: ItemSet) -> Study:
    """The study on the pilot set alone, with all its controls, views and probes on every item."""
    controls = study.controls.model_copy(update={"share": 1.0})
    return study.model_copy(update={"sets": (pilot.name,), "controls": controls})


def study_to_try(study: Study, item_set: ItemSet) -> Study:
    """The study on one set, with what every item of it has and no more."""
    controls = study.controls.model_copy(update={"share": 0.0})
    return study.model_copy(update={"sets": (item_set.name,), "controls": controls})


def piloting(items: tuple[int, ...]) -> Purpose:
    """What a pilot's run is for."""
    return Purpose(PILOT_RUN, items=items)


def read_pilot(db: Db, study: Study) -> tuple[Run, Study, Purpose]:
    """The study's latest pilot, the study as that ran it, and what it was for.

    Raises:
        UserError: if there was none, or the study is another one since.
    """
    query = select(Run).where(Run.purpose == PILOT_RUN, Run.study == study.name)
    run = db.exec(query.order_by(col(Run.id).desc())).first()
    if run is None:
        raise UserError(f"there was no pilot of {study.name!r}; `taste pilot` makes one.")
    chosen = select(Item).join(Trial, col(Trial.item_id) == col(Item.id))
    items = db.exec(chosen.where(Trial.run_id == run.id).distinct().order_by(col(Item.id))).all()
    tried = pilot_study(study, db.get_one(ItemSet, items[0].set_id))
    purpose = piloting(tuple(item.id for item in items if item.id is not None))
    if hash_study(tried, purpose) != run.study_hash:
        raise UserError(
            f"the study was changed since its pilot (run {run.id}); `taste pilot` makes a new one."
        )
    return run, tried, purpose


def trying(item: Item, arm: str) -> Purpose:
    """What a run of one arm on one item is for: to look at, and for nothing else."""
    assert item.id is not None
    return Purpose(TRY, (arm,), items=(item.id,))


def read_made(db: Db, run: Run) -> Iterator[ToReview]:
    """The restatements and verdicts that a run's trials use, each once, restatements first."""
    proposals = select(Trial.proposal_id).where(col(Trial.run_id) == run.id)
    used = (
        select(TrialVerdict.verdict_id)
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(col(Trial.run_id) == run.id)
    )
    compared = db.exec(
        select(Verdict, Comparison)
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .where(col(Verdict.id).in_(used))
        .order_by(col(Verdict.id))
    ).all()
    human = {comparison.human_id for _, comparison in compared}
    query = select(Restatement).where(
        col(Restatement.proposal_id).in_(proposals) | col(Restatement.id).in_(human)
    )
    moves = {row.id: row for row in db.exec(query.order_by(col(Restatement.id)))}
    for row in moves.values():
        says = row.move or f"excluded: {row.reason}"
        yield ToReview(row.identity, "restatement", row.verbatim, says, _cost(db, row.call_id))
    for verdict, comparison in compared:
        pair = [comparison.human_id, comparison.proposed_id]
        ordered = pair if comparison.order == "human" else pair[::-1]
        first, second = (db.get_one(Restatement, number).move for number in ordered)
        about = f"first: {first}\nsecond: {second}\n({verdict.judge}, view {verdict.view})"
        says = f"{verdict.verdict}: {verdict.reasoning or verdict.reason or ''}"
        cost = _cost(db, verdict.call_id)
        yield ToReview(verdict.identity, "verdict", about, says, cost)


def _cost(db: Db, call_id: int | None) -> float:
    return db.get_one(Call, call_id).cost_usd if call_id is not None else 0.0


def read_reviews(db: Db, run: Run) -> dict[str, Review]:
    """What was last said of each restatement and verdict, by identity."""
    query = select(Review).where(Review.run_id == run.id).order_by(col(Review.id))
    return {row.identity: row for row in db.exec(query)}


def add_reviews(db: Db, run: Run, reviews: Iterable[Reviewed], now: datetime) -> int:
    """Store what a person said; a later word stands in for an earlier one, which is kept.

    Raises:
        UserError: if one is of something that the run does not use; nothing is stored then.
    """
    assert run.id is not None
    known = {one.identity for one in read_made(db, run)}
    before = read_reviews(db, run)
    added: list[Review] = []
    for one in reviews:
        if one.identity not in known:
            db.rollback()
            raise UserError(f"run {run.id} made nothing with the identity {one.identity!r}.")
        was = before.get(one.identity)
        if was is None or (was.decision, was.note) != (one.decision, one.note):
            added.append(Review(run_id=run.id, created_at=now, **one.model_dump()))
    add_about_run(db, added, now)
    db.commit()
    return len(added)


def summarize_pilot(db: Db, run: Run) -> PilotSummary:
    """What a pilot came to."""
    assert run.id is not None
    rows = db.exec(
        select(Trial, Item)
        .join(Item, col(Item.id) == col(Trial.item_id))
        .where(col(Trial.run_id) == run.id)
    ).all()
    items = {item.id for _, item in rows}
    judged = {item.id for trial, item in rows if trial.done}
    made, reviews = list(read_made(db, run)), read_reviews(db, run)
    rejected = [one.kind for one in made if _is_rejected(reviews, one)]
    cost = sum(db.exec(select(Call.cost_usd).where(Call.run_id == run.id)))
    return PilotSummary(
        run_id=run.id,
        simulated=run.simulated,
        items=len(items),
        sessions=len({item.lineage for _, item in rows}),
        trials=len(rows),
        done=sum(trial.done for trial, _ in rows),
        excluded=dict(Counter(trial.exclusion for trial, _ in rows if trial.exclusion)),
        item_yield=len(judged) / max(1, len(items)),
        cost_usd=cost,
        cost_per_item_usd=cost / max(1, len(items)),
        reviewed=sum(one.identity in reviews for one in made),
        waiting=sum(one.identity not in reviews for one in made),
        rejected=dict(Counter(rejected)),
    )


def _is_rejected(reviews: Mapping[str, Review], one: ToReview) -> bool:
    found = reviews.get(one.identity)
    return found is not None and found.decision == "reject"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one arm on one item."""

    trial: Trial
    proposal: Proposal | None
    answer: Call | None
    """The call that the proposal is from, be it of an earlier run."""
    calls: tuple[Call, ...]
    """The calls that this run paid for."""


def read_tried(db: Db, run: Run) -> Tried:
    """The one trial of a run that tries something, and what it took."""
    trial = db.exec(select(Trial).where(Trial.run_id == run.id)).one()
    proposal = db.get(Proposal, trial.proposal_id) if trial.proposal_id else None
    calls = db.exec(select(Call).where(Call.run_id == run.id).order_by(col(Call.id))).all()
    asked = [call for call in calls if call.purpose == "propose"]
    answer = db.get(Call, proposal.call_id) if proposal and proposal.call_id else None
    return Tried(trial, proposal, answer or (asked[-1] if asked else None), tuple(calls))
