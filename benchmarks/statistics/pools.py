"""Pools of few laboratories: does the interval hold the mean of laboratories' true rates?"""

from dataclasses import dataclass
from typing import Final, TypedDict

import numpy as np
from scipy.special import expit, logit, ndtri

from analysis.contrasts import paired_difference
from analysis.estimates import Estimate
from analysis.intervals import wilson_interval
from analysis.pooling.entering import capped_size, pool_estimates
from analysis.pooling.random_effects import Pool, pool_differences
from analysis.rates import win_rate
from analysis.trends.trend_line import Line, paule_mandel
from benchmarks.statistics.findings import UNDERCOVERS, WIDE_ENOUGH, Case, Finding
from benchmarks.statistics.loops import Outcome, repeat
from benchmarks.statistics.panels import Panel, draw_answers
from benchmarks.statistics.worlds import Floats

STUDY = "pool"
ONE_LEVEL, INVERSE = "fixed effect, z", "inverse variance, logits"
LEVEL = 0.95
Span = tuple[int, int]
ENOUGH = 30
"""Items of a laboratory."""
NEAR_END = 0.95


class Sizes(TypedDict):
    """How much of a study laboratories have."""

    sessions: Span
    items: Span


SMALL: Final = Sizes(sessions=(3, 6), items=(6, 15))
UNEQUAL: Final = Sizes(sessions=(3, 6), items=(6, 400))


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
        """Whether laboratories differ, and each is sure enough of its rate to show it.

        Near an end a gap on the logit scale is next to none on that of rates.
        """
        return self.between > 0 and self.items[0] >= ENOUGH and self.rate < NEAR_END

    @property
    def misleads(self) -> bool:
        """Whether laboratories are small and near an end, so that what came out moves weights."""
        return self.rate >= NEAR_END and self.items[1] <= ENOUGH

    @property
    def mean(self) -> float:
        """Mean of the true rates that laboratories are drawn from."""
        at, weights = np.polynomial.hermite_e.hermegauss(60)
        rates = expit(logit(self.rate) + self.between * at)
        return float(np.average(rates, weights=weights))

    @property
    def name(self) -> str:
        """Returns words for a table."""
        sizes = " ".join(
            f"{what}={fewest}-{end - 1}"
            for what, (fewest, end) in (("G", self.sessions), ("n", self.items))
        )
        return f"k={self.number} {sizes} rate={self.rate:g} between={self.between:g}"

    def draw_differences(self, rng: np.random.Generator) -> list[Estimate]:
        """Draws two arms of the laboratory's rate on the same items; returns their difference."""
        found = []
        for true in expit(logit(self.rate) + self.between * rng.normal(size=self.number)):
            sessions, items = (int(rng.integers(*span)) for span in (self.sessions, self.items))
            drawn = draw_answers(Panel(sessions, items, (float(true),) * 2), rng)
            one, other = drawn.scores.T
            found.append(paired_difference(one, other, drawn.sessions))
        return found

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
    """Measures coverage for few laboratories, for small ones and for very unequal ones."""
    given = [
        *(Laboratories(k, p, t) for k in (3, 5) for p in (0.5, 0.8, 0.95) for t in (0.0, 0.4)),
        Laboratories(12, 0.97, 0.0),
        *(Laboratories(8, p, t, **SMALL) for p in (0.5, 0.9, 0.95, 0.97) for t in (0.0, 0.4)),
        *(Laboratories(8, p, t, **UNEQUAL) for p in (0.5, 0.95) for t in (0.0, 0.8)),
    ]
    found = [one for each in given for one in measure_pool(each, replicates, seed)]
    for each in (
        *(Laboratories(8, rate, 0.0, **SMALL) for rate in (0.5, 0.9, 0.97)),
        Laboratories(5, 0.8, 0.4),
    ):
        found += measure_differences(each, replicates, seed)
    return found


def measure_differences(given: Laboratories, replicates: int, seed: int) -> list[Finding]:
    """Measures the pool of differences between arms that are alike in every laboratory."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        drawn = given.draw_differences(rng)
        return {"differences": _told(pool_estimates(_named(drawn), LEVEL, rates=False))}

    outcomes = repeat(replicates, seed, one)["differences"]
    return [outcomes.coverage(Case(STUDY, given.name, "differences", WIDE_ENOUGH), 0.0)]


def measure_pool(given: Laboratories, replicates: int, seed: int) -> list[Finding]:
    """Measures the pool, and as negative controls two that are not used.

    One has no level for laboratories; the other weighs by what came out.
    """

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        drawn = given.draw(rng)
        rates = np.array([one.value for one in drawn])
        sizes = np.array(list(map(capped_size, drawn)))
        return {
            "random effects": _told(pool_estimates(_named(drawn), LEVEL, rates=True)),
            ONE_LEVEL: _one_level(rates, sizes),
            INVERSE: _inverse_variance(rates, sizes),
        }

    rules = {
        "random effects": WIDE_ENOUGH,
        ONE_LEVEL: UNDERCOVERS if given.shows else None,
        INVERSE: UNDERCOVERS if given.misleads else None,
    }
    return [
        outcomes.coverage(Case(STUDY, given.name, method, rules[method]), given.mean)
        for method, outcomes in repeat(replicates, seed, one).items()
    ]


def _named(drawn: list[Estimate]) -> dict[str, Estimate]:
    return {str(place): one for place, one in enumerate(drawn)}


def _told(pool: Pool | None) -> Outcome:
    return Outcome() if pool is None else Outcome(pool.value, pool.low, pool.high)


def _one_level(rates: Floats, sizes: Floats) -> Outcome:
    """All laboratories as if they were one: weights by size, a normal quantile."""
    whole = float(sizes.sum())
    middle = float(np.average(rates, weights=sizes))
    quantile = float(ndtri((1 + LEVEL) / 2))
    return Outcome(middle, *wilson_interval(middle, whole, quantile))


def _inverse_variance(rates: Floats, sizes: Floats) -> Outcome:
    """Random effects on logits with inverse variances, neither side below half an item."""
    won, lost = np.maximum(sizes * rates, 0.5), np.maximum(sizes * (1 - rates), 0.5)
    y, v = np.log(won / lost), 1 / won + 1 / lost
    tau2 = paule_mandel(Line(np.ones((len(y), 1)), y, v, singular=False))
    found = pool_differences(y, v, 1 / (v + tau2), LEVEL)
    return Outcome(*(float(expit(x)) for x in (found.value, found.low, found.high)))
