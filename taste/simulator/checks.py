"""What the Messages API refuses: known mistakes only. Unknown keys are let through, as there."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from taste.simulator.schema import find_schema_fault

MAX_OUTPUT_TOKENS: Final = 128_000
_SAMPLING: Final = ("temperature", "top_p", "top_k")
_ROLES: Final = ("user", "assistant", "system")
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")


class RefusedError(Exception):
    """The API would not take this request; carries the status and the error's type."""

    def __init__(self, status: int, type_: str, message: str) -> None:
        """Keep what an error body needs."""
        super().__init__(message)
        self.status = status
        self.type = type_
        self.message = message


def invalid(message: str) -> RefusedError:
    """Return the error for a request that is wrong in itself."""
    return RefusedError(400, "invalid_request_error", message)


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body.

    Raises:
        RefusedError: it is none.
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
    if not isinstance(decoded, dict):
        raise invalid("The request body must be a JSON object")
    return decoded


def check_names(body: Mapping[str, Any], *, counting: bool) -> None:
    """Refuse missing names, sampling parameters and models that do not exist.

    Raises:
        RefusedError: one of these.
    """
    needed = ("model", "messages") if counting else ("model", "messages", "max_tokens")
    for name in needed:
        if name not in body:
            raise invalid(f"{name}: Field required")
    for name in _SAMPLING:
        if name in body:
            raise invalid(f"{name}: sampling parameters are not supported on this API version")
    if not isinstance(body["model"], str) or not body["model"]:
        raise invalid("model: Input should be a valid string")
    if body["model"].startswith("unknown-"):
        raise RefusedError(404, "not_found_error", f"model: {body['model']}")


def check_messages(messages: object) -> list[dict[str, Any]]:
    """Return the messages; refuse unknown roles, empty content and prefill.

    Raises:
        RefusedError: one of these.
    """
    if not isinstance(messages, list) or not messages:
        raise invalid("messages: at least one message is required")
    for index, message in enumerate(messages):
        _check_message(index, message)
    roles = [message["role"] for message in messages]
    if "user" not in roles:
        raise invalid("messages: at least one user message is required")
    if roles[-1] == "assistant":
        raise invalid(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    return messages


def _check_message(index: int, message: object) -> None:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise invalid(f"messages.{index}.role: Input should be 'user', 'assistant' or 'system'")
    content = message.get("content")
    if isinstance(content, list):
        empty = any(b.get("type") == "text" and not b.get("text") for b in content)
        if empty or not content:
            raise invalid(f"messages.{index}: text content blocks must be non-empty")
    elif not isinstance(content, str) or not content:
        raise invalid(f"messages.{index}: content must be non-empty")


def check_settings(body: Mapping[str, Any]) -> None:
    """Refuse forced tool use and unknown levels of effort.

    Raises:
        RefusedError: one of these.
    """
    choice = body.get("tool_choice") or {}
    if choice.get("type") in ("any", "tool"):
        raise invalid("tool_choice: forced tool use is not supported on this model")
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in _EFFORTS:
        raise invalid(f"output_config.effort: Input should be one of {', '.join(_EFFORTS)}")


def check_max_tokens(value: object) -> int:
    """Return `max_tokens`, a whole number from 0 to the model's maximum.

    Raises:
        RefusedError: it is anything else.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid("max_tokens: Input should be a whole number greater than or equal to 0")
    if value > MAX_OUTPUT_TOKENS:
        raise invalid(
            f"max_tokens: {value} > {MAX_OUTPUT_TOKENS}, "
            "the maximum allowed number of output tokens for this model"
        )
    return value


def read_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of a structured output, or None if none is asked for.

    Raises:
        RefusedError: the API would not take the schema.
    """
    answer_format = (body.get("output_config") or {}).get("format")
    if answer_format is None:
        return None
    schema = answer_format.get("schema") if isinstance(answer_format, dict) else None
    if not isinstance(schema, dict) or answer_format.get("type") != "json_schema":
        raise invalid("output_config.format: expected type 'json_schema' with a schema")
    fault = find_schema_fault(schema)
    if fault is not None:
        raise invalid(f"output_config.format.schema: {fault}")
    return schema
