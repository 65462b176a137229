"""How fast an endpoint may be asked: buckets filled from the headers of its answers. Pure.

Time is an argument. A bucket drains when a call is sent and is set back by what the server says is
left, so that the limit is kept without running into it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("requests", "input-tokens", "output-tokens")
_PREFIX = "anthropic-ratelimit-"
_MINUTE = 60.0
_FIRST = 16.0
"""Calls in flight once an answer has come; until then one alone finds out what the limits are."""
_RESERVE = 0.15
"""Share of a bucket that is left to others who draw on it, and to what is on its way."""
_USUAL = 0.1
"""Weight of the latest call in what a call is expected to use."""
_SCARCE = 0.25
"""Share of a bucket below which what others take slows down."""
_YIELD = 2.0
"""Seconds' worth of a limit that others take until a run would leave all to them."""
_REGAIN = 120.0
"""Seconds without others until all of a limit is used again."""
_LEAST = 0.05
"""Share of a limit that is always used."""
_CALM = 1.0
"""Seconds in which several refusals count as one."""


@dataclass(slots=True)
class Bucket:
    """What may still be sent of one kind; refills at the stated limit per minute."""

    limit: float
    level: float
    room: float
    """Never filled beyond what the server was seen to have left."""
    at: float
    lowered_at: float = float("-inf")
    """When the server last had less left than was thought."""
    share: float = 1.0
    """Of the limit, what others who draw on it seem to leave."""

    def refill(self, now: float) -> None:
        """Let time pass."""
        passed = max(0.0, now - self.at)
        self.level = min(self._full, self.level + passed * self.share * self.limit / _MINUTE)
        self.share = min(1.0, self.share + passed / _REGAIN)
        self.at = max(now, self.at)

    def wait(self, amount: float) -> float:
        """Seconds until so much is there; more than fits waits for a full bucket."""
        lacking = min(amount + _RESERVE * self.room, self._full) - self.level
        return max(0.0, lacking) * _MINUTE / (self.limit * self.share)

    def hear(self, now: float, limit: float, left: float) -> None:
        """Take over what the server says; what is gone beyond what was sent went to others."""
        self.refill(now)
        self.limit, self.room = limit, max(self.room, left)
        # What is told is rounded down.
        left += 0.5 if left < self.room and self.room > 1 else 0
        gone = (self.level - left) * _MINUTE / limit
        if gone <= 0:
            return
        self.level, self.lowered_at = left, now
        scarce = max(0.0, 1 - left / (_SCARCE * self.room)) if self.room else 1.0
        self.share = max(_LEAST, self.share * (1 - scarce * min(0.5, gone / _YIELD)))

    def correct(self, now: float, since: float, more: float) -> None:
        """Give back what a call sent then was charged too much; the server may have told since."""
        if since > self.lowered_at:
            self.refill(now)
            self.level = min(self.level + more, self._full)

    @property
    def _full(self) -> float:
        return max(self.room, 1.0)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a call that went was charged."""

    at: float
    size: float
    """Input tokens, as estimated from its bytes."""
    cached: bool
    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Rate:
    """What a display says of one endpoint and model."""

    sent_per_minute: float
    limits: Mapping[str, float]
    """Kind -> limit per minute, as far as the server has told."""
    left: Mapping[str, float]
    in_flight: int
    allowed: int
    refused: int
    """429 and 529 so far."""


@dataclass(slots=True)
class Pace:
    """The buckets of one endpoint and model, and how many calls may be in flight."""

    most: int
    """Calls in flight at most, whatever the server bears."""
    allowed: float = _FIRST
    in_flight: int = 0
    refused: int = 0
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _closed_until: float = 0.0
    _slowed_at: float = float("-inf")
    _heard: bool = False
    _output: float = 0.0
    """Tokens of an answer, averaged over the latest."""
    _shares: dict[bool, float] = field(default_factory=dict)
    """What counts towards a limit of the input of calls that find a cache, and of others."""
    _recent: deque[float] = field(default_factory=deque)

    def wait(self, now: float, size: float, *, cached: bool = False) -> float | None:
        """Seconds before a call may go; None: when one in flight has ended."""
        allowed = int(self.allowed) if self._heard else 1
        if self.in_flight >= max(1, min(allowed, self.most)):
            return None
        found = self._closed_until - now
        for kind, amount in self._amounts(self._charge(now, size, cached)).items():
            if bucket := self._buckets.get(kind):
                bucket.refill(now)
                found = max(found, bucket.wait(amount))
        return max(found, 0.0)

    def take(self, now: float, size: float, *, cached: bool = False) -> Ticket:
        """Count a call that goes now; `cached` if what it shares with others is in a cache."""
        self.in_flight += 1
        self._recent.append(now)
        while self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        ticket = self._charge(now, size, cached)
        for kind, amount in self._amounts(ticket).items():
            if bucket := self._buckets.get(kind):
                bucket.level -= amount
        return ticket

    def settle(self, now: float, ticket: Ticket, used: tuple[float, float] | None) -> None:
        """A call has ended: correct what it was charged by the input and output it used."""
        self.in_flight -= 1
        if used is None:
            return
        self.allowed = min(self.allowed + 1, float(self.most))
        spare = {"input-tokens": ticket.input - used[0], "output-tokens": ticket.output - used[1]}
        for kind, more in spare.items():
            if bucket := self._buckets.get(kind):
                bucket.correct(now, ticket.at, more)
        if ticket.size > 0:
            share = used[0] / ticket.size
            known = self._shares.get(ticket.cached, share)
            self._shares[ticket.cached] = known + _USUAL * (share - known)
        self._output += (used[1] - self._output) * (_USUAL if self._output else 1.0)

    def hear(self, now: float, headers: Mapping[str, str]) -> None:
        """Set the buckets by the headers of an answer, good or bad."""
        self._heard = self._heard or bool(headers)
        for kind in KINDS:
            limit = _number(headers.get(f"{_PREFIX}{kind}-limit"))
            left = _number(headers.get(f"{_PREFIX}{kind}-remaining"))
            if not limit or left is None:
                continue
            if bucket := self._buckets.get(kind):
                bucket.hear(now, limit, left)
            else:
                self._buckets[kind] = Bucket(limit, left, left, now)

    def slow(self, now: float, retry_after: float) -> None:
        """The server has refused for load: fewer in flight, and none before it allows."""
        self.refused += 1
        self._closed_until = max(self._closed_until, now + retry_after)
        if now - self._slowed_at >= _CALM:
            self._slowed_at = now
            self.allowed = max(1.0, min(self.allowed, float(self.in_flight + 1)) / 2)

    @property
    def limits(self) -> dict[str, float]:
        """Kind -> limit per minute, as far as the server has told."""
        return {kind: bucket.limit for kind, bucket in self._buckets.items()}

    def state(self, now: float) -> Rate:
        """What there is to show."""
        sent = sum(1 for at in self._recent if at > now - _MINUTE)
        return Rate(
            float(sent),
            self.limits,
            {kind: bucket.level for kind, bucket in self._buckets.items()},
            self.in_flight,
            int(min(self.allowed, self.most)),
            self.refused,
        )

    def _charge(self, now: float, size: float, cached: bool) -> Ticket:
        return Ticket(now, size, cached, size * self._shares.get(cached, 1.0), self._output)

    @staticmethod
    def _amounts(ticket: Ticket) -> dict[str, float]:
        return {"requests": 1.0, "input-tokens": ticket.input, "output-tokens": ticket.output}


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
