"""Running a study: how much is missing and what it costs, then the workers that do it.

A stop of any kind leaves every answered call stored; the next start does the rest.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from taste.asking import Asking, Unanswered
from taste.calls import spent_usd
from taste.client import Client
from taste.endpoints import api_key, refusal
from taste.jobs import Job, find_or_add_run, open_jobs, read_open_sessions
from taste.spending import Budget
from taste.study import Endpoint, Study
from taste.tables import Run
from taste.trials import Trials
from transcripts.db import Db
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a start has got."""

    done: int
    total: int
    answered: int
    spent_usd: float


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a start ended."""

    run_id: int
    done: int
    total: int
    answered: int
    spent_usd: float
    stopped: str | None
    """Why the start did less than it was asked for, if it did."""


async def open_run(db: Db, study: Study, text: str, now: datetime) -> Run:
    """Find or make the study's run, after asking loopback endpoints who they are."""
    client = Client(_endpoints(study), study.limits, Budget(study.limits.budget_usd))
    try:
        simulated = await _meet(client, study)
    finally:
        await client.close()
    run = find_or_add_run(db, study, text, now, simulated=simulated)
    _check_leave(db, run, study, now)
    return run


def _check_leave(db: Db, run: Run, study: Study, now: datetime) -> None:
    """Refuse before anything is sent what the client would refuse in the middle."""
    refused = [
        reason
        for session in read_open_sessions(db, open_jobs(db, run, study))
        for endpoint in study.used_endpoints
        if (reason := refusal(session, endpoint, now.date()))
    ]
    if refused:
        more = f" ({len(refused) - 1} more refusals like this one)" if len(refused) > 1 else ""
        raise UserError(f"{refused[0]}{more}")


async def _meet(client: Client, study: Study) -> bool:
    """Ask for every key, and the loopback endpoints who they are; whether one is simulated."""
    for endpoint in study.used_endpoints:
        api_key(endpoint)
    return any([await client.is_simulated(endpoint.name) for endpoint in study.used_endpoints])


async def run_study(
    db: Db,
    study: Study,
    run: Run,
    now: Callable[[], datetime],
    limit: int | None,
    report: Callable[[Progress], None],
) -> RunResult:
    """Do the run's open trials with bounded concurrency, at most `limit` of them."""
    assert run.id is not None
    jobs = open_jobs(db, run, study)
    if not jobs and run.status == "done":
        return RunResult(run.id, 0, 0, 0, spent_usd(db, run.id), None)
    chosen = jobs if limit is None else jobs[:limit]
    budget = Budget(study.limits.budget_usd, spent=spent_usd(db, run.id))
    client = Client(_endpoints(study), study.limits, budget, clock=now)
    asking = Asking(db, run, client, now)
    workers = _Workers(Trials(asking, study), chosen, report)
    try:
        await _meet(client, study)
        _begin(db, run)
        with _interruptible(workers):
            await workers.run(study.limits.concurrency)
    finally:
        await client.close()
        db.rollback()
    _end(db, run, len(jobs) - workers.done, workers, now())
    return RunResult(
        run.id, workers.done, len(jobs), asking.answered, budget.spent, workers.fault()
    )  # fmt: skip


def _begin(db: Db, run: Run) -> None:
    run.status, run.reason, run.finished_at = "running", None, None
    db.add(run)
    db.commit()


def _end(db: Db, run: Run, left: int, workers: "_Workers", now: datetime) -> None:
    run.status = "done" if left == 0 else "stopped"
    run.reason = workers.fault() or (
        f"{left} trials are left; run the same command again to go on." if left else None
    )
    run.finished_at = now
    db.add(run)
    db.commit()


def _endpoints(study: Study) -> dict[str, Endpoint]:
    return {endpoint.name: endpoint for endpoint in study.endpoints}


def _database_fault(error: SQLAlchemyError) -> str:
    """What a failed write means for the person who started the run."""
    text = str(error.args[0])
    if isinstance(error, IntegrityError) and "unique" in text.lower():
        return (
            "another start is working on the same items; wait until it ends, "
            "then run the same command again."
        )
    return f"the database cannot be written: {text}"


class _Workers:
    """Takes jobs one after the other until there are none, or somebody says stop."""

    def __init__(self, trials: Trials, jobs: list[Job], report: Callable[[Progress], None]) -> None:
        self._trials = trials
        self._jobs = iter(jobs)
        self._total = len(jobs)
        self._report = report
        self.done = 0
        self.unanswered: list[str] = []
        self.stopped: str | None = None
        self.tasks: list[asyncio.Task[None]] = []

    async def run(self, concurrency: int) -> None:
        self.tasks = [asyncio.create_task(self._work()) for _ in range(concurrency)]
        await asyncio.gather(*self.tasks)

    async def _work(self) -> None:
        for job in self._jobs:
            if self.stopped is not None:
                return
            try:
                await self._trials.do(job)
            except Unanswered as error:
                self.unanswered.append(str(error))
                continue
            except UserError as error:
                self.stop(str(error))
                return
            except SQLAlchemyError as error:
                self._trials.asking.db.rollback()
                self.stop(_database_fault(error))
                return
            except asyncio.CancelledError:
                return
            self.done += 1
            self._tell()

    def stop(self, reason: str) -> None:
        """Let the calls under way finish, and stop; the first reason stands."""
        self.stopped = self.stopped or reason
        self._trials.asking.client.stop()

    def _tell(self) -> None:
        asking = self._trials.asking
        spent = asking.client.budget.spent
        self._report(Progress(self.done, self._total, asking.answered, spent))

    def fault(self) -> str | None:
        """Why the start did less than it was asked for."""
        if self.stopped is None and self.unanswered:
            return (
                f"{len(self.unanswered)} trials got no answer (last: {self.unanswered[-1]}); "
                "run the same command again to try once more."
            )
        return self.stopped


@contextmanager
def _interruptible(workers: _Workers) -> Iterator[None]:
    """First Ctrl-C: finish the calls under way. Second: leave them."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if workers.stopped is not None:
            for task in workers.tasks:
                task.cancel()
        workers.stop("interrupted; every answer is kept. Run the same command again to go on.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
