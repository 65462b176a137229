"""When a call may go: so many at once, each model at its pace, all within the budget.

Sends nothing and knows no request.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from taste.rate_limits import Pace, Rate, Ticket
from taste.spending import Budget, StopRun

Line = tuple[str, str]
"""Endpoint and model: what is waited for in one line."""


class NoModelError(Exception):
    """The endpoint has said that it has no such model: nothing was sent."""


@dataclass(slots=True)
class Gate:
    """Lets calls through, and is told when they are over."""

    concurrency: int
    budget: Budget
    under_way: int = 0
    """Calls that were sent and are not yet stored."""
    _paces: dict[Line, Pace] = field(default_factory=dict)
    _turns: dict[Line, asyncio.Lock] = field(default_factory=dict)
    _closed: dict[Line, str] = field(default_factory=dict)
    """Models that are not there, and what was said of them."""
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_stopping(self) -> bool:
        """Whether no more is let through."""
        return self._stopping.is_set()

    @property
    def rates(self) -> dict[Line, Rate]:
        """How fast each model is asked, and its limits."""
        now = time.monotonic()
        return {line: pace.state(now) for line, pace in self._paces.items()}

    def stop(self) -> None:
        """Let no more through."""
        self._stopping.set()
        self._settled.set()

    def close(self, line: Line, why: str) -> None:
        """Let nothing more through to one model; the others go on."""
        self._closed[line] = why

    async def rest(self, seconds: float) -> None:
        """Wait, but not once there is a stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    @asynccontextmanager
    async def passage(
        self, line: Line, tokens: float, most_usd: float, *, cached: bool
    ) -> AsyncIterator[tuple[Pace, Ticket]]:
        """Wait for a call's turn; it is under way until its row is there.

        A crash then repeats no more calls than may be under way.

        Raises:
            StopRun: if there is a stop, or its cost does not fit into the budget.
            NoModelError: if the model is not there.
        """
        pace = self._paces.setdefault(line, Pace(self.concurrency))
        async with self._turns.setdefault(line, asyncio.Lock()):
            ticket = await self._enter(line, tokens, most_usd, cached)
        try:
            yield pace, ticket
        finally:
            self.under_way -= 1
            self._settled.set()

    async def _enter(self, line: Line, tokens: float, most_usd: float, cached: bool) -> Ticket:
        """Wait until a call may go and its cost fits, and set that aside."""
        pace = self._paces[line]
        while not self.is_stopping:
            if line in self._closed:
                raise NoModelError(self._closed[line])
            free = self.under_way < self.concurrency
            wait = pace.wait(time.monotonic(), tokens, cached=cached) if free else None
            if wait == 0 and (self.budget.fits(most_usd) or not self.under_way):
                self.budget.reserve(most_usd)
                self.under_way += 1
                return pace.take(time.monotonic(), tokens, cached=cached)
            self._settled.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), wait or None)
        raise StopRun("the run was stopped")
