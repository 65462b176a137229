"""A share of items with its interval, held against nothing: its p value would be of one half."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.clusters import FloatArray
from analysis.estimates import Estimate
from analysis.figures.findings import Finding, attempt
from analysis.rates import win_rate


def tell_share(
    bare: Finding, values: FloatArray, clusters: Sequence[object], level: float
) -> Finding:
    """Fills in the mean of values in [0, 1] over items, without a test.

    Args:
        bare: what of.
        values: one for each item, shape (n,), n > 0.
        clusters: n labels.
        level: nominal coverage.
    """

    def estimate() -> Estimate:
        return replace(win_rate(values, clusters, level), p_value=None)

    return attempt(bare, estimate, float(values.mean())).with_extra(items=len(values))
