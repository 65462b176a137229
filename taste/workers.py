"""Working off a run's jobs with bounded concurrency, until there are none or somebody says stop.

A stop of any kind leaves every answered call stored; the next start does the rest.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from taste.asking import Absent, Asking, Deferred, Promised, Unanswered
from taste.holding import Hold, held
from taste.interrupting import interruptible
from taste.manifests import store_run_manifest
from taste.progress import Progress, Speed
from taste.run_costs import find_doubtful
from transcripts.db import keep_few_pages
from transcripts.errors import UserError

Job = TypeVar("Job")
TICK = 1.0
"""Seconds between two words on how far it has got."""
MOST_UNANSWERED = 20
"""So many jobs in a row without an answer, and the rest is not tried."""


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
    name: str = "trials"
    """What was to be done."""
    unknown: str = ""
    """What is not known of the run's costs, in words."""

    @property
    def shortfall(self) -> str | None:
        """Why not everything that was planned has an outcome, if so."""
        left = self.total - self.done
        if self.stopped is not None or left == 0:
            return self.stopped
        what = f"{left} of {self.total} open {self.name} are left"
        return f"{what}; run the same command again to go on."


@dataclass(frozen=True, slots=True)
class Work(Generic[Job]):
    """What a start is to do."""

    jobs: Sequence[Job]
    do: Callable[[Job], Awaitable[None]]
    open: int
    """Jobs that the run has still to do, with those that this start leaves for another."""
    name: str = "trials"
    """What the jobs are called."""
    before: Callable[[], Coroutine[Any, Any, bool]] | None = None
    """Awaited once the run is held by this process alone; what it raises ends the start."""
    between: Callable[[], Awaitable[bool]] | None = None
    """Awaited after each pass; whether another pass may get further."""
    waiting: Callable[[], int] = int
    """Requests that are answered between passes."""


async def work_off(
    asking: Asking, work: Work[Job], concurrency: int, report: Callable[[Progress], None]
) -> RunResult:
    """Do the jobs, and keep the run's state in its row."""
    workers = _Workers(asking, work, report, asking.run.simulated)
    with interruptible(workers.interrupt, workers.leave):
        async with held(asking.db, asking.run, asking.now, workers.stop) as hold:
            asking.hold = hold
            await workers.prepare()
            return await _work_off(workers, hold, concurrency)


async def _work_off(workers: "_Workers[Job]", hold: Hold, concurrency: int) -> RunResult:
    asking, work = workers.asking, workers.work
    db, run, writer = asking.db, asking.run, asking.writer
    keep_few_pages(db)
    run.status, run.reason, run.finished_at = "running", None, None
    db.add(run)
    db.commit()
    try:
        await workers.run(concurrency)
    finally:
        await writer.settle()
    await hold.renew()
    if hold.lost is None:
        try:
            _store_end(workers)
        except SQLAlchemyError as error:
            workers.stop(str(writer.fail(error)))
    budget = asking.client.budget
    unknown = find_doubtful(db, hold.run_id).sentence if budget.doubtful else ""
    return RunResult(
        hold.run_id, workers.done, work.open, asking.answered, budget.spent, workers.fault(),
        work.name, unknown,
    )  # fmt: skip


def _store_end(workers: "_Workers[Job]") -> None:
    """Write into the run's row how this start ended."""
    asking, work = workers.asking, workers.work
    db, run = asking.db, asking.run
    assert run.id is not None
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


@dataclass
class _Workers(Generic[Job]):
    """Takes jobs one after the other until there are none, or somebody says stop."""

    asking: Asking
    work: Work[Job]
    report: Callable[[Progress], None]
    simulated: bool
    done: int = 0
    running: int = 0
    unanswered: list[str] = field(default_factory=list)
    absent: Counter[str] = field(default_factory=Counter)
    """Models that are not there -> the jobs that wait for them."""
    stopped: str | None = None
    in_a_row: int = 0
    """Jobs one after the other that got no answer."""
    left: int = 0
    """Calls under way that were not waited for."""
    deferred: list[Job] = field(default_factory=list)
    tasks: list[asyncio.Task[bool]] = field(default_factory=list)
    stopping: str | None = None
    """What is still waited for, once somebody has asked to stop."""
    speed: Speed = field(default_factory=Speed)

    async def prepare(self) -> None:
        """Do what is to be done before the first job."""
        if self.work.before is not None:
            await self._finish([self.work.before()])

    async def run(self, concurrency: int) -> None:
        ticking = asyncio.create_task(self._tick())
        try:
            await self._run(concurrency)
        finally:
            ticking.cancel()
            self._tell()

    async def _tick(self) -> None:
        while True:
            self._tell()
            await asyncio.sleep(TICK)

    async def _run(self, concurrency: int) -> None:
        jobs = self.work.jobs
        while True:
            queue = iter(jobs)
            await self._finish([self._work(queue) for _ in range(concurrency)])
            if self.work.between is None or self.stopped is not None:
                return
            if not await self._finish([self._goes_on(self.work.between)]):
                return
            jobs, self.deferred = self.deferred, []

    async def _finish(self, steps: Sequence[Coroutine[Any, Any, bool]]) -> bool:
        """Wait for every step, also where one fails, so that no answer is lost with it."""
        self.tasks = [asyncio.create_task(step) for step in steps]
        ended = await asyncio.gather(*self.tasks, return_exceptions=True)
        for end in ended:
            if isinstance(end, Exception):
                raise end
        return all(not isinstance(end, BaseException) and end for end in ended)

    async def _goes_on(self, between: Callable[[], Awaitable[bool]]) -> bool:
        """Whether what was deferred is worth another pass."""
        try:
            return await between() and self.stopped is None
        except UserError as error:
            self.stop(str(error))
        except SQLAlchemyError as error:
            self.stop(str(self.asking.writer.fail(error)))
        return False

    async def _work(self, jobs: Iterator[Job]) -> bool:
        for job in jobs:
            if self.stopped is not None:
                break
            try:
                await self._do(job)
            except UserError as error:
                self.stop(str(error))
            except SQLAlchemyError as error:
                self.stop(str(self.asking.writer.fail(error)))
            except Exception:
                self.stop("an error in this program stopped the run; every answer is kept.")
                raise
        return True

    async def _do(self, job: Job) -> None:
        self.running += 1
        try:
            await self.work.do(job)
        except Deferred:
            self.deferred.append(job)
        except Absent as error:
            self.absent[str(error)] += 1
            self.unanswered.append(str(error))
        except Promised as error:
            self.unanswered.append(str(error))
        except Unanswered as error:
            self._count_unanswered(str(error))
        else:
            self.done += 1
            self.in_a_row = 0
        finally:
            self.running -= 1

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
        with suppress(OSError):  # the terminal may be gone
            self.report(self._progress())

    def _progress(self) -> Progress:
        asking, total = self.asking, len(self.work.jobs)
        client, tally, budget = asking.client, asking.tally, asking.client.budget
        return Progress(
            self.work.name, self.done, total, self.running, len(self.unanswered),
            dict(tally.excluded), dict(tally.failed), asking.answered, client.under_way,
            budget.spent, budget.reserved, budget.limit, tally.cached,
            {" ".join(key): rate for key, rate in client.rates.items()},
            self.speed.seconds_left(time.monotonic(), self.done, total),
            self.simulated, self.work.waiting(), self.stopping,
        )  # fmt: skip

    def interrupt(self, why: str) -> None:
        """Let the calls under way finish, and stop, since somebody asks for it."""
        first, calls = self.stopped is None, self.asking.client.under_way
        self.stop(f"{why} Run the same command again to go on.")
        if first and calls:
            self.stopping = (
                f"finishing {calls} calls under way; Ctrl-C again leaves them, paid or not"
            )
            self._tell()

    def leave(self) -> None:
        """Wait no longer for the calls under way."""
        self.left += self.asking.client.under_way
        for task in self.tasks:
            task.cancel()

    def fault(self) -> str | None:
        """Why the start did less than it was asked for, and what became of what it paid for."""
        reason = self.stopped
        if reason is None and self.absent:
            reason = " ".join(
                f"{number} {self.work.name} wait, since {why}; run the same command again then."
                for why, number in self.absent.items()
            )
        elif reason is None and self.unanswered:
            reason = (
                f"{len(self.unanswered)} {self.work.name} got no answer (last: "
                f"{self.unanswered[-1]}); run the same command again to try once more."
            )
        if reason and self.left:
            reason += f" {self.left} calls under way were left; they may be paid for twice."
        lost = self.asking.writer.unstored
        if reason and lost:
            cost = sum(attempt.cost_usd for _, attempt, _ in lost)
            reason += f" {len(lost)} calls (${cost:.2f}) were made and could not be stored."
        return reason
