"""What published percentages alone allow to be said, where no item and no cluster is known.

Every figure covers all counts that round to what was printed. Nothing here is a substitute for
the items: clusters, ties and pairing can only be assumed, and each function says what it assumes.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from analysis.errors import EstimateError
from analysis.intervals import check_level, t_quantile, wilson_interval


@dataclass(frozen=True)
class PublishedRate:
    """A printed percentage of n items, and the counts that may stand behind it."""

    percent: float
    """As printed."""
    n: int
    """Items."""
    counts: tuple[float, ...]
    """Wins that round to it, ascending; with halves where a tie counts one half."""
    low: float
    """Lower end of the Wilson interval of the fewest wins."""
    high: float
    """Upper end of the Wilson interval of the most wins."""
    level: float
    """Nominal coverage, if all items were independent."""

    @property
    def whole(self) -> tuple[int, ...]:
        """The counts without half a win."""
        return tuple(int(count) for count in self.counts if count == int(count))


@dataclass(frozen=True)
class PairedRange:
    """McNemar's exact p value over all tables that two rates on the same items allow."""

    smallest_p: float
    """With the fewest discordant items."""
    largest_p: float
    """With the most discordant items."""
    fewest_discordant: int
    """Items that only one of the two won, at the least."""
    most_discordant: int
    """Items that only one of the two won, at the most."""
    alpha: float
    """What the p values are held against."""
    all_below: int | None
    """Up to so many discordant items p is below alpha whatever the counts; None: never."""
    none_below: int | None
    """From so many discordant items on p is not below alpha whatever the counts; None: never."""


@dataclass(frozen=True)
class UnpairedDifference:
    """The difference of two published rates on different items, over all their counts."""

    smallest: float
    """The least difference that the counts allow."""
    largest: float
    """The greatest difference that the counts allow."""
    low: float
    """The lowest end of Newcombe's intervals."""
    high: float
    """The highest end of Newcombe's intervals."""
    level: float
    """Nominal coverage, if all items were independent."""


@dataclass(frozen=True)
class ClusteredInterval:
    """The interval that a published rate would have under an assumed clustering."""

    icc: float
    """Assumed intra-class correlation."""
    sessions: int
    """Assumed number of sessions, all of the same size."""
    design_effect: float
    """1 + (n / sessions - 1) icc."""
    effective_n: float
    """n over the design effect."""
    df: int
    """Degrees of freedom of the quantile, sessions less one."""
    low: float
    """Lower end for the fewest wins."""
    high: float
    """Upper end for the most wins."""
    level: float
    """Nominal coverage."""


def published_rate(
    percent: float, n: int, *, decimals: int = 0, ties: bool = False, level: float = 0.95
) -> PublishedRate:
    """Returns all counts of wins that round to a printed percentage, with their Wilson interval.

    A share exactly between two printed values may have been rounded either way, so both keep it.
    The interval reaches from the lowest to the highest end over the counts and takes the items
    for independent.

    Args:
        percent: in [0, 100], as printed.
        n: items.
        decimals: of the printed percentage.
        ties: whether a tie counted one half, so that half a win may stand in the count.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: no count of n items rounds to it, or an argument is unusable.
    """
    from statsmodels.stats.proportion import proportion_confint

    check_level(level)
    if n < 1:
        raise EstimateError(f"n is {n!r}; give the number of items behind the percentage.")
    parts = 2 if ties else 1
    printed, half = Fraction(str(percent)), Fraction(1, 2 * 10**decimals)
    halves = range(
        max(0, math.ceil((printed - half) * n * parts / 100)),
        min(n * parts, math.floor((printed + half) * n * parts / 100)) + 1,
    )
    if not halves:
        raise EstimateError(f"No count of {n} items rounds to {percent:.{decimals}f} %.")
    counts = tuple(count / parts for count in halves)
    low, high = (
        proportion_confint(count, n, alpha=1 - level, method="wilson")[end]
        for end, count in ((0, counts[0]), (1, counts[-1]))
    )
    return PublishedRate(percent, n, counts, max(0.0, float(low)), min(1.0, float(high)), level)


def paired_range(a: PublishedRate, b: PublishedRate, alpha: float = 0.05) -> PairedRange:
    """Returns how McNemar's exact p value ranges over what two rates on the same items allow.

    Given whole wins w_a and w_b of n, the items that only A won and those that only B won differ
    by w_a - w_b, and their sum may lie between |w_a - w_b| and min(w_a + w_b, 2n - w_a - w_b).
    It assumes independent items without ties; clusters would only raise the p values' true level.

    Args:
        a: of the same items as `b`.
        b: of the same items as `a`.
        alpha: what the p values are held against.

    Raises:
        EstimateError: the numbers of items differ, or no whole count rounds to a rate.
    """
    if a.n != b.n:
        raise EstimateError(f"{a.n} items but {b.n}: rates on the same items have the same n.")
    if not a.whole or not b.whole:
        raise EstimateError("No whole count of wins rounds to a rate; a table has no half items.")
    tables: dict[int, list[float]] = {}
    for wins_a in a.whole:
        for wins_b in b.whole:
            most = min(wins_a + wins_b, 2 * a.n - wins_a - wins_b)
            for discordant in range(abs(wins_a - wins_b), most + 1, 2):
                p = _mcnemar_p(wins_a - wins_b, discordant)
                tables.setdefault(discordant, []).append(p)
    found = [p for values in tables.values() for p in values]
    crossed = [d for d, values in tables.items() if max(values) >= alpha]
    reached = [d for d, values in tables.items() if min(values) < alpha]
    return PairedRange(
        smallest_p=min(found),
        largest_p=max(found),
        fewest_discordant=min(tables),
        most_discordant=max(tables),
        alpha=alpha,
        all_below=max((d for d in tables if d < min(crossed, default=math.inf)), default=None),
        none_below=min((d for d in tables if d > max(reached, default=-1)), default=None),
    )


def _mcnemar_p(difference: int, discordant: int) -> float:
    """Returns the exact p value of a table in which one side won so many more."""
    from statsmodels.stats.contingency_tables import mcnemar

    only_a, only_b = (discordant + difference) // 2, (discordant - difference) // 2
    return float(mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue) if discordant else 1.0


def unpaired_difference(
    a: PublishedRate, b: PublishedRate, level: float = 0.95
) -> UnpairedDifference:
    """Returns the difference A - B of rates on different items with Newcombe's interval.

    The hybrid score interval (Newcombe 1998, method 10), from its lowest to its highest end over
    all counts of both. It assumes independent items and samples.

    Args:
        a: rate on its own items.
        b: rate on other items.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: the level is unusable.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    check_level(level)
    # Both ends rise with the wins of A and fall with those of B.
    corners = ((a.counts[0], b.counts[-1]), (a.counts[-1], b.counts[0]))
    low, high = (
        float(
            confint_proportions_2indep(
                wins_a, a.n, wins_b, b.n, method="newcomb", compare="diff", alpha=1 - level
            )[end]
        )
        for end, (wins_a, wins_b) in enumerate(corners)
    )
    smallest, largest = (wins_a / a.n - wins_b / b.n for wins_a, wins_b in corners)
    return UnpairedDifference(smallest, largest, low, high, level)


def clustered_interval(rate: PublishedRate, icc: float, sessions: int) -> ClusteredInterval:
    """Returns the interval that a rate would have if its items lay in so many equal sessions.

    Wilson's formula at n / (1 + (n / sessions - 1) icc) items with a t quantile at sessions less
    one (Kish 1965), from the lowest to the highest end over the counts, at the rate's level.

    Args:
        rate: as published.
        icc: assumed correlation of the scores within a session, in [0, 1].
        sessions: assumed number, between 2 and n.

    Raises:
        EstimateError: icc or sessions is unusable.
    """
    if not 0 <= icc <= 1:
        raise EstimateError(f"icc is {icc!r}; give a correlation in [0, 1].")
    if not 2 <= sessions <= rate.n:  # noqa: PLR2004
        raise EstimateError(f"sessions is {sessions!r}; give a number from 2 to {rate.n}.")
    effect = 1 + (rate.n / sessions - 1) * icc
    effective_n, quantile = rate.n / effect, t_quantile(rate.level, sessions - 1)
    ends = [wilson_interval(count / rate.n, effective_n, quantile) for count in rate.counts]
    return ClusteredInterval(
        icc=icc,
        sessions=sessions,
        design_effect=effect,
        effective_n=effective_n,
        df=sessions - 1,
        low=min(low for low, _ in ends),
        high=max(high for _, high in ends),
        level=rate.level,
    )
