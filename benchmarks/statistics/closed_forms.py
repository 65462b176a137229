"""The estimators' closed forms a second time, for all replicates at once, on session sums.

Tests tie them to the estimators replicate by replicate. Intervals are pairs of arrays of shape
(R,); where an estimator has no interval the pair is (nan, nan), which covers nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, expit, logit, ndtr, ndtri, stdtr, stdtrit

from benchmarks.statistics.worlds import Counts, Floats

Interval = tuple[Floats, Floats]
NO_VARIANCE = 1e-12
TAIL = 0.975
ENUMERATED = 14
"""Sessions up to which every sign vector is taken."""


@dataclass(frozen=True)
class Moments:
    """Value, CR0 to CR3 variance and Satterthwaite df of each replicate, all of shape (R,)."""

    value: Floats
    cr1: Floats
    cr2: Floats
    cr3: Floats
    df: Floats
    sessions: Counts
    """Sessions with an item."""
    items: Counts

    @property
    def effective_n(self) -> Floats:
        """Independent yes/no answers of this variance; the sessions where there is none."""
        binary = self.value * (1 - self.value)
        flat = self.cr2 <= NO_VARIANCE * binary / self.items
        found: Floats = np.where(flat, self.sessions, binary / np.where(flat, 1, self.cr2))
        return found


def moments(*sets: tuple[Counts, Floats, float]) -> Moments:
    """Returns the moments of sum_s c_s mean_s for sets of (sizes, sums, c_s)."""
    value = np.zeros(len(sets[0][0]))
    terms = [np.zeros(sets[0][0].shape) for _ in range(3)]
    for sizes, sums, weight in sets:
        n = sizes.sum(axis=1, keepdims=True)
        mean, outside = sums.sum(axis=1, keepdims=True) / n, 1 - sizes / n
        value = value + weight * mean[:, 0]
        residuals = weight * (sums - sizes * mean) / n
        terms = [
            term + residuals / outside**power
            for term, power in zip(terms, (0, 0.5, 1), strict=True)
        ]
    held = np.any([sizes > 0 for sizes, _, _ in sets], axis=0).sum(axis=1)
    cr0, cr2, cr3 = ((term**2).sum(axis=1) for term in terms)
    items = np.sum([sizes.sum(axis=1) for sizes, _, _ in sets], axis=0)
    return Moments(value, cr0 * held / (held - 1), cr2, cr3, _df(sets), held, items)


def _df(sets: Sequence[tuple[Counts, Floats, float]]) -> Floats:
    """Returns tr(M)^2 / ||M||^2 of M = sum_s c_s^2 (diag(d_s) - t_s t_s' / n_s), (R,)."""
    diagonal, columns = np.zeros(sets[0][0].shape), []
    for sizes, _, weight in sets:
        n = sizes.sum(axis=1, keepdims=True)
        outside = 1 - sizes / n
        diagonal += weight**2 * sizes / (n**2 * outside)
        columns.append(weight * sizes / (n**1.5 * np.sqrt(outside)))
    column = np.stack(columns)
    inner = np.einsum("arg,brg->abr", column, column)
    trace = diagonal.sum(axis=1) - np.einsum("aar->r", inner)
    crossed = 2 * (diagonal * (column**2).sum(axis=0)).sum(axis=1)
    squares = (diagonal**2).sum(axis=1) - crossed + (inner**2).sum(axis=(0, 1))
    found: Floats = trace**2 / squares
    return found


def t_interval(value: Floats, variance: Floats, df: Floats | float) -> Interval:
    """Returns value ± t standard errors; no interval where the variance is rounding."""
    half = stdtrit(df, TAIL) * np.sqrt(variance)
    half = np.where(variance <= NO_VARIANCE * 1e-3, np.nan, half)
    return value - half, value + half


def wilson(rate: Floats, n: Floats, quantile: Floats | float) -> Interval:
    """Returns Wilson's interval at n answers."""
    shrink, spread = 1 + quantile**2 / n, rate * (1 - rate) / n
    centre = (rate + quantile**2 / (2 * n)) / shrink
    half = quantile / shrink * np.sqrt(spread + quantile**2 / (4 * n**2))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def cluster_wilson(found: Moments) -> Interval:
    """Returns Wilson's interval with CR2 effective n and a t quantile."""
    quantile = np.asarray(stdtrit(found.df, TAIL), dtype=np.float64)
    return wilson(found.value, found.effective_n, quantile)


def naive_wilson(found: Moments) -> Interval:
    """Returns Wilson's interval as if every item were a session."""
    return wilson(found.value, found.items.astype(np.float64), float(ndtri(TAIL)))


def logit_interval(found: Moments) -> Interval:
    """Returns the CR2 and Satterthwaite interval made on the logit scale."""
    binary = found.value * (1 - found.value)
    inside = (binary > 0) & (found.cr2 > NO_VARIANCE * binary / found.items)
    rate, spread = np.where(inside, found.value, 0.5), np.where(inside, binary, np.nan)
    half = stdtrit(found.df, TAIL) * np.sqrt(found.cr2) / spread
    return expit(logit(rate) - half), expit(logit(rate) + half)


def bootstrap_intervals(
    sets: list[tuple[Counts, Floats, float]], draws: int, rng: np.random.Generator
) -> dict[str, Interval]:
    """Returns percentile and BCa intervals over sessions.

    All replicates see the same resamples: what is averaged over is the replicates, and with a
    thousand resamples the choice of them matters little to any one interval.
    """
    sessions = sets[0][0].shape[1]
    picks = rng.multinomial(sessions, np.full(sessions, 1 / sessions), size=draws).T * 1.0
    drawn, left_out, value = (np.zeros((len(sets[0][0]), 1)) for _ in range(3))
    for sizes, sums, weight in sets:
        n, total = sizes.sum(axis=1, keepdims=True), sums.sum(axis=1, keepdims=True)
        drawn = drawn + weight * (sums @ picks) / np.maximum(sizes @ picks, 1)
        left_out = left_out + weight * (total - sums) / np.maximum(n - sizes, 1)
        value = value + weight * (total / n)
    ordered = np.sort(drawn, axis=1)
    below = ((ordered < value - 1e-12).mean(axis=1) + (ordered < value + 1e-12).mean(axis=1)) / 2
    return {
        "percentile bootstrap": _at(ordered, np.tile([[1 - TAIL, TAIL]], (len(ordered), 1))),
        "BCa bootstrap": _at(ordered, _bca_shares(below, np.asarray(left_out), draws)),
    }


def _bca_shares(below: Floats, left_out: Floats, draws: int) -> Floats:
    """Returns the shares at which BCa reads the resamples, shape (R, 2)."""
    shift = ndtri(np.clip(below, 0.5 / draws, 1 - 0.5 / draws))
    pull = left_out.mean(axis=1, keepdims=True) - left_out
    squares = (pull**2).sum(axis=1)
    cubes = (pull**3).sum(axis=1)
    bend = np.divide(
        cubes, 6 * squares**1.5, out=np.zeros_like(cubes), where=squares > NO_VARIANCE**2
    )
    ends = shift[:, None] + np.array([-ndtri(TAIL), ndtri(TAIL)])
    shares: Floats = ndtr(shift[:, None] + ends / (1 - bend[:, None] * ends))
    return shares


def _at(ordered: Floats, shares: Floats) -> Interval:
    draws = ordered.shape[1]
    places = np.clip(np.floor(shares * (draws + 1)).astype(int) - 1, 0, draws - 1)
    # the upper end is the mirror image of the lower one
    places[:, 1] = np.clip(np.ceil(shares[:, 1] * (draws + 1)).astype(int) - 1, 0, draws - 1)
    ends = np.take_along_axis(ordered, places, axis=1)
    return ends[:, 0], ends[:, 1]


def p_value(found: Moments, variance: Floats, df: Floats | float) -> Floats:
    """Returns two-sided t p values of zero; 1 where there is no variance."""
    flat = variance <= NO_VARIANCE * 1e-3
    statistic = abs(found.value) / np.sqrt(np.where(flat, 1, variance))
    p: Floats = np.where(flat, 1.0, 2 * stdtr(df, -statistic))
    return p


def mcnemar_exact(discordant: Counts, won: Counts) -> Floats:
    """Returns two-sided binomial p values of items won among the discordant ones, (R,)."""
    fewer = np.minimum(won, discordant - won)
    p: Floats = np.where(discordant > 0, 2 * bdtr(fewer, np.maximum(discordant, 1), 0.5), 1.0)
    return np.minimum(p, 1)


def signs(sessions: int, draws: int, rng: np.random.Generator) -> Floats:
    """Returns all 2^G sign vectors up to 14 sessions, else the identity and random ones."""
    if sessions <= ENUMERATED:
        every = np.indices((2,) * sessions).reshape(sessions, -1)
        return np.asarray(1 - 2 * every, dtype=np.float64)
    drawn = rng.choice([-1.0, 1.0], size=(sessions, draws))
    return np.hstack([np.ones((sessions, 1)), drawn])


def sign_flip_p(sums: Floats, flips: Floats) -> Floats:
    """Returns p values of the absolute total under sign flips of the sessions, (R,)."""
    totals, seen = abs(sums @ flips), abs(sums.sum(axis=1, keepdims=True))
    p: Floats = (totals >= seen - 1e-9).mean(axis=1)
    return p


def wild_bootstrap_p(sizes: Counts, sums: Floats, flips: Floats) -> Floats:
    """Returns p values of the restricted wild cluster bootstrap-t of a zero mean, (R,)."""
    n = sizes.sum(axis=1, keepdims=True)
    means, crossed = sums @ flips / n, (sums * sizes) @ flips
    squares = (sums**2).sum(axis=1, keepdims=True) + means**2 * (sizes**2).sum(
        axis=1, keepdims=True
    )
    spread = np.maximum(squares - 2 * means * crossed, NO_VARIANCE)
    statistic = means**2 / spread
    p: Floats = (statistic >= statistic[:, :1] * (1 - 1e-9)).mean(axis=1)
    return p


def mover(
    rates: tuple[Floats, Floats],
    ends: tuple[Interval, Interval],
    correlation: Floats | float = 0.0,
) -> Interval:
    """Returns the interval of a difference of rates from the interval of each."""
    (a, b), ((low_a, high_a), (low_b, high_b)) = rates, ends
    down = (a - low_a) ** 2 + (high_b - b) ** 2 - 2 * correlation * (a - low_a) * (high_b - b)
    up = (high_a - a) ** 2 + (b - low_b) ** 2 - 2 * correlation * (high_a - a) * (b - low_b)
    return a - b - np.sqrt(np.maximum(down, 0)), a - b + np.sqrt(np.maximum(up, 0))


def holm_adjusted(p_values: Floats) -> Floats:
    """Returns Holm's adjusted p values of a family, shape (m,)."""
    order, m = np.argsort(p_values), len(p_values)
    stepped = np.maximum.accumulate(p_values[order] * (m - np.arange(m)))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted
