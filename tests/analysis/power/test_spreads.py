from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.power.assumptions import Spread
from analysis.power.detectable import Planned, detectable_mean
from analysis.power.sizes import planned_sizes, size_excess


@given(st.integers(1, 20), st.integers(1, 20), st.floats(0, 0.5))
def test_only_the_part_within_items_shrinks(repeats: int, samples: int, icc: float) -> None:
    # Var(mean) = [sigma_b^2 deff + sigma_w^2 / (2 k)] / n, the ICC in deff being that of the
    # items without noise; here it starts from scores with noise.
    now = Spread(0.5, icc, verdict_variance=0.1, proposal_variance=0.03)
    sizes = planned_sizes(129, 25)
    between, clusters = 0.25 - 0.05 - 0.03, 0.25 * icc
    noise = 0.03 / repeats + 0.1 / (2 * samples * repeats)
    expected = (between + clusters * size_excess(sizes) + noise) / 129
    found = detectable_mean(Planned(sizes, now.at(repeats, samples)))
    assert found.error**2 == pytest.approx(expected, rel=1e-12)


def test_the_icc_rises_as_noise_falls_and_comes_back() -> None:
    now = Spread(0.5, 0.1, 0.2, 0.0)
    more = now.at(2, 5)
    assert more.icc > now.icc
    back = more.at(1, 1)
    assert (back.sd, back.icc) == pytest.approx((now.sd, now.icc), rel=1e-12)


def test_what_is_not_known_does_not_shrink() -> None:
    with pytest.raises(EstimateError, match="verdict_variance is unknown"):
        Spread(0.5, 0.1).at(1, 2)
    with pytest.raises(EstimateError, match="proposal_variance is unknown"):
        Spread(0.5, 0.1, 0.1).at(2, 1)
    assert Spread(0.5, 0.1).at(1, 1) == Spread(0.5, 0.1)


def test_estimated_noise_above_what_the_icc_leaves_buys_no_narrower_interval() -> None:
    spread = Spread(0.5, 0.2, 0.3, 0.2, repeats=2, samples=2).as_shown()
    assert spread.resolved
    crowded = replace(spread, sd=0.3).as_shown()
    crowded.check("x")
    assert crowded.at(5, 9).sd == crowded.at(2, 2).sd == 0.3
    assert crowded.at(1, 2).sd > 0.3


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        (Spread(0.5, 0.1, verdict_variance=0.6), "verdicts and proposals alone vary by 0.3"),
        (Spread(0.5, 0.1, verdict_variance=-0.1), "a variance of x is -0.1"),
        (Spread(0.5, 0.1, repeats=0), "repeats and samples of x"),
    ],
)
def test_noise_that_cannot_be_is_refused(spread: Spread, said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        spread.check("x")


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0)])
def test_no_repeats_and_no_samples_are_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(EstimateError, match="must be at least 1"):
        Spread(0.5, 0.1, 0.1, 0.1).at(*numbers)
