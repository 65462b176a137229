"""The analysis plan: what a study will test and how, fixed before the run."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from taste.seats import Part, each_once

Contrast = Literal["minus_stock", "minus_half", "between_sets", "between_models"]
PValue = Literal["cr2", "sign_flip", "wild_bootstrap"]
Fact = Literal[
    "position", "prefix_events", "prefix_chars", "human_chars", "act_kind", "initiator", "project",
    "confidence", "harm", "knowable", "recognised_by", "label_type",
]  # fmt: skip
Cluster = Literal["lineage", "session", "researcher", "project"]


class Selection(Part):
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


class Plan(Part):
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

    _once = field_validator("primary", "covariates")(each_once)
