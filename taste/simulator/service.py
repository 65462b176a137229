"""How a simulated service is set up: its limits, its catalogue, its clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from taste.simulator.limits import RateLimits
from taste.simulator.models import ModelFacts


@dataclass(frozen=True, slots=True)
class Service:
    """What may be set; as it is, nothing is limited and every model is usual."""

    limits: RateLimits | None = None
    """Kept for each model; None lets everything in."""
    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    """Id -> facts, listed in the catalogue beside the world's own models."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    """By which caches expire, limits fill and models retire."""

    def facts(self, model: str) -> ModelFacts:
        """What is known of a model."""
        return self.models.get(model, ModelFacts())
