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
USUAL_VERDICTS, USUAL_PROPOSALS = 0.36, 0.25
"""Variance of single verdicts on a proposal, and of an arm's proposals for an item, as shares of
the variance of scores: sd .3 and .25 where scores vary by .5. Taken where no pilot is given, since
without any noise neither repeats nor samples would be worth their money."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """How scores are taken to vary, and where that is from."""

    rate: "Spread"
    """Of one model's item scores."""
    difference: "Spread"
    """Of the differences of two models' scores."""
    sources: tuple[str, ...]
    level: float = 0.95
    """Nominal coverage of the intervals."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A design with the half-widths to expect of its intervals."""

    design: "Design"
    rate: float
    """Of one model's win rate on the first set."""
    difference: float
    """Of the difference of two models on the same items."""


def read_assumed(stated: "Stated", pilots: "Pilots | None", level: float = 0.95) -> Assumed:
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
    rate, said = _with_noise(plan.rate, pilot=pilots is not None)
    of_pilot = pilots is not None and pilots.difference is not None
    difference, said_too = _with_noise(plan.difference, pilot=of_pilot)
    if of_pilot:
        said_too += "; that of the model from stock moves, as the pilot has it"
    first, second = planning.sources
    return Assumed(rate, difference, (first + said, second + said_too), level)


def _with_noise(spread: "Spread", *, pilot: bool) -> tuple["Spread", str]:
    """A spread with the noise of verdicts and proposals that nothing tells, and words for it.

    What a pilot cannot tell buys nothing: usual noise beside its small spread would leave nothing
    that items differ by, and more repeats would seem to make intervals as narrow as one likes.
    """
    verdict, proposal = spread.verdict_variance, spread.proposal_variance
    known = verdict is not None
    if verdict is None:
        verdict = USUAL_VERDICTS * spread.sd**2
    said = f"; verdicts vary by {math.sqrt(verdict):.2g}{'' if known else ' (assumed)'}"
    if proposal is not None:
        said += f", proposals by {math.sqrt(proposal):.2g} (sd)"
    else:
        none = pilot and known and spread.repeats == 1
        proposal = 0.0 if none else USUAL_PROPOSALS * spread.sd**2
        said += f", proposals by {math.sqrt(proposal):.2g} (assumed; sd)"
    full = replace(spread, verdict_variance=verdict, proposal_variance=proposal).as_shown()
    if pilot and not known:
        full = replace(full, resolved=False)
    if spread.resolved and not full.resolved:
        said += "; asking more often is taken to buy nothing: nothing shows what that would"
    return full, said


def rate_designs(designs: "Iterable[Design]", assumed: Assumed) -> list[Rated]:
    """The designs that no other beats, by the width of the rate's interval."""
    found = [rated for one in designs if (rated := _rate(one, assumed)) is not None]
    return sorted(_undominated(found), key=lambda one: (_told(one), one.design.usd))


def write_designs(rated: list[Rated], assumed: Assumed, budget: float, *, json_: bool) -> None:
    """Write designs as a table or as JSON."""
    if json_:
        for one in rated:
            design = asdict(one.design)
            sizes = design.pop("sizes")
            widths = {"rate": one.rate, "difference": one.difference}
            write_json({**design, "clusters": len(sizes), **widths})
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
    typer.echo(
        f"half-widths of {100 * assumed.level:g} % intervals for a win rate and for the difference "
        "of two arms, on the items of the first set (first) in clusters of the sizes that they "
        "have; judges are taken to err apart. A design is left out where another has as many "
        "models and judges, no smaller a share and, to three decimals, no wider an interval for "
        "no more. They are for"
    )
    for source in assumed.sources:
        typer.echo(f"  {source}")


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
    import numpy as np

    from analysis.errors import EstimateError
    from analysis.power.assumptions import Aim
    from analysis.power.detectable import Planned, detectable_mean

    sizes, aim = np.array(design.sizes, dtype=np.float64), Aim(level=assumed.level)
    try:
        rate, difference = (
            detectable_mean(
                Planned(sizes, spread.at(design.repeats, design.samples * design.judges)), aim
            )
            for spread in (assumed.rate, assumed.difference)
        )
    except EstimateError:
        return None
    return Rated(design, rate.half_width, difference.half_width)


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
