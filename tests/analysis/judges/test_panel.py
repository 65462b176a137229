from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.judges.panel import NOT_ALL_JUDGES, panel

REFERENCE = "panel"
SOURCE = "R rowMeans, clubSandwich 0.5.8"

Agrees = Callable[..., None]

QUARTERS = st.integers(0, 4).map(lambda quarters: quarters / 4)
TABLES = st.lists(st.tuples(QUARTERS, QUARTERS, QUARTERS), min_size=4, max_size=20)


def summary(estimate: Estimate) -> list[float]:
    assert estimate.effective_n is not None
    error = (estimate.value * (1 - estimate.value) / estimate.effective_n) ** 0.5
    return [estimate.value, error, estimate.df]


def numbers(expected: dict[str, float]) -> list[float]:
    return [expected[key] for key in ("value", "se", "df")]


def test_mean_and_leaving_out_are_those_of_clubsandwich(agrees: Agrees, reference: Any) -> None:
    scores = {name: np.array(column, dtype=float) for name, column in reference["scores"].items()}
    found = panel(scores, reference["clusters"])
    ours, theirs = summary(found.mean), numbers(reference["mean"])
    for name in "abc":
        ours += summary(found.judges[name]) + summary(found.without[name])
        theirs += numbers(reference["judges"][name]) + numbers(reference["without"][name])
    agrees("panel mean, judges, leave-one-out", SOURCE, ours, theirs, 1e-9)


def test_items_that_a_judge_left_out_are_counted(reference: Any) -> None:
    scores = {name: np.array(column, dtype=float) for name, column in reference["scores"].items()}
    found = panel(scores, reference["clusters"])
    assert found.missing == {"c": 3}
    assert found.mean.exclusions == {NOT_ALL_JUDGES: 3}
    assert {estimate.n for estimate in found.judges.values()} == {found.mean.n}


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_a_judge_under_two_names_leaves_the_mean_alone(rows: Any) -> None:
    a, b, c = (list(column) for column in zip(*rows, strict=True))
    clusters, models = list(range(len(a))), {"a": 1, "b": 2, "c": 3, "again": 2}
    once = panel({"a": a, "b": b, "c": c}, clusters)
    twice = panel({"a": a, "b": b, "c": c, "again": b}, clusters, models)
    assert twice.mean.value == pytest.approx(once.mean.value, abs=1e-14)
    assert list(twice.without) == [1, 2, 3]
    assert twice.without[2].value == pytest.approx(once.without["b"].value, abs=1e-14)


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_the_order_of_judges_changes_no_digit(rows: Any) -> None:
    a, b, c = (list(column) for column in zip(*rows, strict=True))
    clusters = [at // 2 for at in range(len(a))]
    found = panel({"a": a, "b": b, "c": c}, clusters)
    assert found.mean == panel({"c": c, "b": b, "a": a}, clusters).mean
    low, high = found.range
    assert low - 1e-12 <= found.mean.value <= high + 1e-12


def test_other_models_with_the_same_scores_keep_their_weight_and_are_named() -> None:
    found = panel({"a": [0, 1, 1], "b": [0, 1, 1], "c": [0, 0, 0.5]}, [1, 2, 3])
    assert found.mean.value == pytest.approx((2 / 3 + 2 / 3 + 1 / 6) / 3)
    assert found.warnings == (
        "'a' and 'b' gave the same score to every item: if they are one model, say so",
    )


def test_a_panel_of_one_has_nobody_to_leave_out() -> None:
    found = panel({"a": [0, 1, 1]}, [1, 2, 3])
    assert found.without == {}
    assert found.mean == found.judges["a"]


@pytest.mark.parametrize(
    ("scores", "models", "message"),
    [
        pytest.param({}, None, "names no judge", id="nobody"),
        pytest.param({"a": [1, 0, 2]}, None, r"scores\['a'\]\[2\] is 2", id="out-of-range"),
        pytest.param({"a": [1, 0]}, None, "shape", id="length"),
        pytest.param({"a": [1, 0, 1]}, {"b": 1}, "model of judge 'a'", id="no-model"),
        pytest.param(
            {"a": [1, np.nan, np.nan], "b": [np.nan, 1, 0]}, None, "No item", id="nothing-common"
        ),
    ],
)
def test_unusable_panels_are_refused(scores: Any, models: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        panel(scores, [1, 2, 3], models)
