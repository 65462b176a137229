"""What a figure would be if all that is missing spoke against the arm, and if it spoke for it."""

from collections.abc import Callable, Mapping

import numpy as np

from analysis.bounds import outer_bounds
from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.figures.board import SetBoard
from analysis.figures.findings import Extra, Finding


def tell_missing(
    worst: FloatArray,
    best: FloatArray,
    estimate: Callable[[FloatArray], Estimate],
    less: float = 0.0,
) -> dict[str, Extra]:
    """Returns both cases of a mean over items with the outer interval; empty if nothing is missing.

    Args:
        worst: each item's value with all that is missing against the arm.
        best: the same with all of it for the arm.
        estimate: from values of the items to the figure with its interval.
        less: a constant that the figure subtracts from the mean.
    """
    if not worst.size or np.array_equal(worst, best):
        return {}
    missing = int(np.sum(worst != best))
    low, high = float(worst.mean()) - less, float(best.mean()) - less
    return _tell(low, high, missing, lambda: (estimate(worst), estimate(best)))


def tell_missing_of_sets(
    sub: SetBoard,
    strong: SetBoard,
    arm: str,
    estimate: Callable[[FloatArray, FloatArray], Estimate],
) -> dict[str, Extra]:
    """Returns both cases of a contrast of sets; empty if nothing is missing.

    Args:
        sub: the set whose rate counts.
        strong: the set whose rate is subtracted.
        arm: which arm.
        estimate: from the values of both sets to the contrast.
    """
    (low_a, high_a), (low_b, high_b) = (run_cases(found, arm) for found in (sub, strong))
    missing = int(np.sum(low_a != high_a) + np.sum(low_b != high_b))
    if not missing or not low_a.size or not low_b.size:
        return {}
    worst, best = float(low_a.mean() - high_b.mean()), float(high_a.mean() - low_b.mean())
    return _tell(worst, best, missing, lambda: (estimate(low_a, high_b), estimate(high_a, low_b)))


def with_missing(finding: Finding, told: Mapping[str, Extra]) -> Finding:
    """Returns a finding with both cases; the outer interval holds the finding's own.

    With gaps filled alike the spread may fall, and an interval of a case with it.
    """
    more = dict(told)
    for name, own, choose in (("outer_low", finding.low, min), ("outer_high", finding.high, max)):
        end = more.get(name)
        if isinstance(end, float) and own is not None:
            more[name] = choose(end, own)
    return finding.with_extra(**more)


def run_cases(found: SetBoard, arm: str) -> tuple[FloatArray, FloatArray]:
    """Returns worst and best case of every item that the arm was run on."""
    run = found.run_on(arm)
    return found.parts["worst"][arm][run], found.parts["best"][arm][run]


def _tell(
    worst: float, best: float, missing: int, cases: Callable[[], tuple[Estimate, Estimate]]
) -> dict[str, Extra]:
    told: dict[str, Extra] = {"worst_case": worst, "best_case": best, "items_with_gaps": missing}
    try:
        bounds = outer_bounds(*cases(), missing)
    except EstimateError:
        return told
    return {**told, "outer_low": bounds.low, "outer_high": bounds.high}
