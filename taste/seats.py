"""The seats that models take in a study, and the servers that they are reached at."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LEAVE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[a-z0-9.:_-]{1,253})?"
"""An endpoint that a session may be sent to: its name, with its host if it is no provider's own."""
MOST_USD = 1e9
"""No price or budget is higher; their products stay numbers."""
Name = Annotated[str, Field(pattern=NAME)]
_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?"
"""Nothing that two readers of a URL could read as two hosts."""
Effort = Literal["low", "medium", "high", "xhigh", "max", "none"]
Thinking = Literal["adaptive", "disabled", "between_tools", "none"]
"""`none` is not sent, for a server that does not know it."""
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

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Capability = Literal[
    "structured", "count_tokens", "batches", "caching", "thinking", "effort", "models_api",
    "streaming",
]  # fmt: skip
Preset = Literal["anthropic", "vllm", "llama.cpp", "ollama", "lmstudio", "openrouter"]
PRESETS: Mapping[Preset, frozenset[Capability]] = MappingProxyType(
    {
        "anthropic": frozenset(get_args(Capability)),
        "vllm": frozenset({"structured", "count_tokens", "effort", "models_api", "streaming"}),
        "llama.cpp": frozenset({"count_tokens", "models_api", "streaming"}),
        "ollama": frozenset({"models_api", "streaming"}),
        "lmstudio": frozenset({"models_api", "streaming"}),
        "openrouter": frozenset({"caching", "thinking", "effort", "models_api", "streaming"}),
    }
)
"""What kinds of servers can, as far as is known; what is not known is worked around."""
_OWN_HEADERS = frozenset({"host", "authorization", "x-api-key", "content-length", "content-type"})


class Endpoint(Part):
    """A server that speaks the Messages API."""

    name: Name
    base_url: str | None = None
    """None means the provider's own."""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "ANTHROPIC_API_KEY"
    """Environment variable that holds the key; keys never stand in the file."""
    preset: Preset = "anthropic"
    """What kind of server it is, which says what it can."""
    capabilities: dict[Capability, bool] = Field(default_factory=dict)
    """Where this server differs from its kind."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Header -> environment variable that holds its value; values never stand in the file."""
    by_file: bool = False
    """Only another machine reaches it: requests are exported, answers imported; none is sent."""

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
        if not re.fullmatch(_HOST, parts.netloc):
            raise ValueError("expected a plain host, with a port or without")
        return url

    @field_validator("headers")
    @classmethod
    def _named_by_variable(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, variable in headers.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.lower() in _OWN_HEADERS:
                raise ValueError(f"the header {name!r} is not yours to set")
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
                raise ValueError(f"{name!r} has to name an environment variable, not a value")
        return headers

    def can(self, capability: Capability) -> bool:
        """Whether the server is able to do something."""
        return self.capabilities.get(capability, capability in PRESETS[self.preset])


class Rates(Part):
    """USD per million tokens."""

    input: float = Field(ge=0, le=MOST_USD)
    output: float = Field(ge=0, le=MOST_USD)
    cache_write: float | None = Field(default=None, ge=0, le=MOST_USD)
    """For five minutes; default: 1.25 times input."""
    cache_write_1h: float | None = Field(default=None, ge=0, le=MOST_USD)
    """For an hour; default: twice input."""
    cache_read: float | None = Field(default=None, ge=0, le=MOST_USD)
    """Default: 0.1 times input."""


class LongPrompt(Rates):
    """What the whole of a request costs whose prompt has more than so many tokens."""

    tokens: int = Field(ge=1)


class Price(Rates):
    """What a model costs, and what it costs for long prompts where that differs."""

    long_prompt: LongPrompt | None = None

    def at(self, prompt_tokens: float) -> Rates:
        """The rates for a prompt of so many tokens, read from a cache or not."""
        beyond = self.long_prompt
        return beyond if beyond is not None and prompt_tokens > beyond.tokens else self


class FoundPrice(Price):
    """A price that the study does not state."""

    source: str = Field(exclude=True)
    """Where it is from; no part of what a call's row says of prices."""


UNSTATED = FoundPrice(input=0, output=0, source="unknown")
"""Until a price is found; what costs nobody knows how much is booked as 0, and said so."""


class ModelSeat(Part):
    """A model with the settings that it is called with."""

    name: Name
    model: str
    endpoint: Name = "anthropic"
    effort: Effort | None = None
    """None is the tool's own default, which is sent; `none` is not sent."""
    thinking: Thinking | None = None
    stream: bool = False
    """Also stream answers that are short."""
    max_tokens: int = Field(default=4096, ge=16)
    price: Price = UNSTATED
    """Where the study states none, `taste.prices` finds one when the study is opened."""
    family: str | None = None

    @field_serializer("price")
    def _as_stated(self, price: Price) -> dict[str, Any] | None:
        """What the study states: a list of prices that changes makes no other study."""
        found = isinstance(price, FoundPrice)
        return None if found else price.model_dump(exclude_none=True)


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
