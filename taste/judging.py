"""How moves are judged: views, forms, provenances, prompts, escalation and probes.

The defaults answer every objection that design.md lists, on a share of the items where one answer
would cost as much as the headline itself.
"""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from taste.seats import ARMS, VIEWS, Arm, Name, Part, View, each_once

Form = Literal["restated", "verbatim"]
Provenance = Literal["blind", "labelled", "swapped"]
Prompt = Literal["standard", "reworded"]
ProbeKind = Literal["loading", "identity", "faithfulness"]
Confidence = Literal["low", "medium", "high"]
EVERYWHERE: tuple[View, ...] = ("full", "digest")
"""Views that every item is judged under; the others run on the share."""
HEADLINES = {"forms": "restated", "provenances": "blind", "prompts": "standard"}
"""Key -> the word under which the headline is judged."""
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")


class Controls(Part):
    """The control arms, and the random share of each set's items that the costly ones run on."""

    arms: tuple[Arm, ...] = ARMS
    share: float = Field(default=0.25, ge=0, le=1)
    """Recorded share: echo, placebo, shuffled, recovery and oracle, the further views, forms,
    provenances and prompts, and the probes of identity and faithfulness run on it."""
    oracles: tuple[Name, ...] = ()
    """Proposers that take the oracle's seat; without any, the newest."""
    _once = field_validator("arms", "oracles")(each_once)


class Escalation(Part):
    """A cheap judge first; a strong one where the cheap one is unsure, and on a random share."""

    first: Name
    then: Name
    share: float = Field(default=0.2, gt=0, le=1)
    """Share of the remaining trials that is escalated all the same, so that rates stay unbiased."""
    confidence: Confidence = "low"
    """At this confidence or below it the first judge counts as unsure."""

    @model_validator(mode="after")
    def _are_two(self) -> "Escalation":
        if self.first == self.then:
            raise ValueError("escalation goes from one judge to another, not to the same one")
        return self


class Judging(Part):
    """How verdicts are come by."""

    views: tuple[View, ...] = Field(default=VIEWS, min_length=1)
    forms: tuple[Form, ...] = ("restated", "verbatim")
    provenances: tuple[Provenance, ...] = ("blind", "labelled", "swapped")
    prompts: tuple[Prompt, ...] = ("standard", "reworded")
    share_samples: int = Field(default=2, ge=1, le=20)
    """Verdicts per order under the first view on the share, where that is more than `samples`; for
    the noise floor."""
    leak_check: bool = True
    """Ask a model too whether a digest gives the human's move away, besides the check by words."""
    words: tuple[int, int] = (2, 45)
    """Fewest and most words of a restatement."""
    restater_may_judge: bool = False
    """Let one model restate and judge: it would judge in a style of its own making."""
    horizon: int = Field(default=5, ge=1)
    """Turns after the cut; deciding evidence that comes later counts as late."""
    escalation: Escalation | None = None

    _once = field_validator("views", "forms", "provenances", "prompts")(each_once)

    @field_validator("forms", "provenances", "prompts")
    @classmethod
    def _with_the_headline(cls, words: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        usual = HEADLINES[info.field_name or ""]
        if usual not in words:
            raise ValueError(f"the headline's own is missing: add {usual!r}")
        return words

    @model_validator(mode="after")
    def _band(self) -> "Judging":
        if not 1 <= self.words[0] <= self.words[1]:
            raise ValueError("words: expected [FEWEST, MOST] with 1 <= FEWEST <= MOST")
        return self


class Probes(Part):
    """Questions asked beside the verdicts, to measure how blind the judging is."""

    kinds: tuple[ProbeKind, ...] = ("loading", "identity", "faithfulness")
    _once = field_validator("kinds")(each_once)
