"""From what is stated and what a pilot shows to a plan, saying which is which.

Stated numbers go before the pilot's, the pilot's before what is usual.
"""

import math
from dataclasses import dataclass, field, replace

from analysis.errors import EstimateError
from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import AIM
from analysis.power.labour import Harvest, Labour, harvest
from analysis.power.pilot import Noise, Pilot
from analysis.power.plan import Plan

USUAL_SD = 0.5
USUAL_DIFFERENCE_SD = 0.45
USUAL_ICC = 0.1


@dataclass(frozen=True)
class Pilots:
    """What a pilot shows of each figure; None where it has nothing to show it by."""

    rate: Pilot
    """Item scores of the arm on the first set."""
    difference: Pilot | None = None
    """Paired differences, model minus `stock` or model minus model, on the first set."""
    other: Pilot | None = None
    """Item scores of the arm on the second set."""


@dataclass(frozen=True)
class Stated:
    """What the user states; None: taken from the pilot, else as usual."""

    items: int | None = None
    clusters: int | None = None
    other_items: int | None = None
    size_cv: float | None = None
    sd: float | None = None
    """Of item scores."""
    icc: float | None = None
    difference_sd: float | None = None
    difference_icc: float | None = None
    set_correlation: float = 0.0
    verdict_sd: float | None = None
    """Of single verdicts on the same proposal in the same order."""
    proposal_sd: float | None = None
    """Of an arm's proposals for the same item."""
    labour: Labour = field(default_factory=Labour)
    hours: float | None = None
    """Of each person."""
    people: int = 1


@dataclass(frozen=True)
class Planning:
    """A plan and where its numbers come from."""

    plan: Plan
    harvest: Harvest | None
    """What can be had in the stated time, which is then what is planned."""
    labour: Labour
    sources: tuple[str, ...]
    """Sentences: what is stated, what the pilot shows, what is assumed."""


def make_plan(stated: Stated, pilots: Pilots | None = None, aim: Aim = AIM) -> Planning:
    """Returns the plan that statements, pilot and what is usual give together.

    Raises:
        EstimateError: something is unusable, or items and clusters are given by nothing.
    """
    labour = _labour(stated, pilots)
    had = None if stated.hours is None else harvest(labour, stated.hours, stated.people)
    items, clusters, other = _counts(stated, pilots, had)
    rate_pilot = pilots.rate if pilots else None
    rate, said = _spread("item scores", stated, rate_pilot, Usual(USUAL_SD, USUAL_ICC, 1))
    usual = Usual(USUAL_DIFFERENCE_SD, rate.icc / 2, 2)
    of_differences = replace(stated, sd=stated.difference_sd, icc=stated.difference_icc)
    difference_pilot = pilots.difference if pilots else None
    difference, said_too = _spread("differences", of_differences, difference_pilot, usual)
    second = rate
    if pilots and pilots.other:
        second, _ = _spread("the second set", stated, pilots.other, Usual(USUAL_SD, rate.icc, 1))
    size_cv = stated.size_cv
    if size_cv is None and pilots and had is None and stated.items is None:
        size_cv = pilots.rate.size_cv
    plan = Plan(
        items, clusters, other, rate, difference, (rate, second), _of_people(stated, rate), size_cv,
        stated.set_correlation, aim,
    )  # fmt: skip
    return Planning(plan, had, labour, (said, said_too))


@dataclass(frozen=True)
class Usual:
    """What is taken of a spread that nobody states and no pilot shows."""

    sd: float
    icc: float
    arms: int
    """Arms whose noise it holds: two for a difference."""


def _counts(stated: Stated, pilots: Pilots | None, had: Harvest | None) -> tuple[int, int, int]:
    """Returns items, clusters and items of the second set."""
    if had is not None:
        if stated.items is not None or stated.clusters is not None:
            raise EstimateError("Give either hours, or items and clusters, not both.")
        return had.items, had.sessions_yielding, had.other_items
    items, clusters = stated.items, stated.clusters
    if items is None and clusters is None and pilots:
        items, clusters = pilots.rate.items, pilots.rate.clusters
        if stated.other_items is None and pilots.other:
            return items, clusters, pilots.other.items
    if items is None or clusters is None:
        raise EstimateError("How many items in how many clusters is not said; give both.")
    return items, clusters, items if stated.other_items is None else stated.other_items


def _labour(stated: Stated, pilots: Pilots | None) -> Labour:
    labour = stated.labour
    if stated.other_items == 0:
        labour = replace(labour, other_items_per_session=0.0)
    if pilots is None:
        return labour
    shown, other = pilots.rate, pilots.other
    others = other.items_per_session if other else None
    return replace(
        labour,
        minutes_per_item=_first(labour.minutes_per_item, shown.minutes_per_item),
        items_per_session=_first(labour.items_per_session, shown.items_per_session),
        other_items_per_session=_first(labour.other_items_per_session, others),
        session_yield=_first(labour.session_yield, shown.session_yield),
    )


def _first(stated: float | None, shown: float | None) -> float | None:
    return shown if stated is None else stated


def _spread(name: str, stated: Stated, pilot: Pilot | None, usual: Usual) -> tuple[Spread, str]:
    """Returns a spread and the sentence that says where sd and ICC come from."""
    noise = pilot.noise if pilot else Noise()
    shows_icc = pilot is not None and pilot.icc is not None
    if pilot is not None and shows_icc and stated.icc is None:
        usual = replace(usual, icc=pilot.spread().icc)
    spread = Spread(
        stated.sd if stated.sd is not None else (pilot.sd if pilot else usual.sd),
        usual.icc if stated.icc is None else stated.icc,
        _variance(stated.verdict_sd, usual.arms, noise.verdict_variance),
        _variance(stated.proposal_sd, usual.arms, noise.proposal_variance),
        noise.repeats,
        noise.samples,
    )
    # Stated noise that cannot be is a slip; a pilot's may be too large by chance.
    told = replace(
        spread,
        verdict_variance=_variance(stated.verdict_sd, usual.arms, None),
        proposal_variance=_variance(stated.proposal_sd, usual.arms, None),
    )
    told.check(name)
    spread = spread.as_shown()
    spread.check(name)
    range_ = _icc_range(pilot) if pilot is not None and stated.icc is None else ""
    sources = (
        f"sd {spread.sd:.3g} {_source(stated.sd, shown=pilot is not None)}",
        f"ICC {spread.icc:.3g} {_source(stated.icc, shown=shows_icc)}{range_}",
    )
    return spread, f"{name}: {', '.join(sources)}{_unresolved(spread)}"


def _icc_range(pilot: Pilot) -> str:
    """Returns what a pilot's ICC may as well be; few clusters show it badly."""
    if pilot.icc is None or pilot.icc_low is None or pilot.icc_high is None:
        return ""
    return f" (anything from {pilot.icc_low:.2f} to {pilot.icc_high:.2f})"


def _unresolved(spread: Spread) -> str:
    if spread.resolved:
        return ""
    return (
        f"; their noise of verdicts and proposals (sd {math.sqrt(spread.within):.2g}) leaves no "
        "room for what items differ by, so asking more often than the pilot is taken to buy nothing"
    )


def _of_people(stated: Stated, rate: Spread) -> Spread:
    """Returns the spread of single verdicts by people: what clusters differ by stays the same.

    Scores that are means of many verdicts vary less than one person's win or loss does.
    """
    sd = USUAL_SD if stated.sd is None else stated.sd
    return Spread(sd, min(rate.icc * (rate.sd / sd) ** 2, rate.icc))


def _variance(sd: float | None, arms: int, shown: float | None) -> float | None:
    return shown if sd is None else arms * sd**2


def _source(stated: float | None, *, shown: bool) -> str:
    if stated is not None:
        return "as stated"
    return "from the pilot" if shown else "assumed"
