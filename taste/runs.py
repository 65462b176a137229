"""Running a study: finds or makes its run, and has its open trials done."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from taste.asking import Asking, PassSender
from taste.batching.promised import around_batches
from taste.bridges import BridgeJob, open_work
from taste.bridging import Bridging
from taste.calls import spent_usd
from taste.client import Client
from taste.contexts import Ttls
from taste.endpoints import api_key, capability_fault, refusal
from taste.jobs import STUDY, Job, Purpose, find_or_add_run, read_open_sessions
from taste.progress import Progress
from taste.run_costs import find_doubtful
from taste.seats import Endpoint
from taste.spending import Budget
from taste.study import Study, blinding_fault
from taste.tables import Run
from taste.trials import Trials
from taste.workers import RunResult, Work, work_off
from transcripts.db import Db
from transcripts.errors import UserError


async def open_run(db: Db, study: Study, text: str, now: datetime, purpose: Purpose = STUDY) -> Run:
    """Find or make the study's run, after asking loopback endpoints who they are.

    Raises:
        UserError: if a set is missing, the study may not be run as it is, or a text not be sent.
    """
    for endpoint in study.used_endpoints:
        api_key(endpoint)
    run = await sketch_run(db, study, text, now, purpose)
    db.commit()
    check_leave(db, run, study, now)
    return run


async def sketch_run(
    db: Db, study: Study, text: str, now: datetime, purpose: Purpose = STUDY
) -> Run:
    """Find or make the study's run in the transaction under way, which the caller ends.

    Raises:
        UserError: if a set is missing, or the study may not be run as it is.
    """
    if fault := blinding_fault(study):
        raise UserError(fault)
    for seat in study.seats:
        if fault := capability_fault(seat, study.endpoint(seat.endpoint)):
            raise UserError(fault)
    client = Client(_endpoints(study), study.limits, Budget(study.limits.budget_usd))
    try:
        simulated = await _is_simulated(client, study)
    finally:
        await client.close()
    return find_or_add_run(db, study, text, now, simulated=simulated, purpose=purpose)


def check_leave(db: Db, run: Run, study: Study, now: datetime) -> None:
    """Refuse before anything is sent what the client would refuse in the middle.

    Raises:
        UserError: naming the first session whose text may not be sent.
    """
    refused = [
        reason
        for session in read_open_sessions(db, open_work(db, run, study))
        for endpoint in study.used_endpoints
        if (reason := refusal(session, endpoint, now.date()))
    ]
    if refused:
        more = f" ({len(refused) - 1} more refusals like this one)" if len(refused) > 1 else ""
        raise UserError(f"{refused[0]}{more}")


async def _is_simulated(client: Client, study: Study) -> bool:
    """Ask the loopback endpoints who they are; whether one is simulated."""
    return any([await client.is_simulated(endpoint.name) for endpoint in study.used_endpoints])


async def run_study(  # noqa: PLR0913 - what to run, and how it is watched and asked
    db: Db,
    study: Study,
    run: Run,
    now: Callable[[], datetime],
    limit: int | None,
    report: Callable[[Progress], None],
    *,
    make_sender: Callable[[Client], PassSender] | None = None,
    ttls: Ttls | None = None,
) -> RunResult:
    """Do the run's open trials with bounded concurrency, at most `limit` of them.

    With `make_sender` it is asked in place of the client, in as many passes as it wants; `ttls`
    says how long contexts are kept in a cache, five minutes where it is silent.
    """
    assert run.id is not None
    jobs = open_work(db, run, study)
    if not jobs and run.status == "done":
        return RunResult(run.id, 0, 0, 0, spent_usd(db, run.id), None)
    chosen = jobs if limit is None else jobs[:limit]
    client = Client(_endpoints(study), study.limits, Budget(study.limits.budget_usd), clock=now)
    sender = make_sender(client) if make_sender else None
    asking = Asking(db, run, client, now, sender, ttls or {})
    prepare = _preparing(asking, sender)
    work = Work(chosen, _doing(asking, study), len(jobs), _name(jobs), prepare)
    if sender:
        sender.report_to(asking.hear)
        work = replace(work, between=sender.between_passes, waiting=lambda: sender.waiting)
    try:
        await _is_simulated(client, study)
        return await work_off(asking, work, study.limits.concurrency, report)
    finally:
        if sender:
            sender.close()
        await client.close()


def _preparing(
    asking: Asking, sender: PassSender | None
) -> Callable[[], Coroutine[Any, Any, bool]]:
    """What counts the money and takes up batches, while no other process adds to them."""

    async def prepare() -> bool:
        assert asking.run.id is not None
        budget = asking.client.budget
        budget.spent = spent_usd(asking.db, asking.run.id)
        budget.doubtful = find_doubtful(asking.db, asking.run.id).usd
        if sender:
            await sender.open()
        else:
            asking.sender = around_batches(asking.db, asking.client)
        return True

    return prepare


def _doing(asking: Asking, study: Study) -> Callable[[Job | BridgeJob], Awaitable[None]]:
    """What does a job of either kind."""
    trials, bridging = Trials(asking, study), Bridging(asking, study)

    async def do(job: Job | BridgeJob) -> None:
        await (bridging.do(job) if isinstance(job, BridgeJob) else trials.do(job))

    return do


def _name(jobs: Sequence[Job | BridgeJob]) -> str:
    repeats = any(isinstance(job, BridgeJob) for job in jobs)
    return "trials and repeated verdicts" if repeats else "trials"


def _endpoints(study: Study) -> dict[str, Endpoint]:
    return {endpoint.name: endpoint for endpoint in study.endpoints}
