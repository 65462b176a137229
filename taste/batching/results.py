"""One line of a batch's results as an attempt. Pure."""

import json
from dataclasses import dataclass
from typing import Any

import orjson

from taste.replies import Attempt, Outcome, Received, read_reply
from taste.seats import ModelSeat
from transcripts.decoding import clean, parse_object

_PASSING = frozenset(
    {"api_error", "overloaded_error", "rate_limit_error", "timeout_error", "internal_server_error",
     "not_found_error"}
)  # fmt: skip
"""A model that is not there may be there for a later start; nothing is paid until then."""
_OF_THE_RUN = frozenset({"authentication_error", "permission_error", "billing_error"})
KINDS = frozenset({"succeeded", "errored", "canceled", "expired"})
_SENTENCE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line, as far as it can be read without knowing who was asked."""

    custom_id: str
    kind: str
    """succeeded, errored, canceled, expired."""
    content: Any


def parse_line(raw: bytes) -> Line:
    """Read one line.

    Raises:
        ValueError: if it is not a whole result.
    """
    found = parse_object(raw)
    result = found.get("result") if isinstance(found, dict) else None
    if not isinstance(result, dict) or not isinstance(found.get("custom_id"), str):
        raise ValueError("a line is no result")
    kind = str(result.get("type"))
    if kind not in KINDS:
        raise ValueError(f"a result of unknown type {clean(kind)!r}")
    content = result.get("message") if kind == "succeeded" else result.get("error")
    return Line(clean(found["custom_id"]), kind, content)


def attempt_of(line: Line, seat: ModelSeat, *, simulated: bool) -> Attempt:
    """What came of the request that a line is about."""
    if line.kind == "succeeded":
        text = _text_of(line.content)
        return read_reply(Received(text, None, simulated), seat)
    if line.kind == "errored":
        return _errored(line.content, simulated=simulated)
    why = {"expired": "the batch expired before it was answered", "canceled": "canceled"}
    return Attempt.failed(Outcome.RETRYABLE, why[line.kind], simulated=simulated)


def _text_of(content: Any) -> str:
    """The message alone; what orjson cannot write (lone surrogates) is written escaped."""
    try:
        return orjson.dumps(content).decode()
    except (TypeError, ValueError):
        return json.dumps(content)


def _errored(content: Any, *, simulated: bool) -> Attempt:
    """Sort an error: of the whole run, worth repeating, or of this one request."""
    envelope = content if isinstance(content, dict) else {}
    error = envelope.get("error")
    error = error if isinstance(error, dict) else {}
    kind = clean(str(error.get("type") or "error"))
    text = f"{kind}: {clean(str(error.get('message') or 'no reason given'))}"[:_SENTENCE_CHARS]
    known = f"{kind} {text} {error.get('details')}"
    outcome = Outcome.RETRYABLE if kind in _PASSING else Outcome.FAILED
    if kind in _OF_THE_RUN or "spend_limit" in known or "usage limits" in known:
        outcome = Outcome.FATAL
    named = envelope.get("request_id")
    name = clean(named) if isinstance(named, str) else None
    return Attempt.failed(outcome, text, request_id=name, simulated=simulated)
