from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.permutation.sign_flips import sign_flip_test
from analysis.permutation.wild_bootstrap import wild_cluster_test, wild_contrast_test

REFERENCE = "wild_bootstrap"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)
STRICT = {"rate": 0.015625, "mean": 0.96875, "contrast": 0.029296875}
"""P values of wildboottest 0.3.2 (Python, bootstrap type 11, enumerated), which leaves ties out."""

Floats = npt.NDArray[np.float64]
Items = list[tuple[float, int]]

QUARTERS = st.integers(0, 4).map(lambda quarters: quarters / 4)
ITEMS = st.lists(st.tuples(QUARTERS, st.integers(0, 7)), min_size=2, max_size=40).filter(
    lambda items: len({label for _, label in items}) > 1
)


def many(seed: int) -> Items:
    """More items than are gone through, in thirty clusters of uneven size."""
    rng = np.random.default_rng(seed)
    labels = [*range(30), *rng.choice(30, 45, p=np.arange(1, 31) / 465)]
    return [
        (int(value) / 4, int(label))
        for value, label in zip(rng.integers(0, 5, 75), labels, strict=True)
    ]


def columns(items: Items) -> tuple[list[float], list[int]]:
    return [value for value, _ in items], [label for _, label in items]


def t_squared(y: Floats, x: Floats, groups: list[Any]) -> float:
    """The squared CR1 t of the last coefficient, with full matrices."""
    bread = np.linalg.inv(x.T @ x)
    residual = y - x @ bread @ x.T @ y
    labels = sorted(set(groups))
    rows = [np.array([group == label for group in groups]) for label in labels]
    scores = np.array([(bread @ x[row].T @ residual[row])[-1] for row in rows])
    variance = float(scores @ scores) * len(labels) / (len(labels) - 1)
    value = float((bread @ x.T @ y)[-1])
    return value**2 / variance if variance > 1e-14 else (np.inf if abs(value) > 1e-9 else 0)


def by_hand(y: Floats, x: Floats, fitted: Floats, groups: list[Any]) -> tuple[float, float]:
    """P value and share of ties, from every drawn data set; y is measured from the null."""
    labels, observed = sorted(set(groups)), t_squared(y, x, groups)
    drawn = []
    for signs in product([1, -1], repeat=len(labels)):
        sign = np.array([dict(zip(labels, signs, strict=True))[group] for group in groups])
        drawn.append(t_squared(fitted + sign * (y - fitted), x, groups))
    ties = np.isclose(drawn, observed, rtol=1e-9, atol=1e-12)
    return float(np.mean(ties | (np.array(drawn) > observed))), float(np.mean(ties))


def one_column(values: list[float], null: float) -> tuple[Floats, Floats, Floats]:
    y = np.array(values) - null
    return y, np.ones((len(y), 1)), np.zeros(len(y))


def stacked(a: list[float], b: list[float]) -> tuple[Floats, Floats, Floats]:
    y, x = np.array([*a, *b]), np.ones((len(a) + len(b), 2))
    x[len(a) :, 1] = 0
    return y, x, np.full(len(y), y.mean())


@pytest.mark.parametrize(
    ("name", "data", "null"), [("rate", "score", 0.5), ("mean", "difference", 0)]
)
def test_a_mean_has_the_statistic_and_p_value_of_r(
    agrees: Agrees, reference: Any, name: str, data: str, null: float
) -> None:
    values, labels = reference[data], reference["cluster"]
    test, expected = wild_cluster_test(values, labels, null=null), reference[name]
    source = "R lm and sandwich 3.0.2, every pattern"
    found = [test.statistic, test.p_value]
    agrees("wild cluster test", source, found, [expected["t"], expected["p"]], within=1e-10)
    ties = by_hand(*one_column(values, null), labels)[1]
    strict = test.p_value - ties
    agrees("wild cluster test, no ties", "wildboottest 0.3.2", strict, STRICT[name], within=1e-10)


def test_a_contrast_has_the_statistic_and_p_value_of_r(agrees: Agrees, reference: Any) -> None:
    parts = [reference[key] for key in ("score_a", "cluster_a", "score_b", "cluster_b")]
    test, expected = wild_contrast_test(*parts), reference["contrast"]
    found = [test.statistic, test.p_value]
    source = "R lm and sandwich 3.0.2, every pattern"
    agrees("wild contrast test", source, found, [expected["t"], expected["p"]], within=1e-10)
    ties = by_hand(*stacked(parts[0], parts[2]), [*parts[1], *parts[3]])[1]
    found = [test.p_value - ties]
    agrees("wild contrast test, no ties", "wildboottest 0.3.2", found, STRICT["contrast"], 1e-10)


def test_darwins_plants_have_the_p_value_of_fisher(agrees: Agrees) -> None:
    """With clusters of one item t is a growing function of the mean: Fisher 1935, section 21."""
    plants = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]) / 100
    test = wild_cluster_test(plants, range(15), draws=2**14)
    agrees("wild cluster test", "Fisher 1935", test.p_value, 1726 / 32768, within=1e-12)


@FEW
@given(st.lists(st.tuples(QUARTERS, st.integers(0, 4)), min_size=2, max_size=20))
def test_a_rate_equals_the_second_implementation(items: Items) -> None:
    values, labels = columns(items)
    assume(len(set(labels)) > 1)
    expected = by_hand(*one_column(values, 0.5), labels)[0]
    assert wild_cluster_test(values, labels, null=0.5).p_value == pytest.approx(expected)


@FEW
@given(*[st.lists(st.tuples(QUARTERS, st.integers(0, 4)), min_size=2, max_size=12)] * 2)
def test_a_contrast_equals_the_second_implementation(a: Items, b: Items) -> None:
    (values_a, labels_a), (values_b, labels_b) = columns(a), columns(b)
    assume(len({*labels_a, *labels_b}) > 1)
    test = wild_contrast_test(values_a, labels_a, values_b, labels_b)
    expected = by_hand(*stacked(values_a, values_b), [*labels_a, *labels_b])[0]
    assert test.p_value == pytest.approx(expected)


@FEW
@given(st.lists(st.lists(QUARTERS, min_size=3, max_size=3), min_size=2, max_size=8))
def test_equal_clusters_have_the_p_value_of_the_sign_flip(sessions: list[list[float]]) -> None:
    values = [value for session in sessions for value in session]
    labels = [label for label in range(len(sessions)) for _ in range(3)]
    wild = wild_cluster_test(values, labels, null=0.5)
    assert wild.p_value == sign_flip_test(values, labels, null=0.5).p_value


@pytest.mark.parametrize("seed", range(3))
def test_drawn_patterns_come_near_the_enumerated_p_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = [*range(15), *rng.integers(0, 15, 60).tolist()]
    values = rng.random(75)
    drawn = wild_cluster_test(values, labels, null=0.5, seed=seed)
    exact = wild_cluster_test(values, labels, null=0.5, draws=2**14)
    assert (drawn.exact, exact.exact) == (False, True)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.02)


@FEW
@given(ITEMS)
def test_roles_order_and_names_change_no_enumerated_p_value(items: Items) -> None:
    values, labels = columns(items)
    test = wild_cluster_test(values, labels, null=0.5)
    swapped = wild_cluster_test(
        [1 - value for value in reversed(values)],
        [f"s{label}" for label in reversed(labels)],
        null=0.5,
    )
    assert test.p_value == swapped.p_value
    assert swapped.statistic == pytest.approx(-test.statistic, rel=1e-9)


@FEW
@given(st.integers(0, 2**32))
def test_roles_order_and_names_change_no_drawn_p_value(seed: int) -> None:
    values, labels = columns(many(seed))
    test = wild_cluster_test(values, labels, null=0.5, draws=99)
    swapped = wild_cluster_test(
        [1 - value for value in reversed(values)],
        [f"s{label * 7 % 30}" for label in reversed(labels)],
        null=0.5,
        draws=99,
    )
    assert test.p_value == swapped.p_value


@FEW
@given(st.integers(0, 2**32))
def test_roles_and_order_change_no_drawn_p_value_of_a_contrast(seed: int) -> None:
    (values_a, labels_a), (values_b, labels_b) = columns(many(seed)), columns(many(seed + 1))
    test = wild_contrast_test(values_a, labels_a, values_b, labels_b, draws=99)
    mirrored = wild_contrast_test(
        [1 - value for value in reversed(values_a)],
        labels_a[::-1],
        [1 - value for value in reversed(values_b)],
        labels_b[::-1],
        draws=99,
    )
    assert test.p_value == mirrored.p_value


@FEW
@given(ITEMS, ITEMS)
def test_swapping_the_sets_turns_the_contrast_and_keeps_its_p_value(a: Items, b: Items) -> None:
    (values_a, labels_a), (values_b, labels_b) = columns(a), columns(b)
    test = wild_contrast_test(values_a, labels_a, values_b, labels_b)
    swapped = wild_contrast_test(values_b, labels_b, values_a, labels_a)
    assert swapped.p_value == test.p_value
    assert swapped.statistic == pytest.approx(-test.statistic, rel=1e-6, abs=1e-9)


def test_the_type_one_error_with_uneven_sessions_is_near_the_level() -> None:
    rng = np.random.default_rng(8)
    sizes = [2, 3, 3, 4, 5, 6, 7, 8, 10, 12]
    labels = np.repeat(np.arange(10), sizes).tolist()
    rejected = [
        wild_cluster_test(
            np.clip(np.repeat(rng.normal(0, 0.2, 10), sizes) + rng.normal(0, 0.3, 60), -1, 1),
            labels,
        ).p_value
        <= 0.05
        for _ in range(600)
    ]
    assert np.mean(rejected) < 0.05 + 3 * 0.009


def test_a_sweep_is_infinitely_far_and_only_its_mirror_reaches_it() -> None:
    test = wild_cluster_test([1.0] * 12, [*range(6)] * 2, null=0.5)
    assert test.p_value == 2 / 64
    assert test.statistic == np.inf


def test_all_ties_have_the_p_value_one() -> None:
    test = wild_cluster_test([0.5] * 12, [*range(6)] * 2, null=0.5)
    contrast = wild_contrast_test([0.5] * 6, range(6), [0.5] * 6, range(6))
    assert test.p_value == contrast.p_value == 1
    assert test.statistic == contrast.statistic == 0


def test_one_cluster_is_refused() -> None:
    with pytest.raises(TooFewClusters, match="one cluster"):
        wild_contrast_test([0.0, 1.0], ["a", "a"], [1.0], ["a"])
    with pytest.raises(TooFewClusters, match="one cluster"):
        wild_cluster_test([0.0, 1.0], ["a", "a"])


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(EstimateError, match="scores_b is empty"):
        wild_contrast_test([0.0, 1.0], ["a", "b"], [], [])


def test_a_missing_value_and_no_draws_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"values\[1\] is missing"):
        wild_cluster_test([0.0, float("nan")], ["a", "b"])
    with pytest.raises(EstimateError, match="draws is 0"):
        wild_cluster_test([0.0, 1.0], ["a", "b"], draws=0)
