"""The balance table: how two sets differ in what was known of their items before any score."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from analysis.clusters import FloatArray
from analysis.contrasts import set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.regression import rescaled
from analysis.sets.balancing import standardised_difference

Value = Hashable
"""A number, or a category; None and NaN are missing."""
ALL_EQUAL = "the same for every item"
NO_UNIT = "no standardised difference: a set has one item, or neither set varies"
ONE_SET_EMPTY = "missing for every item of a set"


@dataclass(frozen=True)
class BalanceRow:
    """A covariate, or one category of it, in two sets."""

    covariate: str
    category: str | None
    """The category whose share this is; None for a number."""
    a: float | None
    """Mean in set A, or share of the category; None when it is missing for all of A."""
    b: float | None
    """The same in set B."""
    standardised: float | None
    """Standardised mean difference A less B; None when there is no unit for it."""
    difference: Estimate | None
    """A less B in the covariate's unit, with CR2 interval; None when there is none."""
    n_a: int
    """Items of set A that have a value."""
    n_b: int
    """Items of set B that have a value."""
    missing_a: int
    """Items of set A without a value."""
    missing_b: int
    """Items of set B without a value."""
    notes: tuple[str, ...] = ()
    """Why something is None, and what else a reader must know."""


@dataclass(frozen=True, eq=False)
class _Side:
    """The items of one set that have a value."""

    values: FloatArray
    clusters: list[Hashable]
    missing: int

    @property
    def mean(self) -> float | None:
        return math.fsum(self.values) / len(self.values) if len(self.values) else None


def balance_table(
    covariates: Mapping[str, Sequence[Value]],
    in_a: Sequence[bool],
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> tuple[BalanceRow, ...]:
    """Compares the covariates of two sets.

    One row for each numeric covariate and one for each category of any other (booleans are
    categories). The standardised difference is (A - B) / sqrt((s_a² + s_b²) / 2), with
    s² = p (1 - p) for a share (Austin 2009); above .1 it is usually called imbalance. The
    difference has CR2 variance and a Satterthwaite t. Missing values are left out and counted.

    Args:
        covariates: n values by name; None and NaN are missing.
        in_a: whether the item is in set A, n booleans.
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: lengths differ, a set is empty, a number is infinite, or the level is
            unusable.
    """
    member = [bool(entry) for entry in in_a]
    others = [not entry for entry in member]
    if len(clusters) != len(member):
        raise EstimateError(f"{len(member)} entries of in_a but {len(clusters)} cluster labels.")
    if all(member) or not any(member):
        raise EstimateError("in_a puts all items in one set; both sets need items.")
    rows: list[BalanceRow] = []
    for name, values in covariates.items():
        if len(values) != len(member):
            raise EstimateError(f"{name!r} has {len(values)} values for {len(member)} items.")
        for category, column in _columns(name, values):
            a, b = _side(column, clusters, member), _side(column, clusters, others)
            rows.append(_row((name, category), a, b, level))
    return tuple(rows)


def _columns(name: str, values: Sequence[Value]) -> list[tuple[str | None, list[float | None]]]:
    """Returns a covariate as one numeric column, or a 0/1 column for each category."""
    present = [value for value in values if not _is_missing(value)]
    if all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in present):
        return [(None, [_number(name, index, value) for index, value in enumerate(values)])]
    return [
        (category, [None if _is_missing(v) else float(str(v) == category) for v in values])
        for category in sorted({str(value) for value in present})
    ]


def _is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, Real) and math.isnan(value))


def _number(name: str, index: int, value: Value) -> float | None:
    if _is_missing(value) or not isinstance(value, Real):
        return None
    if math.isinf(value):
        raise EstimateError(f"{name!r}[{index}] is infinite; give a number or None.")
    return float(value)


def _side(
    column: Sequence[float | None], clusters: Sequence[Hashable], chosen: Sequence[bool]
) -> _Side:
    held = [
        (value, label)
        for value, label, kept in zip(column, clusters, chosen, strict=True)
        if kept and value is not None
    ]
    return _Side(
        values=np.array([value for value, _ in held], dtype=np.float64),
        clusters=[label for _, label in held],
        missing=sum(chosen) - len(held),
    )


def _row(label: tuple[str, str | None], a: _Side, b: _Side, level: float) -> BalanceRow:
    notes: list[str] = []
    standardised, difference = None, None
    if a.mean is None or b.mean is None:
        notes.append(ONE_SET_EMPTY)
    else:
        standardised = _standardised(a.values, b.values, a.mean - b.mean, notes)
        difference = _difference(a, b, level, notes)
    return BalanceRow(
        *label,
        a=a.mean,
        b=b.mean,
        standardised=standardised,
        difference=difference,
        n_a=len(a.values),
        n_b=len(b.values),
        missing_a=a.missing,
        missing_b=b.missing,
        notes=tuple(notes),
    )


def _standardised(a: FloatArray, b: FloatArray, gap: float, notes: list[str]) -> float | None:
    if min(np.min(a), np.min(b)) == max(np.max(a), np.max(b)):
        notes.append(ALL_EQUAL)
        return 0.0
    found = standardised_difference(gap, a, b)
    if found is None:
        notes.append(NO_UNIT)
    return found


def _difference(a: _Side, b: _Side, level: float, notes: list[str]) -> Estimate | None:
    """Returns the set contrast of the covariate, brought to [0, 1] and back."""
    low = min(np.min(a.values), np.min(b.values))
    span = float(max(np.max(a.values), np.max(b.values)) - low) or 1.0
    scaled = ((side.values - low) / span for side in (a, b))
    try:
        return rescaled(
            set_contrast(next(scaled), a.clusters, next(scaled), b.clusters, level), span
        )
    except TooFewClusters as error:
        notes.append(str(error))
        return None
