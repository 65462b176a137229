"""What a laboratory's own estimate enters a pool with: its weight, its size or variance.

The weight comes from items and clusters alone: one that came from the outcome (an inverse
variance) would go to whoever came out nearer one half, or for a difference nearer an end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.estimates import Estimate
from analysis.intervals import t_quantile, wilson_interval
from analysis.pooling.random_effects import (
    FEWEST_LABORATORIES,
    Left,
    Pool,
    pool_differences,
    pool_rates,
)

DESIGN_ICC = 0.1
"""What clusters are taken to cost, alike in every laboratory: the usual one of a plan."""
WIDEST = 1.0
"""Of a difference of rates, either way."""


def pool_estimates(found: Mapping[str, Estimate], level: float, *, rates: bool) -> Pool | None:
    """Pools rates, or differences, of laboratories.

    Returns:
        The pool in the order of `found`; None where fewer than two laboratories have the figure,
        or none of them shows a variance.
    """
    estimates = list(found.values())
    shown = [one for one in estimates if one.low is not None]
    if len(estimates) < FEWEST_LABORATORIES or not shown:
        return None
    values = [one.value for one in estimates]
    weights = list(map(design_size, estimates))
    if rates:
        return pool_rates(values, list(map(capped_size, estimates)), weights, level)
    return _cut(pool_differences(values, pooled_variances(estimates), weights, level))


def design_size(estimate: Estimate) -> float:
    """Returns the independent items that a laboratory's items are worth at the usual ICC."""
    per_cluster = max(1.0, estimate.n / (estimate.df + 1))
    return estimate.n / (1 + DESIGN_ICC * (per_cluster - 1))


def capped_size(rate: Estimate) -> float:
    """Returns effective n, no more than the items: a few clusters may agree by luck."""
    return min(own_size(rate), rate.n)


def own_size(rate: Estimate) -> float:
    """Returns the effective n that a rate's own interval was made from."""
    return rate.effective_n or rate.clusters


def pooled_variances(differences: Sequence[Estimate]) -> list[float]:
    """Returns the variance that each difference enters a pool with.

    No less than independent items would give: a few clusters may agree by luck. Where a
    laboratory's clusters are all alike (model wins all, stock none) they show no variance: it is
    taken from the items of the others, over the laboratory's clusters.
    """
    shown = [one for one in differences if one.low is not None]
    per_item = sum(one.n * _item_variance(one) for one in shown) / sum(one.n for one in shown)
    return [
        per_item / one.clusters
        if one.low is None
        else _item_variance(one) / one.n * max(1.0, one.design_effect or 1.0)
        for one in differences
    ]


def own_interval(estimate: Estimate, level: float, *, rate: bool) -> tuple[float, float]:
    """Returns the laboratory's own interval, at the level that all are told at."""
    quantile = t_quantile(level, estimate.df)
    if rate:
        return wilson_interval(estimate.value, own_size(estimate), quantile)
    half = quantile * _error(estimate)
    return _possible(estimate.value - half), _possible(estimate.value + half)


def _item_variance(difference: Estimate) -> float:
    return difference.n * _error(difference) ** 2 / (difference.design_effect or 1.0)


def _error(estimate: Estimate) -> float:
    """The standard error that a difference's t interval was made from."""
    assert estimate.low is not None
    return (estimate.value - estimate.low) / t_quantile(estimate.level, estimate.df)


def _cut(pool: Pool) -> Pool:
    """Cuts intervals of a difference to what a difference of rates can be."""
    without = (
        Left(one.place, one.value, _possible(one.low), _possible(one.high)) for one in pool.without
    )
    low, high = pool.predicted_low, pool.predicted_high
    return replace(
        pool,
        low=_possible(pool.low),
        high=_possible(pool.high),
        predicted_low=None if low is None else _possible(low),
        predicted_high=None if high is None else _possible(high),
        without=tuple(without),
    )


def _possible(difference: float) -> float:
    return min(WIDEST, max(-WIDEST, difference))
