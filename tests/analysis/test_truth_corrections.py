"""Do corrections find a known truth, and does what is not corrected show its bias?

A small seeded part of `benchmarks/statistics`.
"""

import numpy as np
import pytest

from analysis.judges.two_phase import two_phase_rate
from benchmarks.statistics.correction_forms import (
    draw_judged,
    label_at_random,
    label_by_verdict,
    two_phase,
)
from benchmarks.statistics.corrections import (
    GOOD,
    NOT_TRANSFERRED,
    POOR,
    UNCORRECTED,
    measure_correction,
)
from benchmarks.statistics.findings import Finding
from benchmarks.statistics.latent import study_redraw
from benchmarks.statistics.worlds import World

pytestmark = pytest.mark.no_cover

SEED = 2026
WORLD = World(25, 129, 0.35, 0.1)


def chosen(found: list[Finding], method: str, figure: str) -> Finding:
    return next(one for one in found if (one.method, one.figure) == (method, figure))


def test_the_vectorised_two_phase_rate_is_that_of_the_estimator() -> None:
    rng = np.random.default_rng(1)
    judged = draw_judged(World(12, 80, 0.4, 0.1, tie=0.2), GOOD, 20, rng)
    weights = label_by_verdict(judged, 30, rng)
    found = two_phase(judged, weights)
    for row, weight in enumerate(weights):
        labels = np.where(weight > 0, judged.truth[row], np.nan)
        chances = np.divide(1, weight, out=np.ones_like(weight), where=weight > 0)
        clusters = judged.sessions[row].tolist()
        rate = two_phase_rate(judged.judge[row], labels, clusters, chances).estimate
        ends = (found.interval[0][row], found.interval[1][row])
        assert (rate.value, rate.low, rate.high) == pytest.approx((found.value[row], *ends))


def test_labels_are_drawn_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    judged = draw_judged(WORLD, GOOD, 50, rng)
    by_verdict = label_by_verdict(judged, 30, rng)
    assert (label_at_random(judged, 30, rng) > 0).sum(axis=1).tolist() == [30] * 50
    assert by_verdict.sum(axis=1) == pytest.approx(np.full(50, 129))
    assert (by_verdict * (judged.judge > 0.5)).sum(axis=1) == pytest.approx(judged.judge.sum(1))


@pytest.mark.parametrize("judge", [GOOD, POOR], ids=["good-judge", "poor-judge"])
def test_labels_of_people_take_the_bias_of_the_judge_away(judge: tuple[float, float]) -> None:
    found = measure_correction(WORLD, judge, 60, 2_000, SEED)
    for method in ("two-phase PPI++", "two-phase PPI++, labels by verdict"):
        assert chosen(found, method, "bias").verdict == "pass"
        assert chosen(found, method, "coverage").verdict == "pass"
    uncorrected = chosen(found, UNCORRECTED, "bias")
    assert uncorrected.verdict == "pass"
    assert uncorrected.found > 0.05
    assert chosen(found, NOT_TRANSFERRED, "coverage").verdict == "pass"


def test_a_redraw_wins_what_selection_alone_gives_it() -> None:
    found = study_redraw(2_000, SEED)
    assert len(found) == 18
    assert {one.verdict for one in found} == {"pass"}
