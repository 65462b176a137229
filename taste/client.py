"""The one way to a model: the anthropic SDK with our own retries, budget and permission.

Every attempt ends as an `Attempt`, whatever happened; the caller stores it before it uses it.
"""

import asyncio
import random
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncAnthropic,
    DefaultAsyncHttpxClient,
)

from taste.endpoints import api_key, is_loopback, refusal
from taste.replies import Attempt, Outcome, Received, read_reply
from taste.requests import SCHEMAS, Request
from taste.seats import Endpoint, ModelSeat
from taste.spending import Budget, StopRun, most_cost
from taste.study import Limits
from taste.wall import PREFIX_BOUND, Wall, WallError
from transcripts.tables import Session

_RETRY_STATUS = frozenset({200, 408, 409, 429})
"""200 is an error event inside a stream that had begun well."""
"""Followed nowhere: the text may go to the named endpoint and to no other."""
_NO_PROXY = ("http://", "https://", "all://")
_SERVER_ERROR = 500
_KEY_CHARS = 8
"""A shorter key is no secret, and its letters would be found everywhere."""
_SENTENCE_CHARS = 500
_TOO_LARGE = 413
_TOO_LONG = re.compile(r"too (?:long|large|many tokens)|context (?:window|length)", re.IGNORECASE)
"""Refusals of one text; any other refused request would be refused for every item."""
_SPEND_LIMIT = ("spend_limit", "usage limits")
SIMULATED_HEADER = "taste-simulated"


@dataclass(frozen=True, slots=True)
class Order:
    """One answer that is wanted: the request, the seat that answers, the text's session."""

    request: Request
    seat: ModelSeat
    session: Session
    wall: Wall | None = None
    """Required for prefix-bound purposes."""
    variation: int = 1
    """Number of the repeat or sample: the same question asked again."""


@dataclass(slots=True)
class Client:
    """Sends orders; `record` is called with every attempt before its answer is used."""

    endpoints: dict[str, Endpoint]
    limits: Limits
    budget: Budget
    rng: random.Random = field(default_factory=random.Random)
    """Jitter of waits only."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Says on which day a text would be sent."""
    _open: dict[str, AsyncAnthropic] = field(default_factory=dict)
    _simulated: set[str] = field(default_factory=set)
    """Endpoints that have said of themselves that they are the simulator."""
    _calls: int = 0
    """Calls under way."""
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Let the calls under way finish; send no more."""
        self._stopping.set()
        self._settled.set()

    async def close(self) -> None:
        """Close every connection."""
        for opened in self._open.values():
            await opened.close()
        self._open.clear()

    async def send(self, order: Order, record: Callable[[Attempt], None]) -> Attempt:
        """Send until there is an answer that is not worth repeating.

        Raises:
            StopRun: on a fatal answer, an exhausted budget or a text that may not be sent.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        self._permit(order)
        _check_wall(order)
        for number in range(1, self.limits.attempts + 1):
            attempt, wait = await self._attempt(order, number)
            if attempt.outcome is not Outcome.RETRYABLE:
                if attempt.outcome is Outcome.FATAL:
                    record(attempt)
                    raise StopRun(f"{order.seat.name!r} cannot be reached: {attempt.error}")
                return attempt
            record(attempt)
            if wait is None or number == self.limits.attempts:
                return attempt
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
        raise AssertionError("limits.attempts is at least 1")

    def _permit(self, order: Order) -> None:
        """Refuse to send a session's text to an endpoint that its owner did not allow."""
        endpoint = self.endpoints[order.seat.endpoint]
        if reason := refusal(order.session, endpoint, self.clock().date()):
            raise StopRun(reason)

    async def _attempt(self, order: Order, number: int) -> tuple[Attempt, float | None]:
        """One attempt: what came of it, and how long to wait before another."""
        reserved = most_cost(order.request, order.seat)
        await self._reserve(reserved)
        started = time.monotonic()
        attempt, wait = None, None
        try:
            attempt, wait = await self._call(order)
        finally:
            self.budget.settle(reserved, attempt.cost_usd if attempt else 0.0)
            self._calls -= 1
            self._settled.set()
        seconds = time.monotonic() - started
        if wait is not None:
            wait = self._wait(number, wait)
        return self._labelled(attempt, order.seat.endpoint).timed(number, seconds), wait

    async def _reserve(self, amount: float) -> None:
        """Set an amount aside; where it does not fit, wait for what calls under way leave over."""
        while self._calls and not self.budget.fits(amount):
            self._settled.clear()
            await self._settled.wait()
        if self._stopping.is_set():
            raise StopRun("the run was stopped")
        self.budget.reserve(amount)
        self._calls += 1

    async def _call(self, order: Order) -> tuple[Attempt, float | None]:
        """Ask the server once; a number of seconds (0 = unstated) means it may be repeated."""
        try:
            raw = await self._sdk(order.seat.endpoint).messages.with_raw_response.create(
                **body_of(order)
            )
            text, simulated = await raw.text(), SIMULATED_HEADER in raw.headers
            received = Received(text, raw.headers.get("request-id"), simulated)
            attempt = read_reply(received, order.seat)
            return attempt, 0.0 if attempt.outcome is Outcome.RETRYABLE else None
        except APIStatusError as error:
            return _from_status(error)
        except (APIConnectionError, httpx2.HTTPError) as error:
            return Attempt.failed(Outcome.RETRYABLE, _sentence(error)), 0.0
        except (APIError, ValueError, TypeError, LookupError, AttributeError) as error:
            return Attempt.failed(Outcome.FAILED, _sentence(error)), None

    def _labelled(self, attempt: Attempt, name: str) -> Attempt:
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

    def _sdk(self, name: str) -> AsyncAnthropic:
        """The SDK's client for an endpoint, opened once."""
        if name not in self._open:
            endpoint = self.endpoints[name]
            # No redirect, no proxy before a loopback server, no prompt in a telemetry span: each
            # would carry a text to where its session does not allow.
            mounts = dict.fromkeys(_NO_PROXY) if is_loopback(endpoint.base_url) else {}
            http = DefaultAsyncHttpxClient(
                follow_redirects=False, mounts=mounts, verify=_authorities()
            )
            self._open[name] = AsyncAnthropic(
                api_key=api_key(endpoint),
                base_url=endpoint.base_url or "https://api.anthropic.com",
                max_retries=0,
                timeout=self.limits.timeout,
                http_client=http,
                open_telemetry=False,
            )
        return self._open[name]

    async def is_simulated(self, name: str) -> bool:
        """Whether an endpoint says of itself that it is the simulator; asks loopback only."""
        if not is_loopback(self.endpoints[name].base_url):
            return False
        try:
            raw = await self._sdk(name).models.with_raw_response.list()
        except APIStatusError:
            return False
        except APIConnectionError as error:
            raise StopRun(
                f"the endpoint {name!r} ({self.endpoints[name].base_url}) does not answer: "
                f"{_sentence(error)} Start it, or mend its base_url."
            ) from error
        if SIMULATED_HEADER in raw.headers:
            self._simulated.add(name)
        return name in self._simulated


@cache
def _authorities() -> ssl.SSLContext:
    """Who vouches for a server; read once, since reading takes longer than a loopback call."""
    return httpx2.create_ssl_context()


def body_of(order: Order) -> dict[str, Any]:
    """The arguments of `messages.create`: one user turn, a cache breakpoint before the question."""
    request, seat = order.request, order.seat
    output: dict[str, Any] = {
        "format": {"type": "json_schema", "schema": SCHEMAS[request.purpose]},
    }
    if seat.effort is not None:
        output["effort"] = seat.effort
    again = {"metadata": {"user_id": f"again-{order.variation}"}} if order.variation > 1 else {}
    return {
        **again,
        "model": seat.model,
        "max_tokens": seat.max_tokens,
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": request.context,
                        "cache_control": {"type": "ephemeral"},
                    },
                    {"type": "text", "text": request.question},
                ],
            }
        ],
        "output_config": output,
    }


def _check_wall(order: Order) -> None:
    if order.request.purpose not in PREFIX_BOUND:
        return
    if order.wall is None:
        raise WallError(f"a {order.request.purpose!r} request came without its wall; not sent.")
    order.wall.check(order.request)


def _from_status(error: APIStatusError) -> tuple[Attempt, float | None]:
    """Sort an error answer into fatal for the run, worth repeating, or lost for the item."""
    text = _sentence(error)
    known = f"{error.type or ''} {error.message} {getattr(error, 'error_code', '') or ''}"
    details = {
        "status_code": error.status_code,
        "request_id": error.request_id,
        "simulated": SIMULATED_HEADER in error.response.headers,
    }
    if any(word in known for word in _SPEND_LIMIT):
        return Attempt.failed(Outcome.FATAL, text, **details), None
    if error.status_code in _RETRY_STATUS or error.status_code >= _SERVER_ERROR:
        return Attempt.failed(Outcome.RETRYABLE, text, **details), _retry_after(error)
    if error.status_code == _TOO_LARGE or _TOO_LONG.search(error.message):
        return Attempt.failed(Outcome.FAILED, text, **details), None
    return Attempt.failed(Outcome.FATAL, text, **details), None


def _retry_after(error: APIStatusError) -> float:
    """Seconds that the server asks to wait; 0 where it does not say."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return 0.0


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _SENTENCE_CHARS else f"{text[:_SENTENCE_CHARS]}…"
