"""Identities: the hash by which a study finds work that is paid for already."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # all that names an identity would wait for the model of a study file
    from taste.seats import ModelSeat


def identity(*parts: Any) -> str:
    """sha256 of the parts as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def settings_of(seat: "ModelSeat") -> dict[str, Any]:
    """What is sent to a model beside the prompt; part of an answer's identity."""
    settings = {"effort": seat.effort, "max_tokens": seat.max_tokens}
    return settings if seat.thinking is None else {**settings, "thinking": seat.thinking}


def draw_index(prefix_hash: str, size: int) -> int:
    """A choice among `size` that depends on the item alone."""
    return int(hashlib.sha256(prefix_hash.encode()).hexdigest(), 16) % size
