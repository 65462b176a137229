"""Agreement in named categories: raw, Cohen's kappa, Gwet's AC1, each over clusters of units.

Who labelled, an annotator or a judge, does not matter here, nor who is right: no row is the
truth. Under skew the chance-corrected figures disagree, so they are given together.
"""

import itertools
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.jackknife import Statistic, Undefined, cluster_jackknife
from analysis.labels.gwet import beyond_chance, gwet_ac1, raw_agreement
from analysis.labels.ratings import (
    MISSING,
    Ratings,
    Weights,
    agreement_weights,
    clusters_of,
    rating_codes,
)

NO_KAPPA = "kappa is undefined: both gave every unit the same category"


@dataclass(frozen=True)
class Agreement:
    """How far two who labelled the same units agree."""

    categories: tuple[Hashable, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Units by the first's category (row) and the second's (column)."""
    weights: Weights
    raw: Estimate
    """Share of the units with the same label, or mean weight; cluster-Wilson, without a test."""
    kappa: Estimate | None
    """Cohen's kappa; None where it is undefined."""
    no_kappa: str | None
    """Why there is no kappa."""
    ac1: Estimate
    """Gwet's AC1; with weights it is known as AC2."""


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of two rows of many, on the units that both labelled."""

    first: Hashable
    second: Hashable
    shared: int
    """Units that both labelled."""
    agreement: Agreement | None
    no_agreement: str | None
    """Why there is none."""


def agreement(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    clusters: Sequence[Hashable],
    categories: Sequence[Hashable],
    weights: Weights = None,
    level: float = 0.95,
) -> Agreement:
    """Estimates how far two rows of labels agree.

    With shares p_kl of the confusion matrix and weights w_kl (`agreement_weights`), observed
    agreement is sum w_kl p_kl, Cohen's chance agreement sum w_kl p_k. p_.l, and kappa
    (observed - chance) / (1 - chance) (Cohen 1960, 1968). For AC1 see `gwet_ac1`.

    Args:
        first: n labels.
        second: n labels of the same units in the same order.
        clusters: n cluster labels.
        categories: every category there is, in order, used or not; at least two.
        weights: for ordered categories.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels, categories or level are unusable.
        TooFewClusters: all units lie in one cluster.
    """
    tables = _tables(first, second, categories)
    clusters = clusters_of(clusters, np.arange(len(tables)), len(tables))
    kappa, statistic = None, _kappa(agreement_weights(weights, len(categories)))
    with suppress(Undefined):
        kappa = cluster_jackknife(statistic, tables, clusters, "Cohen's kappa", level=level)
    return Agreement(
        categories=tuple(categories),
        confusion=tuple(tuple(row) for row in tables.sum(axis=0).astype(int).tolist()),
        weights=weights,
        raw=raw_agreement([first, second], clusters, categories, weights, level),
        kappa=kappa,
        no_kappa=NO_KAPPA if kappa is None else None,
        ac1=gwet_ac1([first, second], clusters, categories, weights, level),
    )


def pairwise_agreement(
    ratings: Ratings,
    names: Sequence[Hashable],
    clusters: Sequence[Hashable],
    categories: Sequence[Hashable],
    weights: Weights = None,
    level: float = 0.95,
) -> tuple[PairAgreement, ...]:
    """Estimates the agreement of every pair of rows on the units that both labelled.

    Args:
        ratings: rows of labels of the same units.
        names: who gave each row.
        clusters: one cluster label for each unit.
        categories: every category there is, in order; at least two.
        weights: for ordered categories.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: labels, names, categories or level are unusable.
    """
    codes = rating_codes(ratings, categories)
    if len(names) != len(codes):
        raise EstimateError(f"{len(codes)} rows of ratings but {len(names)} names.")
    clusters = clusters_of(clusters, np.arange(codes.shape[1]), codes.shape[1])
    pairs = []
    for a, b in itertools.combinations(range(len(codes)), 2):
        both = np.flatnonzero((codes[[a, b]] != MISSING).all(axis=0)).tolist()
        found, reason = None, None if both else "no unit that both labelled"
        if both:
            one, other = ([categories[codes[row, unit]] for unit in both] for row in (a, b))
            try:
                among = [clusters[unit] for unit in both]
                found = agreement(one, other, among, categories, weights, level)
            except TooFewClusters as error:
                reason = str(error)
        pairs.append(PairAgreement(names[a], names[b], len(both), found, reason))
    return tuple(pairs)


def _tables(
    first: Sequence[Hashable], second: Sequence[Hashable], categories: Sequence[Hashable]
) -> FloatArray:
    """Returns the confusion matrix of each unit alone, shape (n, K, K)."""
    codes = rating_codes([first, second], categories)
    missing = np.argwhere(codes == MISSING)
    if missing.size:
        row, unit = missing[0].tolist()
        name = ("first", "second")[row]
        raise EstimateError(f"{name}[{unit}] is missing; exclude the unit and count it.")
    tables = np.zeros((codes.shape[1], len(categories), len(categories)))
    tables[np.arange(codes.shape[1]), codes[0], codes[1]] = 1
    return tables


def _kappa(matrix: FloatArray) -> Statistic:
    def statistic(tables: FloatArray) -> FloatArray:
        units = tables.sum(axis=(1, 2))
        rows, columns = tables.sum(axis=2), tables.sum(axis=1)
        observed = (tables * matrix).sum(axis=(1, 2)) / units
        return beyond_chance(observed, ((rows @ matrix) * columns).sum(axis=1) / units**2)

    return statistic
