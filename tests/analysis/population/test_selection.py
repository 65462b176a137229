import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.population.selection import redraw_null, redraw_nulls

REFERENCE = "selection"

Agrees = Callable[..., None]

SHARES = st.floats(0.001, 0.5)
RELIABILITY = st.floats(0, 1)


def test_redraw_nulls_are_bivariate_normal_probabilities(agrees: Agrees, reference: Any) -> None:
    cases = reference["cases"]
    nulls = [redraw_null(case["q_s"], case["q_t"], case["r"]) for case in cases]
    source = f"mvtnorm {reference['versions']['mvtnorm']} pmvnorm"
    for rate, field in (("suboptimal", "sub"), ("strong", "strong")):
        found = [getattr(null, rate) for null in nulls]
        agrees(f"redraw null, {rate}", source, found, [case[field] for case in cases], 1e-9)


@given(SHARES, SHARES)
def test_a_perfect_label_gives_the_textbook_values(bottom: float, top: float) -> None:
    null = redraw_null(bottom, top)
    assert null.suboptimal == pytest.approx(1 - bottom / 2, abs=1e-12)
    assert null.strong == pytest.approx(top / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("bottom", "top", "reliability", "rates"),
    [
        pytest.param(0.2, 0.2, 0.8, (0.858, 0.142), id="r-.8"),
        pytest.param(0.2, 0.2, 0.5, (0.782, 0.218), id="r-.5"),
        pytest.param(0.1, 0.3, 0.8, (0.914, 0.192), id="asymmetric"),
    ],
)
def test_the_simulated_values_of_the_design_are_met_to_their_noise(
    bottom: float, top: float, reliability: float, rates: tuple[float, float]
) -> None:
    null = redraw_null(bottom, top, reliability)
    assert (null.suboptimal, null.strong) == pytest.approx(rates, abs=6e-4)
    assert null.average == pytest.approx(sum(rates) / 2, abs=6e-4)


@pytest.mark.parametrize("reliability", [1.0, 0.8, 0.3])
def test_a_simulated_redraw_meets_the_closed_form(reliability: float) -> None:
    rng, draws = np.random.default_rng(9), 400_000
    human, redraw = rng.normal(size=draws), rng.normal(size=draws)
    noise = math.sqrt(1 - reliability) * rng.normal(size=draws)
    label = math.sqrt(reliability) * human + noise
    low, high = np.quantile(label, [0.15, 0.7])
    null = redraw_null(0.15, 0.3, reliability)
    assert np.mean(redraw[label < low] > human[label < low]) == pytest.approx(
        null.suboptimal, abs=0.006
    )
    assert np.mean(redraw[label > high] > human[label > high]) == pytest.approx(
        null.strong, abs=0.006
    )


@given(SHARES, RELIABILITY)
def test_equal_shares_mirror_each_other(share: float, reliability: float) -> None:
    null = redraw_null(share, share, reliability)
    assert null.average == pytest.approx(0.5, abs=1e-12)
    assert null.symmetric
    assert 0.5 <= null.suboptimal <= 1 - share / 2 + 1e-12


@given(SHARES, RELIABILITY)
def test_two_complementary_sets_average_to_one_half(share: float, reliability: float) -> None:
    null = redraw_null(share, 1 - share, reliability)
    whole = share * null.suboptimal + (1 - share) * null.strong
    assert whole == pytest.approx(0.5, abs=1e-12)


def test_a_label_of_pure_noise_selects_nothing() -> None:
    null = redraw_null(0.1, 0.4, 0.0)
    assert (null.suboptimal, null.strong) == (0.5, 0.5)
    assert not null.symmetric


def test_the_grid_holds_every_pair_with_every_reliability() -> None:
    grid = redraw_nulls([(0.2, 0.2), (0.1, 0.3)], [0.5, 1.0])
    stated = [(null.bottom_share, null.top_share, null.reliability) for null in grid]
    assert stated == [(0.2, 0.2, 0.5), (0.2, 0.2, 1.0), (0.1, 0.3, 0.5), (0.1, 0.3, 1.0)]


@pytest.mark.parametrize(
    ("given_values", "message"),
    [
        pytest.param((0.0, 0.2, 1.0), "bottom_share is 0.0", id="empty-set"),
        pytest.param((0.2, math.nan, 1.0), "top_share is nan", id="nan"),
        pytest.param((0.2, 0.2, 1.2), "reliability is 1.2", id="reliability"),
        pytest.param((0.6, 0.6, 1.0), "overlap", id="overlap"),
    ],
)
def test_impossible_selection_is_refused(
    given_values: tuple[float, float, float], message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        redraw_null(*given_values)
