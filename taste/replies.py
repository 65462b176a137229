"""What came of one attempt to reach a model: answer, refusal, cut text, or nothing usable.

Knows the shape of a Messages API reply as JSON, not the SDK.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from taste.bodies import How
from taste.cheapest import COUNTS, MOST_TOKENS, is_count
from taste.seats import ModelSeat
from taste.spending import cost_of
from transcripts.decoding import clean, parse_object

TOO_LONG = re.compile(r"too (?:long|large|many tokens)|context (?:window|length)", re.IGNORECASE)
"""Refusals of one text; any other refused request would be refused for every item."""
_TOLD = ("error", "text", "request_id", "model_returned", "stop_reason", "raw_reply")
_DEEPEST = 4
"""More levels than any usage has."""
_EXACT = 2**53
"""Larger numbers are not the same in every JSON."""


class Outcome(StrEnum):
    """How an attempt ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    RETRYABLE = "retryable"
    FATAL = "fatal"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a model."""

    outcome: Outcome
    error: str | None = None
    text: str = ""
    """The answer's final text."""
    status_code: int | None = None
    request_id: str | None = None
    model_returned: str | None = None
    stop_reason: str | None = None
    raw_reply: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    cost_usd: float = 0.0
    in_doubt: bool = False
    """Whether it may have been billed though nothing says so: it was sent, and no answer came."""
    doubtful_usd: float = 0.0
    """What its prompt alone costs, if it is in doubt."""
    number: int = 0
    seconds: float = 0.0
    simulated: bool = False
    mode: str = "create"
    """How it was sent: create, stream, batch."""
    body_hash: str | None = None
    batch_id: int | None = None
    how: How | None = None
    """With request and seat this gives the body again."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """What the endpoint allows in a minute, as far as it has told: requests, input-tokens, …"""

    def __post_init__(self) -> None:
        """Replace what no row can hold in what a server has told, wherever it was told."""
        for name in _TOLD:
            told = getattr(self, name)
            if told is not None:
                object.__setattr__(self, name, clean(told))

    @classmethod
    def failed(cls, outcome: Outcome, error: str, **details: Any) -> "Attempt":
        """An attempt without an answer."""
        return cls(outcome, error, **details)

    def timed(self, number: int, seconds: float) -> "Attempt":
        """The same attempt with its number and duration."""
        return replace(self, number=number, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Received:
    """A reply with HTTP 200 as it came."""

    text: str
    request_id: str | None = None
    simulated: bool = False


def read_reply(received: Received, seat: ModelSeat) -> Attempt:
    """Sort a reply that came with HTTP 200: answer, refusal, cut text, or nothing usable."""
    text = clean(received.text)  # as it is stored, so that reading it again finds the same
    details: dict[str, Any] = {
        "status_code": 200,
        "request_id": received.request_id,
        "raw_reply": text,
        "simulated": received.simulated,
    }
    try:
        body = parse_object(text.encode())
    except ValueError:
        return Attempt.failed(Outcome.RETRYABLE, "the reply is not JSON", **details)
    if not isinstance(body, dict) or body.get("type") != "message":
        return Attempt.failed(Outcome.MALFORMED, "the reply is not a message", **details)
    usage, miscounted = _usage(body.get("usage"))
    stop = _word(body.get("stop_reason"))
    outcome, error = _sort(body, stop, seat)
    return Attempt(
        outcome,
        error or miscounted,
        text=_text(body),
        model_returned=str(_word(body.get("model"))),
        stop_reason=stop,
        usage=usage,
        cost_usd=0.0 if _is_free(body, stop) else cost_of(usage, seat.price),
        **details,
    )


def _word(value: Any) -> str | None:
    """A name or reason; what is none is told by its kind, since it may be of any size."""
    known = value is None or isinstance(value, str)
    return value if known else f"no text but {type(value).__name__}"


def _usage(told: Any) -> tuple[dict[str, Any], str | None]:
    """The usage as a row can hold it, and what is to be said of counts that cannot be meant."""
    wrong: list[str] = []
    usage = _storable(told, _DEEPEST, wrong) if isinstance(told, dict) else {}
    if not wrong:
        return usage, None
    names = ", ".join(sorted(set(wrong)))
    return usage, f"booked as 0, since no number of tokens up to {MOST_TOKENS:,}: {names}"


def _storable(value: Any, levels: int, wrong: list[str]) -> Any:
    """A part of the usage; counts and whatever else cannot be meant are None, counts listed."""
    if isinstance(value, dict):
        kept = {clean(str(key)): each for key, each in value.items()} if levels else {}
        bad = [n for n in COUNTS if kept.get(n) is not None and not is_count(kept[n])]
        wrong.extend(bad)
        return {
            name: None if name in bad else _storable(each, levels - 1, wrong)
            for name, each in kept.items()
        }
    if isinstance(value, list):
        return [_storable(each, levels - 1, wrong) for each in value] if levels else []
    if isinstance(value, str):
        return clean(value)
    # Also false for NaN.
    return value if value is None or abs(value) <= _EXACT else None


def _is_free(body: dict[str, Any], stop: str | None) -> bool:
    """Whether a model refused before it said anything: usage is told, and nothing is billed."""
    return stop == "refusal" and not body.get("content")


def _sort(body: dict[str, Any], stop: str | None, seat: ModelSeat) -> tuple[Outcome, str | None]:
    """Outcome and reason by the stop reason; another model's answer is not an answer."""
    if stop is None:
        return Outcome.RETRYABLE, "the reply ended without a stop reason"
    if stop == "refusal":
        details = body.get("stop_details")
        category = _word(details.get("category")) if isinstance(details, dict) else None
        return Outcome.REFUSED, f"refused ({category or 'no category'})"
    if stop != "end_turn":
        cut_off = stop in {"max_tokens", "model_context_window_exceeded"}
        return (Outcome.TRUNCATED if cut_off else Outcome.MALFORMED), f"stopped with {stop!r}"
    named = _word(body.get("model"))
    if _is_model(named or "", seat.model):
        return Outcome.ANSWERED, None
    return Outcome.MALFORMED, f"answered by {named!r} instead of {seat.model!r}"


def _is_model(returned: str, wanted: str) -> bool:
    """Whether a reply names the model that was asked: itself, or a dated version of it."""
    name = re.escape(wanted.removesuffix("-latest"))
    return returned == wanted or re.fullmatch(rf"{name}(-\d{{8}})?", returned) is not None


def _text(body: dict[str, Any]) -> str:
    """The final text; text between thinking blocks does not count."""
    content = body.get("content")
    texts = [
        block.get("text")
        for block in (content if isinstance(content, list) else [])
        if isinstance(block, dict) and block.get("type") == "text"
    ]
    last = texts[-1] if texts else ""
    return last if isinstance(last, str) else ""
