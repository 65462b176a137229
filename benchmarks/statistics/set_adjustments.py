"""Set contrasts beside the raw one, and the interaction of model and set."""

from itertools import combinations

import numpy as np

from analysis.contrasts import set_contrast
from analysis.errors import EstimateError
from analysis.sets.interactions import interaction
from analysis.sets.odds_ratios import gee_contrast
from analysis.sets.set_contrasts import weighted_contrast, within_session_contrast
from benchmarks.statistics.findings import BIASED, CONTRAST, SIZE, SMALL_BIAS, Case, Finding
from benchmarks.statistics.loops import NAN, Outcome, Outcomes, attempt, repeat
from benchmarks.statistics.panels import Panel, draw_answers, draw_sessions
from benchmarks.statistics.worlds import World, draw_sets, unfold

WITHIN, WEIGHTED, INTERACTION, GEE = (
    "set contrast within sessions",
    "set contrast, weighted",
    "model x set",
    "set contrast, GEE odds ratio",
)
SESSIONS = (8, 15, 25, 40)
SET_SIZES = (129, 127)
MODEL_RATES = (0.4, 0.5, 0.6)
SET_GAP = 0.2
SLOPE, LEANING = 0.2, 0.25
"""How a covariate in -1, 0, 1 moves the chance of a win, and that of lying in set A."""


def study_within(replicates: int, seed: int) -> list[Finding]:
    """Measures the contrast within sessions, where set A favours sessions with many wins."""
    found: list[Finding] = []
    for place, sessions in enumerate(SESSIONS):
        worlds = [
            World(sessions, n, 0.5, 0.1, informative=informative)
            for n, informative in zip(SET_SIZES, (True, False), strict=True)
        ]

        def one(rng: np.random.Generator, worlds: list[World] = worlds) -> dict[str, Outcome]:
            a, b = (unfold(drawn, 0) for drawn in draw_sets(worlds, 1.0, 1, rng))
            return {
                "fixed effects, CR2": attempt(lambda: within_session_contrast(*a, *b).estimate),
                "raw contrast": attempt(lambda: set_contrast(*a, *b)),
            }

        name = f"n=129+127 G={sessions} ICC=0.1 sessions of A chosen"
        found += _findings(WITHIN, name, repeat(replicates, seed + place, one))
    return found


def study_weighted(replicates: int, seed: int) -> list[Finding]:
    """Measures the weighted contrast, where a covariate moves both the set and the score."""
    found: list[Finding] = []
    for place, sessions in enumerate(SESSIONS):

        def one(rng: np.random.Generator, sessions: int = sessions) -> dict[str, Outcome]:
            scores, in_a, covariate, clusters = draw_confounded(sessions, rng)
            sides = [
                (scores[side], [c for c, held in zip(clusters, side, strict=True) if held])
                for side in (in_a, ~in_a)
            ]
            return {
                "overlap weights, CR2": attempt(
                    lambda: (
                        weighted_contrast(
                            scores, in_a.tolist(), covariate[:, None], clusters
                        ).estimate
                    )
                ),
                "raw contrast": attempt(lambda: set_contrast(*sides[0], *sides[1])),
            }

        name = f"n=256 G={sessions} covariate confounds"
        found += _findings(WEIGHTED, name, repeat(replicates, seed + place, one))
    return found


def draw_confounded(
    sessions: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Draws scores, membership of set A, the covariate and sessions of 256 items."""
    clusters = draw_sessions(sessions, sum(SET_SIZES), rng)
    covariate = rng.integers(-1, 2, len(clusters)).astype(np.float64)
    in_a = rng.random(len(clusters)) < 1 / 2 + LEANING * covariate
    shift = rng.uniform(-0.25, 0.25, sessions)[clusters]
    won = rng.random(len(clusters)) < 1 / 2 + SLOPE * covariate + shift
    return won.astype(np.float64), in_a, covariate, clusters


def _findings(study: str, name: str, all_of: dict[str, Outcomes]) -> list[Finding]:
    """Returns size, coverage and bias of an adjusted contrast of zero, and the raw one's bias."""
    found = []
    for method, outcomes in all_of.items():
        if method == "raw contrast":
            found.append(Case(study, name, method, BIASED).bias(outcomes.value))
            continue
        found += [
            Case(study, name, method, SIZE).size(outcomes.p),
            outcomes.coverage(Case(study, name, method, CONTRAST), 0.0),
            Case(study, name, method, SMALL_BIAS).bias(outcomes.value),
        ]
    return found


def study_gee(replicates: int, seed: int) -> list[Finding]:
    """Measures the size of the odds ratio's test, with few replicates: each fit is slow."""
    found: list[Finding] = []
    for place, sessions in enumerate(SESSIONS):
        worlds = [World(sessions, n, 0.4, 0.1) for n in SET_SIZES]

        def one(rng: np.random.Generator, worlds: list[World] = worlds) -> dict[str, Outcome]:
            a, b = (unfold(drawn, 0) for drawn in draw_sets(worlds, 0.5, 1, rng))
            return {"bias-reduced, t(G-2)": attempt(lambda: gee_contrast(*a, *b).log_odds_ratio)}

        name = f"n=129+127 G={sessions} ICC=0.1 rates=0.4,0.4"
        for method, outcomes in repeat(replicates, seed + place, one).items():
            found.append(Case(GEE, name, method, SIZE).size(outcomes.p))
    return found


def study_interaction(replicates: int, seed: int) -> list[Finding]:
    """Measures the tests of models that differ by as much on either set."""
    found: list[Finding] = []
    for place, sessions in enumerate(SESSIONS):

        def one(rng: np.random.Generator, sessions: int = sessions) -> dict[str, Outcome]:
            return interaction_outcomes(*draw_crossed(sessions, rng))

        name = f"n=129+127 G={sessions} M={len(MODEL_RATES)}"
        for method, outcomes in repeat(replicates, seed + place, one).items():
            found.append(Case(INTERACTION, name, method, SIZE).size(outcomes.p))
            if method != "joint HTZ test":
                found.append(outcomes.coverage(Case(INTERACTION, name, method, CONTRAST), 0.0))
    return found


Crossed = tuple[list[float], list[str], list[str], list[int]]


def draw_crossed(sessions: int, rng: np.random.Generator) -> Crossed:
    """Draws every model on both sets of items: scores, models, sets and sessions by row."""
    rates = (*MODEL_RATES, *(rate - SET_GAP for rate in MODEL_RATES))
    answers = draw_answers(Panel(sessions, sum(SET_SIZES), rates), rng)
    order = rng.permutation(sum(SET_SIZES))
    rows: Crossed = ([], [], [], [])
    parts = (order[: SET_SIZES[0]], order[SET_SIZES[0] :])
    for which, (items, kind) in enumerate(zip(parts, ("suboptimal", "strong"), strict=True)):
        clusters = [answers.sessions[item] for item in items]
        for model in range(len(MODEL_RATES)):
            rows[0].extend(answers.scores[items, which * len(MODEL_RATES) + model].tolist())
            rows[1].extend([f"model-{model}"] * len(items))
            rows[2].extend([kind] * len(items))
            rows[3].extend(clusters)
    return rows


def interaction_outcomes(
    scores: list[float], models: list[str], sets: list[str], clusters: list[int]
) -> dict[str, Outcome]:
    """Returns one pair of models, and the joint test."""
    pairs = list(combinations(sorted(set(models)), 2))
    try:
        found = interaction(scores, models, sets, clusters)
    except EstimateError:
        return dict.fromkeys(("one pair, CR2", "joint HTZ test"), Outcome())
    first = next(pair for pair in found.pairs if {pair.model, pair.other} == set(pairs[0]))
    joint = NAN if found.joint is None else found.joint.p_value
    return {
        "one pair, CR2": attempt(lambda: first.difference),
        "joint HTZ test": Outcome(p=joint),
    }
