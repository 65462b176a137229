"""How many items each cluster of a planned study will hold, without drawing anything.

Clusters are as uneven as a coefficient of variation says; nothing here knows what is scored.
"""

import math

import numpy as np
from scipy.special import gammainc, gammaincinv

from analysis.clusters import FEWEST_CLUSTERS, ClusterSums, FloatArray
from analysis.errors import EstimateError, TooFewClusters

USUAL_CV = 0.75
"""CV that sizes have whose items beyond the first are shared out by weights with CV .9."""
CLOSE_CV = 1e-3
MOST_HALVINGS = 16


def planned_sizes(items: int, clusters: int, size_cv: float | None = None) -> FloatArray:
    """Returns cluster sizes of the wanted unevenness, shape (clusters,), ascending.

    Each cluster has one item; the others are shared out in the proportions in which a gamma
    distribution shares its total over equal parts of its quantiles (its Lorenz curve), rounded
    to whole items. The gamma's own spread is found by bisection so that the sizes come as near to
    the wanted CV as whole items allow. Nothing is random.

    Args:
        items: in all clusters.
        clusters: at least 2.
        size_cv: standard deviation (over G, not G - 1) over mean of the sizes. None: .75, or
            less where there are hardly more items than clusters (`usual_size_cv`).

    Raises:
        EstimateError: fewer items than clusters, or sizes cannot be as uneven as wanted.
        TooFewClusters: fewer than two clusters.
    """
    _check_counts(items, clusters)
    wanted = usual_size_cv(items, clusters) if size_cv is None else size_cv
    most = _most_uneven(items, clusters)
    if not 0 <= wanted <= most + CLOSE_CV:
        raise EstimateError(
            f"size_cv is {wanted!r}; {items} items in {clusters} clusters allow 0 to {most:.2f}."
        )
    return _nearest(items, clusters, wanted)


def _nearest(items: int, clusters: int, wanted: float) -> FloatArray:
    """Returns the sizes that come nearest to a CV, by bisection of the gamma's own."""
    low, high = 1e-2, 1e2
    best = _share_out(items, clusters, 0.0)
    for _ in range(MOST_HALVINGS if wanted > 0 else 0):
        middle = math.sqrt(low * high)
        sizes = _share_out(items, clusters, middle)
        found = cv_of(sizes)
        if abs(found - wanted) < abs(cv_of(best) - wanted):
            best = sizes
        if abs(found - wanted) < CLOSE_CV:
            break
        low, high = (middle, high) if found < wanted else (low, middle)
    return best


def usual_size_cv(items: int, clusters: int) -> float:
    """Returns the CV that is taken where none is given.

    With e items beyond the first in each cluster on average, Poisson around weights of CV .9,
    the sizes have CV sqrt(e + .81 e^2) / (1 + e); from a few items a cluster on that is above
    .75, which whole samples of 8 to 40 clusters show, and .75 is taken. Never more than one
    cluster with all that is beyond would have.
    """
    beyond = items / clusters - 1
    drawn = math.sqrt(beyond + (0.9 * beyond) ** 2) / (1 + beyond)
    return min(USUAL_CV, drawn, _most_uneven(items, clusters))


def cv_of(sizes: FloatArray) -> float:
    """Returns the standard deviation over the mean of the sizes that are not 0."""
    held = sizes[sizes > 0]
    return float(held.std() / held.mean())


def size_excess(sizes: FloatArray) -> float:
    """Returns sum N_g^2 / n - 1: how many companions an item has in its cluster on average."""
    return math.fsum(sizes**2) / math.fsum(sizes) - 1


def as_sums(sizes: FloatArray) -> ClusterSums:
    """Returns the sizes as clusters without values, for degrees of freedom."""
    nothing = np.zeros_like(sizes)
    return ClusterSums(sizes=sizes, sums=nothing, within=nothing)


def check_sizes(sizes: FloatArray) -> None:
    """Refuses what are no numbers of items in clusters.

    Raises:
        EstimateError: one is no whole number of at least 0.
        TooFewClusters: fewer than two clusters have an item.
    """
    wrong = np.flatnonzero(~(np.isfinite(sizes) & (sizes >= 0) & (sizes == np.floor(sizes))))
    if wrong.size:
        raise EstimateError(f"sizes[{wrong[0]}] is {sizes[wrong[0]]:g}; give whole numbers.")
    _check_clusters(int(np.count_nonzero(sizes)))


def _check_clusters(clusters: int) -> None:
    if clusters < FEWEST_CLUSTERS:
        raise TooFewClusters(
            f"clusters is {clusters}; an interval needs at least {FEWEST_CLUSTERS}."
        )


def _most_uneven(items: int, clusters: int) -> float:
    """Returns the CV where one cluster has all items beyond the first of each."""
    return (items - clusters) / items * math.sqrt(clusters - 1)


def _check_counts(items: int, clusters: int) -> None:
    _check_clusters(clusters)
    if items < clusters:
        raise EstimateError(
            f"{clusters} clusters but only {items} items; each cluster needs an item."
        )


def _share_out(items: int, clusters: int, spread: float) -> FloatArray:
    """Returns one item for each cluster and the others by a gamma distribution of this CV."""
    if spread == 0:
        shares = np.full(clusters, 1 / clusters)
    else:
        shape = spread**-2
        edges = gammaincinv(shape, np.arange(1, clusters) / clusters)
        shares = np.diff(gammainc(shape + 1, edges), prepend=0.0, append=1.0)
    beyond = (items - clusters) * shares
    whole = np.floor(beyond + 1e-9)
    left = items - clusters - int(whole.sum())
    nearest = np.argsort(whole - beyond, kind="stable")[: max(left, 0)]
    whole[nearest] += 1
    sizes: FloatArray = np.sort(whole + 1)
    return sizes
