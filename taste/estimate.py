"""What a run has still to ask for and what that costs; and how far runs have got."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from taste.calls import spent_usd
from taste.jobs import Job, open_jobs
from taste.points import PointText, read_point
from taste.proposals import (
    find_proposal,
    find_restatement,
    model_identity,
    restatement_identity,
)
from taste.proposer import WITHOUT_MODEL, request_for
from taste.spending import CHARS_PER_TOKEN, most_cost_of, prompt_price
from taste.study import ModelSeat, Study
from taste.tables import Call, Item, Run, Trial
from transcripts.db import Db

ANSWER_TOKENS = 400
"""Tokens that an answer is expected to take; what it may take at most is `max_tokens`."""
PROMPT_BYTES = 4_000
"""Room for the words of a prompt and for a proposed move that is not known yet."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a start would send."""

    trials: int
    calls: int
    """At most so many: verdicts of trials that are not proposed yet are counted in full."""
    expected_usd: float
    most_usd: float


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    expected: float = 0.0
    most: float = 0.0

    def add(self, seat: ModelSeat, *texts: str, times: int = 1) -> None:
        tokens = sum(map(len, texts)) / CHARS_PER_TOKEN
        answer = min(ANSWER_TOKENS, seat.max_tokens)
        each = tokens * prompt_price(seat.price) + answer * seat.price.output
        size = PROMPT_BYTES + sum(len(text.encode()) for text in texts)
        self.calls += times
        self.expected += times * each / 1e6
        self.most += times * most_cost_of(size, seat)


def estimate_run(db: Db, run: Run, study: Study, limit: int | None) -> Estimate:
    """Count the calls that the open trials may need, and price them."""
    jobs = open_jobs(db, run, study)[:limit]
    total = _Sum()
    text: PointText | None = None
    item_id: int | None = None
    for job in jobs:
        if job.item_id != item_id:
            item_id = job.item_id
            text = read_point(db, db.get_one(Item, item_id), study.display)
            if find_restatement(db, _restated(text, text.act, study, run)) is None:
                total.add(study.restater, text.tail, text.act)
        assert text is not None
        _add_job(db, (study, run), job, text, total)
    return Estimate(len(jobs), total.calls, total.expected, total.most)


def _add_job(db: Db, of: tuple[Study, Run], job: Job, text: PointText, total: _Sum) -> None:
    """What one trial may still need: its proposal, its restatement, its verdicts."""
    study, run = of
    move = None
    if job.arm not in WITHOUT_MODEL:
        name = job.arm.rpartition(":")[2]
        seat = next(p for p in study.proposers if p.name == name)
        request = request_for(text, job.arm)
        key = model_identity(request, seat, job.repeat, simulated=run.simulated)
        row = find_proposal(db, key)
        move = row.move if row else None
        if row is None:
            total.add(seat, request.context)
    if move is None or find_restatement(db, _restated(text, move, study, run)) is None:
        total.add(study.restater, text.tail, move or "")
    for judge in study.judges:
        total.add(judge, text.prefix.text, text.aftermath, times=2 * study.samples)


def _restated(text: PointText, verbatim: str, study: Study, run: Run) -> str:
    return restatement_identity(verbatim, text.tail, study.restater, simulated=run.simulated)


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run has got."""

    run_id: int
    study: str
    status: str
    reason: str | None
    simulated: bool
    trials: int
    finished: int
    excluded: int
    calls: int
    spent_usd: float


def run_states(db: Db) -> Iterator[RunState]:
    """Every run, newest first."""
    from taste.study import parse_study

    for run in db.exec(select(Run).order_by(col(Run.id).desc())):
        assert run.id is not None
        study = parse_study(run.study_text, run.study)
        trials = _count(db, Trial, run.id)
        excluded = select(func.count()).where(
            Trial.run_id == run.id, col(Trial.exclusion).is_not(None)
        )
        yield RunState(
            run_id=run.id,
            study=run.study,
            status=run.status,
            reason=run.reason,
            simulated=run.simulated,
            trials=trials,
            finished=trials - len(open_jobs(db, run, study)),
            excluded=db.exec(excluded).one(),
            calls=_count(db, Call, run.id),
            spent_usd=spent_usd(db, run.id),
        )


def _count(db: Db, table: type[Trial] | type[Call], run_id: int) -> int:
    return db.exec(select(func.count()).where(col(table.run_id) == run_id)).one()
