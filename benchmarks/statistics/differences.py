"""Size of the paired tests, and size and coverage of the contrast of two sets."""

from dataclasses import replace

import numpy as np

from benchmarks.statistics.closed_forms import (
    Interval,
    Moments,
    bootstrap_intervals,
    cluster_wilson,
    mcnemar_exact,
    moments,
    mover,
    naive_wilson,
    p_value,
    sign_flip_p,
    signs,
    t_interval,
    wild_bootstrap_p,
)
from benchmarks.statistics.findings import CONTRAST, OVERSIZED, RATE, SIZE, Case, Finding
from benchmarks.statistics.worlds import (
    Sums,
    World,
    draw_paired,
    draw_sets,
    true_difference,
)

FLIPS = 1_999
RESAMPLES = 999
SESSIONS = (8, 15, 25, 40)
LEANS = (0.0, 0.5, 1.0)
STRONG_LEAN = 1.0
PAIRED, SETS = "paired difference", "set contrast"
SET_RATES = ((0.64, 0.2), (0.5, 0.5), (0.64, 0.51))
"""Win rates of the two sets: the original's two contrasts, and none."""


def study_paired(replicates: int, seed: int) -> list[Finding]:
    """Measures size (arms of equal worth) and coverage (.7 log odds apart) of paired tests."""
    found = []
    for place, (sessions, lean) in enumerate((g, s) for g in SESSIONS for s in LEANS):
        found += paired_sizes(sessions, lean, replicates, seed + place)
        found += paired_coverage(sessions, (0.7, lean), replicates, seed + 100 + place)
    return found


def paired_sizes(sessions: int, lean: float, replicates: int, seed: int) -> list[Finding]:
    """Measures how often two arms of equal worth are told apart."""
    rng = np.random.default_rng(seed)
    world = World(sessions, 129, 0.5, 0)
    sizes, discordant, won = draw_paired(world, (0.0, lean), replicates, rng)
    sums = np.asarray(2 * won - discordant, dtype=np.float64)
    found, flips = moments((sizes, sums, 1.0)), signs(sessions, FLIPS, rng)
    before = np.asarray(found.sessions - 1, dtype=np.float64)
    total = discordant.sum(axis=1), won.sum(axis=1)
    control = OVERSIZED if lean == STRONG_LEAN and sessions == min(SESSIONS) else None
    case = Case(PAIRED, f"n=129 G={sessions} lean={lean:g}", "")
    return [
        replace(case, method="CR2, Satterthwaite t", rule=SIZE).size(
            p_value(found, found.cr2, found.df)
        ),
        replace(case, method="session sign flip", rule=SIZE).size(sign_flip_p(sums, flips)),
        replace(case, method="wild cluster bootstrap", rule=SIZE).size(
            wild_bootstrap_p(sizes, sums, flips)
        ),
        replace(case, method="CR3, t(G-1)").size(p_value(found, found.cr3, before)),
        replace(case, method="CR1, t(G-1)").size(p_value(found, found.cr1, before)),
        replace(case, method="McNemar exact, items", rule=control).size(mcnemar_exact(*total)),
    ]


def paired_coverage(
    sessions: int, lean: tuple[float, float], replicates: int, seed: int
) -> list[Finding]:
    """Measures how often the paired interval holds a difference that is there."""
    rng = np.random.default_rng(seed)
    sizes, discordant, won = draw_paired(World(sessions, 129, 0.5, 0), lean, replicates, rng)
    found = moments((sizes, np.asarray(2 * won - discordant, dtype=np.float64), 1.0))
    truth = true_difference(lean)
    case = Case(PAIRED, f"n=129 G={sessions} lean={lean[1]:g} truth={truth:.2f}", "")
    before = np.asarray(found.sessions - 1, dtype=np.float64)
    return [
        replace(case, method="CR2, Satterthwaite t", rule=CONTRAST).coverage(
            truth, t_interval(found.value, found.cr2, found.df), found.value
        ),
        replace(case, method="CR1, t(G-1)").coverage(
            truth, t_interval(found.value, found.cr1, before), found.value
        ),
    ]


def study_sets(replicates: int, seed: int) -> list[Finding]:
    """Measures the contrast of 129 with 127 items that share their sessions."""
    found: list[Finding] = []
    cells = [(g, icc, rates) for g in SESSIONS for icc in (0.0, 0.1, 0.3) for rates in SET_RATES]
    for place, (sessions, icc, rates) in enumerate(cells):
        found += measure_sets(sessions, icc, rates, replicates, seed + place)
    return found


def measure_sets(
    sessions: int, icc: float, rates: tuple[float, float], replicates: int, seed: int
) -> list[Finding]:
    """Measures coverage of the contrast, and its size where the rates are equal."""
    rng = np.random.default_rng(seed)
    worlds = [World(sessions, n, rate, icc) for n, rate in zip((129, 127), rates, strict=True)]
    drawn = draw_sets(worlds, 0.5, replicates, rng)
    truth = rates[0] - rates[1]
    name = f"n=129+127 G={sessions} ICC={icc:g} rates={rates[0]:g},{rates[1]:g}"
    both, intervals = contrast_intervals(drawn, rng)
    rules = {"CR2, Satterthwaite t": CONTRAST, "MOVER of cluster-Wilson": RATE}
    found = [
        Case(SETS, name, method, rules.get(method)).coverage(truth, interval, both.value)
        for method, interval in intervals.items()
    ]
    if truth == 0:
        p = p_value(both, both.cr2, both.df)
        found.append(Case(SETS, name, "CR2, Satterthwaite t", SIZE).size(p))
    return found


def contrast_intervals(
    drawn: list[Sums], rng: np.random.Generator
) -> tuple[Moments, dict[str, Interval]]:
    """Returns the moments of the contrast and the interval of every method."""
    a, b = ((one.sizes, one.scores, sign) for one, sign in zip(drawn, (1.0, -1.0), strict=True))
    both, first, second = moments(a, b), moments(a), moments((b[0], b[1], 1.0))
    rates = first.value, second.value
    apart = np.sqrt(first.cr2 * second.cr2)
    shared = (first.cr2 + second.cr2 - both.cr2) / 2
    correlation = np.divide(shared, apart, out=np.zeros_like(apart), where=apart > 0)
    before = np.asarray(both.sessions - 1, dtype=np.float64)
    wilsons = cluster_wilson(first), cluster_wilson(second)
    return both, {
        "CR2, Satterthwaite t": t_interval(both.value, both.cr2, both.df),
        "MOVER of cluster-Wilson": mover(rates, wilsons, np.clip(correlation, -1, 1)),
        "CR3, t(G-1)": t_interval(both.value, both.cr3, before),
        "CR1, t(G-1)": t_interval(both.value, both.cr1, before),
        "Newcombe, items": mover(rates, (naive_wilson(first), naive_wilson(second))),
        **bootstrap_intervals([a, b], RESAMPLES, rng),
    }
