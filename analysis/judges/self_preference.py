"""Whether judges favour candidates of their own family, beyond what candidates and judges are like.

It needs crossed judges and candidates, or people's scores of the same items: one judge alone
cannot be told from a lenient one.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.rates import win_rate
from analysis.regression import cr2_fit

METHOD_CROSSED = (
    "same-family coefficient of score ~ model + judge + same family, CR2 variance, Satterthwaite t"
)
METHOD_PEOPLE = (
    "same-family coefficient of judge less people ~ judge + same family, CR2 variance, "
    "Satterthwaite t"
)
EXPLAINED = 1e-9
FEWEST_JUDGES = 2
ALL_OWN_FAMILY = "judged by the candidate's own family only"
NO_LABEL = "no verdict of people"


@dataclass(frozen=True)
class WithWithout:
    """A model's win rate with all judges and without those of its own family."""

    everyone: Estimate
    others: Estimate | None
    """None when these items lie in fewer than two clusters."""
    own_family_scores: int
    """Scores that judges of the model's family gave."""


def self_preference(
    scores: npt.ArrayLike,
    models: Sequence[Hashable],
    judges: Sequence[Hashable],
    same_family: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> Estimate:
    """Estimates how much higher a judge scores candidates of its own family.

    Least squares of score ~ model + judge + same family over item x model x judge, so that the
    quality of a model and the leniency of a judge are taken out; CR2 by cluster (Spiliopoulou et
    al. 2025, arXiv 2508.06709, use people's scores in place of the model terms: see
    `self_preference_against_people`). In score units; 0 is no preference.

    Args:
        scores: item scores in [0, 1], shape (n,).
        models: n labels of the candidate.
        judges: n labels of the judge.
        same_family: n times whether both are of one family.
        clusters: n labels; a cluster holds whole items.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or the design cannot tell a preference from
            leniency or quality; the message says what is missing.
        TooFewClusters: all rows lie in one cluster, or clusters determine the coefficient alone.
    """
    values = check_values(scores, "scores", 0, 1)
    same = _flags(same_family, len(values))
    for name, labels in (("models", models), ("judges", judges)):
        _check_length(labels, name, len(values))
    if len(set(judges)) < FEWEST_JUDGES:
        raise EstimateError("One judge: self-preference cannot be told from leniency; add judges.")
    base = np.hstack([_dummies(models), _dummies(judges)[:, 1:]])
    _check_identified(same, base, "models and judges")
    return _coefficient(same, base, values, clusters, level, METHOD_CROSSED)


def self_preference_against_people(
    differences: npt.ArrayLike,
    judges: Sequence[Hashable],
    same_family: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> Estimate:
    """Estimates self-preference from how far a judge scores above people on the same proposal.

    Least squares of (judge - people) ~ judge + same family, CR2 by cluster (Spiliopoulou et al.
    2025, arXiv 2508.06709). People's scores stand for quality, so one judge suffices if it judged
    its own family and others; errors of people that go with a family enter the estimate.

    Args:
        differences: judge's less people's score, in [-1, 1], NaN without a label, shape (n,).
        judges: n labels of the judge.
        same_family: n times whether judge and candidate are of one family.
        clusters: n labels.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or no judge scored both own family and others.
        TooFewClusters: all labelled rows lie in one cluster.
    """
    array = np.asarray(differences, dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(array))
    same = _flags(same_family, len(array))[kept]
    for name, labels in (("judges", judges), ("clusters", clusters)):
        _check_length(labels, name, len(array))
    check_values(np.where(np.isnan(array), 0, array), "differences", -1, 1)
    if not kept.size:
        raise EstimateError("differences has no number: people scored none of these items.")
    base = _dummies([judges[row] for row in kept.tolist()])
    _check_identified(same, base, "judges")
    groups = [clusters[row] for row in kept.tolist()]
    estimate = _coefficient(same, base, array[kept], groups, level, METHOD_PEOPLE)
    missing = len(array) - len(kept)
    return estimate.with_exclusions({NO_LABEL: missing} if missing else {})


def rate_without_own_family(
    scores: npt.ArrayLike,
    items: Sequence[Hashable],
    same_family: npt.ArrayLike,
    clusters: Sequence[Hashable],
    level: float = 0.95,
) -> WithWithout:
    """Estimates one model's win rate with and without the judges of its own family.

    An item's score is the mean over its judges, so judges are never counted as items.

    Args:
        scores: one for each item and judge, in [0, 1], shape (n,).
        items: n labels.
        same_family: n times whether the judge is of the model's family.
        clusters: n labels; an item lies in one cluster.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or all judges are of the model's family.
        TooFewClusters: all items lie in one cluster.
    """
    values = check_values(scores, "scores", 0, 1)
    same = _flags(same_family, len(values)) > 0
    for name, labels in (("items", items), ("clusters", clusters)):
        _check_length(labels, name, len(values))
    if same.all():
        raise EstimateError("All judges are of the model's own family: none is left without them.")
    numbers = {label: number for number, label in enumerate(dict.fromkeys(items))}
    codes = np.array([numbers[label] for label in items], dtype=np.intp)
    groups = dict(zip(items, clusters, strict=True))
    everyone, _ = _item_rate(values, codes, list(groups.values()), level)
    others, left_out = _others(values[~same], codes[~same], list(groups.values()), level)
    excluded = {ALL_OWN_FAMILY: left_out} if left_out else {}
    return WithWithout(
        everyone=everyone,
        others=others.with_exclusions(excluded) if others else None,
        own_family_scores=int(np.count_nonzero(same)),
    )


def _others(
    values: FloatArray, codes: npt.NDArray[np.intp], groups: list[Hashable], level: float
) -> tuple[Estimate | None, int]:
    try:
        return _item_rate(values, codes, groups, level)
    except TooFewClusters:
        return None, 0


def _item_rate(
    values: FloatArray, codes: npt.NDArray[np.intp], groups: list[Hashable], level: float
) -> tuple[Estimate, int]:
    """Returns the rate over the items that have a score, and the number of those without."""
    judges = np.bincount(codes, minlength=len(groups))
    held = judges > 0
    means = np.bincount(codes, weights=values, minlength=len(groups))[held] / judges[held]
    clusters = [group for group, keep in zip(groups, held.tolist(), strict=True) if keep]
    return win_rate(np.minimum(means, 1), clusters, level), int(np.count_nonzero(~held))


def _coefficient(
    same: FloatArray,
    base: FloatArray,
    response: FloatArray,
    clusters: Sequence[Hashable],
    level: float,
    method: str,
) -> Estimate:
    fit = cr2_fit(np.column_stack([base, same]), response, clusters)
    last = np.zeros(base.shape[1] + 1)
    last[-1] = 1
    return fit.contrast(last, level, method)


def _check_identified(same: FloatArray, base: FloatArray, terms: str) -> None:
    """Refuses a same-family column that is constant or that the other terms already hold."""
    if same.min() == same.max():
        which = "are" if same[0] else "are not"
        raise EstimateError(
            f"All pairs {which} of one family: judge candidates of the judge's own family and "
            "others."
        )
    fitted = base @ np.linalg.lstsq(base, same, rcond=None)[0]
    if float(np.sum((same - fitted) ** 2)) <= EXPLAINED * float(np.sum(same**2)):
        raise EstimateError(
            f"same_family follows from {terms} alone: no candidate was scored both by a judge of "
            "its family and by another, who also scored a third party."
            if "models" in terms
            else "same_family follows from the judge: no judge scored own family and others."
        )


def _dummies(labels: Sequence[Hashable]) -> FloatArray:
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    columns = np.zeros((len(labels), len(numbers)))
    columns[np.arange(len(labels)), [numbers[label] for label in labels]] = 1
    return columns


def _flags(same_family: npt.ArrayLike, n: int) -> FloatArray:
    array = np.asarray(same_family, dtype=np.float64)
    if array.shape != (n,):
        raise EstimateError(f"same_family has shape {array.shape}, but there are {n} scores.")
    unusable = np.flatnonzero((array != 0) & (array != 1))
    if unusable.size:
        raise EstimateError(f"same_family[{unusable[0]}] is {array[unusable[0]]:g}, not 0 or 1.")
    return array


def _check_length(labels: Sequence[Hashable], name: str, n: int) -> None:
    if len(labels) != n:
        raise EstimateError(f"{len(labels)} {name}, but {n} scores.")
