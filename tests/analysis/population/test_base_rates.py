import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate, Variance
from analysis.population.base_rate_band import BONFERRONI, SCHEFFE
from analysis.population.base_rates import (
    base_rate_curve,
    break_even,
    estimate_at_base_rate,
    symmetric_index,
)
from analysis.population.fieller import fieller
from analysis.population.selection import redraw_null
from analysis.population.set_pair import stack_sets
from analysis.rates import win_rate

REFERENCE = "base_rates"

Agrees = Callable[..., None]
Sets = tuple[list[float], list[int], list[float], list[int]]

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=3, max_size=25).filter(
    lambda rows: len({label for _, label in rows}) > 1
)
SETS = st.tuples(ROWS, ROWS).map(
    lambda both: (
        [score / 12 for score, _ in both[0]],
        [label for _, label in both[0]],
        [score / 12 for score, _ in both[1]],
        [label + 3 for _, label in both[1]],
    )
)


def sets_of(case: dict[str, Any]) -> Sets:
    return case["score_sub"], case["cluster_sub"], case["score_strong"], case["cluster_strong"]


def error_of(rate: Estimate) -> float:
    assert rate.effective_n is not None
    return math.sqrt(rate.value * (1 - rate.value) / rate.effective_n)


@pytest.mark.parametrize("name", ["identified", "not_identified"])
def test_the_curve_has_the_errors_and_df_of_r(name: str, agrees: Agrees, reference: Any) -> None:
    case = reference[name]
    points = base_rate_curve(*sets_of(case), grid=case["grid"]).points
    source = f"clubSandwich {reference['versions']['clubSandwich']} linear_contrast"
    agrees(f"base-rate curve, {name}", source, [p.value for p in points], case["value"])
    agrees(f"base-rate curve SE, {name}", source, [error_of(p) for p in points], case["error"])
    agrees(f"base-rate curve df, {name}", source, [p.df for p in points], case["df"])


@pytest.mark.parametrize("name", ["identified", "not_identified"])
def test_the_break_even_set_inverts_the_t_test(name: str, agrees: Agrees, reference: Any) -> None:
    case = reference[name]
    pair = stack_sets(*sets_of(case))
    above, gap = 0.5 - pair.means[1], pair.means[0] - pair.means[1]
    found = fieller(above, gap, *pair.break_even_variances, case["quantile"])
    ends = sorted(end for part in found.parts for end in part if math.isfinite(end))
    source = f"clubSandwich {reference['versions']['clubSandwich']} vcovCR, uniroot on t"
    agrees(f"Fieller set, {name}", source, ends, case["ends"])
    assert found.bounded == (not case["outside"])


@pytest.mark.parametrize("name", ["identified", "not_identified"])
def test_an_unbounded_set_is_not_identified(name: str, reference: Any) -> None:
    found = break_even(*sets_of(reference[name]))
    assert found.identified == (name == "identified")
    assert found.fieller is not None
    assert found.fieller.bounded == found.identified


@settings(max_examples=25)
@given(SETS)
def test_the_ends_of_the_curve_are_the_rates_of_the_sets(sets: Sets) -> None:
    strong, sub = base_rate_curve(*sets, grid=[0, 1]).points
    for point, rate in ((strong, win_rate(*sets[2:])), (sub, win_rate(*sets[:2]))):
        assert point.value == rate.value
        assert point.df == pytest.approx(rate.df, rel=1e-9)
        if not rate.warnings or "same mean" not in rate.warnings[-1]:
            assert (point.low, point.high) == pytest.approx((rate.low, rate.high), abs=1e-9)


@settings(max_examples=25)
@given(SETS)
def test_the_band_lies_in_the_unit_interval_around_the_curve(sets: Sets) -> None:
    curve = base_rate_curve(*sets)
    for low, point, high in zip(curve.band.low, curve.points, curve.band.high, strict=True):
        assert -1e-12 <= low <= point.value + 1e-9
        assert point.value - 1e-9 <= high <= 1 + 1e-12


@settings(max_examples=25)
@given(SETS)
def test_swapping_roles_mirrors_the_curve_and_keeps_the_break_even(sets: Sets) -> None:
    swapped = [1 - s for s in sets[0]], sets[1], [1 - s for s in sets[2]], sets[3]
    one, other = base_rate_curve(*sets), base_rate_curve(*swapped)
    values = [1 - point.value for point in one.points]
    assert [point.value for point in other.points] == pytest.approx(values, abs=1e-9)
    first, second = break_even(*sets), break_even(*swapped)
    if first.value is not None and abs(first.value) < 10:
        assert second.value == pytest.approx(first.value, abs=1e-6)


def draw_sets(seed: int, shared: float) -> Sets:
    rng = np.random.default_rng(seed)
    sub, strong = np.sort(rng.integers(0, 30, 129)), np.sort(rng.integers(0, 30, 127))
    own = rng.normal(0, 0.3, 30)
    other = shared * own + (1 - shared) * rng.normal(0, 0.3, 30)
    x = np.clip(0.6 + own[sub] + rng.normal(0, 0.2, 129), 0, 1)
    y = np.clip(0.4 + other[strong] + rng.normal(0, 0.2, 127), 0, 1)
    return x.tolist(), sub.tolist(), y.tolist(), strong.tolist()


@pytest.mark.parametrize(("shared", "method"), [(0.0, SCHEFFE), (1.0, BONFERRONI)])
def test_the_narrower_band_is_named(shared: float, method: str) -> None:
    curve = base_rate_curve(*draw_sets(3, shared))
    assert curve.band.method == method
    widths = zip(curve.band.low, curve.band.high, curve.points, strict=True)
    assert all(
        high - low > point.high - point.low
        for low, high, point in widths
        if point.low is not None and point.high is not None
    )


def test_the_band_does_not_depend_on_the_grid_asked_for() -> None:
    sets = draw_sets(3, 0.0)
    fine, coarse = base_rate_curve(*sets, grid=np.linspace(0, 1, 5)), base_rate_curve(*sets, [0.5])
    assert coarse.band.low[0] == pytest.approx(fine.band.low[2], rel=1e-12)


def test_a_known_base_rate_gives_the_point_of_the_curve() -> None:
    sets = draw_sets(5, 0.5)
    point = base_rate_curve(*sets, grid=[0.3]).points[0]
    known = estimate_at_base_rate(*sets, (0.3, Variance(0.0, math.inf)))
    assert (known.value, known.low, known.high) == (point.value, point.low, point.high)


def test_an_estimated_base_rate_adds_its_variance() -> None:
    """Delta method of p a + (1 - p) b, in numbers: the gradient in p is a - b."""
    sets = draw_sets(5, 0.5)
    base = win_rate([1.0] * 12 + [0.0] * 28, list(range(40)))
    rate = estimate_at_base_rate(*sets, base)
    point = base_rate_curve(*sets, grid=[base.value]).points[0]
    gap = win_rate(*sets[:2]).value - win_rate(*sets[2:]).value
    added = gap**2 * base.value * (1 - base.value) / 39
    assert error_of(rate) ** 2 == pytest.approx(error_of(point) ** 2 + added, rel=1e-9)
    assert point.df < rate.df < point.df + base.df


def test_equal_rates_have_no_break_even() -> None:
    found = break_even([0.2, 0.6, 0.4], [1, 2, 3], [0.2, 0.6, 0.4], [4, 5, 6])
    assert found.value is None
    assert not found.identified


def test_a_break_even_outside_the_range_leaves_nothing_inside() -> None:
    rng = np.random.default_rng(1)
    high, low = 0.9 + rng.normal(0, 0.02, 60), 0.65 + rng.normal(0, 0.02, 60)
    clusters = list(range(20)) * 3
    found = break_even(np.clip(high, 0, 1), clusters, low, clusters)
    assert found.identified
    assert found.inside == ()


def test_a_swept_set_warns_and_leaves_the_break_even_unidentified() -> None:
    sets = [1.0] * 9, list(range(9)), [0.1, 0.5, 0.0, 0.3], [0, 1, 2, 3]
    curve, found = base_rate_curve(*sets), break_even(*sets)
    assert curve.warnings == ("the suboptimal set shows no variance between clusters",)
    assert curve.band.method == BONFERRONI
    assert curve.band.low[-1] < 0.7
    assert not found.identified
    assert found.fieller is None


def test_the_symmetric_index_is_the_middle_of_the_curve() -> None:
    sets = draw_sets(7, 0.2)
    index = symmetric_index(*sets, redraw_null(0.2, 0.2, 0.8))
    assert index == base_rate_curve(*sets, grid=[0.5]).points[0]


def test_asymmetric_selection_has_no_symmetric_index() -> None:
    with pytest.raises(EstimateError, match=r"bottom 0\.1 and the top 0\.3"):
        symmetric_index(*draw_sets(7, 0.2), redraw_null(0.1, 0.3))


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        pytest.param([0.2, 1.2], r"grid\[1\] is 1.2", id="outside"),
        pytest.param([math.nan], r"grid\[0\] is nan", id="nan"),
    ],
)
def test_a_base_rate_outside_the_unit_interval_is_refused(grid: list[float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        base_rate_curve(*draw_sets(1, 0.0), grid=grid)


def test_a_negative_variance_of_the_base_rate_is_refused() -> None:
    with pytest.raises(EstimateError, match="has the variance"):
        estimate_at_base_rate(*draw_sets(1, 0.0), (0.2, Variance(-1.0, 3.0)))


def test_an_empty_or_lone_set_says_so() -> None:
    with pytest.raises(EstimateError, match="scores_strong is empty"):
        base_rate_curve([0.1, 0.2], [1, 2], [], [])
    with pytest.raises(TooFewClusters):
        break_even([0.1, 0.2], [1, 1], [0.1, 0.4], [1, 2])


def test_the_band_covers_the_whole_line_as_often_as_it_says() -> None:
    rng, hits = np.random.default_rng(8), 0
    for _ in range(100):
        effects = rng.normal(0, 0.1, 20)
        sub, strong = rng.integers(0, 20, 60), rng.integers(0, 20, 60)
        x = np.clip(0.6 + effects[sub] + rng.uniform(-0.1, 0.1, 60), 0, 1)
        y = np.clip(0.4 + effects[strong] + rng.uniform(-0.1, 0.1, 60), 0, 1)
        band = base_rate_curve(x, sub.tolist(), y, strong.tolist(), [0, 0.5, 1]).band
        truth = 0.4, 0.5, 0.6
        hits += all(a <= t <= b for a, t, b in zip(band.low, truth, band.high, strict=True))
    assert hits >= 91
