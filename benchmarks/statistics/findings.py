"""One measured figure with its Monte Carlo error, its rule, and whether it keeps the rule."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.statistics.closed_forms import Interval
from benchmarks.statistics.worlds import Floats

ALPHA = 0.05
MOST_FAILURES = 0.05
"""Share of replicates without a result above which no rule is kept."""
RULED = 2_000
"""Replicates that the rules are made for."""


@dataclass(frozen=True)
class Rule:
    """Where a figure must lie; a negative control must lie where a good method would not."""

    low: float = -math.inf
    high: float = math.inf
    negative_control: bool = False

    @property
    def words(self) -> str:
        """How the rule reads in a table."""
        ends = f"{self.low:g} to {self.high:g}"
        if math.isinf(self.low):
            ends = f"≤ {self.high:g}"
        elif math.isinf(self.high):
            ends = f"≥ {self.low:g}"
        return f"must fail: {ends}" if self.negative_control else ends


RATE = Rule(0.93, 0.985)
RATE_AT_HIGH_ICC = Rule(0.90, 0.99)
MEAN_OVER_WORLDS = Rule(0.94, 0.965)
CONTRAST = Rule(0.92, 0.965)
BAND = Rule(low=0.93)
WIDE_ENOUGH = Rule(low=0.92)
"""For intervals that are wider than nominal by design, such as with variances cut at zero."""
OTHER_INTERVAL = Rule(0.92, 0.985)
"""For intervals that the reference names no rule for."""
SIZE = Rule(high=0.065)
SMALL_BIAS = Rule(-0.01, 0.01)
POSITION_BIAS = Rule(-0.005, 0.005)
UNDERCOVERS = Rule(high=0.90, negative_control=True)
OVERSIZED = Rule(low=0.065, negative_control=True)
BIASED = Rule(low=0.02, negative_control=True)


@dataclass(frozen=True)
class Finding:
    """A figure of one method in one world."""

    study: str
    world: str
    method: str
    figure: str
    """coverage, size, family-wise error, bias or share."""
    found: float
    error: float
    """Monte Carlo standard error of `found`."""
    replicates: int
    rule: Rule | None = None
    width: float | None = None
    """Mean width of the interval."""
    bias: float | None = None
    """Mean error of the estimate."""
    failures: int = 0
    """Replicates without a result; they count as not covered and not rejected."""

    @property
    def verdict(self) -> str:
        """`pass`; `FAIL`; `unsure` when fewer replicates could have made the miss."""
        if self.rule is None:
            return ""
        if self.failures > MOST_FAILURES * self.replicates:
            return "FAIL"
        limit = self.rule.low if self.found < self.rule.low else self.rule.high
        miss = max(self.rule.low - self.found, self.found - self.rule.high)
        if miss <= 0:
            return "pass"
        # The rules are made for 2,000 replicates and leave room for their error.
        error = self.error
        if self.figure != "bias":
            error = max(error, share_error(limit, self.replicates))
        extra = error * math.sqrt(max(1 - self.replicates / RULED, 0))
        return "unsure" if miss <= 3 * extra else "FAIL"


@dataclass(frozen=True)
class Case:
    """What a finding is of, before it is measured."""

    study: str
    world: str
    method: str
    rule: Rule | None = None

    def coverage(
        self, truth: float | Floats, interval: Interval, value: Floats | None = None
    ) -> Finding:
        """Returns how often the interval holds the truth; NaN ends do not."""
        low, high = interval
        # Rounding must not decide whether an end that equals the truth covers it.
        share = float(np.mean((low - 1e-12 <= truth) & (truth <= high + 1e-12)))
        none = np.isnan(low)
        width = float(np.mean((high - low)[~none])) if not none.all() else None
        bias = None if value is None else float(np.nanmean(value - truth))
        return Finding(
            **vars(self),
            figure="coverage",
            found=share,
            error=share_error(share, len(low)),
            replicates=len(low),
            width=width,
            bias=bias,
            failures=int(none.sum()),
        )

    def size(self, p: Floats, figure: str = "size") -> Finding:
        """Returns how often a true null is rejected at .05."""
        share = float(np.mean(p <= ALPHA))
        failures = int(np.isnan(p).sum())
        error = share_error(share, len(p))
        return Finding(
            **vars(self),
            figure=figure,
            found=share,
            error=error,
            replicates=len(p),
            failures=failures,
        )

    def share(self, held: npt.ArrayLike, figure: str) -> Finding:
        """Returns how often something holds, such as an unbounded set holding the truth."""
        held = np.asarray(held, dtype=np.float64)
        found = float(held.mean())
        error = share_error(found, len(held))
        return Finding(**vars(self), figure=figure, found=found, error=error, replicates=len(held))

    def bias(self, errors: Floats) -> Finding:
        """Returns the mean error of an estimate."""
        held = errors[~np.isnan(errors)]
        return Finding(
            **vars(self),
            figure="bias",
            found=float(held.mean()),
            error=float(held.std(ddof=1) / math.sqrt(len(held))),
            replicates=len(errors),
            failures=len(errors) - len(held),
        )


def share_error(share: float, replicates: int) -> float:
    """Returns the standard error of a share, never 0: as with one more of either outcome."""
    held = (share * replicates + 1) / (replicates + 2)
    return math.sqrt(held * (1 - held) / replicates)
