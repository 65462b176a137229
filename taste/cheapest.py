"""The least that calls can cost at stated prices, and what they cost with nothing cached.

Pure. In the cheapest order each cache group is written once and read by all its other calls, or
not cached at all where that is cheaper: a lone call gains nothing from a cache.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from taste.seats import Price, Rates

Ttl = Literal["5m", "1h"]
SHORT_SECONDS = 240.0
"""A group that takes longer than this is written for an hour: five minutes with some to spare."""
WRITES: Mapping[Ttl, float] = MappingProxyType({"5m": 1.25, "1h": 2.0})
"""What writing to a cache costs over reading anew, where no price is stated."""
READS = 0.1
BATCH_FACTOR = 0.5
"""What a batch costs over the same calls one by one; its rows hold the halved prices."""
MOST_TOKENS = 10**9
"""No call has more; a server that counts more counts wrongly."""
COUNTS = (
    "input_tokens", "cache_creation_input_tokens", "ephemeral_1h_input_tokens",
    "cache_read_input_tokens", "output_tokens",
)  # fmt: skip
"""What of a usage is paid for."""


@dataclass(frozen=True, slots=True)
class Billed:
    """One call as it is paid for."""

    group: Hashable
    """Calls of one group have their shared tokens in common, and one cache."""
    price: Price
    shared: float
    """Tokens before the cache breakpoint."""
    own: float
    """Tokens of the prompt behind it."""
    answer: float

    @property
    def rates(self) -> Rates:
        """What its tokens cost, in USD per million."""
        return self.price.at(self.shared + self.own)

    @property
    def uncached(self) -> float:
        """USD with the whole prompt at full price."""
        rates = self.rates
        prompt = (self.shared + self.own) * rates.input
        return (prompt + self.answer * rates.output) / 1e6


def naive_cost(calls: Iterable[Billed]) -> float:
    """USD of calls with the whole prompt at full price."""
    return sum(call.uncached for call in calls)


def cheapest_cost(
    calls: Iterable[Billed], seconds: Mapping[Hashable, float] | None = None
) -> float:
    """USD of calls in the cheapest possible order.

    Args:
        calls: in any order.
        seconds: group -> how long its calls take at the stated rate; none: five minutes suffice.
    """
    return sum(
        cost
        for key, group in by_group(calls).items()
        for cost in group_costs(group, (seconds or {}).get(key, 0.0))
    )


def by_group(calls: Iterable[Billed]) -> dict[Hashable, list[Billed]]:
    """The calls of each group, in their order."""
    groups: dict[Hashable, list[Billed]] = {}
    for call in calls:
        groups.setdefault(call.group, []).append(call)
    return groups


def group_costs(group: list[Billed], seconds: float) -> list[float]:
    """USD of each call of a group, in the cheapest way that its length allows."""
    return costs_in(group, choose_mode(group, seconds))


def costs_in(group: list[Billed], mode: Ttl | None) -> list[float]:
    """USD of each call of a group whose shared tokens are kept so long, or not at all."""
    return [_cost(call, mode, first=number == 0) for number, call in enumerate(group)]


def choose_mode(group: list[Billed], seconds: float) -> Ttl | None:
    """How long a group's shared tokens are best kept in a cache; None: not at all."""
    ttl = ttl_for(seconds)
    return ttl if sum(costs_in(group, ttl)) < naive_cost(group) else None


def ttl_for(seconds: float) -> Ttl:
    """The time to live that a group needs which takes so long."""
    return "5m" if seconds <= SHORT_SECONDS else "1h"


def write_rate(rates: Rates, ttl: Ttl) -> float:
    """USD per million tokens that are written to a cache."""
    stated = rates.cache_write if ttl == "5m" else rates.cache_write_1h
    return rates.input * WRITES[ttl] if stated is None else stated


def read_rate(rates: Rates) -> float:
    """USD per million tokens that are read from a cache."""
    return rates.input * READS if rates.cache_read is None else rates.cache_read


def _cost(call: Billed, ttl: Ttl | None, *, first: bool) -> float:
    if ttl is None:
        return call.uncached
    rates = call.rates
    each = write_rate(rates, ttl) if first else read_rate(rates)
    own = call.own * rates.input + call.answer * rates.output
    return (call.shared * each + own) / 1e6


@dataclass(frozen=True, slots=True)
class Used:
    """The tokens of one call by how they are paid for."""

    input: float
    written: float
    written_1h: float
    read: float
    output: float

    @property
    def prompt(self) -> float:
        """All tokens of the prompt."""
        return self.input + self.written + self.written_1h + self.read


def read_usage(usage: Mapping[str, Any]) -> Used:
    """Read the server's count; what is missing or cannot be meant counts as 0."""
    created = _number(usage.get("cache_creation_input_tokens"))
    split = usage.get("cache_creation")
    hour = _number(split.get("ephemeral_1h_input_tokens")) if isinstance(split, Mapping) else 0.0
    return Used(
        input=_number(usage.get("input_tokens")),
        written=max(0.0, created - hour),
        written_1h=min(hour, created),
        read=_number(usage.get("cache_read_input_tokens")),
        output=_number(usage.get("output_tokens")),
    )


def is_count(value: Any) -> bool:
    """Whether something is a number of tokens that a call can have."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= MOST_TOKENS and value == int(value)


def _number(value: Any) -> float:
    return float(value) if is_count(value) else 0.0
