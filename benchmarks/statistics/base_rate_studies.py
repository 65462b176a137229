"""Coverage along the base-rate curve, of the break-even point, and of the Hajek mean."""

import numpy as np

from analysis.population.base_rates import (
    base_rate_curve,
    break_even,
    estimate_at_base_rate,
)
from analysis.population.weighted_rates import weighted_rate
from analysis.rates import win_rate
from benchmarks.statistics.findings import BAND, BIASED, OTHER_INTERVAL, Case, Finding
from benchmarks.statistics.loops import Outcome, Outcomes, attempt, outcome, repeat
from benchmarks.statistics.worlds import Sums, World, draw_set, draw_sets, unfold

CURVE, HAJEK = "base rates", "known sampling fractions"
CELLS = tuple((g, icc) for g in (8, 15, 25, 40) for icc in (0.1, 0.3))
SUBOPTIMAL, STRONG = 0.64, 0.2
GRID = (0.0, 0.2, 0.5, 1.0)
BASE_RATE = 0.2
EVEN_AT = (0.5 - STRONG) / (SUBOPTIMAL - STRONG)
RANDOM_ITEMS = 60
DRAWN = ((84, 0.6, 1.0), (49, 0.3, 4.0))
"""Two strata: items, win rate, one over the sampling fraction; the second is 70 % of all points."""


def study_base_rates(replicates: int, seed: int) -> list[Finding]:
    """Measures the curve, its band, the break-even set and a base rate that is estimated."""
    found: list[Finding] = []
    for place, (sessions, icc) in enumerate(CELLS):
        found += measure_curve(sessions, icc, replicates, seed + place)
    return found


def measure_curve(sessions: int, icc: float, replicates: int, seed: int) -> list[Finding]:
    """Measures one world of two sets that share their sessions."""
    worlds = [World(sessions, 129, SUBOPTIMAL, icc), World(sessions, 127, STRONG, icc)]
    random_set = World(sessions, RANDOM_ITEMS, BASE_RATE, 0.1)

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        sub, strong = (unfold(drawn, 0) for drawn in draw_sets(worlds, 0.5, 1, rng))
        base = win_rate(*unfold(draw_set(random_set, 1, rng), 0))
        curve = base_rate_curve(*sub, *strong, grid=GRID)
        crossing = break_even(*sub, *strong)
        parts = () if crossing.fieller is None else crossing.fieller.parts
        band = zip(GRID, curve.band.low, curve.band.high, strict=True)
        return {
            **{f"W({p:g})": outcome(point) for p, point in zip(GRID, curve.points, strict=True)},
            "band": Outcome(float(all(low <= mixed(p) <= high for p, low, high in band))),
            "Fieller": Outcome(float(any(low <= EVEN_AT <= high for low, high in parts))),
            "not identified": Outcome(float(not crossing.identified)),
            "p estimated": attempt(lambda: estimate_at_base_rate(*sub, *strong, base)),
        }

    name = f"n=129+127 G={sessions} ICC={icc:g}"
    return curve_findings(name, repeat(replicates, seed, one))


def curve_findings(name: str, all_of: dict[str, Outcomes]) -> list[Finding]:
    """Returns the figures of one world."""
    points = [
        all_of[f"W({p:g})"].coverage(Case(CURVE, name, f"W({p:g})", OTHER_INTERVAL), mixed(p))
        for p in GRID
    ]
    estimated = Case(CURVE, name, f"W at p estimated from {RANDOM_ITEMS} items", OTHER_INTERVAL)
    return [
        *points,
        all_of["p estimated"].coverage(estimated, mixed(BASE_RATE)),
        Case(CURVE, name, "simultaneous band", BAND).share(all_of["band"].value, "coverage"),
        Case(CURVE, name, "break-even, Fieller set", OTHER_INTERVAL).share(
            all_of["Fieller"].value, "coverage"
        ),
        Case(CURVE, name, "break-even, Fieller set").share(
            all_of["not identified"].value, "share not identified"
        ),
    ]


def mixed(p: float) -> float:
    """Returns the true rate at a base rate."""
    return p * SUBOPTIMAL + (1 - p) * STRONG


def study_hajek(replicates: int, seed: int) -> list[Finding]:
    """Measures the weighted rate of items drawn with unequal known probabilities."""
    found: list[Finding] = []
    for place, (sessions, icc) in enumerate(CELLS):
        worlds = [World(sessions, items, rate, icc) for items, rate, _ in DRAWN]

        def one(rng: np.random.Generator, worlds: list[World] = worlds) -> dict[str, Outcome]:
            scores, clusters, weights = pooled(draw_sets(worlds, 0.5, 1, rng))
            return {
                "Hajek, cluster-Wilson": attempt(
                    lambda: weighted_rate(scores, clusters, weights).estimate
                ),
                "unweighted": attempt(lambda: win_rate(scores, clusters)),
            }

        name = f"n=84+49 G={sessions} ICC={icc:g} weights=1,4"
        all_of = repeat(replicates, seed + place, one)
        case = Case(HAJEK, name, "Hajek, cluster-Wilson", OTHER_INTERVAL)
        found.append(all_of["Hajek, cluster-Wilson"].coverage(case, population_rate()))
        found.append(
            Case(HAJEK, name, "unweighted", BIASED).bias(
                all_of["unweighted"].value - population_rate()
            )
        )
    return found


def pooled(sets: list[Sums]) -> tuple[list[float], list[int], list[float]]:
    """Returns the items of both strata with their weights."""
    scores: list[float] = []
    clusters: list[int] = []
    weights: list[float] = []
    for drawn, (items, _, weight) in zip(sets, DRAWN, strict=True):
        own = unfold(drawn, 0)
        scores += own[0]
        clusters += own[1]
        weights += [weight] * items
    return scores, clusters, weights


def population_rate() -> float:
    """Returns the rate over all points that the items were drawn from."""
    total = sum(items * weight for items, _, weight in DRAWN)
    return sum(items * weight * rate for items, rate, weight in DRAWN) / total
