"""The shapes of the Messages API's answers: a message, its stream of events, an error. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from taste.simulator.cache import InputTokens
from taste.simulator.request import tokens_of

_PIECE: Final = 80
_SIGNATURE: Final = "c2ltdWxhdGVk"


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a message says; `thinking` adds the empty thinking block of adaptive thinking."""

    id: str
    model: str
    text: str
    stop_reason: str
    inputs: InputTokens
    output_tokens: int
    stop_details: Mapping[str, Any] | None = None
    thinking: bool = False


def output_tokens(text: str) -> int:
    """Return the output tokens that a text is billed at: at least one."""
    return max(1, tokens_of(len(text)))


def render_message(answer: Answer) -> dict[str, Any]:
    """Return the message as the API's JSON."""
    return {
        **_envelope(answer),
        "content": content_blocks(answer),
        "stop_reason": answer.stop_reason,
        "stop_details": answer.stop_details,
        "usage": render_usage(answer.inputs, answer.output_tokens),
    }


def content_blocks(answer: Answer) -> list[dict[str, Any]]:
    """Return the content: perhaps a thinking block, then the text unless it is empty."""
    blocks: list[dict[str, Any]] = []
    if answer.thinking:
        blocks.append({"type": "thinking", "thinking": "", "signature": _SIGNATURE})
    if answer.text:
        blocks.append({"type": "text", "text": answer.text, "citations": None})
    return blocks


def render_usage(inputs: InputTokens, output: int) -> dict[str, Any]:
    """Return the usage object; the three input figures sum to all input tokens."""
    return {
        "input_tokens": inputs.plain,
        "cache_creation_input_tokens": inputs.created_5m + inputs.created_1h,
        "cache_read_input_tokens": inputs.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": inputs.created_5m,
            "ephemeral_1h_input_tokens": inputs.created_1h,
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": 0},
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": "simulated",
    }


def render_error(type_: str, message: str, request_id: str, code: str | None) -> dict[str, Any]:
    """Return the body of an error; `code` names the cause where the API gives one."""
    error: dict[str, Any] = {"type": type_, "message": message}
    if code is not None:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": request_id}


def render_events(answer: Answer) -> Iterator[bytes]:
    """Yield the server-sent events of a streamed message, in the API's order."""
    start = {
        **_envelope(answer),
        "content": [],
        "stop_reason": None,
        "stop_details": None,
        "usage": render_usage(answer.inputs, 1),
    }
    yield event("message_start", {"message": start})
    yield event("ping", {})
    for index, block in enumerate(content_blocks(answer)):
        yield from _block_events(index, block)
    delta = {
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "stop_details": answer.stop_details,
    }
    usage = render_usage(answer.inputs, answer.output_tokens)
    cumulative = {name: usage[name] for name in usage if name.endswith(("_tokens", "_details"))}
    yield event("message_delta", {"delta": delta, "usage": cumulative})
    yield event("message_stop", {})


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """Return one server-sent event; its data repeats the name as `type`."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps({"type": name, **data}))


def _envelope(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "container": None,
        "stop_sequence": None,
    }


def _block_events(index: int, block: Mapping[str, Any]) -> Iterator[bytes]:
    empty = {**block, "text": ""} if block["type"] == "text" else {**block, "signature": ""}
    yield event("content_block_start", {"index": index, "content_block": empty})
    for delta in _deltas(block):
        yield event("content_block_delta", {"index": index, "delta": delta})
    yield event("content_block_stop", {"index": index})


def _deltas(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if block["type"] == "thinking":
        yield {"type": "signature_delta", "signature": block["signature"]}
        return
    text = block["text"]
    for start in range(0, len(text), _PIECE):
        yield {"type": "text_delta", "text": text[start : start + _PIECE]}
