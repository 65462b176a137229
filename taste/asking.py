"""Asking for one row: finds it by identity, else sends, and stores call and row.

What every seat (proposer, restater, judge) shares; knows nothing of what is asked. Every attempt is
a committed row before its answer is used, and an answer whose row is missing is read again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from taste.again import Again
from taste.answers import TRIES, AnswerType, parse_answer
from taste.call_errors import NOT_FOUND
from taste.calls import NO_ANSWER, CallFor, find_answers, read_again
from taste.client import Client
from taste.contexts import Ttls, context_key
from taste.gate import NoModelError
from taste.holding import Hold
from taste.orders import Order
from taste.probe_tables import AttackVerdict, Probe
from taste.progress import Tally
from taste.replies import Attempt, Outcome
from taste.run_tables import BridgeVerdict
from taste.spending import StopRun
from taste.tables import Call, Digest, Proposal, Restatement, Run, Verdict
from taste.writing import Writer
from transcripts.db import Db
from transcripts.errors import UserError

Row = TypeVar(
    "Row", AttackVerdict, BridgeVerdict, Call, Digest, Probe, Proposal, Restatement, Verdict
)
Result = TypeVar("Result")
WAITING = 4
"""Orders at the client for each call that it may have in flight: some wait for their cache."""


class Unanswered(Exception):
    """No attempt got an answer; only the attempts are stored, and a later start tries again."""


class Absent(Unanswered):
    """The model is not there: its trials are left, and tell nothing of the others."""


class Promised(Unanswered):
    """A batch of another run will bring the answer; that tells nothing of the endpoint."""


class Deferred(Unanswered):
    """A batch will bring the answer; a later pass of this start finds it."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Stores attempts, and knows what they are for."""

    asking: "Asking"
    what: CallFor

    async def __call__(self, attempt: Attempt) -> int:
        """Store an attempt; its row is committed when this returns its id."""
        number = await self.asking.writer.store(self.what, attempt)
        self.asking.tally.count(attempt)
        return number


class Sender(Protocol):
    """What gets an order answered: the client, or batches."""

    async def send(self, order: Order, record: Recorder) -> tuple[Attempt, int]:
        """Get an answer; `record` was awaited with every attempt when this returns."""

    def stop(self) -> None:
        """Send no more; let what is under way finish."""


class PassSender(Sender, Protocol):
    """A sender that answers between two passes over the jobs."""

    def report_to(self, heard: Callable[[Attempt], None]) -> None:
        """Tell of each answer that no call of `send` returned."""

    @property
    def waiting(self) -> int:
        """Requests that wait for such an answer."""

    async def open(self) -> None:
        """Take up what an earlier start left."""

    def close(self) -> None:
        """Let go of what was not sent."""

    async def between_passes(self) -> bool:
        """Get what the last pass deferred answered; whether another pass may get further."""


@dataclass
class Asking:
    """What it takes to ask, for one run."""

    db: Db
    run: Run
    client: Client
    now: Callable[[], datetime]
    sender: Sender | None = None
    """In the client's place, if there is one."""
    ttls: Ttls = field(default_factory=dict)
    """How long contexts are kept in a cache, as planned."""
    tries: int = TRIES
    answered: int = 0
    """Answers that this start paid for."""
    in_flight: int = 0
    tally: Tally = field(default_factory=Tally)
    """What became of this start's calls and jobs."""
    _fault: str | None = None
    """What stopped the run first."""
    _under_way: dict[str, tuple[asyncio.Lock, list[None]]] = field(default_factory=dict)
    hold: Hold | None = None
    """This process's claim on the run, while it is worked on."""
    writer: Writer = field(init=False)
    _calls: asyncio.Semaphore = field(init=False)
    again: Again = field(init=False)
    """What is asked for in the place of answers that are not wanted."""

    def __post_init__(self) -> None:
        """Bound the orders at the client, and learn what is to be tried again."""
        self.writer = Writer(self.db, self.now)
        self.again = Again.of(self.db, self.run.id)
        self._calls = asyncio.Semaphore(WAITING * self.client.limits.concurrency)

    def hear(self, attempt: Attempt) -> None:
        """Count what came of a request that nobody waits for now."""
        self.tally.count(attempt)
        self.answered += attempt.outcome.value not in NO_ANSWER

    async def commit(self) -> None:
        """Resolve when everything added so far is committed.

        Raises:
            StopRun: for every task that waits, if the database cannot be written.
        """
        await self.writer.commit()

    async def once(
        self, key: str, find: Callable[[], Row | None], make: Callable[[], Awaitable[Row]]
    ) -> Row:
        """Find a row by identity or make it, never twice at a time."""
        lock, waiting = self._under_way.setdefault(key, (asyncio.Lock(), []))
        waiting.append(None)
        try:
            async with lock:
                return find() or await self._made(find, make)
        finally:
            waiting.pop()
            if not waiting:
                self._under_way.pop(key, None)

    async def _made(
        self, find: Callable[[], Row | None], make: Callable[[], Awaitable[Row]]
    ) -> Row:
        """A new row; or that of another process, which was quicker."""
        try:
            return await make()
        except IntegrityError:
            found = find()
            if found is None:
                raise
            return found

    async def send(
        self, order: Order, key: str, shown_hash: str, tried: int = 0
    ) -> tuple[Attempt, int]:
        """An order's answer and the row of its call: stored already, or sent for.

        Args:
            order: what is asked.
            key: identity of the row that it is for.
            shown_hash: sha256 of the text that is shown.
            tried: answers under this identity that were not usable; the next one is wanted.

        Raises:
            Unanswered: if no attempt got an answer.
            StopRun: if the run cannot go on.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        assert self.run.id is not None
        for stored in find_answers(self.db, key, order.request.purpose)[tried:]:
            assert stored.id is not None
            return read_again(stored, order.seat), stored.id
        if self.client.endpoints[order.seat.endpoint].by_file:
            raise Unanswered(
                f"{order.seat.name!r} is reached by file: `taste prompts export` writes requests"
            )
        what = CallFor(
            self.run.id, key, order.request, order.seat, shown_hash, order.source, order.point_id
        )
        attempt, call_id = await self._sent(self._kept(order), Recorder(self, what))
        if attempt.outcome is Outcome.RETRYABLE:
            absent = attempt.status_code == NOT_FOUND
            raise (Absent if absent else Unanswered)(attempt.error or "no answer")
        self.answered += 1
        return attempt, call_id

    def _kept(self, order: Order) -> Order:
        """The order with its context kept in a cache for as long as is planned."""
        view = order.source.get("view")
        key = context_key(order.point_id, order.seat, order.request.purpose, view)
        return replace(order, ttl=self.ttls[key]) if key in self.ttls else order

    async def _sent(self, order: Order, record: Recorder) -> tuple[Attempt, int]:
        async with self._calls:
            self.in_flight += 1
            try:
                if self.hold is not None:
                    await self.hold.check()
                return await (self.sender or self.client).send(order, record)
            except NoModelError as error:
                raise Absent(str(error)) from error
            except UserError as error:
                # What waits is not sent; it says what stopped the run, not that it was stopped.
                self.stop()
                if self._fault is None:
                    self._fault = str(error)
                    raise
                raise StopRun(self._fault) from error
            finally:
                self.in_flight -= 1

    def stop(self) -> None:
        """Send no more; let what is under way finish."""
        (self.sender or self.client).stop()


async def together(*steps: Awaitable[Result]) -> list[Result]:
    """Wait for independent steps; what one could not get keeps no other from its answer.

    Raises:
        Unanswered: if a step got no answer, and nothing worse happened to another.
    """
    results = await asyncio.gather(*steps, return_exceptions=True)
    faults = [result for result in results if isinstance(result, BaseException)]
    if faults:
        raise min(faults, key=_rank)
    return [result for result in results if not isinstance(result, BaseException)]


def _rank(fault: BaseException) -> int:
    """What tells most comes first; what a model would have said that is not there comes last."""
    kinds = (Absent, Deferred, Unanswered)
    return -next((n for n, kind in enumerate(kinds) if isinstance(fault, kind)), len(kinds))


def read_answer(kind: type[AnswerType], attempt: Attempt) -> AnswerType | str:
    """The validated answer, or the reason why there is none."""
    if attempt.outcome is not Outcome.ANSWERED:
        return attempt.error or attempt.outcome.value
    structured = attempt.how is None or attempt.how.structured
    return parse_answer(kind, attempt.text, structured=structured)
