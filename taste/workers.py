"""Working off a run's jobs with bounded concurrency, until there are none or somebody says stop.

A stop of any kind leaves every answered call stored; the next start does the rest.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from taste.asking import Asking, Deferred, Unanswered
from taste.holding import held
from taste.manifests import store_run_manifest
from transcripts.errors import UserError

Job = TypeVar("Job")
MOST_UNANSWERED = 20
"""So many jobs in a row without an answer, and the rest is not tried."""


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


@dataclass(frozen=True, slots=True)
class Work(Generic[Job]):
    """What a start is to do."""

    jobs: Sequence[Job]
    do: Callable[[Job], Awaitable[None]]
    open: int
    """Jobs that the run has still to do, with those that this start leaves for another."""
    name: str = "trials"
    """What the jobs are called."""
    between: Callable[[], Awaitable[bool]] | None = None
    """Awaited after each pass; whether another pass may get further."""


async def work_off(
    asking: Asking, work: Work[Job], concurrency: int, report: Callable[[Progress], None]
) -> RunResult:
    """Do the jobs, and keep the run's state in its row."""
    async with held(asking.db, asking.run, asking.now):
        return await _work_off(asking, work, concurrency, report)


async def _work_off(
    asking: Asking, work: Work[Job], concurrency: int, report: Callable[[Progress], None]
) -> RunResult:
    db, run = asking.db, asking.run
    assert run.id is not None
    workers = _Workers(asking, work, report)
    try:
        run.status, run.reason, run.finished_at = "running", None, None
        db.add(run)
        db.commit()
        with _interruptible(workers):
            await workers.run(concurrency)
    finally:
        db.rollback()
    left = work.open - workers.done
    run.status = "done" if left == 0 else "stopped"
    run.reason = workers.fault() or (
        f"{left} {work.name} are left; run the same command again to go on." if left else None
    )
    run.finished_at = asking.now()
    db.add(run)
    if run.status == "done":
        store_run_manifest(db, run.id, run.finished_at)
    db.commit()
    spent = asking.client.budget.spent
    return RunResult(run.id, workers.done, work.open, asking.answered, spent, workers.fault())


@dataclass
class _Workers(Generic[Job]):
    """Takes jobs one after the other until there are none, or somebody says stop."""

    asking: Asking
    work: Work[Job]
    report: Callable[[Progress], None]
    done: int = 0
    unanswered: list[str] = field(default_factory=list)
    stopped: str | None = None
    in_a_row: int = 0
    """Jobs one after the other that got no answer."""
    deferred: list[Job] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, concurrency: int) -> None:
        jobs = self.work.jobs
        while True:
            queue = iter(jobs)
            self.tasks = [asyncio.create_task(self._work(queue)) for _ in range(concurrency)]
            await asyncio.gather(*self.tasks)
            if not await self._goes_on():
                return
            jobs, self.deferred = self.deferred, []

    async def _goes_on(self) -> bool:
        """Whether what was deferred is worth another pass."""
        if self.work.between is None:
            return False
        try:
            return await self.work.between() and self.stopped is None
        except UserError as error:
            self.stop(str(error))
            return False

    async def _work(self, jobs: Iterator[Job]) -> None:
        for job in jobs:
            if self.stopped is not None:
                return
            try:
                await self.work.do(job)
            except Deferred:
                self.deferred.append(job)
                continue
            except Unanswered as error:
                self._count_unanswered(str(error))
                continue
            except UserError as error:
                self.stop(str(error))
                return
            except SQLAlchemyError as error:
                self.asking.db.rollback()
                self.stop(_database_fault(error))
                return
            except asyncio.CancelledError:
                return
            self.done += 1
            self.in_a_row = 0
            self._tell()

    def _count_unanswered(self, reason: str) -> None:
        """Note a job without an answer; after many in a row the others would get none either."""
        self.unanswered.append(reason)
        self.in_a_row += 1
        if self.in_a_row >= MOST_UNANSWERED:
            self.stop(
                f"{self.in_a_row} {self.work.name} in a row got no answer (last: {reason}); is "
                "the network or the endpoint down? Every answer is kept: run the same command "
                "again to go on."
            )

    def stop(self, reason: str) -> None:
        """Let the calls under way finish, and stop; the first reason stands."""
        self.stopped = self.stopped or reason
        self.asking.stop()

    def _tell(self) -> None:
        spent = self.asking.client.budget.spent
        self.report(Progress(self.done, len(self.work.jobs), self.asking.answered, spent))

    def fault(self) -> str | None:
        """Why the start did less than it was asked for."""
        if self.stopped is None and self.unanswered:
            return (
                f"{len(self.unanswered)} {self.work.name} got no answer (last: "
                f"{self.unanswered[-1]}); run the same command again to try once more."
            )
        return self.stopped


def _database_fault(error: SQLAlchemyError) -> str:
    """What a failed write means for the person who started the run."""
    text = str(error.args[0])
    if isinstance(error, IntegrityError) and "unique" in text.lower():
        return (
            "another start is working on the same items; wait until it ends, "
            "then run the same command again."
        )
    return f"the database cannot be written: {text}"


@contextmanager
def _interruptible(workers: _Workers[Job]) -> Iterator[None]:
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
