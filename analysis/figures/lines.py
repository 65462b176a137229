"""One arm on one set: its rate, shares and position effect, or why there is none.

A pure function of item scores. A figure that cannot be estimated says why in words; items without
a score are counted by reason.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from analysis.clusters import FloatArray
from analysis.contrasts import mean_effect
from analysis.estimates import Estimate
from analysis.figures.arm_scores import ArmScores
from analysis.figures.findings import ORDERS_UNKNOWN, Finding, attempt
from analysis.rates import VerdictShares, verdict_shares, win_rate

NOTHING_SCORED = "not estimated: no item was scored in both orders"
NOT_RUN = "not run"


@dataclass(frozen=True)
class Figure:
    """A number with its interval, or in words why there is none."""

    value: float | None
    note: str = ""
    """Why interval or number are missing; empty where both are there."""
    estimate: Estimate | None = None

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""
        return self.estimate.low if self.estimate else None

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""
        return self.estimate.high if self.estimate else None


@dataclass(frozen=True)
class ItemScore:
    """One item with its score."""

    item: str
    score: float


@dataclass(frozen=True)
class ArmLine:
    """What one arm comes to on one set, by one judge or by the mean of all."""

    set: str
    arm: str
    is_model: bool
    judge: str
    items: int
    """Items that the arm was run on."""
    sessions: int
    """Lineages that the scored items lie in."""
    rate: Figure
    shares: VerdictShares | None
    worst_case: float | None
    best_case: float | None
    position: Figure
    flipped: Figure
    reversed: Figure
    verdicts: int
    """Verdicts stored, scored or not."""
    unscored: int
    """Verdicts among them that are no win, loss or tie."""
    exclusions: Mapping[str, int] = field(hash=False)
    """Items without a score, by reason."""
    scores: tuple[ItemScore, ...] = ()
    """The items that have one."""
    own_family: bool = False
    """Whether the judge is known to be of the family of the model behind the arm."""


@dataclass(frozen=True)
class Scale:
    """What every estimate of a run shares: the cluster of each item and the nominal coverage."""

    lineages: Mapping[str, str]
    by_item: Mapping[str, str]
    """Item -> its cluster."""
    level: float
    orders_known: bool = True

    def clusters(self, items: Iterable[str]) -> list[str]:
        """The cluster of each item."""
        return [self.by_item[item] for item in items]


def estimate_line(scores: ArmScores, scale: Scale, *, is_model: bool) -> ArmLine:
    """Returns the line of one arm on one set, with all its figures.

    Args:
        scores: of the arm on the set.
        scale: clusters and level.
        is_model: whether the arm is a proposer.
    """
    kept = scores.scored
    items = scores.items[kept].tolist()
    line = replace(
        empty_line(scores.set, scores.arm, scores.judge, is_model=is_model),
        items=len(kept),
        verdicts=scores.verdicts,
        unscored=scores.unscored,
        worst_case=_mean(scores.of.worst),
        best_case=_mean(scores.of.best),
        exclusions=scores.reasons,
        scores=tuple(map(ItemScore, items, scores.of.score[kept].tolist())),
    )
    if not items:
        missing = Figure(None, NOTHING_SCORED)
        return replace(line, rate=missing, position=missing, flipped=missing, reversed=missing)
    return _fill(line, scores, scale.clusters(items), scale)


def _fill(line: ArmLine, scores: ArmScores, clusters: list[str], scale: Scale) -> ArmLine:
    kept, of = scores.scored, scores.of
    make = partial(_figure, clusters=clusters, level=scale.level, exclusions=scores.reasons)
    line = replace(
        line,
        sessions=len({scale.lineages[item.item] for item in line.scores}),
        shares=verdict_shares(of.won[kept], of.tied[kept], of.lost[kept]),
        rate=make(win_rate, of.score[kept]),
    )
    if not scale.orders_known:
        unknown = Figure(None, ORDERS_UNKNOWN)
        return replace(line, position=unknown, flipped=unknown, reversed=unknown)
    return replace(
        line,
        position=make(mean_effect, of.position[kept]),
        flipped=make(mean_effect, of.flipped[kept]),
        reversed=make(mean_effect, of.reversed[kept]),
    )


def empty_line(set_name: str, arm: str, judge: str, *, is_model: bool) -> ArmLine:
    """Returns the line of an arm that was not run."""
    missing = Figure(None, NOT_RUN)
    return ArmLine(
        set=set_name, arm=arm, is_model=is_model, judge=judge, items=0, sessions=0, rate=missing,
        shares=None, worst_case=None, best_case=None, position=missing, flipped=missing,
        reversed=missing, verdicts=0, unscored=0, exclusions={},
    )  # fmt: skip


def figure_of(finding: Finding) -> Figure:
    """Returns a finding as a number with its interval, or why there is none."""
    return Figure(finding.value, finding.note if finding.low is None else "", finding.estimate)


def _mean(values: FloatArray) -> float:
    return math.fsum(values) / len(values)


def _figure(
    estimator: Callable[[FloatArray, Sequence[str], float], Estimate],
    values: FloatArray,
    clusters: Sequence[str],
    level: float,
    exclusions: Mapping[str, int],
) -> Figure:
    found = attempt(
        Finding("rates", "", value=_mean(values)),
        lambda: estimator(values, clusters, level).with_exclusions(exclusions),
        _mean(values),
    )
    return figure_of(found)
