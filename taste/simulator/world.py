"""What is true in the simulated world, and how its judge errs. Pure numbers: no text, no server."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Choice = Literal["first", "second", "tie"]

SUBOPTIMAL: Final = MappingProxyType(
    {
        "simulated-early": 0.05,
        "simulated-middle": 0.35,
        "simulated-late": 0.7,
        "stock": 0.15,
        "echo": -0.2,
        "placebo": 0.0,
        "shuffled": -1.6,
    }
)
STRONG: Final = MappingProxyType(
    {
        "simulated-early": -1.4,
        "simulated-middle": -1.2,
        "simulated-late": -0.9,
        "stock": -1.5,
        "echo": -1.1,
        "placebo": 0.0,
        "shuffled": -2.2,
    }
)
_REACH: Final = 10.0
_STEPS: Final = 400


def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1.0 + grown)


def default_margins() -> Mapping[str, Mapping[str, float]]:
    """Return set -> arm -> mean margin (proposal minus human, logit scale)."""
    return MappingProxyType({"suboptimal": SUBOPTIMAL, "strong": STRONG})


@dataclass(frozen=True, slots=True)
class Odds:
    """The probabilities of a judge's three verdicts; they sum to 1."""

    first: float
    second: float
    tie: float

    def choose(self, u: float) -> Choice:
        """Return the verdict that a uniform number `u` in [0, 1) falls on."""
        if u < self.first:
            return "first"
        if u < self.first + self.second:
            return "second"
        return "tie"


@dataclass(frozen=True)
class World:
    """Every parameter of the simulated world; all effects are on the logit scale.

    With probability `judge_error` the judge guesses: the first move with probability
    `guess_first`, else the second, never a tie. Otherwise it reads the margin x (quality of
    the first move minus quality of the second) through an ordered logit with half width c:
    P(first) = F(x - c), P(second) = F(-x - c), the rest is a tie. A guess ignores the margin,
    so averaging the two orders takes the position effect out exactly.
    """

    seed: int = 0
    judge_error: float = 0.15
    guess_first: float = 0.6
    tie_width: float = 0.35
    session_sd: float = 0.4
    item_sd: float = 0.6
    session_shared: float = 0.8
    """Share of the session variance that all arms have in common."""
    item_shared: float = 0.7
    """Share of the item variance that all arms have in common."""
    foresight: float = 0.6
    """What is left of a margin for a judge that is shown no aftermath."""
    wording: float = 0.3
    """What is left of a margin for a judge that is shown the two moves alone."""
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=default_margins)

    def __post_init__(self) -> None:
        """Refuse parameters outside their range.

        Raises:
            ValueError: a share is not in [0, 1], or a width or deviation is negative.
        """
        shares = ("judge_error", "guess_first", "session_shared", "item_shared")
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name!r} of a world must lie between 0 and 1")
        for name in ("tie_width", "session_sd", "item_sd"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name!r} of a world must not be negative")

    def verdict_probabilities(self, margin: float) -> Odds:
        """Return the odds of a verdict at `margin` = quality of first minus quality of second."""
        read = 1.0 - self.judge_error
        first = logistic(margin - self.tie_width)
        second = logistic(-margin - self.tie_width)
        return Odds(
            first=read * first + self.judge_error * self.guess_first,
            second=read * second + self.judge_error * (1.0 - self.guess_first),
            # 1 - first - second would come out below 0 by rounding when the half width is 0
            tie=read * max(0.0, 1.0 - first - second),
        )

    def read_score(self, margin: float) -> float:
        """Return s(x): the expected score of a reading judge, win 1, tie ½, loss 0."""
        return 0.5 * (logistic(margin - self.tie_width) + logistic(margin + self.tie_width))

    def expected_score(self, margin: float) -> float:
        """Return the order-averaged expected score of a proposal at its margin over the human."""
        return (1.0 - self.judge_error) * self.read_score(margin) + 0.5 * self.judge_error

    def position_effect(self) -> float:
        """Return the score gained by standing first rather than second, at any margin."""
        return self.judge_error * (2.0 * self.guess_first - 1.0)

    def true_rate(self, mean_margin: float) -> float:
        """Return the win rate in the population: margins ~ Normal(mean, session² + item²).

        The trapezoid rule on ±10 deviations converges exponentially for a smooth function
        under a Gaussian; 400 steps leave an error far below 1e-6.
        """
        deviation = math.hypot(self.session_sd, self.item_sd)
        total = weights = 0.0
        for step in range(_STEPS + 1):
            z = _REACH * (2.0 * step / _STEPS - 1.0)
            weight = math.exp(-0.5 * z * z)
            weights += weight
            total += weight * self.expected_score(mean_margin + deviation * z)
        return total / weights
