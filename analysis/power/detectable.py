"""The smallest effect that a design can be expected to find, and how wide its interval will be.

For a mean of item scores or of paired differences and for the contrast of two sets; from cluster
sizes and a spread alone. Whether these are to be believed is not decided here.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.clusters import FloatArray, satterthwaite_df
from analysis.errors import EstimateError
from analysis.intervals import t_quantile
from analysis.power.assumptions import Aim, Spread
from analysis.power.sizes import as_sums, check_sizes, cv_of, size_excess

AIM = Aim()


@dataclass(frozen=True)
class Planned:
    """One set of items as planned: where they lie and how their scores vary."""

    sizes: FloatArray
    """Items in each cluster, whole numbers, shape (G,); from `planned_sizes`, or as they are."""
    spread: Spread

    @property
    def items(self) -> int:
        """Items in all clusters."""
        return int(self.sizes.sum())

    def check(self, name: str) -> None:
        """Refuses sizes or a spread that cannot be.

        Raises:
            EstimateError: naming `name`.
        """
        check_sizes(self.sizes)
        self.spread.check(name)


@dataclass(frozen=True)
class Detectable:
    """What a design can show about one figure."""

    items: int
    """Items, of both sets for a contrast."""
    clusters: int
    """Clusters that these lie in."""
    size_cv: float
    """Standard deviation over mean of the sizes that were taken, of the first set."""
    design_effect: float
    """Variance over that of as many unclustered items."""
    error: float
    """Standard error to be expected."""
    df: float
    """Satterthwaite degrees of freedom of the planned sizes."""
    level: float
    """Nominal coverage."""
    power: float
    """Power at `mde`."""
    half_width: float
    """Half the width of the t interval; that of cluster-Wilson is a little narrower."""
    mde: float
    """Minimum detectable effect. Beyond .5 for one rate, or 1 for a difference: none."""
    floor: float
    """What `half_width` falls to with ever more items in the same clusters."""

    def power_of(self, effect: float) -> float:
        """Returns the chance to find an effect significant and in its own direction.

        T(|effect| / error - t_{level}) with T of `df`: `mde` inverted.

        Args:
            effect: true rate minus one half, or true difference.
        """
        quantile = t_quantile(self.level, self.df)
        return float(stdtr(self.df, abs(effect) / self.error - quantile))

    def equivalence(self, margin: float, difference: float = 0.0) -> "PlannedEquivalence":
        """Returns whether "equivalent within the margin" can be concluded, and how probably.

        Two one-sided t tests at (1 - level) each, that is an interval of 2 level - 1 inside the
        margin (Schuirmann 1987); power T((m - d) / error - t) + T((m + d) / error - t) - 1, at
        least 0.

        Args:
            margin: m, positive.
            difference: d, the true one.

        Raises:
            EstimateError: margin is not positive, or level is at most one half.
        """
        if not 0 < margin < math.inf:
            raise EstimateError(f"margin is {margin!r}; give a positive number such as 0.1.")
        narrower = round(2 * self.level - 1, 12)
        if narrower <= 0:
            raise EstimateError(f"level is {self.level!r}; equivalence needs more than 0.5.")
        quantile = t_quantile(narrower, self.df)
        ends = np.array([margin - difference, margin + difference]) / self.error - quantile
        power = max(0.0, float(stdtr(self.df, ends).sum()) - 1)
        half = quantile * self.error
        return PlannedEquivalence(margin, difference, narrower, half, half < margin, power)


@dataclass(frozen=True)
class PlannedEquivalence:
    """Whether a claim of equivalence is within reach of a design."""

    margin: float
    difference: float
    """The true difference that was assumed."""
    level: float
    """Of the interval that must lie inside the margin."""
    half_width: float
    """Of that interval, to be expected."""
    possible: bool
    """Whether an interval of the expected width fits inside the margin at all."""
    power: float
    """Chance that the claim can be made."""


def detectable_mean(planned: Planned, aim: Aim = AIM) -> Detectable:
    """Returns what can be shown of one win rate against one half, or of a paired difference.

    error^2 = sd^2 deff / n with deff = 1 + (sum N_g^2 / n - 1) ICC (Kish 1965; Eldridge, Ashby
    and Kerry 2006 for unequal sizes), Satterthwaite df of the CR2 variance for the planned sizes,
    half-width t_{level} error, MDE (t_{level} + t_{power}) error (Bloom 1995).

    Args:
        planned: items, clusters, and the spread of item scores, for one rate their spread at a
            rate of one half; or of paired differences.
        aim: level and power.

    Raises:
        EstimateError: spread, sizes or aim are unusable.
    """
    aim.check()
    planned.check("the scores")
    variance = _variance(planned.sizes, planned.spread)
    alone = planned.spread.sd**2 / planned.items
    error = _Error(variance, alone, _floor(planned.sizes, planned.spread))
    return _detectable(error, [planned.sizes], aim)


def detectable_contrast(
    sets: tuple[Planned, Planned], correlation: float = 0.0, aim: Aim = AIM
) -> Detectable:
    """Returns what can be shown of the rate on one set minus that on another.

    The sets share their sessions: entry g of both sizes is the same session, and where one set
    has fewer it lacks the first ones. Planned sizes ascend, so the largest clusters meet, which
    leaves the fewest degrees of freedom. error^2 = V_a + V_b - 2 C with
    C = r sd_a sd_b sqrt(ICC_a ICC_b) sum N_ga N_gb / (n_a n_b); df of the stacked contrast.

    Args:
        sets: the two sets.
        correlation: r in [-1, 1] of what a session does to scores of either set; 0 promises
            nothing, more than 0 makes the contrast sharper.
        aim: level and power.

    Raises:
        EstimateError: spread, sizes, correlation or aim are unusable.
    """
    aim.check()
    if not -1 <= correlation <= 1:
        raise EstimateError(f"correlation of the sets is {correlation!r}; give one in [-1, 1].")
    for planned in sets:
        planned.check("the scores")
    sizes = aligned_sizes(sets)
    a, b = (planned.spread for planned in sets)
    together = correlation * a.sd * b.sd * math.sqrt(a.icc * b.icc)
    shared = math.fsum(sizes[0] * sizes[1]) / (sets[0].items * sets[1].items)
    variance = _variance(sizes[0], a) + _variance(sizes[1], b) - 2 * together * shared
    floor = _floor(sizes[0], a) + _floor(sizes[1], b) - 2 * together * shared
    alone = sum(planned.spread.sd**2 / planned.items for planned in sets)
    return _detectable(_Error(variance, alone, max(floor, 0.0)), sizes, aim)


@dataclass(frozen=True)
class _Error:
    variance: float
    unclustered: float
    floor: float
    """What the variance falls to with ever more items in the same clusters."""


def _detectable(error: _Error, sizes: list[FloatArray], aim: Aim) -> Detectable:
    weights = (1.0, -1.0)[: len(sizes)]
    df = satterthwaite_df([as_sums(one) for one in sizes], weights)
    quantile = t_quantile(aim.level, df)
    root = math.sqrt(error.variance)
    return Detectable(
        items=int(sum(one.sum() for one in sizes)),
        clusters=len(sizes[0]),
        size_cv=cv_of(sizes[0]),
        design_effect=error.variance / error.unclustered,
        error=root,
        df=df,
        level=aim.level,
        power=aim.power,
        half_width=quantile * root,
        mde=(quantile + float(stdtrit(df, aim.power))) * root,
        floor=quantile * math.sqrt(error.floor),
    )


def aligned_sizes(sets: tuple[Planned, Planned]) -> list[FloatArray]:
    """Returns the sizes of both sets over the same clusters, absent ones as zero."""
    most = max(len(planned.sizes) for planned in sets)
    return [
        np.concatenate([np.zeros(most - len(planned.sizes)), planned.sizes]) for planned in sets
    ]


def _variance(sizes: FloatArray, spread: Spread) -> float:
    return spread.sd**2 * (1 + size_excess(sizes) * spread.icc) / math.fsum(sizes)


def _floor(sizes: FloatArray, spread: Spread) -> float:
    """Returns the part of the variance that comes from clusters alone."""
    return spread.sd**2 * spread.icc * math.fsum((sizes / math.fsum(sizes)) ** 2)
