"""The one way to a model: retries, pace, budget and permission around a connection.

Every attempt ends as an `Attempt`, whatever happened; it is stored before it is used.
"""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from anthropic import AsyncAnthropic

from taste.bodies import bytes_of, hash_bytes, schema_key
from taste.cache_groups import CacheGroups
from taste.call_errors import (
    FAULTS,
    NOT_FOUND,
    SIMULATED_HEADER,
    failed_attempt,
    headers_of,
    is_spent,
)
from taste.cheapest import read_usage
from taste.connections import ask, count, is_simulator, list_models
from taste.endpoints import api_key, is_loopback
from taste.gate import Gate
from taste.lines import Lines
from taste.orders import Order, Prepared, permit, prepare
from taste.rate_limits import Pace, Rate, Ticket
from taste.replies import Attempt, Outcome, Received, read_reply
from taste.seats import Endpoint, ModelSeat
from taste.spending import Budget, StopRun, prompt_cost
from taste.study import Limits

_KEY_CHARS = 8
"""A shorter key is no secret, and its letters would be found everywhere."""
_BYTES_PER_TOKEN = 3.5
_REFUSED_FOR_LOAD = frozenset({429, 529})
_UNREAD = frozenset({Outcome.RETRYABLE, Outcome.FATAL, Outcome.FAILED})
"""After these no context can be expected in a cache."""
_OK = 200
Record = Callable[[Attempt], Awaitable[int]]
"""Stores an attempt and gives its call's id."""


@dataclass(slots=True)
class Client:
    """Sends orders; `record` is awaited with every attempt before its answer is used."""

    endpoints: dict[str, Endpoint]
    limits: Limits
    budget: Budget
    rng: random.Random = field(default_factory=random.Random)
    """Jitter of waits only."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Says on which day a text would be sent."""
    _lines: dict[str, Lines] = field(default_factory=dict)
    _simulated: set[str] = field(default_factory=set)
    """Endpoints that have said of themselves that they are the simulator."""
    _groups: CacheGroups = field(default_factory=CacheGroups)
    _gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        """Set the gate by the limits."""
        self._gate = Gate(self.limits.concurrency, self.budget)

    @property
    def is_stopping(self) -> bool:
        """Whether no more is sent."""
        return self._gate.is_stopping

    @property
    def under_way(self) -> int:
        """How many calls were sent and have not been settled."""
        return self._gate.under_way

    @property
    def rates(self) -> dict[tuple[str, str], Rate]:
        """Endpoint and model -> how fast it is asked, and its limits."""
        return self._gate.rates

    def stop(self) -> None:
        """Let the calls under way finish; send no more."""
        self._gate.stop()

    async def close(self) -> None:
        """Close every connection."""
        for lines in self._lines.values():
            await lines.close()
        self._lines.clear()

    async def send(self, order: Order, record: Record) -> tuple[Attempt, int]:
        """Send until there is an answer that is not worth repeating.

        Raises:
            StopRun: on a fatal answer, an exhausted budget or a text that may not be sent.
            NoModelError: if its endpoint has said before that it has no such model.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        ready = self.prepare(order)
        seat, how = order.seat, ready.how
        group = (
            seat.endpoint, seat.model, seat.max_tokens, how.effort, how.thinking,
            schema_key(order.request.purpose), order.request.context,
        )  # fmt: skip
        async with self._groups.turn((*group[:-1], hash(group[-1])), how.ttl) as turn:
            sent = await self._send(order, replace(ready, cached=turn.cached), record)
            turn.answered = sent[0].outcome not in _UNREAD
            return sent

    async def _send(self, order: Order, ready: Prepared, record: Record) -> tuple[Attempt, int]:
        for number in range(1, self.limits.attempts + 1):
            attempt, call_id, wait = await self._attempt(order, ready, number, record)
            if attempt.outcome is Outcome.FATAL:
                raise StopRun(f"{order.seat.name!r} cannot be reached: {attempt.error}")
            if attempt.outcome is not Outcome.RETRYABLE or wait is None:
                return attempt, call_id
            if number < self.limits.attempts:
                await self._gate.rest(wait)
        return attempt, call_id

    def prepare(self, order: Order, *, batch: bool = False) -> Prepared:
        """Check an order and build its body, without sending it.

        Raises:
            StopRun: if the text may not be sent, or the endpoint cannot do what the seat asks.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        endpoint = self.endpoints[order.seat.endpoint]
        return prepare(order, endpoint, self.clock().date(), batch=batch)

    def sdk(self, name: str) -> AsyncAnthropic:
        """An SDK client for an endpoint, for what is asked now and then."""
        return self._lines_to(name).first

    def _lines_to(self, name: str) -> Lines:
        if name not in self._lines:
            self._lines[name] = Lines(self.endpoints[name], self.limits.timeout)
        return self._lines[name]

    async def _attempt(
        self, order: Order, ready: Prepared, number: int, record: Record
    ) -> tuple[Attempt, int, float | None]:
        """One attempt: what came of it, its row, and how long to wait before another."""
        key = order.seat.endpoint, order.seat.model
        tokens = ready.size / _BYTES_PER_TOKEN
        entering = self._gate.passage(key, tokens, ready.most_usd, cached=ready.cached)
        async with entering as (pace, ticket):
            started = time.monotonic()
            attempt, wait = await self._settled_call(order, ready, pace, ticket)
            attempt = attempt.timed(number, time.monotonic() - started)
            call_id = await record(attempt)
        return attempt, call_id, None if wait is None else self._wait(number, wait)

    async def _settled_call(
        self, order: Order, ready: Prepared, pace: Pace, ticket: Ticket
    ) -> tuple[Attempt, float | None]:
        """Ask once, and take what was set aside for it from budget and pace."""
        attempt, wait = None, None
        try:
            content = bytes_of(ready.body)
            attempt, wait = await self._call(order, content, pace, stream=ready.how.stream)
        finally:
            self.budget.settle(ready.most_usd, attempt.cost_usd if attempt else 0.0)
            pace.settle(time.monotonic(), ticket, _tokens_used(attempt))
        mode = "stream" if ready.how.stream else "create"
        if attempt.in_doubt:
            cost = prompt_cost(ready.size, order.seat, ready.how.ttl or "5m")
            attempt = replace(attempt, doubtful_usd=cost)
            self.budget.doubtful += cost
        attempt = replace(
            attempt, mode=mode, body_hash=hash_bytes(content), how=ready.how, limits=pace.limits
        )
        return self.labelled(attempt, order.seat.endpoint), wait

    async def _call(
        self, order: Order, content: bytes, pace: Pace, *, stream: bool
    ) -> tuple[Attempt, float | None]:
        """Ask the server once; a number of seconds (0 = unstated) means it may be repeated."""
        try:
            with self._lines_to(order.seat.endpoint).free() as sdk:
                seconds = self.limits.total_timeout
                got = await ask(sdk, content, stream=stream, seconds=seconds)
            pace.hear(time.monotonic(), got.headers)
            simulated = SIMULATED_HEADER in got.headers
            received = Received(got.text, got.headers.get("request-id"), simulated)
            attempt = read_reply(received, order.seat)
            if got.broken is not None:
                outcome = Outcome.FATAL if is_spent(got.broken) else Outcome.RETRYABLE
                attempt = replace(attempt, outcome=outcome, error=got.broken)
            if attempt.outcome is not Outcome.RETRYABLE:
                return attempt, None
            return replace(attempt, in_doubt=not attempt.usage), 0.0
        except FAULTS as error:
            attempt, wait = failed_attempt(error)
            pace.hear(time.monotonic(), headers_of(error))
            if attempt.status_code == NOT_FOUND:
                return self._without_model(attempt, order.seat), None
            if attempt.status_code in _REFUSED_FOR_LOAD:
                pace.slow(time.monotonic(), min(wait or 0.0, self.limits.max_wait))
            return attempt, wait

    def _without_model(self, attempt: Attempt, seat: ModelSeat) -> Attempt:
        """The attempt at a model that is not there; nothing more is asked of it."""
        fault = (
            f"the endpoint {seat.endpoint!r} has no model {seat.model!r} ({attempt.error}). Mend "
            "the seat's model, or what its key may use"
        )
        self._gate.close((seat.endpoint, seat.model), fault)
        return replace(attempt, outcome=Outcome.RETRYABLE, error=fault)

    def labelled(self, attempt: Attempt, name: str) -> Attempt:
        """The attempt without the endpoint's key, simulated if the endpoint is."""
        if attempt.simulated:
            self._simulated.add(name)
        simulated = name in self._simulated
        key = api_key(self.endpoints[name])
        if len(key) < _KEY_CHARS:
            return replace(attempt, simulated=simulated)
        texts = (attempt.error, attempt.raw_reply)
        error, reply = (text and text.replace(key, "[the key]") for text in texts)
        return replace(attempt, simulated=simulated, error=error, raw_reply=reply)

    def _wait(self, number: int, stated: float) -> float | None:
        """Seconds before the next attempt; None if the server asks for more than we wait."""
        if stated > self.limits.max_wait:
            return None
        backoff: float = min(0.5 * 2.0 ** (number - 1), 8.0) * self.rng.uniform(0.75, 1.0)
        return min(max(stated, backoff), self.limits.max_wait)

    async def read_models(self, name: str) -> list[dict[str, Any]] | None:
        """What an endpoint says of its models, as JSON; None where it does not say.

        Raises:
            StopRun: if it cannot be reached.
        """
        return await list_models(self.sdk(name), name)

    async def count_tokens(self, order: Order) -> int | None:
        """Tokens of an order's context by its endpoint's own count; None where it cannot count.

        This sends the text, so it is permitted and checked like any call.

        Raises:
            StopRun: if the text may not be sent.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        endpoint = self.endpoints[order.seat.endpoint]
        permit(order, endpoint, self.clock().date())
        if not endpoint.can("count_tokens"):
            return None
        return await count(self.sdk(order.seat.endpoint), order.seat.model, order.request.context)

    async def is_simulated(self, name: str) -> bool:
        """Whether an endpoint says of itself that it is the simulator; asks loopback only."""
        endpoint = self.endpoints[name]
        asked = is_loopback(endpoint.base_url) and not endpoint.by_file
        if asked and await is_simulator(self.sdk(name), endpoint):
            self._simulated.add(name)
        return name in self._simulated


def _tokens_used(attempt: Attempt | None) -> tuple[float, float] | None:
    """Input and output tokens that count towards a limit; None where nothing was answered."""
    if attempt is None or attempt.status_code != _OK:
        return None
    used = read_usage(attempt.usage)
    return used.input + used.written + used.written_1h, used.output
