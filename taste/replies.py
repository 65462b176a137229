"""What came of one attempt to reach a model: answer, refusal, cut text, or nothing usable.

Knows the shape of a Messages API reply as JSON, not the SDK.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from taste.bodies import How
from taste.seats import ModelSeat
from taste.spending import cost_of
from transcripts.decoding import clean, parse_object

TOO_LONG = re.compile(r"too (?:long|large|many tokens)|context (?:window|length)", re.IGNORECASE)
"""Refusals of one text; any other refused request would be refused for every item."""


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
    details: dict[str, Any] = {
        "status_code": 200,
        "request_id": received.request_id,
        "raw_reply": received.text,
        "simulated": received.simulated,
    }
    try:
        body = parse_object(received.text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return Attempt.failed(Outcome.RETRYABLE, "the reply is not JSON", **details)
    if not isinstance(body, dict) or body.get("type") != "message":
        return Attempt.failed(Outcome.MALFORMED, "the reply is not a message", **details)
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    stop = body.get("stop_reason")
    stop = stop if stop is None else clean(str(stop))
    outcome, error = _sort(body, stop, seat)
    return Attempt(
        outcome,
        error,
        text=_text(body),
        model_returned=clean(str(body.get("model"))),
        stop_reason=stop,
        usage=usage,
        cost_usd=0.0 if _is_free(body, stop) else cost_of(usage, seat.price),
        **details,
    )


def _is_free(body: dict[str, Any], stop: str | None) -> bool:
    """Whether a model refused before it said anything: usage is told, and nothing is billed."""
    return stop == "refusal" and not body.get("content")


def _sort(body: dict[str, Any], stop: Any, seat: ModelSeat) -> tuple[Outcome, str | None]:
    """Outcome and reason by the stop reason; another model's answer is not an answer."""
    if stop is None:
        return Outcome.RETRYABLE, "the reply ended without a stop reason"
    if stop == "refusal":
        details = body.get("stop_details")
        category = details.get("category") if isinstance(details, dict) else None
        return Outcome.REFUSED, f"refused ({category or 'no category'})"
    if stop != "end_turn":
        cut_off = stop in {"max_tokens", "model_context_window_exceeded"}
        return (Outcome.TRUNCATED if cut_off else Outcome.MALFORMED), f"stopped with {stop!r}"
    if _is_model(str(body.get("model") or ""), seat.model):
        return Outcome.ANSWERED, None
    return Outcome.MALFORMED, f"answered by {body.get('model')!r} instead of {seat.model!r}"


def _is_model(returned: str, wanted: str) -> bool:
    """Whether a reply names the model that was asked: itself, or a dated version of it."""
    name = re.escape(wanted.removesuffix("-latest"))
    return returned == wanted or re.fullmatch(rf"{name}(-\d{{8}})?", returned) is not None


def _text(body: dict[str, Any]) -> str:
    """The final text; text between thinking blocks does not count."""
    content = body.get("content")
    texts = [
        clean(str(block.get("text") or ""))
        for block in (content if isinstance(content, list) else [])
        if isinstance(block, dict) and block.get("type") == "text"
    ]
    return texts[-1] if texts else ""
