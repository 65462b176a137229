"""The seats that models take in a study, and the servers that they are reached at."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
View = Literal["full", "digest", "digest_open", "prefix", "wording"]
"""What a judge is shown besides the two moves."""
VIEWS: tuple[View, ...] = ("full", "digest", "digest_open", "prefix", "wording")
Arm = Literal[
    "stock", "stock_fit", "echo", "placebo", "shuffled", "recovery", "oracle", "person"
]  # fmt: skip
ARMS: tuple[Arm, ...] = (
    "stock", "stock_fit", "echo", "placebo", "shuffled", "recovery", "oracle", "person"
)  # fmt: skip
"""The control arms."""
HINDSIGHT_ARMS: tuple[Arm, ...] = ("recovery", "oracle")
"""Arms that are shown what came after the cut; none of their moves counts as a model's."""


def is_hindsight(arm: str) -> bool:
    """Whether an arm's author is shown what came after the cut."""
    return arm.partition(":")[0] in HINDSIGHT_ARMS


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list of a study file that names something twice.

    Raises:
        ValueError: listing the names.
    """
    if len(set(names)) < len(names):
        raise ValueError(f"named twice: {', '.join(names)}")
    return names


class Part(BaseModel):
    """A part of a study file: unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoint(Part):
    """A server that speaks the Messages API."""

    name: Name
    base_url: str | None = None
    """None means the provider's own."""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "ANTHROPIC_API_KEY"
    """Environment variable that holds the key; keys never stand in the file."""

    @field_validator("name")
    @classmethod
    def _not_none(cls, name: str) -> str:
        if name == "none":
            raise ValueError("'none' is what a session says that may be sent nowhere")
        return name

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "https://host")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("expected http://HOST or https://HOST")
        if parts.username is not None:
            raise ValueError("a study file holds no key; name it in api_key_env")
        return url


class Price(Part):
    """USD per million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    """Default: 1.25 times input."""
    cache_read: float | None = Field(default=None, ge=0)
    """Default: 0.1 times input."""


class ModelSeat(Part):
    """A model with the settings that it is called with."""

    name: Name
    model: str
    endpoint: Name = "anthropic"
    effort: Effort | None = None
    max_tokens: int = Field(default=4096, ge=16)
    price: Price
    family: str | None = None


class Proposer(ModelSeat):
    """A model that writes proposals; its name is the arm's."""

    released: date | None = None
    cutoff: date | None = None
    """Where the model's training data end, as its maker states it."""

    @model_validator(mode="after")
    def _not_an_arm(self) -> "Proposer":
        if self.name in (*ARMS, "human") or ":" in self.name:
            raise ValueError(f"the name {self.name!r} is reserved for a control arm")
        return self


class Judge(ModelSeat):
    """A model that compares two moves."""

    view: View | None = None
    """The only view that it judges under; None means those of the study."""
