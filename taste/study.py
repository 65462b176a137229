"""The study file: what is to be run, validated before anything is spent.

Reads TOML only; knows no database and no model.
"""

import hashlib
import json
import tomllib
from datetime import date

from pydantic import Field, ValidationError, model_validator

from taste.judging import Controls, Judging, Probes
from taste.plan import Plan
from taste.seats import MOST_USD, Endpoint, Judge, ModelSeat, Name, Part, Proposer
from transcripts.errors import UserError
from transcripts.rendering.display import LEAST_CHARS, Display


class Limits(Part):
    """Bounds of a run."""

    budget_usd: float = Field(gt=0, le=MOST_USD)
    concurrency: int = Field(default=8, ge=1, le=200)
    attempts: int = Field(default=5, ge=1, le=20)
    """Most attempts for one answer."""
    max_wait: float = Field(default=120, ge=0)
    """Longest wait in seconds that a server may ask for."""
    timeout: float = Field(default=600, gt=0)
    """Longest silence in seconds while an answer is waited for or read."""
    total_timeout: float = Field(default=3600, gt=0)
    """Longest time in seconds for one whole answer, however steadily it trickles."""


class StudyDisplay(Display):
    """What of a session is shown, the same for all arms; it can only take away."""

    judge_chars: int = Field(default=400_000, ge=LEAST_CHARS)
    """Most characters of what a judge is shown of the aftermath."""

    @property
    def of_aftermath(self) -> Display:
        """The same settings with the limit for the aftermath."""
        return Display(**self.model_dump(exclude={"judge_chars"}) | {"chars": self.judge_chars})


class Study(Part):
    """A study file as a whole."""

    name: Name
    sets: tuple[Name, ...] = Field(min_length=1)
    seed: int = 1
    """Seeds the draw of control items and nothing else."""
    repeats: int = Field(default=1, ge=1, le=20)
    """Proposals of one arm for one item."""
    samples: int = Field(default=1, ge=1, le=20)
    """Verdicts of one judge on one comparison."""
    bridge: int = Field(default=0, ge=0, le=10_000)
    """Verdicts of earlier runs that each judge is asked for again, to measure its drift."""
    endpoints: tuple[Endpoint, ...] = (Endpoint(name="anthropic"),)
    proposers: tuple[Proposer, ...] = Field(min_length=1)
    restater: ModelSeat
    judges: tuple[Judge, ...] = Field(min_length=1)
    digester: ModelSeat | None = None
    """Who writes what the aftermath taught; the restater's seat unless one is named."""
    prober: ModelSeat | None = None
    """Who answers the probes of loading and faithfulness; the first judge unless one is named."""
    controls: Controls = Controls()
    judging: Judging = Judging()
    probes: Probes = Probes()
    agent_families: dict[str, str] = Field(default_factory=dict)
    """Beginning of an agent's model id -> its family."""
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

    @model_validator(mode="after")
    def _named_seats_exist(self) -> "Study":
        escalation = self.judging.escalation
        wanted = (
            ("controls.oracles", self.controls.oracles, [seat.name for seat in self.proposers]),
            (
                "judging.escalation",
                (escalation.first, escalation.then) if escalation else (),
                [seat.name for seat in self.judges],
            ),
        )
        for key, names, known in wanted:
            for name in names:
                if name not in known:
                    raise ValueError(f"{key} names {name!r}; there are only {', '.join(known)}")
        return self

    @property
    def seats(self) -> tuple[ModelSeat, ...]:
        """Every seat that a model takes."""
        extra = [seat for seat in (self.digester, self.prober) if seat is not None]
        return (*self.proposers, self.restater, *self.judges, *extra)

    @property
    def digester_seat(self) -> ModelSeat:
        """Who writes digests."""
        return self.digester or self.restater

    @property
    def prober_seat(self) -> ModelSeat:
        """Who answers the probes that are not asked of every judge."""
        return self.prober or self.judges[0]

    @property
    def oracles(self) -> tuple[Proposer, ...]:
        """The proposers that take the oracle's seat: those named, else the newest."""
        named = self.controls.oracles
        if named:
            return tuple(seat for seat in self.proposers if seat.name in named)
        return (max(self.proposers, key=lambda seat: seat.released or date.min),)

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


def blinding_fault(study: Study) -> str | None:
    """Why a study's restater may not be one of its judges, where it is and nothing allows it."""
    for judge in study.judges:
        if judge.model == study.restater.model and not study.judging.restater_may_judge:
            return (
                f"the judge {judge.name!r} and the restater are one model ({judge.model}): it "
                "would judge in a style of its own making. Name another restater, or set "
                "judging.restater_may_judge = true, which the report will say."
            )
    return None


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
