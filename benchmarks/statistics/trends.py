"""Trend over release date: size and coverage with few models that share their items."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.errors import EstimateError
from analysis.trends.set_covariance import set_covariance
from analysis.trends.trend import Trend, trend, unweighted_trend
from analysis.trends.trend_permutation import permute_dates
from benchmarks.statistics.findings import SIZE, WIDE_ENOUGH, Case, Finding
from benchmarks.statistics.loops import Outcome, repeat
from benchmarks.statistics.panels import Panel, draw_answers

STUDY = "trend"
UNWEIGHTED = "unweighted"
MODELS = (6, 9, 12)
SESSIONS = (12, 25)
SCATTER = (0.0, 0.05)
"""Standard deviation of the models' true rates around the line."""
SLOPE = 0.05
YEARS = 3.0
PERMUTATIONS = 999
ENUMERATED, SLOW = 9, 150
"""Models whose 362,880 orders of dates are all gone through, and replicates of that."""


@dataclass(frozen=True)
class Line:
    """What the models' true rates follow."""

    models: int
    slope: float
    scatter: float

    @property
    def years(self) -> np.ndarray:
        """Release dates, the first ones closer together than the last ones."""
        shares: np.ndarray = np.linspace(0, 1, self.models) ** 1.3
        return YEARS * shares

    def name(self, sessions: int) -> str:
        """Returns words for a table."""
        return f"n=129 G={sessions} M={self.models} scatter={self.scatter:g} slope={self.slope:g}"

    def rates(self, rng: np.random.Generator) -> tuple[float, ...]:
        """Draws the models' true rates."""
        away = self.years - self.years.mean()
        drawn = 0.45 + self.slope * away + self.scatter * rng.normal(size=self.models)
        return tuple(np.clip(drawn, 0.02, 0.98).tolist())


def study_trends(replicates: int, seed: int) -> list[Finding]:
    """Measures size without a trend, and coverage with one of .05 a year."""
    cells = [
        (Line(models, slope, scatter), sessions)
        for models in MODELS
        for sessions in SESSIONS
        for scatter in SCATTER
        for slope in ((0.0, SLOPE) if scatter else (0.0,))
    ]
    found: list[Finding] = []
    for place, (line, sessions) in enumerate(cells):
        found += measure_trend(line, sessions, replicates, seed + place)
        if line.slope == 0:
            found += measure_permutation(line, sessions, replicates, seed + place)
    return found


def measure_trend(line: Line, sessions: int, replicates: int, seed: int) -> list[Finding]:
    """Measures both trends along one line."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        answers = draw_answers(Panel(sessions, 129, line.rates(rng)), rng)
        found = set_covariance(answers.scores, answers.sessions)
        given = found.rates, found.covariance, line.years.tolist()
        return {
            "GLS, Knapp-Hartung": by_line(lambda: trend(*given)),
            UNWEIGHTED: by_line(lambda: unweighted_trend(*given)),
        }

    found: list[Finding] = []
    for method, outcomes in repeat(replicates, seed, one).items():
        # The weighted slope is no reported figure: it stands here to show why.
        reported = method == UNWEIGHTED
        if line.slope == 0:
            rule = SIZE if reported else None
            found.append(Case(STUDY, line.name(sessions), method, rule).size(outcomes.p))
        case = Case(STUDY, line.name(sessions), method, WIDE_ENOUGH if reported else None)
        found.append(outcomes.coverage(case, line.slope))
    return found


def measure_permutation(line: Line, sessions: int, replicates: int, seed: int) -> list[Finding]:
    """Measures the size of the permutation of the dates along a flat line."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        rates = draw_answers(Panel(sessions, 129, line.rates(rng)), rng).scores.mean(axis=0)
        found = permute_dates(rates, line.years.tolist(), draws=PERMUTATIONS)
        return {"permuted dates": Outcome(p=found.p_value)}

    runs = min(replicates, SLOW) if line.models == ENUMERATED else replicates
    case = Case(STUDY, line.name(sessions), "permuted dates", SIZE)
    return [case.size(outcomes.p) for outcomes in repeat(runs, seed, one).values()]


def by_line(estimate: Callable[[], Trend]) -> Outcome:
    """Returns a trend's outcome; NaN where it is refused."""
    try:
        found = estimate()
    except EstimateError:
        return Outcome()
    return Outcome(found.slope, found.low, found.high, found.p_value)
