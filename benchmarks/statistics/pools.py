"""Pools of few laboratories: does the interval hold the rate of the middle laboratory?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from analysis.errors import EstimateError
from analysis.pooling.random_effects import LEAST_SIDE, Pool, pool_rates
from analysis.rates import win_rate
from benchmarks.statistics.findings import UNDERCOVERS, WIDE_ENOUGH, Case, Finding
from benchmarks.statistics.loops import Outcome, repeat
from benchmarks.statistics.panels import Panel, draw_answers

STUDY = "pool"
ONE_LEVEL = "fixed effect, z"
SESSIONS, ITEMS = (8, 25), (30, 129)
"""Of one laboratory: fewest and most."""


@dataclass(frozen=True)
class Laboratories:
    """How many there are, and how their true rates lie around the middle one, on the logit."""

    number: int
    rate: float
    between: float

    @property
    def name(self) -> str:
        """Returns words for a table."""
        return f"k={self.number} rate={self.rate:g} between={self.between:g}"

    def draw(self, rng: np.random.Generator) -> tuple[list[float], list[float]]:
        """Draws each laboratory's study; returns its rate and its effective size."""
        found = []
        for true in expit(logit(self.rate) + self.between * rng.normal(size=self.number)):
            panel = Panel(int(rng.integers(*SESSIONS)), int(rng.integers(*ITEMS)), (float(true),))
            answers = draw_answers(panel, rng)
            found.append(win_rate(answers.scores[:, 0], answers.sessions))
        return [one.value for one in found], [one.effective_n or 0.0 for one in found]


def study_pools(replicates: int, seed: int) -> list[Finding]:
    """Measures coverage for three and five laboratories, alike and not, in the middle and out."""
    found: list[Finding] = []
    for number in (3, 5):
        for rate in (0.5, 0.8, 0.95):
            for between in (0.0, 0.4):
                found += measure_pool(Laboratories(number, rate, between), replicates, seed)
    return found


def measure_pool(given: Laboratories, replicates: int, seed: int) -> list[Finding]:
    """Measures the pool, and as a negative control one without a level for laboratories."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        rates, sizes = given.draw(rng)
        try:
            pool = pool_rates(rates, sizes)
        except EstimateError:
            return {"random effects": Outcome(), ONE_LEVEL: Outcome()}
        told = Outcome(pool.value, pool.low, pool.high)
        return {"random effects": told, ONE_LEVEL: _one_level(rates, sizes, pool)}

    rules = {"random effects": WIDE_ENOUGH, ONE_LEVEL: UNDERCOVERS if given.between else None}
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
