"""The bytes of a reply: an answer sent whole or streamed, and what each fault makes of it. Pure."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from taste.simulator.faults import Fault, FaultKind
from taste.simulator.messages import (
    Answer,
    event,
    output_tokens,
    render_error,
    render_events,
    render_message,
)
from taste.simulator.request import CHARS_PER_TOKEN

_CATEGORIES: Final[Mapping[FaultKind | None, str]] = {
    "refusal": "frontier_llm",
    "refusal_cyber": "cyber",
    "refusal_bio": "bio",
    "refusal_reasoning": "reasoning_extraction",
    "refusal_harm": "general_harms",
    "refusal_midway": "frontier_llm",
}
_OF_CONNECTIONS: Final = frozenset(
    {"bad_gateway", "dropped", "aborted", "truncated", "not_json", "cut_stream", "stream_error"}
)
_PAGE: Final = b"<html><body><h1>502 Bad Gateway</h1>simulated</body></html>"
_HTML: Final = "text/html; charset=utf-8"
_LATE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the connection; `status` 0 closes it without a word."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None
    wait: float = 0.0
    """Seconds before it is sent."""
    sent: int | None = None
    """Bytes of the body after which the connection breaks."""
    pause: float = 0.0
    """Seconds before each small piece of the body's second half."""


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


def strike_connection(fault: Fault | None, request_id: str) -> Reply | None:
    """Return the reply of a fault that leaves no answer at all, or None for any other."""
    if fault is None:
        return None
    plain: dict[FaultKind, Reply] = {
        "dropped": Reply(0),
        "bad_gateway": Reply(502, _PAGE, _HTML),
        "not_json": Reply(200, _PAGE, _HTML),
    }
    if fault.kind in plain:
        return plain[fault.kind]
    if fault.kind not in ERRORS:
        return None
    wait = None
    if fault.kind == "rate_limited":
        wait = f"{1 if fault.seconds is None else fault.seconds:g}"
    status, type_, message, code = ERRORS[fault.kind]
    return error_reply(status, render_error(type_, message, request_id, code), wait)


def strike_reply(reply: Reply, fault: Fault | None) -> Reply:
    """Return the reply as a fault of the connection leaves it: late, slow, broken off, halved."""
    half = len(reply.body) // 2
    if fault is None:
        return reply
    late = _LATE if fault.seconds is None else fault.seconds
    if fault.kind == "slow":
        return replace(reply, wait=late)
    if fault.kind == "trickled":
        return replace(reply, pause=late)
    if fault.kind == "aborted":
        return replace(reply, sent=half)
    return replace(reply, body=reply.body[:half]) if fault.kind == "truncated" else reply


def item_error(fault: Fault | None, request_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return status and error of a request in a batch that a fault leaves without an answer."""
    if fault is None or fault.kind in ("slow", "trickled"):
        return None
    kind: FaultKind = "server_error" if fault.kind in _OF_CONNECTIONS else fault.kind
    if kind not in ERRORS:
        return None
    status, type_, message, code = ERRORS[kind]
    return status, render_error(type_, message, request_id, code)


def strike_batch(fault: Fault | None, request_id: str, work: Callable[[], Reply]) -> Reply:
    """Do what was asked of a batch, unless a fault refuses it, and answer as the fault has it."""
    if fault is None:
        return work()
    if fault.kind in ERRORS:
        status, type_, message, code = ERRORS[fault.kind]
        return error_reply(status, render_error(type_, message, request_id, code))
    reply = work()
    if fault.kind == "batch_lost":
        return Reply(0)
    most = len(reply.body) * 2 // 3
    if fault.kind == "results_cut":
        return replace(reply, body=reply.body[:most])
    return replace(reply, sent=most)


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
        "window_exceeded": {
            "text": half,
            "output_tokens": spent,
            "stop_reason": "model_context_window_exceeded",
        },
        "refusal_midway": {"text": half, "output_tokens": spent, **_refused("refusal_midway")},
    }
    if fault in _CATEGORIES and fault not in spoiled:
        spoiled[fault] = {"text": "", "output_tokens": 0, "thinking": False, **_refused(fault)}
    return replace(said, **spoiled.get(fault, {}))


def _refused(fault: FaultKind | None) -> dict[str, Any]:
    details = {
        "type": "refusal",
        "category": _CATEGORIES[fault],
        "explanation": "A simulated refusal: a fault that was switched on asked for it.",
    }
    return {"stop_reason": "refusal", "stop_details": details}


ERRORS: Final[Mapping[FaultKind | None, tuple[int, str, str, str | None]]] = {
    "retryable": (529, "overloaded_error", "Overloaded (simulated)", None),
    "batch_refused": (529, "overloaded_error", "Overloaded (simulated)", None),
    "poll_error": (500, "api_error", "Internal server error (simulated)", None),
    "rate_limited": (429, "rate_limit_error", "Too many requests (simulated)", None),
    "rate_limited_silently": (429, "rate_limit_error", "Too many requests (simulated)", None),
    "server_error": (500, "api_error", "Internal server error (simulated)", None),
    "fatal": (401, "authentication_error", "Invalid key (simulated)", None),
    "spend_limit": (
        429,
        "rate_limit_error",
        "The organization has reached its spend limit (simulated)",
        "enforced_spend_limit_reached",
    ),
    "missing_model": (404, "not_found_error", "model: it is not here (simulated)", None),
    "billing": (402, "billing_error", "Your credit balance is too low (simulated)", None),
    "usage_limit": (
        400,
        "invalid_request_error",
        "You have reached your specified API usage limits (simulated). "
        "You will regain access on 2026-12-01 at 00:00 UTC.",
        None,
    ),
    "context_exceeded": (
        400,
        "invalid_request_error",
        "prompt is too long: 1000001 tokens > 1000000 maximum (simulated)",
        None,
    ),
}
