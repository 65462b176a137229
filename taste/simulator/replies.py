"""The bytes of a reply: an answer sent whole or streamed, and what each fault makes of it. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from taste.simulator.faults import FaultKind
from taste.simulator.messages import (
    Answer,
    event,
    output_tokens,
    render_error,
    render_events,
    render_message,
)
from taste.simulator.request import CHARS_PER_TOKEN

_REFUSAL: Final = {
    "type": "refusal",
    "category": "frontier_llm",
    "explanation": "A simulated refusal: a fault that was switched on asked for it.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the connection; `status` 0 closes it without a word."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


def json_reply(value: Any) -> Reply:
    """Return a value as a successful reply."""
    return Reply(200, orjson.dumps(value))


def error_reply(status: int, error: Mapping[str, Any], retry_after: str | None = None) -> Reply:
    """Return an error's body as a reply, with `retry-after` where it is given in seconds."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Reply(status, orjson.dumps(error), headers=headers)


def send(said: Answer, stream: bool, fault: FaultKind | None) -> Reply:
    """Return the answer as one JSON body, or as events that a fault may break off half way."""
    if not stream:
        return json_reply(render_message(said))
    events = list(render_events(said))
    if fault in ("cut_stream", "stream_error"):
        events = events[: len(events) // 2]
    if fault == "stream_error":
        error = {"type": "overloaded_error", "message": "Overloaded (simulated)"}
        events.append(event("error", {"error": error}))
    return Reply(200, b"".join(events), "text/event-stream; charset=utf-8")


def strike_connection(fault: FaultKind | None, request_id: str) -> Reply | None:
    """Return the reply of a fault that leaves no answer at all, or None for any other."""
    if fault == "dropped":
        return Reply(0)
    if fault not in _ERRORS:
        return None
    status, type_, message, code, retry_after = _ERRORS[fault]
    return error_reply(status, render_error(type_, message, request_id, code), retry_after)


def fit_length(said: Answer, max_tokens: int) -> Answer:
    """Return the answer, cut where its text would exceed `max_tokens`."""
    if said.output_tokens <= max_tokens:
        return said
    kept = said.text[: math.floor(max_tokens * CHARS_PER_TOKEN)]
    return replace(said, text=kept, stop_reason="max_tokens", output_tokens=max_tokens)


def spoil(said: Answer, fault: FaultKind | None) -> Answer:
    """Return the answer as the fault leaves it; faults of the connection leave it whole."""
    half = said.text[: len(said.text) // 2]
    spent = output_tokens(half)
    spoiled: dict[FaultKind | None, dict[str, Any]] = {
        "malformed": {"text": half, "output_tokens": spent},
        "max_tokens": {"text": half, "output_tokens": spent, "stop_reason": "max_tokens"},
        "off_schema": {"text": '{"simulated":true}'},
        "wrong_model": {"model": "simulated-other"},
        "refusal": {
            "text": "",
            "output_tokens": 0,
            "stop_reason": "refusal",
            "stop_details": _REFUSAL,
            "thinking": False,
        },
    }
    return replace(said, **spoiled.get(fault, {}))


_ERRORS: Final[Mapping[FaultKind | None, tuple[int, str, str, str | None, str | None]]] = {
    "retryable": (529, "overloaded_error", "Overloaded (simulated)", None, None),
    "rate_limited": (429, "rate_limit_error", "Too many requests (simulated)", None, "1"),
    "fatal": (401, "authentication_error", "Invalid key (simulated)", None, None),
    "spend_limit": (
        429,
        "rate_limit_error",
        "The organization has reached its spend limit (simulated)",
        "enforced_spend_limit_reached",
        None,
    ),
}
