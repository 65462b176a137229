from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.judges.stability import (
    NOT_REPEATED,
    ONE_ORDER,
    OWN_SCORES,
    flips_by_closeness,
    order_table,
    position_effect,
    stability,
)
from analysis.judges.verdict_counts import VerdictCounts, count_verdicts

REFERENCE = "stability"
SOURCE = "R pairs listed one by one, clubSandwich 0.5.8"

Agrees = Callable[..., None]

VALUES = st.sampled_from([0.0, 0.5, 1.0])
ORDERS = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=3, max_size=15)


def counted(verdicts: dict[str, Any]) -> VerdictCounts:
    keys = ("item", "order", "sample", "value", "cluster")
    return count_verdicts(*(verdicts[key] for key in keys))


def twice(items: list[tuple[float, float, float, float]]) -> VerdictCounts:
    """Two verdicts in each order, the first order first; clusters of two items."""
    n = len(items)
    return count_verdicts(
        np.repeat(np.arange(n), 4).tolist(),
        [0, 0, 1, 1] * n,
        [0, 1] * 2 * n,
        [value for item in items for value in item],
        [item // 2 for item in range(n) for _ in range(4)],
    )


def once(pairs: list[tuple[float, float]], clusters: list[int] | None = None) -> VerdictCounts:
    n = len(pairs)
    groups = list(range(n)) if clusters is None else clusters
    return count_verdicts(
        np.repeat(np.arange(n), 2).tolist(),
        [0, 1] * n,
        [0] * 2 * n,
        [value for pair in pairs for value in pair],
        np.repeat(groups, 2).tolist(),
    )


def summary(estimate: Estimate | None) -> list[float | None]:
    assert estimate is not None
    return [estimate.value, estimate.df, estimate.low, estimate.high]


@pytest.mark.parametrize("name", ["position", "excess"])
def test_differences_have_the_interval_of_clubsandwich(
    agrees: Agrees, reference: Any, name: str
) -> None:
    verdicts = counted(reference["verdicts"])
    found = position_effect(verdicts) if name == "position" else stability(verdicts).excess
    expected = [reference["figures"][name][key] for key in ("value", "df", "low", "high")]
    agrees(f"judge stability: {name}", SOURCE, summary(found), expected, 1e-9)


NAMES = [
    ("flip", "flip"),
    ("reversal", "reversal"),
    ("noise_floor", "floor"),
    ("repetition", "modal"),
]


@pytest.mark.parametrize(("name", "theirs"), NAMES)
def test_rates_have_value_variance_and_df_of_clubsandwich(
    agrees: Agrees, reference: Any, name: str, theirs: str
) -> None:
    found = getattr(stability(counted(reference["verdicts"])), name)
    error = (found.value * (1 - found.value) / found.effective_n) ** 0.5
    expected = [reference["figures"][theirs][key] for key in ("value", "se", "df")]
    agrees(f"judge stability: {name}", SOURCE, [found.value, error, found.df], expected, 1e-9)


def test_the_table_and_mcnemar_are_those_of_r(agrees: Agrees, reference: Any) -> None:
    table = order_table(counted(reference["verdicts"]))
    assert [list(row) for row in table.counts] == reference["table"]
    assert (table.first_both, table.second_both) == (
        reference["first_both"],
        reference["second_both"],
    )
    agrees("exact McNemar of the orders", "R binom.test", table.p_value, reference["mcnemar"], 1e-9)


def test_flips_by_closeness_are_those_of_r(agrees: Agrees, reference: Any) -> None:
    found = flips_by_closeness(counted(reference["verdicts"]))
    assert [band.n for band in found.bands] == [band["n"] for band in reference["bands"]]
    expected = [band["flip"] for band in reference["bands"]]
    agrees("flip rate by closeness", SOURCE, [band.flip for band in found.bands], expected, 1e-9)
    assert found.warnings == (OWN_SCORES,)


def test_closeness_from_elsewhere_needs_no_warning() -> None:
    verdicts = once([(1, 0), (1, 1), (0, 0), (1, 0)])
    found = flips_by_closeness(verdicts, [0.5, 1.0, 5 / 6, 2 / 3], level=0.9)
    assert found.warnings == ()
    assert [band.n for band in found.bands] == [1, 1, 2]
    assert [band.estimate is None for band in found.bands] == [True, True, False]
    assert [band.flip for band in found.bands] == [1, 1, 0]


def test_an_empty_band_has_no_rate() -> None:
    found = flips_by_closeness(once([(1, 1), (0, 0)]), edges=(0.3,))
    assert (found.bands[0].n, found.bands[0].flip) == (0, None)


@settings(max_examples=25, deadline=None)
@given(ORDERS)
def test_the_order_of_verdicts_and_names_change_nothing(items: Any) -> None:
    verdicts = twice(items)
    n = len(items)
    backwards = count_verdicts(
        [f"i{item}" for item in np.repeat(np.arange(n), 4)[::-1]],
        ([0, 0, 1, 1] * n)[::-1],
        ([5, 7] * 2 * n)[::-1],
        [value for item in items for value in item][::-1],
        [f"c{item // 2}" for item in range(n) for _ in range(4)][::-1],
    )
    assert stability(verdicts) == stability(backwards)
    assert order_table(verdicts) == order_table(backwards)


@settings(max_examples=25, deadline=None)
@given(ORDERS)
def test_exchanging_win_and_loss_leaves_flips_alone(items: Any) -> None:
    swapped = [tuple(1 - value for value in item) for item in items]
    found, other = stability(twice(items)), stability(twice(swapped))
    assert (found.flip, found.noise_floor) == (other.flip, other.noise_floor)
    a, b = position_effect(twice(items)).value, position_effect(twice(swapped)).value
    assert a == pytest.approx(-b)


def test_a_judge_that_draws_lots_shows_a_floor_and_no_excess() -> None:
    rng = np.random.default_rng(3)
    found = stability(twice(rng.choice([0, 0.5, 1], size=(3000, 4)).tolist()))
    assert found.flip.value == pytest.approx(2 / 3, abs=0.03)
    assert found.excess is not None
    assert found.excess.value == pytest.approx(0, abs=0.03)


def test_a_judge_that_always_takes_the_first_shows_nothing_but_position() -> None:
    found = stability(twice([(1, 1, 0, 0)] * 8))
    assert found.excess is not None
    assert found.noise_floor is not None
    assert (found.flip.value, found.noise_floor.value, found.excess.value) == (1, 0, 1)
    assert position_effect(twice([(1, 1, 0, 0)] * 8)).value == 1
    assert order_table(twice([(1, 1, 0, 0)] * 8)).first_both == 8


def test_without_repeats_there_is_no_floor() -> None:
    found = stability(once([(1, 0), (1, 1), (0, 0.5), (0.5, 0.5)]))
    assert (found.noise_floor, found.excess, found.repetition) == (None, None, None)
    assert found.flip.value == 0.5
    assert found.reversal.value == 0.25


def test_no_disagreement_between_first_and_second_has_p_value_1() -> None:
    assert order_table(once([(1, 1), (0, 0)])).p_value == 1


def test_items_in_one_order_or_judged_once_are_counted() -> None:
    verdicts = count_verdicts(
        ["a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "d"],
        [0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0],
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0],
        [1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1],
        ["x", "x", "x", "x", "y", "y", "y", "y", "z", "z", "z"],
    )
    found = stability(verdicts)
    assert found.flip.exclusions == {ONE_ORDER: 1}
    assert found.noise_floor is not None
    assert found.noise_floor.exclusions == {NOT_REPEATED: 2}


REFUSED: list[Any] = [
    pytest.param({"values": [0.3, 1]}, r"values\[0\] is 0.3, not 0, 1/2 or 1", id="value"),
    pytest.param({"values": [0.5, np.nan]}, r"values\[1\] is missing", id="unscored"),
    pytest.param({"orders": [0, 2]}, r"orders\[1\] is 2, not 0 or 1", id="order"),
    pytest.param({"samples": [0, 0.5]}, r"samples\[1\] is 0.5, not a whole number", id="sample"),
    pytest.param({"orders": [0, 0]}, "Item 'a', order 0 has sample 0 twice", id="repeated-key"),
    pytest.param({"clusters": ["x", "y"]}, r"clusters\[1\] puts item 'a' in a", id="two-clusters"),
    pytest.param({"items": ["a", None]}, r"items\[1\] is missing", id="no-item"),
    pytest.param({"items": ["a"]}, "1 items, but 2 values", id="length"),
    pytest.param({"orders": [0]}, r"orders has shape \(1,\)", id="orders-length"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_unusable_verdicts_are_refused(change: dict[str, Any], message: str) -> None:
    given = {
        "items": ["a", "a"],
        "orders": [0, 1],
        "samples": [0, 0],
        "values": [1, 0],
        "clusters": ["x", "x"],
    }
    with pytest.raises(EstimateError, match=message):
        count_verdicts(**{**given, **change})


def test_one_order_only_is_refused() -> None:
    verdicts = count_verdicts(["a", "b"], [0, 0], [0, 0], [1, 0], ["x", "y"])
    for figure in (position_effect, stability, order_table, flips_by_closeness):
        with pytest.raises(EstimateError, match="All 2 items were judged in one order only"):
            figure(verdicts)


def test_one_cluster_is_refused() -> None:
    with pytest.raises(TooFewClusters):
        stability(once([(1, 0), (1, 1)], [4, 4]))


@pytest.mark.parametrize(
    ("scores", "edges", "message"),
    [
        ([0.5], (0.2,), "1 scores, but 2 items"),
        ([0.5, 1], (0.3, 0.2), "edges must ascend"),
        ([0.5, 2], (0.2,), r"scores\[1\] is 2"),
    ],
)
def test_unusable_bands_are_refused(scores: Any, edges: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        flips_by_closeness(once([(1, 0), (1, 1)]), scores, edges)
