"""A judge that errs, and people's verdicts on some items: bias and coverage of corrections."""

from dataclasses import replace

import numpy as np

from analysis.errors import EstimateError
from analysis.judges.rogan_gladen import Calibration, rogan_gladen
from analysis.judges.two_phase import post_stratified_rate
from benchmarks.statistics.correction_forms import (
    Corrected,
    Judged,
    draw_judged,
    effective_items,
    label_at_random,
    label_by_verdict,
    plain_rate,
    two_phase,
)
from benchmarks.statistics.findings import (
    BIASED,
    OTHER_INTERVAL,
    SMALL_BIAS,
    UNDERCOVERS,
    Case,
    Finding,
    Rule,
)
from benchmarks.statistics.worlds import Floats, World

STUDY = "correction"
TRUE_RATE, TIES = 0.35, 0.2
CALIBRATED = 100
"""Items of each true class on which a judge was calibrated elsewhere."""
ELSEWHERE = (0.9, 0.9)
"""Sensitivity and specificity on items from elsewhere that do not carry over."""
GOOD, POOR = (0.85, 0.8), (0.7, 0.7)
SLOW = 400
"""Replicates of the post-stratified rate, which has no vectorised form."""
PLAIN_DF = "two-phase PPI++ with t(labelled sessions - 1)"
UNCORRECTED = "judge, uncorrected"
NOT_TRANSFERRED = "Rogan-Gladen, calibration does not fit"
TRANSFERRED = "Rogan-Gladen, calibration fits"
TRANSFERRED_AS_T = "Rogan-Gladen, calibration fits, n for t"


def study_corrections(replicates: int, seed: int) -> list[Finding]:
    """Measures two judges, few and many labels, weak and strong sessions, and ties."""
    found: list[Finding] = []
    for place, (world, judge, labels) in enumerate(cells()):
        found += measure_correction(world, judge, labels, replicates, seed + place)
    return found


def cells() -> list[tuple[World, tuple[float, float], int]]:
    """Returns worlds, judges and numbers of labels."""
    ties = World(25, 129, (TRUE_RATE - TIES / 2) / (1 - TIES), 0.1, TIES)
    return [
        *(
            (World(sessions, 129, TRUE_RATE, icc), judge, labels)
            for sessions, iccs in ((8, (0.1,)), (15, (0.1,)), (25, (0.0, 0.1, 0.3)))
            for icc in iccs
            for judge in (GOOD, POOR)
            for labels in (30, 60)
        ),
        *((ties, GOOD, labels) for labels in (30, 60)),
    ]


def measure_correction(
    world: World, judge: tuple[float, float], labels: int, replicates: int, seed: int
) -> list[Finding]:
    """Measures bias and coverage of every correction in one world."""
    rng = np.random.default_rng(seed)
    judged = draw_judged(world, judge, replicates, rng)
    chosen, every = label_at_random(judged, labels, rng), np.ones_like(judged.truth)
    corrected = {
        UNCORRECTED: plain_rate(judged, judged.judge, every),
        "people's labels only": plain_rate(judged, judged.truth, chosen),
        "two-phase PPI++": two_phase(judged, chosen),
        PLAIN_DF: two_phase(judged, chosen, plain_df=True),
        "two-phase PPI++, labels by verdict": two_phase(
            judged, label_by_verdict(judged, labels, rng)
        ),
        "post-stratified": post_stratified(judged, chosen),
    }
    if not world.tie:
        n, n_as_t = effective_items(judged), effective_items(judged, as_t=True)
        corrected[TRANSFERRED] = by_error_rates(judged, judge, n, rng)
        corrected[TRANSFERRED_AS_T] = by_error_rates(judged, judge, n_as_t, rng)
        corrected[NOT_TRANSFERRED] = by_error_rates(judged, ELSEWHERE, n, rng)
    name = f"n={world.items} G={world.sessions} ICC={world.icc:g} judge={judge[0]:g}/{judge[1]:g}"
    case = Case(STUDY, f"{name} labels={labels}{' ties' if world.tie else ''}", "")
    return [
        finding
        for method, one in corrected.items()
        for finding in both(replace(case, method=method), one)
    ]


def both(case: Case, corrected: Corrected) -> list[Finding]:
    """Returns bias and coverage of one method with the rules that it has."""
    bias: dict[str, Rule | None] = {
        UNCORRECTED: BIASED,
        **dict.fromkeys((NOT_TRANSFERRED, TRANSFERRED, TRANSFERRED_AS_T)),
    }
    coverage: dict[str, Rule | None] = {
        UNCORRECTED: None,
        PLAIN_DF: None,
        TRANSFERRED: None,
        NOT_TRANSFERRED: UNDERCOVERS,
    }
    return [
        replace(case, rule=bias.get(case.method, SMALL_BIAS)).bias(corrected.value - TRUE_RATE),
        replace(case, rule=coverage.get(case.method, OTHER_INTERVAL)).coverage(
            TRUE_RATE, corrected.interval, corrected.value
        ),
    ]


def post_stratified(judged: Judged, weights: Floats) -> Corrected:
    """Returns the post-stratified rate of the first replicates, by the estimator itself."""
    rows: list[tuple[float | None, ...]] = []
    for replicate in range(min(len(weights), SLOW)):
        labels = np.where(weights[replicate] > 0, judged.truth[replicate], np.nan)
        clusters = judged.sessions[replicate].tolist()
        try:
            found = post_stratified_rate(judged.judge[replicate], labels, clusters).estimate
        except EstimateError:
            rows.append((np.nan, np.nan, np.nan))
        else:
            rows.append((found.value, found.low, found.high))
    value, low, high = np.array(rows, dtype=np.float64).T
    return Corrected(value, (low, high))


def by_error_rates(
    judged: Judged, calibrated: tuple[float, float], items: Floats, rng: np.random.Generator
) -> Corrected:
    """Returns Rogan-Gladen with calibrations drawn at the given error rates."""
    right = rng.binomial(CALIBRATED, calibrated, size=(len(judged.judge), 2)).tolist()
    rates, effective = judged.judge.mean(axis=1).tolist(), items.tolist()
    rows = []
    for rate, n, (won, lost) in zip(rates, effective, right, strict=True):
        se, sp = Calibration(won, CALIBRATED), Calibration(lost, CALIBRATED)
        found = rogan_gladen(rate, n, se, sp)
        rows.append((found.value, found.low, found.high))
    value, low, high = np.array(rows).T
    return Corrected(value, (low, high))
