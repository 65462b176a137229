"""Do tests of many models, and of judges, keep their word where the truth is known?

A small seeded part of `benchmarks/statistics`, which calls the estimators themselves.
"""

import numpy as np
import pytest

from analysis.multiplicity import holm
from benchmarks.statistics.base_rate_studies import measure_curve
from benchmarks.statistics.closed_forms import holm_adjusted
from benchmarks.statistics.findings import Finding
from benchmarks.statistics.judging import Judge, measure_agreement, measure_position
from benchmarks.statistics.many_models import MODELS, measure_families, study_equivalence
from benchmarks.statistics.panels import Panel, draw_answers
from benchmarks.statistics.trends import Line, measure_trend
from benchmarks.statistics.worlds import World

pytestmark = pytest.mark.no_cover

SEED = 2026


def verdicts(found: list[Finding]) -> set[str]:
    return {one.verdict for one in found if one.rule}


def test_a_panel_has_the_rates_that_it_names() -> None:
    rng = np.random.default_rng(1)
    scores = [draw_answers(Panel(25, 129, (0.3, 0.6)), rng).scores for _ in range(300)]
    assert np.mean(scores, axis=(0, 1)) == pytest.approx([0.3, 0.6], abs=0.02)


def test_the_harness_adjusts_as_holm_does() -> None:
    p_values = np.random.default_rng(1).random(7) ** 3
    adjusted = holm(dict(enumerate(p_values.tolist()))).adjusted
    assert list(adjusted.values()) == pytest.approx(holm_adjusted(p_values).tolist())


@pytest.mark.parametrize("rates", [(0.5,) * MODELS, (0.4,) * 3 + (0.6,) * 3], ids=["all", "half"])
def test_a_family_seldom_holds_a_false_difference(rates: tuple[float, ...]) -> None:
    found = measure_families(12, rates, 200, SEED)
    assert "FAIL" not in verdicts(found)
    assert next(one for one in found if "no adjustment" in one.method).found > 0.10


def test_arms_that_differ_by_the_margin_are_seldom_called_equivalent() -> None:
    assert "FAIL" not in verdicts(study_equivalence(200, SEED))


def test_models_without_a_trend_seldom_show_one() -> None:
    found = measure_trend(Line(6, 0.0, 0.05), 25, 200, SEED)
    assert "FAIL" not in verdicts(found)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.2])
def test_a_position_shift_leaves_the_rate_alone(shift: float) -> None:
    found = measure_position(Judge(shift), 500, SEED)
    assert "FAIL" not in verdicts(found)
    assert found[0].method == "win rate, both orders"
    assert abs(found[0].found) < 0.005


def test_one_order_alone_keeps_half_of_the_shift() -> None:
    found = measure_position(Judge(0.2), 500, SEED)
    alone = next(one for one in found if one.method == "win rate, first order only")
    assert alone.found == pytest.approx(0.1, abs=0.005)


def test_coefficients_of_agreement_cover_those_of_the_world() -> None:
    found = measure_agreement(World(15, 129, 0.85, 0.1), 200, SEED)
    assert {one.method for one in found} == {"raw", "kappa", "AC1", "alpha"}
    assert "FAIL" not in verdicts(found)


def test_the_curve_and_its_break_even_cover_those_of_the_world() -> None:
    assert "FAIL" not in verdicts(measure_curve(15, 0.1, 100, SEED))
