"""The study file: what is to be run, validated before anything is spent.

Reads TOML only; knows no database and no model.
"""

import hashlib
import json
import tomllib
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from transcripts.errors import UserError
from transcripts.rendering.display import LEAST_CHARS, Display

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
Arm = Literal["stock", "echo", "placebo", "shuffled"]
ARMS: tuple[Arm, ...] = ("stock", "echo", "placebo", "shuffled")
"""The control arms that exist so far."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoint(_Part):
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


class Price(_Part):
    """USD per million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    """Default: 1.25 times input."""
    cache_read: float | None = Field(default=None, ge=0)
    """Default: 0.1 times input."""


class ModelSeat(_Part):
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

    @model_validator(mode="after")
    def _not_an_arm(self) -> "Proposer":
        if self.name in (*ARMS, "human", "person", "oracle", "recovery") or ":" in self.name:
            raise ValueError(f"the name {self.name!r} is reserved for a control arm")
        return self


class Judge(ModelSeat):
    """A model that compares two moves."""

    view: Literal["full"] = "full"


class Controls(_Part):
    """The control arms: stock on every item, the others on a random share."""

    arms: tuple[Arm, ...] = ARMS
    share: float = Field(default=0.25, ge=0, le=1)
    """Share of each set's items that echo, placebo and shuffled are run on."""


class Limits(_Part):
    """Bounds of a run."""

    budget_usd: float = Field(gt=0)
    concurrency: int = Field(default=8, ge=1, le=200)
    attempts: int = Field(default=5, ge=1, le=20)
    """Most attempts for one answer."""
    max_wait: float = Field(default=120, ge=0)
    """Longest wait in seconds that a server may ask for."""
    timeout: float = Field(default=600, gt=0)


class StudyDisplay(Display):
    """What of a session is shown, the same for all arms; it can only take away."""

    judge_chars: int = Field(default=400_000, ge=LEAST_CHARS)
    """Most characters of what a judge is shown of the aftermath."""

    @property
    def of_aftermath(self) -> Display:
        """The same settings with the limit for the aftermath."""
        return Display(**self.model_dump(exclude={"judge_chars"}) | {"chars": self.judge_chars})


Contrast = Literal["minus_stock", "minus_half", "between_sets", "between_models"]
PValue = Literal["cr2", "sign_flip", "wild_bootstrap"]
Fact = Literal[
    "position", "prefix_events", "prefix_chars", "human_chars", "act_kind", "initiator", "project",
    "confidence", "harm", "knowable", "recognised_by", "label_type",
]  # fmt: skip
Cluster = Literal["lineage", "session", "researcher", "project"]


class Selection(_Part):
    """How the sets were cut from all decision points, for the null of a mere redraw."""

    bottom: float = Field(default=0.2, gt=0, lt=1)
    """Share of decision points, the worst of them, that the suboptimal set stands for."""
    top: float = Field(default=0.2, gt=0, lt=1)
    """Share, the best of them, that the strong set stands for."""
    reliability: float = Field(default=0.8, gt=0, le=1)
    """Of the labels: 1 would mean that they order moves without error."""

    @model_validator(mode="after")
    def _do_not_overlap(self) -> "Selection":
        if self.bottom + self.top > 1:
            raise ValueError("bottom and top are shares of the same decisions: at most 1 together")
        return self


class Plan(_Part):
    """The analysis, fixed before the run."""

    primary: tuple[Contrast, ...] = Field(default=("minus_stock",), min_length=1)
    """The primary family: these contrasts for every proposer, adjusted together (Holm).
    minus_stock and minus_half are taken on the suboptimal sets, between_models likewise for
    every pair of proposers, between_sets from suboptimal to strong."""
    test: PValue = "cr2"
    """Which p value decides in the primary family; the other two stand beside it."""
    level: float = Field(default=0.95, gt=0.5, lt=1)
    margin: float | None = Field(default=None, gt=0, lt=1)
    """Differences smaller than this count as none; without it nothing is called equivalent."""
    cluster: Cluster = "lineage"
    """What items share; the other three are reported beside it."""
    covariates: tuple[Fact, ...] = ()
    """Facts of the items that the sets are weighted to agree on."""
    selection: Selection | None = None
    """Without it a redraw's rate is told for assumed shares, and nothing is concluded from it."""
    draws: int = Field(default=9_999, ge=999, le=1_000_000)
    """Random draws of a permutation test where there are too many to go through all."""

    @field_validator("primary", mode="before")
    @classmethod
    def _one_or_many(cls, primary: object) -> object:
        return (primary,) if isinstance(primary, str) else primary

    @model_validator(mode="after")
    def _can_be_tested(self) -> "Plan":
        if self.test == "sign_flip" and "between_sets" in self.primary:
            raise ValueError("between_sets has no sign flip; take wild_bootstrap or cr2")
        return self

    @field_validator("primary", "covariates")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError(f"named twice: {', '.join(names)}")
        return names


class Study(_Part):
    """A study file as a whole."""

    name: Name
    sets: tuple[Name, ...] = Field(min_length=1)
    seed: int = 1
    """Seeds the draw of control items and nothing else."""
    repeats: int = Field(default=1, ge=1, le=20)
    """Proposals of one arm for one item."""
    samples: int = Field(default=1, ge=1, le=20)
    """Verdicts of one judge on one comparison."""
    endpoints: tuple[Endpoint, ...] = (Endpoint(name="anthropic"),)
    proposers: tuple[Proposer, ...] = Field(min_length=1)
    restater: ModelSeat
    judges: tuple[Judge, ...] = Field(min_length=1)
    controls: Controls = Controls()
    limits: Limits
    display: StudyDisplay = StudyDisplay()
    analysis: Plan = Plan()
    force_unreliable_cuts: bool = False
    """Also run items of sessions whose file order broke an invariant."""

    @model_validator(mode="after")
    def _names_fit(self) -> "Study":
        known = {endpoint.name for endpoint in self.endpoints}
        for seat in self.seats:
            if seat.endpoint not in known:
                raise ValueError(
                    f"{seat.name!r} names the endpoint {seat.endpoint!r}, "
                    f"but [[endpoints]] has only {', '.join(sorted(known))}"
                )
        for group in (self.endpoints, self.proposers, self.judges):
            names = [part.name for part in group]
            if len(set(names)) < len(names):
                raise ValueError(f"names are used twice: {', '.join(names)}")
        if len(set(self.sets)) < len(self.sets):
            raise ValueError(f"a set is named twice: {', '.join(self.sets)}")
        return self

    @property
    def seats(self) -> tuple[ModelSeat, ...]:
        """Every seat that a model takes."""
        return (*self.proposers, self.restater, *self.judges)

    @property
    def used_endpoints(self) -> list[Endpoint]:
        """The endpoints that a seat names, by name."""
        return [self.endpoint(name) for name in sorted({seat.endpoint for seat in self.seats})]

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name."""
        return next(endpoint for endpoint in self.endpoints if endpoint.name == name)

    @property
    def plan_hash(self) -> str:
        """sha256 of the analysis plan and of what its family is taken over: proposers and sets."""
        plan = self.model_dump(mode="json", include={"analysis", "sets"})
        plan["proposers"] = sorted(seat.name for seat in self.proposers)
        return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def parse_study(text: str, name: str) -> Study:
    """Validate the text of a study file.

    Raises:
        UserError: naming the file and every key that is wrong.
    """
    try:
        return Study.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{name!r} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise UserError(f"{name!r} is not a valid study: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"]) or "the file"
        faults.append(f"{key}: {fault['msg'].removeprefix('Value error, ')}")
    return "; ".join(faults)
