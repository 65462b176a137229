from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from analysis.errors import EstimateError
from analysis.permutation.sign_flips import sign_flip_test

REFERENCE = "sign_flips"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)

QUARTERS = st.integers(-4, 4).map(lambda quarters: quarters / 4)
ITEMS = st.lists(st.tuples(QUARTERS, st.integers(0, 7)), min_size=1, max_size=40)

Items = list[tuple[float, int]]


def many(seed: int) -> Items:
    """More items than are gone through, in thirty clusters."""
    rng = np.random.default_rng(seed)
    pairs = zip(rng.integers(-4, 5, 75), rng.integers(0, 30, 75), strict=True)
    return [(int(value) / 4, int(label)) for value, label in pairs]


def columns(items: Items) -> tuple[list[float], list[int]]:
    return [value for value, _ in items], [label for _, label in items]


def test_darwins_plants_have_the_p_value_of_fisher(agrees: Agrees, reference: Any) -> None:
    """Fisher 1935, The Design of Experiments, section 21: 1,726 of 32,768 patterns."""
    values = np.array(reference["darwin"]) / 100
    test = sign_flip_test(values, range(15), draws=2**14)
    assert test.exact
    assert test.draws == 2**15
    agrees("sign flip", "Fisher 1935", test.p_value, 1726 / 32768, within=1e-12)
    agrees("sign flip", "R, every pattern", test.p_value, reference["darwin_every"], within=1e-12)


def test_drawn_patterns_come_near_the_exact_p_value_of_darwins_plants(reference: Any) -> None:
    test = sign_flip_test(np.array(reference["darwin"]) / 100, range(15), seed=5)
    assert not test.exact
    assert test.seed == 5
    assert test.p_value * 10_000 == pytest.approx(round(test.p_value * 10_000), abs=1e-9)
    assert test.p_value == pytest.approx(1726 / 32768, abs=0.009)


def test_sessions_have_the_p_values_of_r(agrees: Agrees, reference: Any) -> None:
    paired = sign_flip_test(reference["difference"], reference["session"])
    rate = sign_flip_test(reference["score"], reference["session"], null=0.5)
    expected = [reference["difference_every"], reference["score_every"]]
    found = [paired.p_value, rate.p_value]
    agrees("sign flip of sessions", "R, every pattern", found, expected, within=1e-12)
    coin = "R coin 1.4.2, a million draws"
    agrees("sign flip of sessions", coin, found[0], reference["difference_coin"], within=0.01)


def test_sessions_have_the_p_value_of_scipy(agrees: Agrees, reference: Any) -> None:
    values, session = np.array(reference["difference"]), np.array(reference["session"])
    sums = [values[session == label].sum() for label in np.unique(session)]
    scipy = permutation_test([sums], np.sum, permutation_type="samples", n_resamples=2**10)
    found = sign_flip_test(values, session.tolist()).p_value
    agrees("sign flip of sessions", "scipy permutation_test", found, scipy.pvalue, within=1e-12)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1, 1, 1), (1, 2, 3, 3, 5, 8), (1, 1, 2, 2, 4, 0)])
def test_the_p_value_is_exact_over_all_sign_patterns(sizes: tuple[int, ...]) -> None:
    found = [
        sign_flip_test([s * size / 8 for s, size in zip(signs, sizes, strict=True)], range(6))
        for signs in product([1, -1], repeat=6)
    ]
    p_values = np.array([test.p_value for test in found])
    counted = p_values * found[0].draws
    assert counted == pytest.approx(np.round(counted), abs=1e-9)
    for alpha in [*p_values, 0.05, 0.1]:
        assert np.mean(p_values <= alpha) <= alpha + 1e-12
    assert {float(p) for p in p_values} == {float(np.mean(p_values <= p)) for p in p_values}


@FEW
@given(ITEMS)
def test_roles_order_and_names_change_no_enumerated_p_value(items: Items) -> None:
    test = sign_flip_test(*columns(items))
    swapped = sign_flip_test([-value for value, _ in items], [str(label) for _, label in items])
    reordered = sign_flip_test(*columns(sorted(items)))
    assert test.exact
    assert test.p_value == swapped.p_value == reordered.p_value
    assert swapped.statistic == -test.statistic


@FEW
@given(st.integers(0, 2**32))
def test_roles_order_and_names_change_no_drawn_p_value(seed: int) -> None:
    items = many(seed)
    test = sign_flip_test(*columns(items), draws=99)
    swapped = sign_flip_test(
        [-value for value, _ in items],
        [f"s{label * 7 % 30}" for _, label in items],
        draws=99,
    )
    reordered = sign_flip_test(*columns(sorted(items)), draws=99)
    assert test.p_value == swapped.p_value == reordered.p_value


@FEW
@given(st.integers(0, 2**32))
def test_a_rate_and_its_mirror_have_one_p_value(seed: int) -> None:
    values, labels = columns(many(seed))
    scores = [(value + 1) / 2 for value in values]
    rate = sign_flip_test(scores, labels, null=0.5, draws=99)
    mirrored = sign_flip_test([1 - score for score in scores], labels, null=0.5, draws=99)
    assert rate.p_value == mirrored.p_value


def test_rounding_does_not_decide_ties() -> None:
    # All sums are as far from the null as each other, but not in the last digit.
    values = [0.1 + 0.2, -0.3, 0.7 - 0.4, 1 - 0.7, -(0.1 + 0.2), 0.3]
    assert sign_flip_test(values, range(6)).p_value == pytest.approx(2 * (1 + 6 + 15) / 64)


@pytest.mark.parametrize("labels", [range(40), [0] * 40], ids=["forty-clusters", "one-cluster"])
def test_all_ties_have_the_p_value_one(labels: list[int]) -> None:
    test = sign_flip_test([0.5] * 40, labels, null=0.5)
    assert (test.p_value, test.exact, test.moving, test.smallest_p) == (1.0, True, 0, 1.0)


def test_one_cluster_can_show_nothing() -> None:
    test = sign_flip_test([1.0, 1.0], ["a", "a"])
    assert (test.p_value, test.smallest_p, test.clusters) == (1.0, 1.0, 1)


def test_five_sessions_cannot_reach_five_percent() -> None:
    test = sign_flip_test([1.0] * 5, range(5))
    assert test.p_value == test.smallest_p == 2 / 32


def test_a_session_at_the_null_moves_nothing_and_is_not_gone_through() -> None:
    test = sign_flip_test([1.0, -1.0, *[0.5] * 14], [0, 0, *range(1, 15)])
    assert (test.clusters, test.moving, test.draws) == (15, 14, 2**14)


@FEW
@given(st.integers(15, 40), st.integers(0, 20))
def test_a_drawn_p_value_is_never_zero(clusters: int, seed: int) -> None:
    test = sign_flip_test([1.0] * clusters, range(clusters), draws=19, seed=seed)
    assert test.p_value >= test.smallest_p == 1 / 20


def test_thirty_thousand_clusters_have_a_p_value() -> None:
    rng = np.random.default_rng(1)
    values = rng.choice([-1.0, 1.0], 30_000)
    test = sign_flip_test(values, range(30_000), draws=199)
    assert test.draws == 199
    assert 0 < test.p_value <= 1


@pytest.mark.parametrize(
    ("values", "labels", "draws", "message"),
    [
        ([float("nan")], ["a"], 9, r"differences\[0\] is missing"),
        ([], [], 9, "differences is empty"),
        ([1.5], ["a"], 9, "outside"),
        ([0.5], [None], 9, r"clusters\[0\] is missing"),
        ([0.5], ["a"], 0, "draws is 0"),
    ],
)
def test_unusable_input_is_refused(
    values: list[float], labels: list[Any], draws: int, message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        sign_flip_test(values, labels, draws=draws)
