"""Runs against enforced limits: real paces, the simulator's real buckets, and time as a number."""

import heapq
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from taste.rate_limits import Pace, Ticket
from taste.simulator.limits import Buckets, RateLimits

MANY = 10**9
TOKENS = 1000


@dataclass
class Runs:
    """Some runs that share the limits of one model, each with more to ask than it may."""

    server: Buckets
    paces: list[Pace]
    latency: float
    early: bool
    """Whether headers tell what was left when a call was let in, not when it was answered."""
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    asked: int = 0
    refused: int = 0
    idle: set[int] = field(default_factory=set)
    _events: list[tuple[float, int, str, int, Any]] = field(default_factory=list)
    _number: int = 0

    def later(self, at: float, what: str, who: int, more: Any = None) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, what, who, more))

    def go(self, seconds: float) -> int:
        """The answers that came in some seconds."""
        for who in range(len(self.paces)):
            self.later(self.rng.random(), "send", who)
        while self._events and self._events[0][0] <= seconds:
            now, _, what, who, more = heapq.heappop(self._events)
            getattr(self, what)(now, who, more)
        return self.asked - self.refused

    def send(self, now: float, who: int, _: Any) -> None:
        cached = self.rng.random() < 0.8
        wait = self.paces[who].wait(now, TOKENS, cached=cached)
        if wait == 0:
            self.asked += 1
            ticket = self.paces[who].take(now, TOKENS, cached=cached)
            self.later(now + self.rng.uniform(0.001, 0.03), "arrive", who, ticket)
        if wait is None:
            self.idle.add(who)
        else:
            self.later(now + max(wait, 0.0001), "send", who)

    def arrive(self, now: float, who: int, ticket: Ticket) -> None:
        used = TOKENS / 10 if ticket.cached else TOKENS * self.rng.uniform(0.5, 1.0)
        wait = self.server.enter(now, int(used))
        told = self.server.headers(now) if self.early else None
        if wait is None:
            took = self.latency * self.rng.uniform(0.5, 1.5)
            self.later(now + took, "end", who, (ticket, (used, 50.0), told))
        else:
            self.refused += 1
            self.paces[who].slow(now, wait)
            self.later(now, "end", who, (ticket, None, told))

    def end(self, now: float, who: int, more: Any) -> None:
        ticket, used, told = more
        self.paces[who].hear(now, told or self.server.headers(now))
        self.paces[who].settle(now, ticket, used)
        if who in self.idle:
            self.idle.discard(who)
            self.later(now, "send", who)


def runs(number: int, limits: RateLimits, *, latency: float = 1.0, early: bool = False) -> Runs:
    return Runs(Buckets(limits, 0.0), [Pace(200) for _ in range(number)], latency, early)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("burst", [1, 60])
@pytest.mark.parametrize("number", [1, 3])
def test_twenty_requests_a_second_are_made_use_of_and_hardly_ever_exceeded(
    number: int, burst: float, early: bool
) -> None:
    limits = RateLimits(1200, MANY, MANY, burst)
    made = runs(number, limits, early=early)
    assert made.go(120) >= 0.9 * 20 * (120 + burst)
    assert made.refused <= 0.02 * made.asked


@pytest.mark.parametrize("early", [False, True])
def test_input_tokens_are_made_use_of_and_hardly_ever_exceeded(early: bool) -> None:
    made = runs(1, RateLimits(MANY, 300_000, MANY, 5), early=early)
    assert made.go(60) * 230 >= 0.85 * 5_000 * 60
    assert made.refused <= 0.02 * made.asked


@pytest.mark.parametrize("limit", [60, 600])
def test_not_even_the_first_calls_exceed_a_limit_that_nobody_knew(limit: int) -> None:
    made = runs(1, RateLimits(limit, MANY, MANY, 120 / limit))
    assert made.go(60) >= 0.9 * limit
    assert made.refused == 0
