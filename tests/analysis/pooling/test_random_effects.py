"""The pool of laboratories against metafor and statsmodels, its laws, and the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from analysis.errors import EstimateError, TooFewClusters
from analysis.pooling.random_effects import Pool, pool_differences, pool_rates
from benchmarks.statistics.pools import SMALL, Laboratories, measure_pool
from tests.analysis.conftest import Agreement

KACKER = (
    (61.0, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9),
    (0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225),
)
"""Kacker 2004, Metrologia 41, and their variances."""
METAFOR = {
    "value": 62.4076199113286, "standard_error": 0.338030602684471, "tau2": 0.705395309224248,
    "q": 24.801897741835, "q_p": 0.00167935146372742,
}  # fmt: skip
"""R metafor, rma(y, v, method="PM", control=list(tol=1e-9)), as kept in statsmodels' tests."""

INVERSE = 1 / (np.array(KACKER[1]) + METAFOR["tau2"])
"""Their weights, with which ours is the same interval."""
LABORATORIES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(2, 500)), min_size=2, max_size=6
)  # fmt: skip


def pool(laboratories: list[tuple[float, float]]) -> Pool:
    """The pool of rates with their effective sizes, and these as weights."""
    rates, sizes = zip(*laboratories, strict=True)
    return pool_rates(rates, sizes, sizes)


@pytest.mark.parametrize("name", METAFOR)
def test_the_pool_is_that_of_metafor(agrees: Agreement, name: str) -> None:
    found = getattr(pool_differences(*KACKER, INVERSE), name)
    agrees(f"pool, {name}", "R metafor, Kacker 2004", found, METAFOR[name])


def test_the_interval_is_that_of_statsmodels(agrees: Agreement) -> None:
    y, v = map(np.array, KACKER)
    theirs = combine_effects(y, v, method_re="pm", use_t=True, atol=1e-12)
    ours = pool_differences(y, v, INVERSE)
    expected = [*theirs.conf_int()[3], theirs.i2]
    agrees("pool, Hartung-Knapp", "statsmodels", [ours.low, ours.high, ours.i2], expected)


def test_agreement_by_luck_does_not_shorten_the_interval() -> None:
    found = pool_differences([0.10, 0.11, 0.09], [0.01, 0.01, 0.01], [1, 1, 1])
    assert found.tau2 == found.i2 == 0
    assert found.standard_error == pytest.approx((0.01 / 3) ** 0.5)


@settings(max_examples=25)
@given(LABORATORIES, st.randoms())
def test_the_order_of_laboratories_changes_nothing(
    given: list[tuple[float, float]], chance: np.random.Generator
) -> None:
    mixed = list(given)
    chance.shuffle(mixed)
    one, other = (pool(laboratories) for laboratories in (given, mixed))
    assert (one.value, one.low, one.high, one.q) == (other.value, other.low, other.high, other.q)
    assert sorted(one.weights) == sorted(other.weights)


@settings(max_examples=25)
@given(st.floats(0.01, 0.99), st.floats(50, 500), st.integers(2, 6))
def test_laboratories_that_agree_give_their_own_rate(rate: float, size: float, k: int) -> None:
    found = pool([(rate, size)] * k)
    assert found.value == pytest.approx(rate)
    assert found.tau2 == 0
    assert found.weights == pytest.approx((1 / k,) * k)


@settings(max_examples=25)
@given(LABORATORIES)
def test_swapping_the_roles_gives_one_minus_the_pool(given: list[tuple[float, float]]) -> None:
    one, other = pool(given), pool([(1 - rate, size) for rate, size in given])
    assert one.value == pytest.approx(1 - other.value, abs=1e-6)
    assert 0 <= one.low <= one.value <= one.high <= 1


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_laboratories_at_one_end_pool_to_that_end(rate: float) -> None:
    found = pool([(rate, 8), (rate, 40)])
    assert found.value == rate
    assert 0 <= found.low < found.high <= 1


def test_each_laboratory_is_left_out_in_turn() -> None:
    found = pool_differences([0.1, 0.2, 0.6], [0.01, 0.02, 0.03], [3, 2, 1])
    rest = pool_differences([0.1, 0.2], [0.01, 0.02], [3, 2])
    assert [left.place for left in found.without] == [0, 1, 2]
    assert found.without[2].high == rest.high
    assert rest.without == ()
    assert rest.predicted_low is None


def test_one_laboratory_is_no_pool() -> None:
    with pytest.raises(TooFewClusters, match="1 laboratories"):
        pool([(0.5, 10)])
    with pytest.raises(EstimateError, match="variances and weights positive ones"):
        pool_differences([0.1, 0.2], [0.1, 0.0], [1, 1])


@pytest.mark.parametrize(
    "given", [Laboratories(5, 0.8, 0.4), Laboratories(8, 0.97, 0.0, **SMALL)], ids=str
)
def test_the_interval_holds_the_truth(given: Laboratories) -> None:
    found = measure_pool(given, 60, 2026)
    assert not {"FAIL"} & {one.verdict for one in found if one.rule}
