"""The catalogue of simulated models, in the shape of GET /v1/models, and what each refuses."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from taste.simulator.checks import MAX_OUTPUT_TOKENS, RefusedError, invalid
from taste.simulator.request import MAX_INPUT_TOKENS, Request, count_tokens
from taste.simulator.world import World

SERVICE_MODELS: Final = ("simulated-judge", "simulated-second-judge", "simulated-restater")
"""Models that are no arm of any set."""

RELEASED: Final = MappingProxyType(
    {
        "simulated-early": "2025-11-24T00:00:00Z",
        "simulated-middle": "2026-04-07T00:00:00Z",
        "simulated-late": "2026-10-20T00:00:00Z",
    }
)
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_EPOCH: Final = "1970-01-01T00:00:00Z"
_YES: Final = MappingProxyType({"supported": True})
_NO: Final = MappingProxyType({"supported": False})
_LEAST_CACHED: Final = (
    (re.compile(r"claude-(opus-5|fable-5|mythos-5)(?!-5)"), 512),
    (re.compile(r"claude-opus-4-7"), 2048),
    (re.compile(r"claude-(opus-4-[56]|haiku-4-5)"), 4096),
    (re.compile(r"claude-"), 1024),
)
"""The shortest prompt that the real service caches, by model."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the catalogue says of one model, and what its calls are held to."""

    max_input_tokens: int = MAX_INPUT_TOKENS
    max_tokens: int = MAX_OUTPUT_TOKENS
    deprecated_at: datetime | None = None
    retires_at: datetime | None = None
    """From then on it is not found."""
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    """Name -> supported, over the usual ones: `batch`, `structured_outputs`, `thinking`, …"""
    efforts: tuple[str, ...] = EFFORTS
    """The levels of effort that it knows; without any it has no effort at all."""
    least_cached: int | None = None
    """Tokens of the shortest prompt that is cached; None is as the real service has it."""

    def least_for(self, model: str) -> int:
        """The shortest prompt that is cached, 0 for a model that nobody knows."""
        if self.least_cached is not None:
            return self.least_cached
        return next((least for name, least in _LEAST_CACHED if name.match(model)), 0)


def family_of(model: str) -> str:
    """Return the family of a simulated model: its id up to the first hyphen."""
    return model.partition("-")[0]


def model_ids(world: World) -> tuple[str, ...]:
    """Return the ids that the catalogue lists: the world's models, then the service models."""
    named = {arm for arms in world.margins.values() for arm in arms if arm.startswith("simulated-")}
    listed = [model for model in RELEASED if model in named]
    return (*listed, *sorted(named - set(RELEASED)), *SERVICE_MODELS)


def model_info(model: str, facts: ModelFacts) -> dict[str, Any]:
    """Return one entry of the catalogue; any id gets one, since any id is answered."""
    return {
        "type": "model",
        "id": model,
        "display_name": model.replace("-", " ").capitalize() + " (simulated)",
        "created_at": RELEASED.get(model, _EPOCH),
        "lifecycle": "active" if facts.deprecated_at is None else "deprecated",
        "line": None,
        "deprecated_at": _written(facts.deprecated_at),
        "retires_at": _written(facts.retires_at),
        "max_input_tokens": facts.max_input_tokens,
        "max_tokens": facts.max_tokens,
        "capabilities": _capabilities(facts),
    }


def model_page(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the one page of the catalogue."""
    data = list(entries)
    return {
        "data": data,
        "has_more": False,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def is_retired(facts: ModelFacts, now: datetime) -> bool:
    """Whether a model is answered no more."""
    return facts.retires_at is not None and facts.retires_at <= now


def check_request(request: Request, facts: ModelFacts, now: datetime) -> None:
    """Refuse what this model cannot do.

    Raises:
        RefusedError: it has retired, the prompt or `max_tokens` is too large, or it lacks what the
            request asks for.
    """
    if is_retired(facts, now):
        raise RefusedError(404, "not_found_error", f"model: {request.model}")
    tokens = count_tokens(request)
    if tokens > facts.max_input_tokens:
        raise invalid(f"prompt is too long: {tokens} tokens > {facts.max_input_tokens} maximum")
    if request.max_tokens > facts.max_tokens:
        raise invalid(
            f"max_tokens: {request.max_tokens} > {facts.max_tokens}, "
            "the maximum allowed number of output tokens for this model"
        )
    _check_capabilities(request, facts)


def _check_capabilities(request: Request, facts: ModelFacts) -> None:
    effort = (request.body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in facts.efforts:
        raise invalid(f"output_config.effort: {effort!r} is not supported on this model")
    if request.schema is not None and not facts.capabilities.get("structured_outputs", True):
        raise invalid("output_config.format: structured outputs are not supported on this model")
    thinks = (request.body.get("thinking") or {}).get("type", "disabled") != "disabled"
    if thinks and not facts.capabilities.get("thinking", True):
        raise invalid("thinking: this model does not think")


def _capabilities(facts: ModelFacts) -> dict[str, Any]:
    yes, no = dict(_YES), dict(_NO)
    usual: dict[str, Any] = {
        "batch": yes,
        "citations": no,
        "code_execution": no,
        "context_management": {**no, "compact_20260112": no},
        "effort": {
            "supported": bool(facts.efforts),
            **{level: {"supported": level in facts.efforts} for level in EFFORTS},
        },
        "image_input": no,
        "pdf_input": no,
        "server_tools": {**no, "code_execution": no, "web_search": no},
        "structured_outputs": yes,
        "thinking": {
            **yes,
            "types": {"adaptive": yes, "between_tools": yes, "disabled": yes, "enabled": no},
        },
    }
    for name, supported in facts.capabilities.items():
        usual[name] = {**usual.get(name, {}), "supported": supported}
    return usual


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
