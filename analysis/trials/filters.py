"""Which rows of the trials table enter a figure; `HEADLINE` is the one for the headline."""

from dataclasses import dataclass

from analysis.trials.columns import BLIND, RESTATED, STANDARD


@dataclass(frozen=True, slots=True, order=True)
class Filter:
    """Which rows enter a figure, by the columns that say how a verdict was come by."""

    view: str
    form: str
    provenance: str
    judge_kind: str
    prompt: str = STANDARD


HEADLINE = Filter(view="full", form=RESTATED, provenance=BLIND, judge_kind="model")
"""Which rows make the headline."""
