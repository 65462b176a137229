"""Do models differ in their set contrast: the model by set interaction.

One regression of the score on every model within every set, so that models sharing items and
sets sharing clusters keep their covariance.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from analysis.clusters import FEWEST_CLUSTERS, FloatArray, check_values, cluster_sums
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.joint_tests import JointTest, joint_test
from analysis.regression import ClusteredFit, cr2_fit, rescaled

METHOD_SETS = (
    "set contrast of a model, least squares on model and set, CR2 variance, Satterthwaite t"
)
METHOD_PAIRS = (
    "difference of two models' set contrasts, least squares on model and set, CR2 variance, "
    "Satterthwaite t"
)
Cell = tuple[str, str]


@dataclass(frozen=True)
class PairInteraction:
    """How much the set contrast of one model exceeds that of another."""

    model: str
    other: str
    difference: Estimate
    """(A - B of `model`) - (A - B of `other`)."""


@dataclass(frozen=True)
class Interaction:
    """Set contrasts of all models, their differences, and the test that there are none."""

    sets: tuple[str, str]
    """The contrast is the first less the second."""
    contrasts: dict[str, Estimate]
    """Set contrast by model, models in alphabetical order."""
    pairs: tuple[PairInteraction, ...]
    """Every pair of models once."""
    joint: JointTest | None
    """That all models have the same set contrast; None where it cannot be tested."""
    joint_missing: str | None
    """Why `joint` is None."""

    def against(self, reference: str) -> tuple[PairInteraction, ...]:
        """Returns every other model less the reference.

        Raises:
            EstimateError: the reference is not among the models.
        """
        if reference not in self.contrasts:
            raise EstimateError(f"{reference!r} is not among {sorted(self.contrasts)}.")
        found = [
            pair
            if pair.other == reference
            else PairInteraction(pair.other, pair.model, mirrored(pair.difference))
            for pair in self.pairs
            if reference in (pair.model, pair.other)
        ]
        return tuple(sorted(found, key=lambda pair: pair.model))


def mirrored(estimate: Estimate) -> Estimate:
    """Returns the estimate of the same difference taken the other way round."""
    turned = rescaled(estimate, -1.0)
    return replace(turned, low=turned.high, high=turned.low)


def interaction(
    scores: npt.ArrayLike,
    models: Sequence[str],
    sets: Sequence[str],
    clusters: Sequence[Hashable],
    between: tuple[str, str] = ("suboptimal", "strong"),
    level: float = 0.95,
) -> Interaction:
    """Estimates how much models differ in their contrast of two sets.

    Least squares of the score on all cells of model by set, which is the model with interaction;
    CR2 covariance, Satterthwaite df for each contrast, the HTZ test for all at once. Models may
    lack items.

    Args:
        scores: item scores in [0, 1], one row for each model and item, shape (n,).
        models: n names.
        sets: n names, each one of `between`.
        clusters: n labels.
        between: set A and set B; the contrast is A less B.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: an argument is unusable, or a model has no items in one of the sets.
        TooFewClusters: all items of a model in a set lie in one cluster.
    """
    values = check_values(scores, "scores", 0, 1)
    cluster_sums(values, clusters)
    cells = _cells(len(values), models, sets, between)
    names = sorted(set(models))
    needed = [(name, side) for name in names for side in between]
    _check_cells(cells, needed, clusters)
    columns = {cell: column for column, cell in enumerate(needed)}
    design = np.eye(len(needed))[[columns[cell] for cell in cells]]
    return _compare(cr2_fit(design, values, clusters), names, between, level)


def _compare(
    fit: ClusteredFit, names: Sequence[str], between: tuple[str, str], level: float
) -> Interaction:
    """Returns the figures from a fit with columns (first set, second set) for each model."""
    per_model: FloatArray = np.repeat(np.eye(len(names)), 2, axis=1)
    per_model[:, 1::2] *= -1
    joint, missing = _joint(fit, per_model)
    return Interaction(
        sets=between,
        contrasts={
            name: fit.contrast(c, level, METHOD_SETS)
            for name, c in zip(names, per_model, strict=True)
        },
        pairs=tuple(
            PairInteraction(
                names[i], names[j], fit.contrast(per_model[i] - per_model[j], level, METHOD_PAIRS)
            )
            for i, j in combinations(range(len(names)), 2)
        ),
        joint=joint,
        joint_missing=missing,
    )


def _joint(fit: ClusteredFit, per_model: FloatArray) -> tuple[JointTest | None, str | None]:
    if len(per_model) == 1:
        return None, "one model has no other to differ from"
    try:
        return joint_test(fit, per_model[1:] - per_model[0]), None
    except EstimateError as error:
        return None, str(error)


def _cells(
    n: int, models: Sequence[str], sets: Sequence[str], between: tuple[str, str]
) -> list[Cell]:
    if not len(models) == len(sets) == n:
        raise EstimateError(f"{n} scores but {len(models)} models and {len(sets)} sets.")
    if between[0] == between[1]:
        raise EstimateError(f"between names {between[0]!r} twice; name two sets.")
    for index, side in enumerate(sets):
        if side not in between:
            raise EstimateError(f"sets[{index}] is {side!r}, neither of {between!r}; leave it out.")
    return list(zip(models, sets, strict=True))


def _check_cells(
    cells: Sequence[Cell], needed: Sequence[Cell], clusters: Sequence[Hashable]
) -> None:
    held: dict[Cell, set[Hashable]] = {cell: set() for cell in needed}
    for cell, label in zip(cells, clusters, strict=True):
        held[cell].add(label)
    for (model, side), labels in held.items():
        if not labels:
            raise EstimateError(f"{model!r} has no item in set {side!r}; leave the model out.")
        if len(labels) < FEWEST_CLUSTERS:
            raise TooFewClusters(
                f"All items of {model!r} in set {side!r} lie in one cluster: no interval can be "
                "given. Leave the model out."
            )
