"""What a sum of money pays for: designs with the interval widths to expect, for `taste plan`."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import typer

from taste.cli.shared import say, write_json, write_table
from transcripts.errors import UserError

if TYPE_CHECKING:
    from analysis.power.assumptions import Spread
    from analysis.power.planning import Pilots, Stated
    from taste.planning.designs import Design

MOST_ROWS = 40
FEWEST = 2
"""Items, and clusters, that an interval needs."""
USUAL_VERDICT_SD, USUAL_PROPOSAL_SD = 0.3, 0.25
"""Of single verdicts on a proposal, and of an arm's proposals for an item: taken where no pilot
shows them, since without any noise neither repeats nor samples would be worth their money."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """How scores are taken to vary, and where that is from."""

    rate: "Spread"
    """Of one model's item scores."""
    difference: "Spread"
    """Of the differences of two models' scores."""
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """A design with the half-widths to expect of its intervals."""

    design: "Design"
    rate: float
    """Of one model's win rate on the first set."""
    difference: float
    """Of the difference of two models on the same items."""


def read_assumed(stated: "Stated", pilots: "Pilots | None") -> Assumed:
    """What is stated goes before what the pilot shows, and that before what is usual.

    Raises:
        UserError: if scores cannot vary so.
    """
    from analysis.errors import EstimateError
    from analysis.power.planning import make_plan

    try:
        planning = make_plan(replace(stated, items=FEWEST, clusters=FEWEST), pilots)
    except EstimateError as error:
        raise UserError(str(error)) from error
    plan = planning.plan
    return Assumed(
        _with_noise(plan.rate, arms=1), _with_noise(plan.difference, arms=2), planning.sources
    )


def _with_noise(spread: "Spread", arms: int) -> "Spread":
    """A spread with the usual noise of verdicts and proposals where nothing tells theirs."""
    verdict, proposal = spread.verdict_variance, spread.proposal_variance
    return replace(
        spread,
        verdict_variance=arms * USUAL_VERDICT_SD**2 if verdict is None else verdict,
        proposal_variance=arms * USUAL_PROPOSAL_SD**2 if proposal is None else proposal,
    ).trimmed()


def rate_designs(designs: "Iterable[Design]", assumed: Assumed) -> list[Rated]:
    """The designs that no other beats, by the width of the rate's interval."""
    found = [rated for one in designs if (rated := _rate(one, assumed)) is not None]
    return sorted(_undominated(found), key=lambda one: (_told(one), one.design.usd))


def write_designs(rated: list[Rated], assumed: Assumed, budget: float, *, json_: bool) -> None:
    """Write designs as a table or as JSON."""
    if json_:
        for one in rated:
            write_json({**asdict(one.design), "rate": one.rate, "difference": one.difference})
        return
    if not rated:
        say(f"${budget:,.2f} pays for no design with items from two sessions.")
        return
    shown = _narrowest_of_each(rated)
    write_table(
        ("±rate", "±diff", "models", "repeats", "judges", "samples", "share", "items", "first",
         "USD"),
        [
            (
                f"{one.rate:.3f}", f"{one.difference:.3f}", design.models, design.repeats,
                design.judges, design.samples, f"{design.share:.2f}", design.items, design.first,
                f"{design.usd:,.2f}",
            )
            for one in shown for design in [one.design]
        ],
    )  # fmt: skip
    if len(rated) > len(shown):
        typer.echo(f"… and {len(rated) - len(shown)} wider ones (--json lists all)")
    verdict, proposal = (
        math.sqrt(variance or 0.0)
        for variance in (assumed.rate.verdict_variance, assumed.rate.proposal_variance)
    )
    typer.echo(
        "half-widths of 95 % intervals for a win rate and for the difference of two models, on the "
        f"items of the first set (first), for {'; '.join(assumed.sources)}; single verdicts that "
        f"vary by {verdict:.2g} and proposals by {proposal:.2g} (sd); judges are taken to err "
        "apart. A design is left out where another has as many models and judges, no smaller a "
        "share and, to three decimals, no wider an interval for no more."
    )


def _narrowest_of_each(rated: list[Rated]) -> list[Rated]:
    """The narrowest designs of every number of models, so that none crowds out the others."""
    numbers = {one.design.models for one in rated}
    left = dict.fromkeys(numbers, MOST_ROWS // len(numbers))
    shown = []
    for one in rated:
        if left[one.design.models] > 0:
            left[one.design.models] -= 1
            shown.append(one)
    return shown


def _rate(design: "Design", assumed: Assumed) -> Rated | None:
    """A design's half-widths; None where it is too small for an interval."""
    from analysis.errors import EstimateError
    from analysis.power.detectable import Planned, detectable_mean
    from analysis.power.sizes import planned_sizes

    if min(design.first, design.clusters) < FEWEST:
        return None
    try:
        sizes = planned_sizes(design.first, design.clusters)
        one, two = (
            spread.at(design.repeats, design.samples * design.judges)
            for spread in (assumed.rate, assumed.difference)
        )
        rate = detectable_mean(Planned(sizes, one)).half_width
        return Rated(design, rate, detectable_mean(Planned(sizes, two)).half_width)
    except EstimateError:
        return None


def _undominated(rated: list[Rated]) -> list[Rated]:
    """Leave out what another design beats."""
    kept: list[Rated] = []
    for one in sorted(rated, key=lambda r: (_told(r), r.design.usd, -r.design.models)):
        if not any(_beats(other.design, one.design) for other in kept):
            kept.append(one)
    return kept


def _told(one: Rated) -> float:
    """The half-width as it is told: a finer difference is worth no money."""
    return round(one.rate, 3)


def _beats(other: "Design", one: "Design") -> bool:
    """Whether a design whose interval is no wider also has as much of all else, for no more."""
    return (
        other.models >= one.models
        and other.share >= one.share
        and other.judges >= one.judges
        and other.usd <= one.usd * (1 + 1e-9)
    )
