"""Chance from a hash: the same parts give the same number on every machine. No state, no clock."""

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, TypeVar

_NORMAL: Final = NormalDist()
_UNITS: Final = 1 << 52

T = TypeVar("T")


def digest(*parts: object) -> str:
    """Return the sha256 (hex) of the parts; each is length-prefixed, so that none runs over."""
    running = hashlib.sha256()
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        running.update(b"%d:" % len(data))
        running.update(data)
    return running.hexdigest()


def fraction(*parts: object) -> float:
    """Return a number in the open interval (0, 1), uniform over different parts."""
    whole = int(digest(*parts)[:13], 16)
    return (whole + 0.5) / _UNITS


def normal(mean: float, deviation: float, *parts: object) -> float:
    """Return a draw from Normal(mean, deviation²), fixed by the parts."""
    return mean + deviation * _NORMAL.inv_cdf(fraction(*parts))


def pick(options: Sequence[T], weights: Sequence[float], *parts: object) -> T:
    """Return one option with probability proportional to its weight, fixed by the parts.

    Raises:
        ValueError: there are no options, or no weight is positive.
    """
    total = sum(weights)
    if not options or total <= 0:
        raise ValueError("pick needs at least one option with a positive weight")
    left = fraction(*parts) * total
    for option, weight in zip(options, weights, strict=True):
        left -= weight
        if left < 0:
            return option
    return options[-1]
