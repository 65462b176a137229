"""The rate over all decision points when moves that are neither kind were not judged.

What was not evaluated is bounded; the one interpolation is labelled an assumption.
"""

from dataclasses import dataclass

from analysis.errors import EstimateError
from analysis.estimates import Estimate

SHARES_TOLERANCE = 1e-9


@dataclass(frozen=True)
class OverallBounds:
    """The rate over all three strata when moves of neither kind were not evaluated."""

    low: float
    """The rate if every move in between were lost."""
    high: float
    """The rate if every move in between were won."""
    interpolated_low: float
    """An assumption, not a bound: moves in between score as the lower of the two strata."""
    interpolated_high: float
    """An assumption, not a bound: moves in between score as the higher of the two strata."""
    outer_low: float | None
    """`low` with both strata at the lower ends of their intervals."""
    outer_high: float | None
    """`high` with both strata at the upper ends of their intervals."""
    outer_level: float
    """Joint coverage of the two intervals, by Bonferroni."""


def overall_bounds(
    shares: tuple[float, float, float], suboptimal: Estimate, strong: Estimate
) -> OverallBounds:
    """Bounds the rate over all decision points when only two of three strata were evaluated.

    p_s W_sub + p_t W_strong + p_m [0, 1] (Manski 2003), and the interpolation
    p_m [min, max](W_sub, W_strong), which is an assumption.

    Args:
        shares: p_s, p_t and p_m of suboptimal, strong and neither; they add up to 1.
        suboptimal: the rate on the suboptimal set.
        strong: the rate on the strong set, at the same level.

    Raises:
        EstimateError: the shares are no shares, or the levels differ.
    """
    for index, share in enumerate(shares):
        if not 0 <= share <= 1:
            raise EstimateError(f"shares[{index}] is {share!r}; give a number in [0, 1].")
    if abs(sum(shares) - 1) > SHARES_TOLERANCE:
        raise EstimateError(f"shares add up to {sum(shares):g}, not to 1.")
    if suboptimal.level != strong.level:
        raise EstimateError(f"levels differ: {suboptimal.level:g} and {strong.level:g}.")
    sub, top, middle = shares
    known = sub * suboptimal.value + top * strong.value
    ends = sorted((suboptimal.value, strong.value))
    lows, highs = (suboptimal.low, strong.low), (suboptimal.high, strong.high)
    return OverallBounds(
        low=known,
        high=known + middle,
        interpolated_low=known + middle * ends[0],
        interpolated_high=known + middle * ends[1],
        outer_low=_mixed(sub, top, lows),
        outer_high=_mixed(sub, top, highs, middle),
        outer_level=max(0.0, 2 * strong.level - 1),
    )


def _mixed(
    sub: float, top: float, ends: tuple[float | None, float | None], more: float = 0.0
) -> float | None:
    if ends[0] is None or ends[1] is None:
        return None
    return min(1.0, sub * ends[0] + top * ends[1] + more)
