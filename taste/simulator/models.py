"""The catalogue of simulated models, in the shape of GET /v1/models."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from taste.simulator.checks import MAX_OUTPUT_TOKENS
from taste.simulator.request import MAX_INPUT_TOKENS
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
_EPOCH: Final = "1970-01-01T00:00:00Z"
_YES: Final = MappingProxyType({"supported": True})
_NO: Final = MappingProxyType({"supported": False})


def family_of(model: str) -> str:
    """Return the family of a simulated model: its id up to the first hyphen."""
    return model.partition("-")[0]


def model_ids(world: World) -> tuple[str, ...]:
    """Return the ids that the catalogue lists: the world's models, then the service models."""
    named = {arm for arms in world.margins.values() for arm in arms if arm.startswith("simulated-")}
    listed = [model for model in RELEASED if model in named]
    return (*listed, *sorted(named - set(RELEASED)), *SERVICE_MODELS)


def model_info(model: str) -> dict[str, Any]:
    """Return one entry of the catalogue; any id gets one, since any id is answered."""
    return {
        "type": "model",
        "id": model,
        "display_name": model.replace("-", " ").capitalize() + " (simulated)",
        "created_at": RELEASED.get(model, _EPOCH),
        "lifecycle": "active",
        "line": None,
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": MAX_INPUT_TOKENS,
        "max_tokens": MAX_OUTPUT_TOKENS,
        "capabilities": _capabilities(),
    }


def model_page(models: Iterable[str]) -> dict[str, Any]:
    """Return the one page of the catalogue."""
    data = [model_info(model) for model in models]
    return {
        "data": data,
        "has_more": False,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def _capabilities() -> dict[str, Any]:
    yes, no = dict(_YES), dict(_NO)
    return {
        "batch": yes,
        "citations": no,
        "code_execution": no,
        "context_management": {**no, "compact_20260112": no},
        "effort": {**yes, **dict.fromkeys(("low", "medium", "high", "xhigh", "max"), yes)},
        "image_input": no,
        "pdf_input": no,
        "server_tools": {**no, "code_execution": no, "web_search": no},
        "structured_outputs": yes,
        "thinking": {
            **yes,
            "types": {"adaptive": yes, "between_tools": yes, "disabled": yes, "enabled": no},
        },
    }
