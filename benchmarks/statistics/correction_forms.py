"""Judge-error corrections a second time, for all replicates at once, on items of shape (R, n)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.population.weighted_rates import weighted_rate
from benchmarks.statistics.closed_forms import (
    NO_VARIANCE,
    TAIL,
    Interval,
    cluster_wilson,
    moments,
    wilson,
)
from benchmarks.statistics.worlds import Counts, Floats, Sums, World, draw_set, unfold_all


@dataclass(frozen=True)
class Judged:
    """What people would say of each item, what the judge says, and the items' sessions."""

    truth: Floats
    judge: Floats
    sessions: Counts
    count: int
    """Sessions in a replicate."""

    def sums(self, values: Floats) -> Floats:
        """Returns sums by session, shape (R, G)."""
        replicates = len(values)
        cells = self.sessions + self.count * np.arange(replicates)[:, None]
        found = np.bincount(cells.ravel(), values.ravel(), minlength=replicates * self.count)
        return np.asarray(found, dtype=np.float64).reshape(replicates, self.count)


@dataclass(frozen=True)
class Corrected:
    """A corrected rate of every replicate."""

    value: Floats
    interval: Interval


def draw_judged(
    world: World, judge: tuple[float, float], replicates: int, rng: np.random.Generator
) -> Judged:
    """Draws items and a judge who is right on a win, and on a loss, with the given chances.

    With ties in the world the judge sees half of them, and calls one now and then elsewhere.
    """
    drawn: Sums = draw_set(world, replicates, rng)
    truth, sessions = unfold_all(drawn)
    won = rng.random(truth.shape) < np.where(truth == 1, judge[0], 1 - judge[1])
    seen = np.where(won, 1.0, 0.0)
    if world.tie:
        tied = rng.random(truth.shape) < np.where(truth == 1 / 2, 0.5, 0.1)
        seen = np.where(tied, 1 / 2, seen)
    return Judged(truth, seen, sessions, world.sessions)


def label_at_random(judged: Judged, labels: int, rng: np.random.Generator) -> Floats:
    """Returns weights of the labelled items, zero elsewhere: so many at random."""
    ranks = rng.random(judged.truth.shape).argsort(axis=1).argsort(axis=1)
    return np.where(ranks < labels, 1.0, 0.0)


def label_by_verdict(judged: Judged, labels: int, rng: np.random.Generator) -> Floats:
    """Returns weights where half of the labels go to either verdict of the judge."""
    weights = np.zeros_like(judged.truth)
    for won in (judged.judge > 1 / 2, judged.judge <= 1 / 2):
        ranks = np.where(won, rng.random(won.shape), 2.0).argsort(axis=1).argsort(axis=1)
        number = won.sum(axis=1, keepdims=True)
        taken = np.minimum(labels // 2, number)
        weights += np.where(won & (ranks < taken), number / np.maximum(taken, 1), 0.0)
    return weights


def two_phase(judged: Judged, weights: Floats, *, plain_df: bool = False) -> Corrected:
    """Returns the two-phase regression (PPI++) with its cluster-Wilson interval.

    Args:
        judged: items, judge and sessions.
        weights: of the labelled items, zero elsewhere.
        plain_df: one less than the labelled sessions in place of Satterthwaite's df of them.
    """
    y, f, n = judged.truth, judged.judge, judged.truth.shape[1]
    w = weights / weights.sum(axis=1, keepdims=True)
    m = (weights > 0).sum(axis=1, keepdims=True)
    mean_y, mean_f = ((w * one).sum(axis=1, keepdims=True) for one in (y, f))
    spread = (w * (f - mean_f) ** 2).sum(axis=1, keepdims=True)
    crossed = (w * (f - mean_f) * (y - mean_y)).sum(axis=1, keepdims=True)
    slope = np.divide(crossed, spread, out=np.zeros_like(spread), where=spread > NO_VARIANCE)
    overall = f.mean(axis=1, keepdims=True)
    residuals = y - mean_y - slope * (f - mean_f)
    influence = slope * (f - overall) + n * w * np.sqrt(m / (m - 2)) * residuals
    influence = np.asarray(influence - influence.mean(axis=1, keepdims=True), dtype=np.float64)
    squares = (judged.sums(influence) ** 2).sum(axis=1)
    variance = judged.count / (judged.count - 1) * squares / n**2
    value = np.clip((mean_y + slope * (overall - mean_f))[:, 0], 0, 1)
    labels = judged.sums(np.where(weights > 0, 1.0, 0.0))
    held = (labels > 0).sum(axis=1)
    flat = (variance <= NO_VARIANCE / n) | (value <= 0) | (value >= 1)
    effective = np.where(flat, held, value * (1 - value) / np.where(flat, 1, variance))
    quantile = stdtrit(held - 1 if plain_df else _label_df(judged, weights, labels), TAIL)
    return Corrected(value, wilson(value, effective, np.asarray(quantile, dtype=np.float64)))


def _label_df(judged: Judged, weights: Floats, labels: Floats) -> Floats:
    """Returns Satterthwaite's df of a mean over the labelled items, weighted where they differ."""
    largest = weights.max(axis=1, keepdims=True)
    if np.all((weights == 0) | (weights == largest)):
        return moments((labels.astype(np.int64), labels, 1.0)).df
    found = []
    for row in range(len(weights)):
        held = weights[row] > 0
        sessions = judged.sessions[row][held].tolist()
        rate = weighted_rate(judged.truth[row][held], sessions, weights[row][held])
        found.append(rate.estimate.df)
    return np.array(found)


def plain_rate(judged: Judged, values: Floats, weights: Floats) -> Corrected:
    """Returns the cluster-Wilson rate of the items with a weight, all counting alike."""
    held = np.where(weights > 0, 1, 0)
    sizes = judged.sums(held * 1.0).astype(np.int64)
    found = moments((sizes, judged.sums(values * held), 1.0))
    return Corrected(found.value, cluster_wilson(found))


def effective_items(judged: Judged, *, as_t: bool = False) -> Floats:
    """Returns the independent items that the judge's rate is worth.

    Args:
        judged: items, judge and sessions.
        as_t: so few that a normal quantile gives the width that the t quantile would.
    """
    sizes = judged.sums(np.ones_like(judged.judge)).astype(np.int64)
    found = moments((sizes, judged.sums(judged.judge), 1.0))
    ratio = ndtri(TAIL) / stdtrit(found.df, TAIL) if as_t else 1.0
    return np.asarray(found.effective_n * ratio**2, dtype=np.float64)
