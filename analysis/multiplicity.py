"""Adjusted p values of a family of tests that were made one by one.

Tests that could not be made stay out of the family and are named; none is dropped in silence.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

Key = TypeVar("Key", bound=Hashable)

HOLM = "Holm"
BENJAMINI_HOCHBERG = "Benjamini-Hochberg"


@dataclass(frozen=True)
class Family(Generic[Key]):
    """Adjusted p values (Holm) or q values (Benjamini-Hochberg) by the key of each test."""

    adjusted: Mapping[Key, float | None] = field(hash=False)
    """None where there was no p value."""
    method: str
    """By whom the adjustment is."""
    size: int
    """Tests that were made: what is adjusted for."""
    untestable: tuple[Key, ...]
    """Keys without a p value, in the order given."""


def holm(p_values: Mapping[Key, float | None]) -> Family[Key]:
    """Adjusts the tests of a primary family so that the chance of any false one is kept.

    The i-th smallest of m p values becomes the largest (m - j + 1) p_(j) over j <= i, at most 1
    (Holm 1979).

    Args:
        p_values: by key; None where a test could not be made.

    Raises:
        EstimateError: a p value is not in [0, 1].
    """
    return _adjust(p_values, HOLM, _step_down)


def benjamini_hochberg(p_values: Mapping[Key, float | None]) -> Family[Key]:
    """Turns the tests of many exploratory slices into q values.

    The i-th smallest of m p values becomes the smallest m p_(j) / j over j >= i, at most 1
    (Benjamini and Hochberg 1995).

    Args:
        p_values: by key; None where a test could not be made.

    Raises:
        EstimateError: a p value is not in [0, 1].
    """
    from scipy.stats import false_discovery_control

    return _adjust(p_values, BENJAMINI_HOCHBERG, false_discovery_control)


def _step_down(p_values: FloatArray) -> FloatArray:
    # `multipletests` of statsmodels collects garbage at every call, a tenth of a second each.
    order = np.argsort(p_values)
    raised = p_values[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(raised))
    return adjusted


def _adjust(
    p_values: Mapping[Key, float | None],
    method: str,
    adjust: Callable[[FloatArray], FloatArray],
) -> Family[Key]:
    made = {key: p for key, p in p_values.items() if p is not None}
    for key, p in made.items():
        if not 0 <= p <= 1:
            raise EstimateError(f"The p value of {key!r} is {p!r}, outside [0, 1].")
    found = adjust(np.array(list(made.values()))).tolist() if made else []
    adjusted = dict(zip(made, found, strict=True))
    return Family(
        adjusted={key: adjusted.get(key) for key in p_values},
        method=method,
        size=len(made),
        untestable=tuple(key for key in p_values if key not in made),
    )
