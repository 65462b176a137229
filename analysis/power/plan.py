"""The three figures of a planned study together, and what changing the plan does to them.

Everything is computed from the plan; what it costs in people's time is in `labour`.
"""

from dataclasses import dataclass, replace

from analysis.errors import EstimateError
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import (
    AIM,
    Detectable,
    Planned,
    detectable_contrast,
    detectable_mean,
)
from analysis.power.labour import Labour, marking_minutes, screening_minutes
from analysis.power.sizes import planned_sizes

EXTRA = (0.25, 0.5, 1.0, 3.0)
TIMES = (1, 2, 3, 5, 10)
ICCS = (0.0, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Plan:
    """A study as planned: how many items in how many clusters, and how scores will vary."""

    items: int
    """Of the set on which the rate and the paired difference are taken."""
    clusters: int
    other_items: int
    """Of the set it is contrasted with, in the same clusters; 0: there is none."""
    rate: Spread
    """Of item scores, at a rate of one half."""
    difference: Spread
    """Of paired differences of item scores."""
    sets: tuple[Spread, Spread]
    """Of item scores on either set of the contrast."""
    people: Spread
    """Of people's verdicts on single items, with which the judge would be corrected."""
    size_cv: float | None = None
    set_correlation: float = 0.0
    aim: Aim = AIM


@dataclass(frozen=True)
class Figures:
    """What a plan can show."""

    rate: Detectable
    """One win rate against one half."""
    difference: Detectable
    """Two arms on the same items."""
    contrast: Detectable | None
    """One arm on two sets; None without a second one."""


@dataclass(frozen=True)
class Growth:
    """So many items more, from sessions already had or from new ones."""

    extra_items: int
    """More on the first set."""
    extra_sessions: int
    """Clusters that they bring when they come from new sessions, as full as the others."""
    old: Figures
    new: Figures
    old_minutes: float | None
    """People's minutes for items from old sessions; None: unknown."""
    new_minutes: float | None


@dataclass(frozen=True)
class Sampling:
    """The rate and the paired difference with so many repeats and samples."""

    repeats: int
    samples: int
    rate: Detectable
    difference: Detectable


@dataclass(frozen=True)
class Clustering:
    """The figures if all ICCs were such."""

    icc: float
    """Of the scores on a set; that of differences is in proportion."""
    figures: Figures


def figures(plan: Plan) -> Figures:
    """Returns what the plan can show.

    Raises:
        EstimateError: the plan is unusable.
    """
    if plan.other_items < 0 or plan.other_items == 1:
        raise EstimateError(
            f"other_items is {plan.other_items}; give 0 for no second set, or at least 2."
        )
    return Figures(
        rate=detectable_mean(first_set(plan, plan.rate), plan.aim),
        difference=detectable_mean(first_set(plan, plan.difference), plan.aim),
        contrast=detectable_contrast(contrasted(plan), plan.set_correlation, plan.aim)
        if plan.other_items
        else None,
    )


def first_set(plan: Plan, spread: Spread) -> Planned:
    """Returns the items of the first set with a spread of scores or of differences."""
    return Planned(planned_sizes(plan.items, plan.clusters, plan.size_cv), spread)


def contrasted(plan: Plan) -> tuple[Planned, Planned]:
    """Returns the two sets of the contrast.

    The second lies in as many clusters, or in as many as it has items.
    """
    clusters = min(plan.clusters, plan.other_items)
    size_cv = plan.size_cv if clusters == plan.clusters else None
    return (
        first_set(plan, plan.sets[0]),
        Planned(planned_sizes(plan.other_items, clusters, size_cv), plan.sets[1]),
    )


def growth(plan: Plan, labour: Labour) -> tuple[Growth, ...]:
    """Returns what a quarter, a half, once and three times as many items more would buy.

    Raises:
        EstimateError: the plan is unusable.
    """
    return tuple(_grow(plan, labour, share) for share in EXTRA)


def sampling(plan: Plan) -> tuple[Sampling, ...]:
    """Returns what more repeats, and more samples, would buy; empty when nothing shows it.

    Raises:
        EstimateError: the plan is unusable.
    """
    now = plan.rate
    wanted = [(now.repeats, now.samples * times) for times in TIMES]
    wanted += [(now.repeats * times, now.samples) for times in TIMES[1:]]
    spreads = (plan.rate, plan.difference)
    if any(spread.verdict_variance is None or not spread.resolved for spread in spreads):
        return ()
    if any(spread.proposal_variance is None for spread in spreads):
        wanted = wanted[: len(TIMES)]
    return tuple(_sample(plan, repeats, samples) for repeats, samples in wanted)


def clustering(plan: Plan, iccs: tuple[float, ...] = ICCS) -> tuple[Clustering, ...]:
    """Returns the figures at other ICCs, since a small study shows its own badly.

    Raises:
        EstimateError: the plan is unusable.
    """
    return tuple(Clustering(icc, figures(with_icc(plan, icc))) for icc in iccs)


def with_icc(plan: Plan, icc: float) -> Plan:
    """Returns the plan with this ICC of scores; that of differences keeps its proportion.

    Noise within items is capped by what such an ICC leaves.
    """
    share = plan.difference.icc / plan.rate.icc if plan.rate.icc > 0 else 0.5
    return replace(
        plan,
        rate=_reclustered(plan.rate, icc),
        difference=_reclustered(plan.difference, min(icc * share, 0.99)),
        sets=(_reclustered(plan.sets[0], icc), _reclustered(plan.sets[1], icc)),
    )


def _reclustered(spread: Spread, icc: float) -> Spread:
    return replace(spread, icc=icc, verdict_variance=None, proposal_variance=None, resolved=True)


def _grow(plan: Plan, labour: Labour, share: float) -> Growth:
    extra = max(1, round(plan.items * share))
    other = round(plan.other_items * share)
    sessions = max(1, min(extra, round(plan.clusters * share)))
    larger = replace(plan, items=plan.items + extra, other_items=plan.other_items + other)
    marking = marking_minutes(labour, extra + other)
    screening = screening_minutes(labour, sessions)
    return Growth(
        extra_items=extra,
        extra_sessions=sessions,
        old=figures(larger),
        new=figures(replace(larger, clusters=plan.clusters + sessions)),
        old_minutes=marking,
        new_minutes=None if marking is None or screening is None else marking + screening,
    )


def _sample(plan: Plan, repeats: int, samples: int) -> Sampling:
    rate, difference = (
        detectable_mean(first_set(plan, spread.at(repeats, samples)), plan.aim)
        for spread in (plan.rate, plan.difference)
    )
    return Sampling(repeats, samples, rate, difference)
