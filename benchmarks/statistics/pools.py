"""Pools of few laboratories: does the interval hold the rate of the middle laboratory?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from analysis.contrasts import paired_difference
from analysis.estimates import Estimate
from analysis.pooling.pools import pooled_variance
from analysis.pooling.random_effects import LEAST_SIDE, Pool, pool_differences, pool_rates
from analysis.rates import win_rate
from benchmarks.statistics.findings import UNDERCOVERS, WIDE_ENOUGH, Case, Finding
from benchmarks.statistics.loops import Outcome, repeat
from benchmarks.statistics.panels import Panel, draw_answers

STUDY = "pool"
ONE_LEVEL = "fixed effect, z"
Span = tuple[int, int]
ENOUGH = 30
"""Items of a laboratory."""


@dataclass(frozen=True)
class Laboratories:
    """How many there are, and how their true rates lie around the middle one, on the logit."""

    number: int
    rate: float
    between: float
    sessions: Span = (8, 25)
    """Of one laboratory: fewest, and one more than most."""
    items: Span = (30, 129)

    @property
    def shows(self) -> bool:
        """Whether each laboratory is sure enough of its rate to show that they differ."""
        return self.between > 0 and self.items[0] >= ENOUGH

    @property
    def name(self) -> str:
        """Returns words for a table."""
        sizes = f"G={self.sessions[0]}+ n={self.items[0]}+"
        return f"k={self.number} {sizes} rate={self.rate:g} between={self.between:g}"

    def draw_differences(self, rng: np.random.Generator) -> list[Estimate]:
        """Draws two arms of the laboratory's rate on the same items; returns their difference."""
        found = []
        for true in expit(logit(self.rate) + self.between * rng.normal(size=self.number)):
            sessions, items = (int(rng.integers(*span)) for span in (self.sessions, self.items))
            drawn = draw_answers(Panel(sessions, items, (float(true),) * 2), rng)
            one, other = drawn.scores.T
            found.append(paired_difference(one, other, drawn.sessions))
        return [one for one in found if one.low is not None]

    def draw(self, rng: np.random.Generator) -> list[Estimate]:
        """Draws each laboratory's study; returns its rate."""
        found = []
        for true in expit(logit(self.rate) + self.between * rng.normal(size=self.number)):
            sessions, items = (int(rng.integers(*span)) for span in (self.sessions, self.items))
            panel = Panel(sessions, items, (float(true),))
            answers = draw_answers(panel, rng)
            found.append(win_rate(answers.scores[:, 0], answers.sessions))
        return found


def study_pools(replicates: int, seed: int) -> list[Finding]:
    """Measures coverage for few laboratories, alike and not, and for eight with next to nothing."""
    found: list[Finding] = []
    for number in (3, 5):
        for rate in (0.5, 0.8, 0.95):
            for between in (0.0, 0.4):
                found += measure_pool(Laboratories(number, rate, between), replicates, seed)
    for between in (0.0, 0.4):
        few = Laboratories(8, 0.5, between, sessions=(3, 6), items=(6, 15))
        found += measure_pool(few, replicates, seed)
    few = Laboratories(8, 0.5, 0.0, sessions=(3, 6), items=(6, 15))
    for given in (few, Laboratories(5, 0.8, 0.4)):
        found += measure_differences(given, replicates, seed)
    return found


def measure_differences(given: Laboratories, replicates: int, seed: int) -> list[Finding]:
    """Measures the pool of differences between arms that are alike in every laboratory."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        drawn = given.draw_differences(rng)
        pool = pool_differences([one.value for one in drawn], list(map(pooled_variance, drawn)))
        return {"differences": Outcome(pool.value, pool.low, pool.high)}

    outcomes = repeat(replicates, seed, one)["differences"]
    return [outcomes.coverage(Case(STUDY, given.name, "differences", WIDE_ENOUGH), 0.0)]


def measure_pool(given: Laboratories, replicates: int, seed: int) -> list[Finding]:
    """Measures the pool, and as a negative control one without a level for laboratories."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        drawn = given.draw(rng)
        rates = [one.value for one in drawn]
        sizes = [min(one.effective_n or 0.0, one.n) for one in drawn]
        pool = pool_rates(rates, sizes, [one.n for one in drawn])
        told = Outcome(pool.value, pool.low, pool.high)
        return {"random effects": told, ONE_LEVEL: _one_level(rates, sizes, pool)}

    rules = {"random effects": WIDE_ENOUGH, ONE_LEVEL: UNDERCOVERS if given.shows else None}
    return [
        outcomes.coverage(Case(STUDY, given.name, method, rules[method]), given.rate)
        for method, outcomes in repeat(replicates, seed, one).items()
    ]


def _one_level(rates: list[float], sizes: list[float], pool: Pool) -> Outcome:
    """All laboratories as if they were one: weights by size, a normal quantile."""
    p, n = np.array(rates), np.array(sizes)
    won, lost = np.maximum(n * p, LEAST_SIDE), np.maximum(n * (1 - p), LEAST_SIDE)
    weights = 1 / (1 / won + 1 / lost)
    middle = float(np.average(np.log(won / lost), weights=weights))
    half = float(ndtri((1 + pool.level) / 2)) / float(np.sqrt(weights.sum()))
    return Outcome(*(float(expit(x)) for x in (middle, middle - half, middle + half)))
