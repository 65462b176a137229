"""The attacks on a study, priced and made: nothing is asked twice, and a stop loses no answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from taste.asking import Asking, Unanswered
from taste.attacking.judged import Question, ask_judge, open_questions
from taste.attacking.plans import Job, Plan, client_of, meet
from taste.attacking.restated import Rewording, ask_restater, find_reply, rewordings
from taste.batching.promised import around_batches
from taste.calls import spent_usd
from taste.cheapest import read_rate
from taste.planning.results import Cost
from taste.planning.tokens import ANSWER_TOKENS
from taste.points import PointText
from taste.progress import Progress
from taste.requests import Request
from taste.run_costs import find_doubtful
from taste.seats import ModelSeat
from taste.spending import CHARS_PER_TOKEN, Budget, most_cost, prompt_price
from taste.workers import RunResult, Work, work_off
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class _Open:
    """What a job has still to ask."""

    text: PointText
    questions: tuple[Question, ...] = ()
    rewordings: tuple[Rewording, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self.questions or self.rewordings)


def _open(db: Db, plan: Plan, job: Job) -> _Open:
    text = plan.read(db, job.target)
    if job.restates:
        every = rewordings(plan.bench, job.target, text)
        return _Open(text, rewordings=tuple(r for r in every if find_reply(db, r.key) is None))
    return _Open(text, questions=tuple(open_questions(db, plan.bench, job.target, text)))


def price_attack(db: Db, plan: Plan) -> Cost:
    """Price what is still open, request by request."""
    total = Cost()
    for job in plan.jobs:
        needed = _open(db, plan, job)
        for number, rewording in enumerate(needed.rewordings):
            total.add(_price(rewording.request, plan.bench.study.restater, cached=number > 0))
        for number, question in enumerate(needed.questions):
            cached = number > 0 and question.attack.where == "move"
            seat = plan.bench.judge(job.target.judge)
            total.add(_price(question.request, seat, cached=cached))
    return total


def _price(request: Request, seat: ModelSeat, *, cached: bool) -> Cost:
    """One call; the part before the cache breakpoint is read from the cache, or not."""
    shared = read_rate(seat.price) if cached else prompt_price(seat.price)
    prompt = len(request.context) * shared + len(request.question) * seat.price.input
    answer = min(ANSWER_TOKENS, seat.max_tokens) * seat.price.output
    expected = (prompt / CHARS_PER_TOKEN + answer) / 1e6
    return Cost(1, expected, most_cost(request, seat))


async def run_attack(
    db: Db, plan: Plan, now: Callable[[], datetime], report: Callable[[Progress], None]
) -> RunResult:
    """Make the attacks that are still open, with bounded concurrency."""
    study, run = plan.bench.study, plan.bench.run
    jobs = [job for job in plan.jobs if _open(db, plan, job).is_any]
    spent = spent_usd(db, plan.bench.run_id)
    if not jobs and run.status == "done":
        return RunResult(plan.bench.run_id, 0, 0, 0, spent, None)
    doubtful = find_doubtful(db, plan.bench.run_id).usd
    budget = Budget(study.limits.budget_usd, spent=spent, doubtful=doubtful)
    client = client_of(study, budget, now)
    asking = Asking(db, run, client, now, around_batches(db, client))

    async def do(job: Job) -> None:
        await _do(asking, plan, job)

    try:
        await meet(client, study)
        work = Work(jobs, do, len(jobs), "rounds of attacks")
        return await work_off(asking, work, study.limits.concurrency, report)
    finally:
        await client.close()


async def _do(asking: Asking, plan: Plan, job: Job) -> None:
    """Make a job's open attacks one after the other, so that the session is read from a cache.

    Raises:
        Unanswered: if one got no answer; the others were made.
    """
    needed = _open(asking.db, plan, job)
    steps: list[Callable[[], Awaitable[object]]] = [
        *(partial(ask_judge, asking, plan.bench, needed.text, one) for one in needed.questions),
        *(partial(ask_restater, asking, needed.text, one) for one in needed.rewordings),
    ]
    unanswered: Unanswered | None = None
    for step in steps:
        try:
            await step()
        except Unanswered as error:
            unanswered = error
    if unanswered is not None:
        raise unanswered
