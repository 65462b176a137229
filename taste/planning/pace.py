"""How long calls take: what waits for answers, and what the stated rate limits allow. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taste.cheapest import Billed
from taste.planning.calls import PlannedCall

USUAL_SECONDS = 15.0
"""Of one answer, where no earlier one shows it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What an endpoint allows for one model in a minute; None: nothing is known of a limit."""

    requests: float | None = None
    input_tokens: float | None = None
    """Tokens read from a cache do not count."""
    output_tokens: float | None = None
    source: str = "stated"
    """Where the limits are from."""

    @property
    def limits(self) -> tuple[float | None, float | None, float | None]:
        """Requests, input tokens and output tokens a minute."""
        return self.requests, self.input_tokens, self.output_tokens

    def minutes(self, calls: float, written: float, answer: float) -> float:
        """How long so many calls and tokens take at the limit."""
        needs = zip((calls, written, answer), self.limits, strict=True)
        return max((amount / limit for amount, limit in needs if limit), default=0.0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast calls can be made."""

    concurrency: int
    rates: Mapping[str, Rate] = field(default_factory=dict)
    """Model -> its limits."""
    seconds: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Model and purpose -> how long earlier answers took."""

    def of_call(self, call: PlannedCall) -> float:
        """Seconds that an answer is expected to take."""
        return self.seconds.get((call.seat.model, call.purpose), USUAL_SECONDS)


@dataclass(frozen=True, slots=True)
class Paced:
    """How long a run would take."""

    minutes: float
    waiting: float
    """Minutes that all answers take together, so many at a time."""
    limited: dict[str, float]
    """Model -> minutes that its rate limits ask for."""
    rates: dict[str, Rate] = field(default_factory=dict)
    """Model -> those limits."""
    unlimited: tuple[str, ...] = ()
    """Models of whose limits nothing is known."""


def pace_calls(
    calls: Sequence[PlannedCall],
    billed: Sequence[Billed],
    anew: Sequence[bool],
    pace: Pace,
) -> Paced:
    """How long calls take: whichever is longest of waiting and of any model's limits."""
    seconds = sum(pace.of_call(call) for call in calls)
    needs: dict[str, list[float]] = {}
    for call, one, is_anew in zip(calls, billed, anew, strict=True):
        need = needs.setdefault(call.seat.model, [0.0, 0.0, 0.0])
        need[0] += 1
        need[1] += one.own + (one.shared if is_anew else 0.0)
        need[2] += one.answer
    limited = {
        model: pace.rates[model].minutes(*need)
        for model, need in needs.items()
        if model in pace.rates
    }
    waiting = seconds / pace.concurrency / 60
    return Paced(
        max([waiting, *limited.values()]),
        waiting,
        limited,
        {model: pace.rates[model] for model in limited},
        tuple(model for model in sorted(needs) if model not in pace.rates),
    )


def group_seconds(group: Sequence[Billed], pace: Pace) -> float:
    """How long a group's calls take when they are made together: the first goes alone."""
    return USUAL_SECONDS * (1 + (len(group) - 1) / pace.concurrency)
