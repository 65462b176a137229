"""The body of a call: a pure function of request, seat and how it is sent, and its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import orjson

from taste.requests import SCHEMAS, Purpose, Request
from taste.seats import Endpoint, ModelSeat

Ttl = Literal["5m", "1h"]
STREAM_TOKENS = 21_333
"""An answer that may be longer is streamed: a silent connection would not live that long."""
DEFAULT_EFFORT = "high"
DEFAULT_THINKING = "adaptive"
"""What is sent where a seat says nothing, since each model has a default of its own."""
_UNSENT = "none"


@dataclass(frozen=True, slots=True)
class How:
    """All of a body that neither the request nor the seat alone decides."""

    variation: int = 1
    ttl: Ttl | None = "5m"
    """How long the context is cached; None sets no breakpoint."""
    structured: bool = True
    """False puts the schema at the prompt's end, for a server that cannot hold one."""
    stream: bool = False
    effort: str | None = None
    thinking: str | None = None
    """None is not sent."""

    def as_dict(self) -> dict[str, Any]:
        """As it is stored with a call."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "How":
        """As it was stored."""
        return cls(**stored)


def how_for(
    seat: ModelSeat, endpoint: Endpoint, variation: int, ttl: Ttl | None, *, stream: bool = True
) -> How:
    """How an endpoint is sent a seat's calls; without `stream` never as a stream."""
    long = seat.max_tokens > STREAM_TOKENS or bool(seat.stream)
    return How(
        variation=variation,
        ttl=ttl if endpoint.can("caching") else None,
        structured=endpoint.can("structured"),
        stream=stream and long and endpoint.can("streaming"),
        effort=_sent(seat.effort, DEFAULT_EFFORT, able=endpoint.can("effort")),
        thinking=_sent(seat.thinking, DEFAULT_THINKING, able=endpoint.can("thinking")),
    )


def _sent(stated: str | None, default: str, *, able: bool) -> str | None:
    chosen = stated or default
    return chosen if able and chosen != _UNSENT else None


def body_of(request: Request, seat: ModelSeat, how: How) -> dict[str, Any]:
    """One user turn, a cache breakpoint before the question."""
    question = request.question
    if not how.structured:
        question += _schema_text(request.purpose)
    context: dict[str, Any] = {"type": "text", "text": request.context}
    if how.ttl is not None:
        mark = {"type": "ephemeral"} if how.ttl == "5m" else {"type": "ephemeral", "ttl": how.ttl}
        context["cache_control"] = mark
    body: dict[str, Any] = {
        "model": seat.model,
        "max_tokens": seat.max_tokens,
        "messages": [{"role": "user", "content": [context, {"type": "text", "text": question}]}],
    }
    return body | _settings(request.purpose, how)


def _settings(purpose: Purpose, how: How) -> dict[str, Any]:
    """What a body says beside the prompt, of which nothing is sent that does not apply."""
    output: dict[str, Any] = {}
    if how.structured:
        output["format"] = {"type": "json_schema", "schema": SCHEMAS[purpose]}
    if how.effort is not None:
        output["effort"] = how.effort
    found: dict[str, Any] = {"output_config": output} if output else {}
    if how.thinking is not None:
        found["thinking"] = {"type": how.thinking}
    if how.variation > 1:
        found["metadata"] = {"user_id": f"again-{how.variation}"}
    if how.stream:
        found["stream"] = True
    return found


def bytes_of(body: Mapping[str, Any]) -> bytes:
    """Canonical JSON: the bytes that are sent and hashed."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # half a surrogate pair, which the server is left to refuse
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def hash_bytes(content: bytes) -> str:
    """sha256 of a body that is at hand as bytes."""
    return hashlib.sha256(content).hexdigest()


def hash_body(body: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON."""
    return hash_bytes(bytes_of(body))


@cache
def schema_key(purpose: Purpose) -> str:
    """What purposes have in common whose answers have one schema."""
    return json.dumps(SCHEMAS[purpose], sort_keys=True)


@cache
def _schema_text(purpose: Purpose) -> str:
    schema = json.dumps(SCHEMAS[purpose], ensure_ascii=False)
    return (
        "\n\nAnswer with one JSON object and nothing else, no code fence. "
        f"It has to satisfy this JSON schema:\n{schema}\n"
    )
