"""What is true in the simulated world, and how its judge errs. Pure numbers: no text, no server."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from taste.simulator.sight import Sight

if TYPE_CHECKING:
    from taste.judging import Confidence

Choice = Literal["first", "second", "tie"]

SUBOPTIMAL: Final = MappingProxyType(
    {
        "simulated-early": 0.05,
        "simulated-middle": 0.35,
        "simulated-late": 0.7,
        "stock": 0.15,
        "echo": -0.2,
        "placebo": 0.0,
        "shuffled": -2.6,
        "stock_fit": 0.3,
        "recovery": 3.0,
        "oracle": 1.8,
        "person": 1.6,
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
        "shuffled": -2.8,
        "stock_fit": -1.3,
        "oracle": 0.1,
        "person": -0.9,
    }
)
_SHARES: Final = (
    "judge_error", "guess_first", "session_shared", "item_shared",
    "obeys", "leak", "loading", "recognise", "recognise_open",
)  # fmt: skip
_SURE: Final = (0.5, 1.2)
"""How far from even a margin has to look for medium, and for high confidence."""
_BLIND: Final = Sight()
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
    """Every parameter of the simulated world; effects are on the logit scale, shares in [0, 1].

    The fields from `style` on are defects of the judge and of what it is shown; without them all
    the judge reads nothing but the moves, shrunk where its view shows less.

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
    style: float = 0.0
    """Added to a proposal that a model wrote, in every view."""
    own_family: float = 0.0
    """Added to a proposal whose writer is of the judge's family, in every view."""
    label_bonus: float = 0.0
    """Added to the move that is labelled as the person's, rightly or wrongly."""
    taken_bonus: float = 0.0
    """Added to the human's move where the view tells which move was taken."""
    hindsight: float = 0.0
    """Added to the proposal where the view knows the aftermath."""
    drift: float = 0.0
    """Added to every proposal by a judge that is no longer what it was."""
    obeys: float = 0.0
    """Probability that the judge gives the verdict that a text in front of it demands."""
    leak: float = 0.0
    """Probability that the digest of an item gives the human's move away."""
    loading: float = 0.0
    """Probability that a restated human move gives away whether it was a detour."""
    recognise: float = 0.0
    """Probability that a judge knows which move was taken where its view hides that."""
    recognise_open: float = 0.8
    """The same where the view tells it."""
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=default_margins)

    def __post_init__(self) -> None:
        """Refuse parameters outside their range.

        Raises:
            ValueError: a share is not in [0, 1], or a width or deviation is negative.
        """
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name!r} of a world must lie between 0 and 1")
        for name in ("tie_width", "session_sd", "item_sd"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name!r} of a world must not be negative")
        for name in ("style", "own_family", "label_bonus", "taken_bonus", "hindsight", "drift"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name!r} of a world must be a finite number")

    def seen_margin(self, margin: float, sight: Sight) -> float:
        """Return what a judge reads of a margin, proposal minus human, both before and after.

        A view shrinks the margin; what the judge is not blind to is added and never shrunk.
        """
        seen = margin * {"prefix": self.foresight, "wording": self.wording}.get(sight.view, 1.0)
        seen += self.drift + self.style * sight.by_model + self.own_family * sight.own_family
        seen += self.hindsight * sight.knows_aftermath - self.taken_bonus * sight.tells_taken
        return seen + {"labelled": -1, "swapped": 1}.get(sight.provenance, 0) * self.label_bonus

    def confidence(self, seen: float) -> "Confidence":
        """Return how sure a judge says it is: the further from even, the surer."""
        medium, high = _SURE
        return "high" if abs(seen) >= high else "medium" if abs(seen) >= medium else "low"

    def recognition(self, sight: Sight) -> float:
        """Return the probability of a right answer to which of the two moves was taken."""
        knows = self.recognise_open if sight.tells_taken else self.recognise
        return 0.5 + 0.5 * knows

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

    def true_rate(self, mean_margin: float, sight: Sight = _BLIND) -> float:
        """Return the win rate in the population: margins ~ Normal(mean, session² + item²).

        It holds for one sight: where `leak` makes some digests leaky, mix the two rates.

        The trapezoid rule on ±10 deviations converges exponentially for a smooth function
        under a Gaussian; 400 steps leave an error far below 1e-6.
        """
        deviation = math.hypot(self.session_sd, self.item_sd)
        total = weights = 0.0
        for step in range(_STEPS + 1):
            z = _REACH * (2.0 * step / _STEPS - 1.0)
            weight = math.exp(-0.5 * z * z)
            weights += weight
            total += weight * self.expected_score(
                self.seen_margin(mean_margin + deviation * z, sight)
            )
        return total / weights
