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
"""Calls in flight until the first answers have come."""
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

    def refill(self, now: float) -> None:
        """Let time pass."""
        gained = max(0.0, now - self.at) * self.limit / _MINUTE
        self.level = min(max(self.room, 1.0), self.level + gained)
        self.at = max(now, self.at)

    def wait(self, amount: float) -> float:
        """Seconds until so much is there; more than fits waits for a full bucket."""
        lacking = min(amount, max(self.room, 1.0)) - self.level
        return max(0.0, lacking) * _MINUTE / self.limit


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
    _output: float = 0.0
    """Tokens of an answer, averaged over the latest."""
    _recent: deque[float] = field(default_factory=deque)

    def wait(self, now: float, tokens: float) -> float | None:
        """Seconds before a call may go; None: when one in flight has ended."""
        if self.in_flight >= max(1, min(int(self.allowed), self.most)):
            return None
        found = self._closed_until - now
        for kind, amount in self._amounts(tokens).items():
            if bucket := self._buckets.get(kind):
                bucket.refill(now)
                found = max(found, bucket.wait(amount))
        return max(found, 0.0)

    def take(self, now: float, tokens: float) -> None:
        """Count a call that goes now."""
        self.in_flight += 1
        self._recent.append(now)
        while self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        for kind, amount in self._amounts(tokens).items():
            if bucket := self._buckets.get(kind):
                bucket.level = bucket.level - amount

    def settle(self, now: float, charged: float, used: tuple[float, float] | None) -> None:
        """A call has ended: give back what was charged beyond the input and output it used."""
        self.in_flight -= 1
        if used is None:
            return
        self.allowed = min(self.allowed + 1, float(self.most))
        spare = {"input-tokens": charged - used[0], "output-tokens": self._output - used[1]}
        for kind, more in spare.items():
            if bucket := self._buckets.get(kind):
                bucket.refill(now)
                bucket.level = min(bucket.level + more, max(bucket.room, 1.0))
        self._output = used[1] if not self._output else self._output * 0.9 + used[1] * 0.1

    def hear(self, now: float, headers: Mapping[str, str]) -> None:
        """Set the buckets by the headers of an answer, good or bad."""
        for kind in KINDS:
            limit = _number(headers.get(f"{_PREFIX}{kind}-limit"))
            left = _number(headers.get(f"{_PREFIX}{kind}-remaining"))
            if not limit or left is None:
                continue
            bucket = self._buckets.get(kind)
            if bucket is None:
                self._buckets[kind] = Bucket(limit, left, left, now)
                continue
            bucket.refill(now)
            bucket.limit, bucket.room = limit, max(bucket.room, left)
            bucket.level = min(bucket.level, left)

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

    def _amounts(self, tokens: float) -> dict[str, float]:
        return {"requests": 1.0, "input-tokens": tokens, "output-tokens": self._output}


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
