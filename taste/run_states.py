"""How far runs have got and what they have cost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col, select

from taste.bridges import Repeated, count_repeated
from taste.calls import NO_ANSWER, spent_usd
from taste.jobs import open_jobs
from taste.looks import Added, find_added, find_look
from taste.run_costs import Failed, RunCost, failed_calls, run_cost
from taste.study import parse_study
from taste.tables import Call, Run, Trial
from transcripts.db import Db
from transcripts.errors import UserError

_WINDOW = timedelta(minutes=2)
"""By whose pace the time left is told."""
_FEWEST = 5
"""Trials and calls before anything is said of the time left."""


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run has got."""

    run_id: int
    purpose: str
    study: str
    status: str
    reason: str | None
    simulated: bool
    holder: str | None
    """Host, process and token of who works on it, or was killed while it did."""
    beat_at: datetime | None
    """When that process last said that it lives."""
    trials: int
    finished: int
    excluded: int
    calls: int
    spent_usd: float
    looked_at: datetime | None = None
    """When outcomes of it were first looked at."""
    added: Added = field(default_factory=Added)
    """What it has that was added after results on its sessions were first looked at."""


def run_states(db: Db, number: int | None = None) -> Iterator[RunState]:
    """Every run, newest first; or the one of that number."""
    query = select(Run).order_by(col(Run.id).desc())
    if number is not None:
        query = query.where(col(Run.id) == number)
    for run in db.exec(query):
        assert run.id is not None
        trials = _count(db, Trial, run.id)
        excluded = select(func.count()).where(
            Trial.run_id == run.id, col(Trial.exclusion).is_not(None)
        )
        yield RunState(
            run_id=run.id,
            purpose=run.purpose,
            study=run.study,
            status=run.status,
            reason=run.reason,
            simulated=run.simulated,
            holder=run.holder,
            beat_at=run.beat_at,
            trials=trials,
            finished=trials - len(open_jobs(db, run)),
            excluded=db.exec(excluded).one(),
            calls=_count(db, Call, run.id),
            spent_usd=spent_usd(db, run.id),
            looked_at=look.created_at if (look := find_look(db, run.id)) else None,
            added=find_added(db, run),
        )


@dataclass(frozen=True, slots=True)
class RunDetail:
    """What a run has cost, and what became of its calls and trials."""

    run_id: int
    cost: RunCost
    budget_usd: float
    failed: tuple[Failed, ...]
    excluded: dict[str, int]
    """Reason, without its details -> trials."""
    repeated: tuple[Repeated, ...]
    """What its judges were asked again."""
    last_minute: int
    """Calls that were begun in the last minute."""
    seconds_left: float | None
    """For the open trials, at the pace of late; None where nothing works on it or too little is
    known."""


def run_detail(db: Db, run: Run, now: datetime) -> RunDetail:
    """What a run has cost so far, and what became of its calls and trials."""
    assert run.id is not None
    calls = _count_calls(db, run, now)
    return RunDetail(
        run.id,
        run_cost(db, run.id),
        parse_study(run.study_text, f"run {run.id}").limits.budget_usd,
        failed_calls(db, run.id),
        _excluded(db, run.id),
        count_repeated(db, run),
        calls.last_minute,
        _seconds_left(db, run, calls, now),
    )


@dataclass(frozen=True, slots=True)
class _Calls:
    """A run's calls by when they were begun, of one look at them all."""

    last_minute: int
    answered: int
    late: int
    """Answered ones of the window."""
    first: datetime | None


def _count_calls(db: Db, run: Run, now: datetime) -> _Calls:
    begun, answered = col(Call.started_at), col(Call.outcome).not_in(NO_ANSWER)
    query = sqlalchemy.select(
        func.count().filter(begun > now - timedelta(minutes=1)),
        func.count().filter(answered),
        func.count().filter(answered, begun > now - _WINDOW),
        func.min(begun),
    ).where(col(Call.run_id) == run.id)
    return _Calls(*db.connection().execute(query).one())


def _seconds_left(db: Db, run: Run, calls: _Calls, now: datetime) -> float | None:
    """Seconds for the open trials, if each takes as many calls as those that are finished."""
    assert run.id is not None
    if run.status != "running" or calls.first is None:
        return None
    open_ = len(open_jobs(db, run))
    finished = _count(db, Trial, run.id) - open_
    if finished < _FEWEST or calls.late < _FEWEST:
        return None
    span = min(_WINDOW, max(now - calls.first, timedelta(seconds=1)))
    return open_ * calls.answered / finished * span.total_seconds() / calls.late


def read_any_run(db: Db, number: int) -> Run:
    """A run by its number, whatever it is for.

    Raises:
        UserError: if there is none.
    """
    run = db.get(Run, number)
    if run is None:
        raise UserError(f"there is no run {number}; `taste status` lists them.")
    return run


def _excluded(db: Db, run_id: int) -> dict[str, int]:
    query = (
        sqlalchemy.select(col(Trial.exclusion), func.count())
        .where(col(Trial.run_id) == run_id, col(Trial.exclusion).is_not(None))
        .group_by(col(Trial.exclusion))
        .order_by(col(Trial.exclusion))
    )
    counts: dict[str, int] = {}
    for reason, number in db.connection().execute(query):
        name = str(reason).partition(":")[0]
        counts[name] = counts.get(name, 0) + number
    return counts


def _count(db: Db, table: type[Trial] | type[Call], run_id: int) -> int:
    return db.exec(select(func.count()).where(col(table.run_id) == run_id)).one()
