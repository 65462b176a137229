"""Everything that `taste power` says of a plan, as one frozen result.

It calls the parts and keeps what they return; how it is worded is decided by the command.
"""

from dataclasses import dataclass

from analysis.errors import EstimateError
from analysis.intervals import EVEN
from analysis.power.assumptions import Spread
from analysis.power.detectable import Detectable, PlannedEquivalence
from analysis.power.labels import Labelled, label_widths
from analysis.power.picture import Curve, width_curves
from analysis.power.plan import (
    ICCS,
    Clustering,
    Figures,
    Growth,
    Plan,
    Sampling,
    clustering,
    contrasted,
    figures,
    first_set,
    growth,
    sampling,
)
from analysis.power.planning import Pilots, Planning
from analysis.power.simulated import (
    Simulated,
    simulate_contrast,
    simulate_difference,
    simulate_rate,
)
from analysis.power.unclustered import exact_binomial_power

MOST_ICC = 0.99
FEWEST_DRAWN = 40
"""The drawing shows at least so many sessions."""


@dataclass(frozen=True)
class Wishes:
    """What else is to be said."""

    effect: float | None = None
    """Of which the power is wanted: rate minus one half, or difference."""
    margin: float = 0.1
    """Of equivalence."""
    judge_correlation: float = 0.6
    """Of judge and people over items."""
    seed: int | None = None
    """Of the simulation; None: do not simulate."""
    replicates: int = 4000


@dataclass(frozen=True)
class EffectPower:
    """The chance to find one effect."""

    effect: float
    rate: float
    difference: float
    contrast: float | None
    unclustered_exact: float
    """Of the exact binomial test of the rate were all items independent wins and losses."""


@dataclass(frozen=True)
class Checked:
    """A figure's power by formula and by simulation of the same effect."""

    figure: str
    effect: float
    formula: float
    simulated: Simulated | None
    reason: str | None
    """Why there is no simulation."""


@dataclass(frozen=True)
class Overview:
    """What a plan can show, and what would change it."""

    planning: Planning
    pilots: Pilots | None
    figures: Figures
    equivalence: tuple[tuple[str, PlannedEquivalence], ...]
    """By figure, of no true difference."""
    effect: EffectPower | None
    clustering: tuple[Clustering, ...]
    """At other ICCs, the upper end of the pilot's among them."""
    highest_icc: float | None
    """That upper end, at most .99; None where it is not above 0, or there is none."""
    growth: tuple[Growth, ...]
    sampling: tuple[Sampling, ...]
    """Empty when nothing shows how much verdicts or proposals vary."""
    judge_correlation: float
    labels: tuple[Labelled, ...]
    checked: tuple[Checked, ...]
    curves: tuple[Curve, ...]
    """Half-width of the rate."""


def power_overview(planning: Planning, pilots: Pilots | None, wishes: Wishes) -> Overview:
    """Returns everything that can be said of a plan.

    Raises:
        EstimateError: plan or wishes are unusable.
    """
    plan = planning.plan
    found = figures(plan)
    by_name, high = named(found), _highest_icc(pilots)
    return Overview(
        planning=planning,
        pilots=pilots,
        figures=found,
        equivalence=tuple((name, one.equivalence(wishes.margin)) for name, one in by_name),
        effect=None if wishes.effect is None else _effect(plan, found, wishes.effect),
        clustering=clustering(plan, ICCS if high is None else tuple(sorted({*ICCS, high}))),
        highest_icc=high,
        growth=growth(plan, planning.labour),
        sampling=sampling(plan),
        judge_correlation=wishes.judge_correlation,
        labels=label_widths(first_set(plan, plan.people), wishes.judge_correlation, aim=plan.aim),
        checked=() if wishes.seed is None else _check(plan, by_name, wishes),
        curves=width_curves(plan.rate, max(2 * plan.clusters, FEWEST_DRAWN), plan.aim),
    )


def named(found: Figures) -> tuple[tuple[str, Detectable], ...]:
    """Returns the figures that there are, with their names."""
    pairs = (("rate", found.rate), ("difference", found.difference), ("contrast", found.contrast))
    return tuple((name, one) for name, one in pairs if one is not None)


def _highest_icc(pilots: Pilots | None) -> float | None:
    high = pilots.rate.icc_high if pilots else None
    return None if high is None or high <= 0 else min(high, MOST_ICC)


def _effect(plan: Plan, found: Figures, effect: float) -> EffectPower:
    if not 0 < abs(effect) <= EVEN:
        raise EstimateError(f"effect is {effect!r}; give a number in (0, .5], such as 0.1.")
    significance = round(1 - plan.aim.level, 12)
    return EffectPower(
        effect=effect,
        rate=found.rate.power_of(effect),
        difference=found.difference.power_of(effect),
        contrast=None if found.contrast is None else found.contrast.power_of(effect),
        unclustered_exact=exact_binomial_power(
            plan.items, EVEN + effect, significance=significance
        ),
    )


def _check(
    plan: Plan, by_name: tuple[tuple[str, Detectable], ...], wishes: Wishes
) -> tuple[Checked, ...]:
    checked = []
    for name, one in by_name:
        effect = one.mde if wishes.effect is None else wishes.effect
        simulated, reason = None, None
        try:
            simulated = _simulate(plan, name, effect, wishes)
        except EstimateError as error:
            reason = str(error)
        checked.append(Checked(name, effect, one.power_of(effect), simulated, reason))
    return tuple(checked)


def _simulate(plan: Plan, name: str, effect: float, wishes: Wishes) -> Simulated:
    seed, replicates, aim = wishes.seed or 0, wishes.replicates, plan.aim
    if name == "contrast":
        return simulate_contrast(
            contrasted(plan), effect, seed, replicates, plan.set_correlation, aim
        )
    spread: Spread = plan.rate if name == "rate" else plan.difference
    simulate = simulate_rate if name == "rate" else simulate_difference
    return simulate(first_set(plan, spread), effect, seed, replicates, aim)
