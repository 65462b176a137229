import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.judges.rogan_gladen import (
    ASSUMES,
    CLIPPED,
    SHARES_CLIPPED,
    Calibration,
    RoganGladen,
    invert_confusion,
    rogan_gladen,
)

REFERENCE = "rogan_gladen"

Agrees = Callable[..., None]

GOOD = st.integers(6, 20).map(lambda right: Calibration(right, 20)).filter(lambda c: c.right > 11)


def corrected(case: dict[str, Any]) -> RoganGladen:
    se, sp = Calibration(*case["se"]), Calibration(*case["sp"])
    return rogan_gladen(case["rate"], case["n"], se, sp, case["level"])


@pytest.mark.parametrize("number", range(7))
def test_values_and_intervals_are_those_of_asht(
    agrees: Agrees, reference: Any, number: int
) -> None:
    case = reference["intervals"][number]
    found = corrected(case)
    expected = [case["value"], *case["interval"]]
    ours = [found.value, found.low, found.high]
    agrees("Rogan-Gladen, Lang-Reiczigel interval", "R asht::prevSeSp", ours, expected, 1e-9)


@pytest.mark.parametrize("number", range(5))
def test_intervals_are_those_printed_by_lang_and_reiczigel(reference: Any, number: int) -> None:
    """Examples 1 to 4 of Lang and Reiczigel (2014), Prev. Vet. Med. 113:13-22."""
    case = reference["intervals"][number]
    found = corrected(case)
    assert (found.low, found.high) == pytest.approx(case["published"], abs=0.005)


def test_the_value_is_that_of_epi_prev(agrees: Agrees, reference: Any) -> None:
    case = reference["epi"]
    se, sp = Calibration(*case["se"]), Calibration(*case["sp"])
    found = rogan_gladen(case["positive"] / case["tested"], case["tested"], se, sp)
    agrees("Rogan-Gladen value", "R epiR::epi.prev", found.value, case["value"], 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(1, 500), GOOD, GOOD)
def test_swapping_roles_mirrors_the_correction(
    rate: float, n: float, se: Calibration, sp: Calibration
) -> None:
    found, mirror = rogan_gladen(rate, n, se, sp), rogan_gladen(1 - rate, n, sp, se)
    expected = (1 - mirror.value, 1 - mirror.high, 1 - mirror.low)
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-9)
    assert 0 <= found.low <= found.high <= 1


def test_a_perfect_calibration_leaves_the_rate() -> None:
    found = rogan_gladen(0.3, 100, Calibration(50, 50), Calibration(50, 50))
    assert found.value == pytest.approx(0.3)
    assert found.warnings == (ASSUMES,)


def test_a_rate_below_the_false_wins_is_set_to_zero_and_told() -> None:
    found = rogan_gladen(0.05, 100, Calibration(45, 50), Calibration(40, 50))
    assert (found.value, found.low) == (0, 0)
    assert CLIPPED in found.warnings


REFUSED = [
    pytest.param(0.5, 10, (5, 10), (5, 10), "not known to beat chance", id="chance"),
    pytest.param(0.5, 10, (1, 1), (2, 100), "not known to beat chance", id="barely-calibrated"),
    pytest.param(1.5, 10, (9, 10), (9, 10), r"rate\[0\] is 1.5", id="rate"),
    pytest.param(0.5, 0, (9, 10), (9, 10), "n_eff is 0", id="no-items"),
    pytest.param(0.5, 10, (0, 0), (9, 10), "sensitivity is 0 of 0", id="no-calibration"),
    pytest.param(0.5, 10, (9, 10), (11, 10), "specificity is 11 of 10", id="more-than-all"),
]


@pytest.mark.parametrize(("rate", "n", "se", "sp", "message"), REFUSED)
def test_unusable_calibrations_are_refused(
    rate: float, n: float, se: tuple[int, int], sp: tuple[int, int], message: str
) -> None:
    with pytest.raises(EstimateError, match=message):
        rogan_gladen(rate, n, Calibration(*se), Calibration(*sp))


def test_true_shares_are_those_that_solve_gives(agrees: Agrees, reference: Any) -> None:
    case = reference["confusion"]
    found = invert_confusion(case["shares"], case["matrix"])
    ours = [found.won, found.tied, found.lost, found.condition]
    agrees("inverted confusion matrix", "R solve", ours, [*case["solved"], case["condition"]], 1e-9)


def test_inverting_brings_back_the_shares_that_were_confused(reference: Any) -> None:
    case = reference["confusion"]
    found = invert_confusion(case["seen"], 40 * np.array(case["matrix"]))
    assert (found.won, found.tied, found.lost) == pytest.approx(case["known"], rel=1e-12)
    assert found.rate == pytest.approx(0.6)


def test_a_judge_without_errors_is_left_alone() -> None:
    found = invert_confusion([1, 0, 0], np.eye(3))
    assert (found.won, found.tied, found.lost, found.condition) == (1, 0, 0, 1)
    assert len(found.warnings) == 1


def test_a_share_below_zero_is_set_to_zero_and_told() -> None:
    found = invert_confusion([0.05, 0.15, 0.8], [[8, 1, 1], [3, 4, 3], [1, 2, 7]])
    assert found.won == 0
    assert found.won + found.tied + found.lost == pytest.approx(1)
    assert min(found.unbounded) < 0
    assert SHARES_CLIPPED in found.warnings


def test_a_poor_judge_is_told_by_its_condition_number() -> None:
    found = invert_confusion([0.4, 0.3, 0.3], [[40, 30, 30], [33, 36, 31], [30, 32, 38]])
    assert found.condition > 10
    assert any("condition number" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("shares", "confusion", "message"),
    [
        pytest.param([1, 0, 0], [[5, 3, 2]] * 3, "close to singular", id="no-distinction"),
        pytest.param([1, 0], np.eye(3), "three that add up to 1", id="two-shares"),
        pytest.param([0.5, 0.5, 0.5], np.eye(3), "three that add up to 1", id="too-much"),
        pytest.param([1, 0, 0], np.eye(2), "3 x 3", id="two-classes"),
        pytest.param([1, 0, 0], [[1, 0, 0], [0, 0, 0], [0, 0, 1]], "every row", id="empty-row"),
    ],
)
def test_unusable_confusions_are_refused(shares: Any, confusion: Any, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        invert_confusion(shares, confusion)


def test_few_clusters_widen_the_interval() -> None:
    se, sp = Calibration(90, 100), Calibration(80, 100)
    known, few = (rogan_gladen(0.6, 100, se, sp, df=df) for df in (math.inf, 5.0))
    assert few.value == known.value
    assert few.low < known.low
    assert few.high > known.high
