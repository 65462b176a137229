"""The SDK's calls for Message Batches: hand over, look, list, read results, cancel.

Knows neither rows nor trials. Results are read from the named endpoint by path: an address that an
answer names is followed nowhere, since the endpoint's key would go with it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx2
from anthropic import APIStatusError, AsyncAnthropic, AsyncStream

from taste.call_errors import FAULTS, NOT_FOUND, SIMULATED_HEADER, failed_attempt
from taste.client import Client
from taste.replies import Outcome
from taste.spending import StopRun
from transcripts.decoding import clean, parse_object

Answer = TypeVar("Answer")
_PATH = "/v1/messages/batches"
_PAGE = 100
_NOT_MADE = frozenset({429, 529})
"""With these the endpoint says that it has taken nothing; after any other fault it may have."""
_UNKNOWN_PATH = frozenset({404, 405, 501})
_LINE_BYTES = 64 * 1024 * 1024
"""A longer line of results is none."""


_GONE = (
    " Is the key of another workspace? Results are kept for 29 days: where they are gone, "
    "`taste batches abandon` lets the requests be made again."
)


class InDoubtError(Exception):
    """Nobody knows whether the endpoint has taken a batch."""


class CutShortError(Exception):
    """The results ended before they were whole."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A batch as its endpoint describes it."""

    id: str
    status: str
    """in_progress, canceling, ended."""
    requests: int
    created_at: datetime
    simulated: bool

    @property
    def is_ended(self) -> bool:
        """Whether its results can be read."""
        return self.status == "ended"


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request that hands a batch over, in pieces."""

    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


@dataclass(slots=True)
class BatchClient:
    """Batches at the endpoints of a client, with its limits, keys and connections."""

    client: Client
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def create(self, endpoint: str, body: Body) -> Remote:
        """Hand a batch over once.

        Raises:
            InDoubtError: if the endpoint may have taken it without saying so.
            StopRun: if it will take none.
        """
        number = 0
        while True:
            number += 1
            try:
                return await self._create(endpoint, body)
            except APIStatusError as error:
                attempt, wait = failed_attempt(error)
                if attempt.outcome is not Outcome.RETRYABLE:
                    raise StopRun(f"{endpoint!r} takes no batch: {attempt.error}") from error
                if error.status_code not in _NOT_MADE:
                    raise InDoubtError(attempt.error) from error
                await self._rest(endpoint, number, wait, attempt.error)
            except FAULTS as error:
                raise InDoubtError(_sentence(error)) from error

    async def has_batches(self, endpoint: str) -> bool:
        """Whether an endpoint knows of batches; nothing is made."""

        async def ask() -> bool:
            try:
                raw = await self._sdk(endpoint).messages.batches.with_raw_response.list(limit=1)
                found: Any = parse_object(await raw.read())
            except APIStatusError as error:
                if error.status_code in _UNKNOWN_PATH:
                    return False
                raise
            return isinstance(found, dict) and isinstance(found.get("data"), list)

        return await self._steadily(endpoint, ask)

    async def retrieve(self, endpoint: str, batch_id: str) -> Remote:
        """How far a batch is."""

        async def ask() -> Remote:
            raw = await self._sdk(endpoint).messages.batches.with_raw_response.retrieve(batch_id)
            return _remote(parse_object(await raw.read()), SIMULATED_HEADER in raw.headers)

        return await self._steadily(endpoint, ask)

    async def cancel(self, endpoint: str, batch_id: str) -> Remote:
        """Ask the endpoint to answer no more of a batch."""

        async def ask() -> Remote:
            raw = await self._sdk(endpoint).messages.batches.with_raw_response.cancel(batch_id)
            return _remote(parse_object(await raw.read()), SIMULATED_HEADER in raw.headers)

        return await self._steadily(endpoint, ask)

    async def made_since(self, endpoint: str, since: datetime) -> list[Remote]:
        """The endpoint's batches that were made after a time, oldest first."""
        found: list[Remote] = []
        after: str | None = None
        while True:
            page, more = await self._page(endpoint, after)
            found.extend(each for each in page if each.created_at >= since)
            if not more or not page or page[-1].created_at < since:
                return sorted(found, key=lambda each: (each.created_at, each.id))
            after = page[-1].id

    async def read_lines(self, endpoint: str, batch_id: str) -> AsyncGenerator[bytes, None]:
        """The lines of a batch's results as they come; the last may be cut.

        Raises:
            CutShortError: if the connection breaks or the endpoint answers with an error.
            StopRun: if it will never give them.
        """
        try:
            answer: Any = await self._sdk(endpoint).get(
                f"{_PATH}/{batch_id}/results",
                cast_to=httpx2.Response,
                stream=True,
                stream_cls=AsyncStream[Any],
            )
            try:
                async for line in _lines(answer):
                    yield line
            finally:
                await answer.aclose()
        except FAULTS as error:
            attempt, _ = failed_attempt(error)
            if attempt.outcome is Outcome.FATAL:
                hint = _GONE if attempt.status_code == NOT_FOUND else ""
                raise StopRun(f"{endpoint!r} gives no results: {attempt.error}{hint}") from error
            raise CutShortError(attempt.error) from error

    async def rest(self, seconds: float) -> bool:
        """Wait; whether somebody said stop meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)
        return self.stopping.is_set()

    def _sdk(self, endpoint: str) -> AsyncAnthropic:
        return self.client.sdk(endpoint)

    async def _create(self, endpoint: str, body: Body) -> Remote:
        options: Any = {
            "headers": {"Content-Length": str(body.size), "Content-Type": "application/json"}
        }
        answer = await self._sdk(endpoint).post(
            _PATH, cast_to=httpx2.Response, content=body.pieces(), options=options
        )
        return _remote(parse_object(answer.content), SIMULATED_HEADER in answer.headers)

    async def _page(self, endpoint: str, after: str | None) -> tuple[list[Remote], bool]:
        async def ask() -> tuple[list[Remote], bool]:
            more: Any = {} if after is None else {"after_id": after}
            batches = self._sdk(endpoint).messages.batches.with_raw_response
            raw = await batches.list(limit=_PAGE, **more)
            page: Any = parse_object(await raw.read())
            simulated = SIMULATED_HEADER in raw.headers
            return [_remote(each, simulated) for each in page["data"]], bool(page.get("has_more"))

        return await self._steadily(endpoint, ask)

    async def _steadily(self, endpoint: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask what costs nothing until there is an answer."""
        number = 0
        while True:
            number += 1
            try:
                return await ask()
            except FAULTS as error:
                attempt, wait = failed_attempt(error)
                if attempt.outcome is Outcome.FATAL:
                    hint = _GONE if attempt.status_code == NOT_FOUND else ""
                    raise StopRun(f"{endpoint!r}: {attempt.error}{hint}") from error
                await self._rest(endpoint, number, wait, attempt.error)

    async def _rest(self, endpoint: str, number: int, wait: float | None, why: str | None) -> None:
        """Wait before another attempt, unless there were enough of them."""
        limits = self.client.limits
        seconds = max(wait or 0.0, min(0.5 * 2.0 ** (number - 1), 8.0))
        if number >= limits.attempts or (wait or 0.0) > limits.max_wait:
            raise StopRun(
                f"{endpoint!r} does not answer about batches: {why} Batches that it has taken go "
                "on there; run the same command again to collect them."
            )
        if await self.rest(min(seconds, limits.max_wait)):
            raise StopRun("the run was stopped")


async def _lines(answer: httpx2.Response) -> AsyncIterator[bytes]:
    """Each line without its end; the last one even if it has none."""
    rest = b""
    async for chunk in answer.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > _LINE_BYTES:
            raise ValueError("a line of results is longer than any answer")
    if rest:
        yield rest


def _remote(found: Any, simulated: bool) -> Remote:
    """Read what an endpoint says of a batch.

    Raises:
        ValueError: if it is no description of one.
    """
    if not isinstance(found, dict) or found.get("type") != "message_batch":
        raise ValueError("the answer describes no batch")
    counts = found.get("request_counts")
    total = sum(n for n in counts.values() if isinstance(n, int)) if counts else 0
    made = datetime.fromisoformat(str(found["created_at"]))
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    name, status = clean(str(found["id"])), clean(str(found.get("processing_status")))
    return Remote(name, status, total, made, simulated)


def _sentence(error: Exception) -> str:
    return failed_attempt(error)[0].error or type(error).__name__
