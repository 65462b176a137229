"""What is taken for granted of the scores to come: their spread, and what it is made of.

The numbers come from a pilot or are stated; this module only checks them and takes them apart.
"""

import math
from dataclasses import dataclass, replace

from analysis.errors import EstimateError
from analysis.intervals import check_level

ORDERS = 2


@dataclass(frozen=True)
class Aim:
    """What the study is to reach."""

    level: float = 0.95
    """Nominal coverage of the intervals; the test is at 1 - level, two-sided."""
    power: float = 0.8
    """Chance to find an effect of the size called detectable."""

    def check(self) -> None:
        """Refuses what is no share.

        Raises:
            EstimateError: level is not between 0 and 1, or power not between 1 - level and 1.
        """
        check_level(self.level)
        if not 0 < self.power < 1:
            raise EstimateError(f"power is {self.power!r}; give a share such as 0.8.")
        if self.power <= (1 - self.level) / 2:
            raise EstimateError(
                f"power is {self.power!r}, no more than the test has where there is no effect."
            )


@dataclass(frozen=True)
class Spread:
    """How much item scores, or differences of item scores, vary.

    The variance of an item's score is sd^2 = sigma_b^2 + within, of which more repeats and
    samples shrink only within = sigma_p^2 / R + sigma_v^2 / (2 k R), with R proposals for an
    item and k verdicts on each in each of the two orders.
    """

    sd: float
    """Of item scores made of `repeats` and `samples`."""
    icc: float
    """Intra-class correlation of these scores, in [0, 1)."""
    verdict_variance: float | None = None
    """sigma_v^2: variance of single verdicts on the same proposal in the same order; None:
    unknown."""
    proposal_variance: float | None = None
    """sigma_p^2: variance of an arm's proposals for the same item, verdicts being exact; None:
    unknown."""
    repeats: int = 1
    """R."""
    samples: int = 1
    """k."""
    resolved: bool = True
    """Whether the noise is told apart from what items differ by. If not, more repeats or samples
    than these are taken to buy nothing."""

    def check(self, name: str) -> None:
        """Refuses a spread that scores cannot have.

        Raises:
            EstimateError: naming `name` and the field.
        """
        if not 0 < self.sd <= 1:
            raise EstimateError(f"the sd of {name} is {self.sd!r}; give a number in (0, 1].")
        if not 0 <= self.icc < 1:
            raise EstimateError(f"the ICC of {name} is {self.icc!r}; give a number in [0, 1).")
        if self.repeats < 1 or self.samples < 1:
            raise EstimateError(f"repeats and samples of {name} must be at least 1.")
        for variance in (self.verdict_variance, self.proposal_variance):
            if variance is not None and not 0 <= variance < math.inf:
                raise EstimateError(f"a variance of {name} is {variance!r}; it cannot be.")
        if self.resolved and self._is_crowded():
            raise EstimateError(
                f"{name}: verdicts and proposals alone vary by {self.within:.4g}, more than the "
                f"{self.sd**2 * (1 - self.icc):.4g} that items vary by within clusters."
            )

    @property
    def within(self) -> float:
        """The part of the variance that is known to shrink with more repeats or samples."""
        verdicts = (self.verdict_variance or 0.0) / (ORDERS * self.samples)
        return ((self.proposal_variance or 0.0) + verdicts) / self.repeats

    def _is_crowded(self) -> bool:
        return self.within > self.sd**2 * (1 - self.icc) * (1 + 1e-9)

    def as_shown(self) -> "Spread":
        """Returns this spread, unresolved if its noise is more than the ICC leaves room for.

        Noise that was estimated may by chance come out above the variance within clusters. Cut
        down to that it would leave nothing that items differ by, and promise that repeats and
        samples make an interval as narrow as one likes, which so small a pilot cannot support.
        """
        return replace(self, resolved=False) if self._is_crowded() else self

    def at(self, repeats: int, samples: int) -> "Spread":
        """Returns the spread of scores made of so many repeats and samples.

        What clusters differ by stays, so the ICC rises as the noise within items falls. Of an
        unresolved spread fewer make it wider, more make it no narrower.

        Raises:
            EstimateError: the part that would change is not known, or a number is below 1.
        """
        if repeats < 1 or samples < 1:
            raise EstimateError(f"repeats {repeats} and samples {samples} must be at least 1.")
        if self.verdict_variance is None and (repeats, samples) != (self.repeats, self.samples):
            raise EstimateError("verdict_variance is unknown; repeated verdicts would show it.")
        if self.proposal_variance is None and repeats != self.repeats:
            raise EstimateError("proposal_variance is unknown; repeated proposals would show it.")
        moved = replace(self, repeats=repeats, samples=samples)
        change = moved.within - self.within
        variance = self.sd**2 + (change if self.resolved else max(0.0, change))
        if variance <= 0:
            raise EstimateError("no variance would be left; verdict_variance is too large.")
        return replace(moved, sd=math.sqrt(variance), icc=self.icc * self.sd**2 / variance)
