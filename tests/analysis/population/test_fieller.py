import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.population.fieller import FiellerSet, Shape, fieller

SIZES = st.floats(-3, 3)
VARIANCES = st.floats(0.001, 1)
CORRELATIONS = st.floats(-0.95, 0.95)


def holds(found: FiellerSet, ratio: float) -> bool:
    return any(low <= ratio <= high for low, high in found.parts)


@given(SIZES, SIZES, VARIANCES, VARIANCES, CORRELATIONS, st.floats(-50, 50))
def test_the_set_holds_exactly_the_ratios_within_the_quantile(
    a: float, b: float, v11: float, v22: float, rho: float, ratio: float
) -> None:
    v12 = rho * math.sqrt(v11 * v22)
    statistic = (a - ratio * b) / math.sqrt(v11 - 2 * ratio * v12 + ratio**2 * v22)
    assume(abs(abs(statistic) - 1.96) > 1e-6)
    assert holds(fieller(a, b, v11, v22, v12, 1.96), ratio) == (abs(statistic) < 1.96)


@given(SIZES, SIZES, VARIANCES, VARIANCES, CORRELATIONS)
def test_it_is_bounded_exactly_when_the_denominator_differs_from_zero(
    a: float, b: float, v11: float, v22: float, rho: float
) -> None:
    found = fieller(a, b, v11, v22, rho * math.sqrt(v11 * v22), 2.1)
    assume(abs(found.determination - 1) > 1e-9)
    assert found.bounded == (abs(b) > 2.1 * math.sqrt(v22))
    assert found.bounded == (found.determination > 1)


def test_a_published_formula_for_the_bounded_case_gives_the_same_ends() -> None:
    """Finney (1978), Statistical Method in Biological Assay, with g; written in another form."""
    a, b, v11, v22, v12, t = 3.0, 2.0, 0.2, 0.1, 0.05, 2.0
    ratio, g = a / b, t**2 * v22 / b**2
    root = math.sqrt(v11 - 2 * ratio * v12 + ratio**2 * v22 - g * (v11 - v12**2 / v22))
    ends = [(ratio - g * v12 / v22 + sign * t / b * root) / (1 - g) for sign in (-1, 1)]
    assert fieller(a, b, v11, v22, v12, t).parts[0] == pytest.approx(tuple(ends), rel=1e-12)


def test_a_weak_denominator_leaves_the_outside_of_an_interval() -> None:
    found = fieller(2.0, 0.1, 0.04, 0.04, 0.0, 2.0)
    assert found.shape is Shape.OUTSIDE
    assert not found.bounded
    assert not holds(found, 0.0)
    assert holds(found, 1e9)


def test_two_weak_terms_leave_the_whole_line() -> None:
    found = fieller(0.01, 0.01, 1.0, 1.0, 0.0, 2.0)
    assert found.shape is Shape.LINE
    assert found.within(0, 1) == ((0, 1),)


@pytest.mark.parametrize(
    ("numerator", "v11", "v12", "shape", "parts"),
    [
        pytest.param(1.0, 0.0, 0.0, Shape.EMPTY, (), id="empty"),
        pytest.param(0.0, 0.0, 0.0, Shape.LINE, ((-math.inf, math.inf),), id="line"),
    ],
)
def test_a_denominator_of_exactly_zero_is_told_apart(
    numerator: float, v11: float, v12: float, shape: Shape, parts: tuple[tuple[float, float], ...]
) -> None:
    found = fieller(numerator, 0.0, v11, 0.0, v12, 2.0)
    assert (found.shape, found.parts) == (shape, parts)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_denominator_on_the_edge_leaves_one_ray(sign: int) -> None:
    # a = 2^2 - 2^2 1 = 0, b = 2 sign 3 - 0, c = 9 - 4 = 5: 5 <= 12 sign r.
    found = fieller(3.0, 2.0 * sign, 1.0, 1.0, 0.0, 2.0)
    end = 5 / 12 * sign
    assert found.shape is Shape.OUTSIDE
    assert found.parts == (((end, math.inf),) if sign > 0 else ((-math.inf, end),))


def test_without_variance_the_ratio_alone_is_left() -> None:
    assert fieller(1.0, 4.0, 0.0, 0.0, 0.0, 2.0).parts == ((0.25, 0.25),)
    assert fieller(0.0, 4.0, 0.0, 0.0, 0.0, 2.0).within(0, 1) == ((0, 0),)


def test_the_part_within_a_range_may_be_two_pieces_or_none() -> None:
    found = FiellerSet(Shape.OUTSIDE, ((-math.inf, 0.2), (0.9, math.inf)), 0.5)
    assert found.within(0, 1) == ((0, 0.2), (0.9, 1))
    assert FiellerSet(Shape.INTERVAL, ((1.5, 2.0),), 3.0).within(0, 1) == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param((math.nan, 1, 1, 1, 0, 2), "numerator is nan", id="nan"),
        pytest.param((1, 1, 1, 1, 0, 0), "quantile is 0", id="quantile"),
        pytest.param((1, 1, -1, 1, 0, 2), "no covariance matrix", id="negative"),
        pytest.param((1, 1, 1, 1, 1.5, 2), "no covariance matrix", id="correlation"),
    ],
)
def test_unusable_terms_are_refused(
    values: tuple[float, float, float, float, float, float], message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        fieller(*values)


@pytest.mark.parametrize("denominator", [0.1, 0.5, 2.0])
def test_simulated_coverage_is_nominal_however_weak_the_denominator(denominator: float) -> None:
    rng = np.random.default_rng(2)
    draws = rng.multivariate_normal([1.0, denominator], [[0.1, 0.03], [0.03, 0.2]], 2000)
    sets = (fieller(a, b, 0.1, 0.2, 0.03, 1.959964) for a, b in draws.tolist())
    assert np.mean([holds(found, 1 / denominator) for found in sets]) == pytest.approx(
        0.95, abs=0.016
    )
