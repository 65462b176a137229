"""Dawid and Skene's model: each judge errs in its own way about a class that nobody sees.

For sensitivity only. With two or three judges whose errors go together it mostly rewards
agreement, so its classes are never the truth that a correction is made from.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

SMOOTHING = 0.01
TOLERANCE = 1e-8
ROUNDS = 2000
DIMENSIONS = 3


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """The classes and error rates under which the verdicts are most likely."""

    prior: FloatArray
    """Share of each class, shape (K,)."""
    confusion: FloatArray
    """Chance of each verdict given the class: judge, class, verdict, shape (J, K, K)."""
    posterior: FloatArray
    """Chance of each class for each item, shape (n, K)."""
    rounds: int
    """EM rounds until no share of a class moved by more than the tolerance."""

    def rate(self, values: npt.ArrayLike) -> float:
        """Returns the mean of what the classes are worth, such as 0, 1/2 and 1."""
        return float(self.prior @ np.asarray(values, dtype=np.float64))


def dawid_skene(counts: npt.ArrayLike, smoothing: float = SMOOTHING) -> DawidSkene:
    """Fits the model by EM, in logarithms, from the shares of votes (Dawid and Skene 1979).

    Args:
        counts: verdicts by item, judge and class, shape (n, J, K); zeros where a judge gave none.
        smoothing: verdicts added to each cell of a judge's confusion matrix, positive.

    Raises:
        EstimateError: counts are unusable, an item has no verdict, or EM does not settle.
    """
    votes = _checked(counts)
    if not smoothing > 0:
        raise EstimateError(f"smoothing is {smoothing!r}; give a positive number.")
    posterior = votes.sum(axis=1) / votes.sum(axis=(1, 2))[:, np.newaxis]
    for rounds in range(1, ROUNDS + 1):
        prior = posterior.mean(axis=0)
        confusion = np.einsum("nc,njk->jck", posterior, votes) + smoothing
        confusion /= confusion.sum(axis=2, keepdims=True)
        before, posterior = posterior, _posterior(votes, prior, confusion)
        if float(np.max(np.abs(posterior - before))) < TOLERANCE:
            return DawidSkene(prior, confusion, posterior, rounds)
    raise EstimateError(f"EM did not settle in {ROUNDS} rounds.")


def _posterior(votes: FloatArray, prior: FloatArray, confusion: FloatArray) -> FloatArray:
    # A class that nobody ever chose has prior 0: a very small number keeps its logarithm finite.
    tiny = np.finfo(np.float64).tiny
    log = np.log(np.maximum(prior, tiny)) + np.einsum("njk,jck->nc", votes, np.log(confusion))
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    posterior: FloatArray = weight / weight.sum(axis=1, keepdims=True)
    return posterior


def _checked(counts: npt.ArrayLike) -> FloatArray:
    votes = np.asarray(counts, dtype=np.float64)
    if votes.ndim != DIMENSIONS or 0 in votes.shape:
        raise EstimateError(f"counts must be items by judges by classes, not {votes.shape}.")
    if not np.all(np.isfinite(votes) & (votes >= 0)):
        raise EstimateError("counts must be numbers of verdicts, at least 0.")
    silent = np.flatnonzero(votes.sum(axis=(1, 2)) == 0)
    if silent.size:
        raise EstimateError(f"counts[{silent[0]}] has no verdict; leave the item out and count it.")
    return votes
