"""Runs an estimator replicate by replicate where it has no vectorised form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.errors import EstimateError
from benchmarks.statistics.closed_forms import Interval
from benchmarks.statistics.findings import Case, Finding
from benchmarks.statistics.worlds import Floats

NAN = float("nan")


class Estimated(Protocol):
    """What an estimator's result must have to be measured."""

    @property
    def value(self) -> float:
        """The point estimate."""

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""

    @property
    def p_value(self) -> float | None:
        """Two-sided p value."""


@dataclass(frozen=True)
class Outcome:
    """One replicate of one method; NaN where it gave nothing."""

    value: float = NAN
    low: float = NAN
    high: float = NAN
    p: float = NAN


@dataclass(frozen=True)
class Outcomes:
    """All replicates of one method, arrays of shape (R,)."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats

    @property
    def interval(self) -> Interval:
        """Both ends."""
        return self.low, self.high

    def coverage(self, case: Case, truth: float) -> Finding:
        """Returns how often the interval holds the truth, with the bias of the value."""
        return case.coverage(truth, self.interval, self.value)


def outcome(estimated: Estimated) -> Outcome:
    """Returns what is measured of a result."""
    ends = (estimated.low, estimated.high, estimated.p_value)
    low, high, p = (NAN if end is None else end for end in ends)
    return Outcome(estimated.value, low, high, p)


def attempt(estimate: Callable[[], Estimated]) -> Outcome:
    """Returns the outcome of an estimator that may refuse the data."""
    try:
        return outcome(estimate())
    except EstimateError:
        return Outcome()


def repeat(
    replicates: int, seed: int, one: Callable[[np.random.Generator], Mapping[str, Outcome]]
) -> dict[str, Outcomes]:
    """Runs `one` for each replicate, with a generator of its own, and gathers by method."""
    rows = [one(np.random.default_rng((seed, replicate))) for replicate in range(replicates)]
    return {
        method: Outcomes(
            *(
                np.array([getattr(row[method], name) for row in rows])
                for name in ("value", "low", "high", "p")
            )
        )
        for method in rows[0]
    }
