"""One arm on one set: its item scores, rate, shares and position effect, or why there is none.

A pure function of trial rows. A figure that cannot be estimated says why in words; items without
a score are counted by reason.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from analysis.contrasts import mean_effect
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.rates import VerdictShares, verdict_shares, win_rate
from analysis.scores import (
    HUMAN_FIRST,
    ORDER_MISSING,
    PROPOSAL_FIRST,
    ItemScore,
    ItemScores,
    ScoredVerdict,
    score_items,
)
from analysis.trials import NOT_JUDGED, UNSCORED, TrialRow

ALL_JUDGES = "mean of the judges"
NOTHING_SCORED = "not estimated: no item was scored in both orders"
NOT_RUN = "not run"

_ORDERS = {"proposal": PROPOSAL_FIRST, "human": HUMAN_FIRST}
_MEANS = ("score", "won", "tied", "lost", "position", "flipped", "reversed")


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


@dataclass(frozen=True)
class Scale:
    """What every estimate of a run shares: the cluster of each item and the nominal coverage."""

    lineages: Mapping[str, str]
    level: float

    def clusters(self, items: Iterable[ItemScore]) -> list[str]:
        """The lineage of each item."""
        return [self.lineages[item.item] for item in items]


def estimate_line(
    line: ArmLine, rows: Sequence[TrialRow], given: Sequence[TrialRow], scale: Scale
) -> ArmLine:
    """Returns the line with its figures filled in.

    Args:
        line: which arm, set and judge; see `empty_line`.
        rows: all rows of the arm on the set, whoever judged; several arms count as repeats of
            one another, which pools them item by item.
        given: the rows among them with a verdict of this judge that may enter.
        scale: clusters and level.
    """
    line = replace(
        line,
        items=len({row.item_key for row in rows}),
        verdicts=len(given),
        unscored=sum(row.outcome == UNSCORED for row in given),
    )
    if not rows:
        return line
    scores = _score(rows, given)
    line = replace(line, worst_case=scores.worst_case, best_case=scores.best_case)
    return _fill(line, scores.items, _reasons(scores.excluded, rows, given), scale)


def empty_line(set_name: str, arm: str, judge: str, *, is_model: bool) -> ArmLine:
    """Returns the line of an arm that was not run."""
    missing = Figure(None, NOT_RUN)
    return ArmLine(
        set=set_name, arm=arm, is_model=is_model, judge=judge, items=0, sessions=0, rate=missing,
        shares=None, worst_case=None, best_case=None, position=missing, flipped=missing,
        reversed=missing, verdicts=0, unscored=0, exclusions={},
    )  # fmt: skip


def average_judges(lines: Sequence[ArmLine], scale: Scale) -> ArmLine:
    """Averages one arm's lines over judges with equal weight, item by item.

    An item enters when every judge scored it: with one of them missing, how lenient the others
    are would go into its score.
    """
    scored = [{item.item: item for item in line.scores} for line in lines]
    everywhere = set(scored[0]).intersection(*scored[1:])
    anywhere = set(scored[0]).union(*scored[1:])
    items = tuple(_mean_item([found[key] for found in scored]) for key in sorted(everywhere))
    reasons = Counter(
        {
            "not scored by every judge": len(anywhere - everywhere),
            "scored by no judge": lines[0].items - len(anywhere),
        }
    )
    line = replace(
        empty_line(lines[0].set, lines[0].arm, ALL_JUDGES, is_model=lines[0].is_model),
        items=lines[0].items,
        verdicts=sum(line.verdicts for line in lines),
        unscored=sum(line.unscored for line in lines),
        worst_case=_mean(line.worst_case for line in lines),
        best_case=_mean(line.best_case for line in lines),
    )
    return _fill(line, items, +reasons, scale) if line.items else line


def attempt(
    estimate: Callable[[], Estimate], value: float, exclusions: Mapping[str, int]
) -> Figure:
    """Runs an estimator; where it gives no interval, the number stands with the reason."""
    try:
        found = estimate().with_exclusions(exclusions)
    except TooFewClusters:
        return Figure(value, "no interval: all items lie in one session")
    except EstimateError as error:
        return Figure(value, f"no interval: {error}")
    note = "; ".join(found.warnings) if found.low is None else ""
    return Figure(found.value, note, found)


def _fill(
    line: ArmLine, items: tuple[ItemScore, ...], reasons: Mapping[str, int], scale: Scale
) -> ArmLine:
    """Fill in what follows from the item scores."""
    clusters = scale.clusters(items)
    reasons = dict(sorted(reasons.items()))
    line = replace(line, exclusions=reasons, scores=items, sessions=len(set(clusters)))
    if not items:
        missing = Figure(None, NOTHING_SCORED)
        return replace(line, rate=missing, position=missing, flipped=missing, reversed=missing)
    make = partial(_figure, clusters=clusters, level=scale.level, exclusions=reasons)
    return replace(
        line,
        shares=verdict_shares(items),
        rate=make(win_rate, [item.score for item in items]),
        position=make(mean_effect, [item.position for item in items]),
        flipped=make(mean_effect, [item.flipped for item in items]),
        reversed=make(mean_effect, [item.reversed for item in items]),
    )


def _score(rows: Sequence[TrialRow], given: Iterable[TrialRow]) -> ItemScores:
    repeats = {key: n for n, key in enumerate(sorted({(row.arm, row.repeat) for row in rows}))}
    # A prompt that changed while the run stood still gives a second verdict of the same sample:
    # it counts as one more sample, so samples are numbered anew.
    samples: Counter[tuple[str, int, str]] = Counter()
    verdicts = []
    for row in given:
        if row.is_scored:
            order = _ORDERS[row.order or ""]
            key = (row.item_key, repeats[row.arm, row.repeat], order)
            samples[key] += 1
            verdicts.append(ScoredVerdict(*key, samples[key], row.outcome or ""))
    return score_items(verdicts, ((row.item_key, repeats[row.arm, row.repeat]) for row in rows))


def _reasons(
    excluded: Iterable[str], rows: Iterable[TrialRow], given: Sequence[TrialRow]
) -> Counter[str]:
    """Counts items without a score by what stood in their way."""
    gaps: dict[str, set[str]] = {}
    judged = {row.trial_id for row in given}
    for row in rows:
        reason = row.exclusion or (None if row.trial_id in judged else NOT_JUDGED)
        if reason:
            gaps.setdefault(row.item_key, set()).add(reason)
    for row in given:
        if row.gap:
            gaps.setdefault(row.item_key, set()).add(row.gap)
    return Counter("; ".join(sorted(gaps.get(item, {ORDER_MISSING}))) for item in excluded)


def _mean_item(items: Sequence[ItemScore]) -> ItemScore:
    means = {name: _mean(getattr(item, name) for item in items) or 0.0 for name in _MEANS}
    return ItemScore(items[0].item, **means)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _figure(
    estimator: Callable[[Sequence[float], Sequence[str], float], Estimate],
    values: Sequence[float],
    clusters: Sequence[str],
    level: float,
    exclusions: Mapping[str, int],
) -> Figure:
    value = math.fsum(values) / len(values)
    return attempt(lambda: estimator(values, clusters, level), value, exclusions)
