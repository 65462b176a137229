"""Rate limits of the simulated service: token buckets of each model, and what headers tell.

Pure; time is given in seconds. A request pays for its input when it is let in and for its output
when it has been answered, so the bucket of output may owe.
"""

import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

_THOUSAND: Final = 1000
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What each model answers in a minute; a bucket holds what fills it in `burst` seconds."""

    requests: int = 4_000
    input_tokens: int = 2_000_000
    output_tokens: int = 400_000
    burst: float = _MINUTE

    def __post_init__(self) -> None:
        """Refuse limits that let nothing through.

        Raises:
            ValueError: one is not above zero, or a bucket holds less than one request.
        """
        if min(self.requests, self.input_tokens, self.output_tokens, self.burst) <= 0:
            raise ValueError(f"{self!r} would let nothing through")
        if self.requests * self.burst < _MINUTE:
            raise ValueError(f"{self!r} never holds a whole request")

    def kinds(self) -> dict[str, int]:
        """The limits per minute by their names in the headers."""
        return {
            "requests": self.requests,
            "input-tokens": self.input_tokens,
            "output-tokens": self.output_tokens,
        }


@dataclass(slots=True)
class Buckets:
    """The buckets of one model, full at first."""

    limits: RateLimits
    at: float
    _left: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        """Fill them."""
        self._left = {kind: self._room(limit) for kind, limit in self.limits.kinds().items()}

    def enter(self, now: float, input_tokens: int) -> int | None:
        """Take a request and its input, or return the whole seconds until it can be taken.

        A request that is larger than the bucket is let in when the bucket is full.
        """
        self._refill(now)
        needed = {"requests": 1, "input-tokens": input_tokens, "output-tokens": 1}
        lacking = max(
            (min(needed[kind], self._room(limit)) - self._left[kind]) * _MINUTE / limit
            for kind, limit in self.limits.kinds().items()
        )
        if lacking > 0:
            return max(1, math.ceil(lacking))
        self._left["requests"] -= 1
        self._left["input-tokens"] -= input_tokens
        return None

    def pay(self, now: float, output_tokens: int) -> None:
        """Take the output of an answer."""
        self._refill(now)
        self._left["output-tokens"] -= output_tokens

    def headers(self, now: float) -> dict[str, str]:
        """The headers: limit a minute, what is left, and when the bucket is full again."""
        self._refill(now)
        shown = {
            kind: (limit, self._left[kind], self._full_at(kind, limit))
            for kind, limit in self.limits.kinds().items()
        }
        both = shown["input-tokens"], shown["output-tokens"]
        shown["tokens"] = (
            sum(each[0] for each in both),
            sum(max(0.0, each[1]) for each in both),
            max(each[2] for each in both),
        )
        found: dict[str, str] = {}
        for kind, (limit, left, full) in shown.items():
            name = f"anthropic-ratelimit-{kind}"
            found[f"{name}-limit"] = str(limit)
            found[f"{name}-remaining"] = str(_whole(left))
            found[f"{name}-reset"] = _written(full)
        return found

    def _room(self, limit: int) -> float:
        return limit * self.limits.burst / _MINUTE

    def _full_at(self, kind: str, limit: int) -> float:
        return self.at + max(0.0, self._room(limit) - self._left[kind]) * _MINUTE / limit

    def _refill(self, now: float) -> None:
        passed, self.at = max(0.0, now - self.at), max(now, self.at)
        for kind, limit in self.limits.kinds().items():
            filled = self._left[kind] + passed * limit / _MINUTE
            self._left[kind] = min(self._room(limit), filled)


class Limiter:
    """The buckets of all models; safe to call from many threads.

    Without limits everything is let in, and the headers tell the usual ones as untouched.
    """

    def __init__(self, limits: RateLimits | None) -> None:
        """Start with every bucket full."""
        self._limits = limits
        self._buckets: dict[str, Buckets] = {}
        self._lock = threading.Lock()

    def enter(self, model: str, now: float, input_tokens: int) -> int | None:
        """Take a request, or return the seconds after which to come back."""
        with self._lock:
            return self._of(model, now).enter(now, input_tokens) if self._limits else None

    def pay(self, model: str, now: float, output_tokens: int) -> None:
        """Take the output of an answer."""
        with self._lock:
            if self._limits:
                self._of(model, now).pay(now, output_tokens)

    def headers(self, model: str, now: float) -> dict[str, str]:
        """The headers of a reply; "" stands for what belongs to no model."""
        with self._lock:
            return self._of(model, now).headers(now)

    def _of(self, model: str, now: float) -> Buckets:
        key = model if self._limits else ""
        if key not in self._buckets:
            self._buckets[key] = Buckets(self._limits or RateLimits(), now)
        return self._buckets[key]


def _whole(left: float) -> int:
    """Tokens are told in thousands, as the service does; what is less is told as it is."""
    known = max(0, math.floor(left + 1e-9))
    return known // _THOUSAND * _THOUSAND if known >= 10 * _THOUSAND else known


def _written(at: float) -> str:
    return datetime.fromtimestamp(math.ceil(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
