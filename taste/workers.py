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

from taste.asking import Asking, Unanswered
from transcripts.errors import UserError

Job = TypeVar("Job")


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


async def work_off(
    asking: Asking, work: Work[Job], concurrency: int, report: Callable[[Progress], None]
) -> RunResult:
    """Do the jobs, and keep the run's state in its row."""
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
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, concurrency: int) -> None:
        jobs = iter(self.work.jobs)
        self.tasks = [asyncio.create_task(self._work(jobs)) for _ in range(concurrency)]
        await asyncio.gather(*self.tasks)

    async def _work(self, jobs: Iterator[Job]) -> None:
        for job in jobs:
            if self.stopped is not None:
                return
            try:
                await self.work.do(job)
            except Unanswered as error:
                self.unanswered.append(str(error))
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
            self._tell()

    def stop(self, reason: str) -> None:
        """Let the calls under way finish, and stop; the first reason stands."""
        self.stopped = self.stopped or reason
        self.asking.client.stop()

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
