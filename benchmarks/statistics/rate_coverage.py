"""Coverage of every interval for one win rate, over the 90 worlds and their variants."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.statistics.closed_forms import (
    Interval,
    bootstrap_intervals,
    cluster_wilson,
    logit_interval,
    moments,
    naive_wilson,
    t_interval,
)
from benchmarks.statistics.findings import (
    MEAN_OVER_WORLDS,
    RATE,
    RATE_AT_HIGH_ICC,
    UNDERCOVERS,
    Case,
    Finding,
    Rule,
)
from benchmarks.statistics.worlds import Sums, World, all_worlds, draw_set, near_equal, true_rate

STUDY = "win rate"
CLUSTER_WILSON = "cluster-Wilson"
CONTROLS = ("naive Wilson", "percentile bootstrap")
RESAMPLES = 999
HIGH_ICC = 0.3


def study_rates(replicates: int, seed: int) -> list[Finding]:
    """Measures every method in every world: the 90, near-equal sizes, informative sizes."""
    variants = {
        STUDY: all_worlds(),
        f"{STUDY}, near-equal sizes": [near_equal(world) for world in all_worlds()],
        f"{STUDY}, informative sizes": [
            replace(world, informative=True) for world in all_worlds() if world.icc
        ],
    }
    found: list[Finding] = []
    for study, worlds in variants.items():
        # the bootstraps are shown in the first table only: they are most of the cost
        resamples = RESAMPLES if study == STUDY else 0
        each = [
            measure_world(world, replicates, seed + place, study, resamples)
            for place, world in enumerate(worlds)
        ]
        found += [*average_worlds(study, each), *(finding for one in each for finding in one)]
    return found


def measure_world(
    world: World, replicates: int, seed: int, study: str = STUDY, resamples: int = RESAMPLES
) -> list[Finding]:
    """Measures every method in one world; without resamples, no bootstrap."""
    rng = np.random.default_rng(seed)
    drawn = draw_set(world, replicates, rng)
    rate = drawn.scores.sum(axis=1) / world.items
    return [
        Case(study, world.name, method, rule_of(world, method)).coverage(
            true_rate(world), interval, rate
        )
        for method, interval in intervals(drawn, resamples, rng).items()
    ]


def intervals(drawn: Sums, resamples: int, rng: np.random.Generator) -> dict[str, Interval]:
    """Returns the interval of every method for every replicate."""
    stack = (drawn.sizes, drawn.scores, 1.0)
    found = moments(stack)
    sessions = np.asarray(found.sessions - 1, dtype=np.float64)
    closed = {
        CLUSTER_WILSON: cluster_wilson(found),
        "CR2, Satterthwaite t": t_interval(found.value, found.cr2, found.df),
        "CR2 on the logit": logit_interval(found),
        "CR3, t(G-1)": t_interval(found.value, found.cr3, sessions),
        "CR1, t(G-1)": t_interval(found.value, found.cr1, sessions),
        "naive Wilson": naive_wilson(found),
    }
    return closed | (bootstrap_intervals([stack], resamples, rng) if resamples else {})


def rule_of(world: World, method: str) -> Rule | None:
    """Returns the rule: of cluster-Wilson everywhere, of a control where it must fail."""
    if method == CLUSTER_WILSON:
        return RATE_AT_HIGH_ICC if world.icc >= HIGH_ICC else RATE
    harsh = (world.items, world.sessions, world.icc, world.size_cv > 0) == (129, 8, HIGH_ICC, True)
    return UNDERCOVERS if harsh and method in CONTROLS else None


def average_worlds(study: str, each: Sequence[Sequence[Finding]]) -> list[Finding]:
    """Returns the mean over worlds of every method."""
    return [average(study, rows) for rows in zip(*each, strict=True)]


def average(study: str, rows: Sequence[Finding]) -> Finding:
    """Returns the mean of one method's rows."""
    method = rows[0].method
    return Finding(
        study=study,
        world=f"mean of {len(rows)} worlds",
        method=method,
        figure="coverage",
        found=float(np.mean([row.found for row in rows])),
        error=float(np.sqrt(np.sum([row.error**2 for row in rows])) / len(rows)),
        replicates=rows[0].replicates,
        rule=MEAN_OVER_WORLDS if method == CLUSTER_WILSON else None,
        width=mean_of(row.width for row in rows),
        bias=mean_of(row.bias for row in rows),
        failures=sum(row.failures for row in rows),
    )


def mean_of(values: Iterable[float | None]) -> float | None:
    """Returns the mean of the numbers among the values."""
    held = [value for value in values if value is not None]
    return float(np.mean(held)) if held else None
