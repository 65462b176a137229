"""Widths after correction by people's labels, against simulated corrections and R."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analysis.errors import EstimateError
from analysis.judges.two_phase import two_phase_rate
from analysis.power.assumptions import Spread
from analysis.power.detectable import Planned, detectable_mean
from analysis.power.labels import expected_clusters, label_widths
from analysis.power.sizes import planned_sizes

REFERENCE = "power"
PLANNED = Planned(planned_sizes(129, 25), Spread(0.5, 0.1))


def correlated(rng: np.random.Generator, n: int, rho: float) -> tuple[Any, Any]:
    first, second = rng.standard_normal((2, n))
    return first, rho * first + math.sqrt(1 - rho**2) * second


def corrected(rng: np.random.Generator, m: int, rho: float) -> float:
    # Two-phase regression written out: judge f on all items, people Y on m drawn at random.
    cluster = np.repeat(np.arange(25), PLANNED.sizes.astype(int))
    between, within = correlated(rng, 25, rho), correlated(rng, 129, rho)
    f, y = (
        0.5 * (math.sqrt(0.1) * b[cluster] + math.sqrt(0.9) * w)
        for b, w in zip(between, within, strict=True)
    )
    drawn = rng.permutation(129)[:m]
    slope = np.cov(y[drawn], f[drawn])[0, 1] / np.var(f[drawn], ddof=1)
    return float(y[drawn].mean() + slope * (f.mean() - f[drawn].mean()))


@pytest.mark.parametrize(("m", "rho"), [(30, 0.8), (60, 0.6)])
def test_the_width_is_that_of_simulated_corrections(m: int, rho: float) -> None:
    rng = np.random.default_rng(11)
    shown = np.std([corrected(rng, m, rho) for _ in range(3000)])
    (found,) = label_widths(PLANNED, rho, [m])
    assert found.error == pytest.approx(shown, rel=0.05)


def reported(rng: np.random.Generator, sizes: list[int], m: int) -> tuple[float, float]:
    # A judge that errs in every fifth pair, ICC .1; half-widths, corrected and by people alone.
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    shared, own = rng.standard_normal(len(sizes)), rng.standard_normal(len(cluster))
    y = (math.sqrt(0.15) * shared[cluster] + math.sqrt(0.85) * own > 0).astype(float)
    judge = np.where(rng.random(len(y)) < 0.2, 1 - y, y)
    labels = np.full(len(y), math.nan)
    drawn = rng.permutation(len(y))[:m]
    labels[drawn] = y[drawn]
    found = two_phase_rate(judge, labels, cluster.tolist())
    ends = [(each.low, each.high) for each in (found.estimate, found.people)]
    one, other = ((high or 0.0) - (low or 0.0) for low, high in ends)
    return one / 2, other / 2


@pytest.mark.parametrize(
    ("sizes", "m"), [([2] * 6 + [1] * 6, 6), ([60, 20, 10, 5, 3, *[2] * 7], 40), ([5] * 25, 60)]
)
def test_the_width_is_the_mean_width_of_reports(sizes: list[int], m: int) -> None:
    rng = np.random.default_rng(11)
    shown = np.mean([reported(rng, sizes, m) for _ in range(150)], axis=0)
    (found,) = label_widths(Planned(np.array(sizes, float), Spread(0.5, 0.1)), 0.6, [m])
    assert [found.half_width, found.half_width_alone] == pytest.approx(list(shown), rel=0.15)


def test_clusters_with_a_label_equal_r(agrees: Callable[..., None], reference: Any) -> None:
    case = reference["labelled"]
    sizes = np.array(case["sizes"], dtype=float)
    found = [expected_clusters(sizes, m) for m in case["drawn"]]
    agrees("clusters with a label", "R dhyper", found, case["clusters"], within=1e-10)


def test_more_labels_and_a_better_judge_narrow_the_interval() -> None:
    widths = [[one.half_width for one in label_widths(PLANNED, rho)] for rho in (0.2, 0.5, 0.9)]
    assert all(row == sorted(row, reverse=True) for row in widths)
    assert all(a >= b for row in zip(*widths, strict=True) for a, b in pairwise(row))


def test_labels_on_every_item_leave_the_plain_width() -> None:
    every = label_widths(PLANNED, 0.7)[-1]
    assert every.labels == 129
    assert every.clusters == 25
    plain = detectable_mean(PLANNED)
    assert every.df == pytest.approx(plain.df)
    assert 0.9 < every.half_width_alone / plain.half_width < 1


def test_a_judge_that_knows_nothing_buys_nothing() -> None:
    found = label_widths(PLANNED, 0.0, [40])[0]
    assert found.half_width == pytest.approx(found.half_width_alone * math.sqrt(40 / 38), rel=0.03)


def test_a_perfect_judge_needs_no_more_labels() -> None:
    few, many = label_widths(PLANNED, 1.0, [60, 129])
    assert few.error == pytest.approx(many.error)


@pytest.mark.parametrize(
    ("correlation", "labels", "said"),
    [
        (0.5, [30, 2], r"labels\[1\] is 2; give 3 to 129"),
        (0.5, [130], r"labels\[0\] is 130"),
        (1.5, [30], "correlation of judge and people is 1.5"),
        (math.nan, [30], "correlation of judge and people is nan"),
    ],
)
def test_what_cannot_be_is_refused(correlation: float, labels: list[int], said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        label_widths(PLANNED, correlation, labels)
