"""Crossed worlds: items by researcher and project, verdicts by model and judge."""

import numpy as np
from scipy.special import ndtri

from analysis.cluster_levels import LevelRate, rate_by_cluster_level
from analysis.errors import EstimateError
from analysis.judges.self_preference import self_preference
from benchmarks.statistics.findings import (
    BIASED,
    CONTRAST,
    OTHER_INTERVAL,
    SMALL_BIAS,
    Case,
    Finding,
)
from benchmarks.statistics.loops import Outcome, attempt, outcome, repeat
from benchmarks.statistics.panels import draw_sessions

LEVELS, FAMILY = "two-way clusters", "self-preference"
ITEMS, RATE = 129, 0.4
RESEARCHER, PROJECT = 0.1, 0.1
"""Latent variance of a researcher and of a project; the rest is the item's own."""
MODELS, JUDGES = 4, 2
BONUS = 0.1
"""What a judge adds to the chance of a win of the models of its own family."""


def study_levels(replicates: int, seed: int) -> list[Finding]:
    """Measures one-way and two-way intervals where researchers and projects both matter."""
    found: list[Finding] = []
    for place, (researchers, projects) in enumerate(((8, 8), (15, 8), (15, 15), (25, 15))):

        def one(
            rng: np.random.Generator, sizes: tuple[int, int] = (researchers, projects)
        ) -> dict[str, Outcome]:
            scores, labels = draw_levels(*sizes, rng)
            levels = rate_by_cluster_level(scores, labels)
            both = levels.two_way["researcher", "project"]
            return {name: level_outcome(one) for name, one in levels.one_way.items()} | {
                "both": level_outcome(both)
            }

        name = f"n=129 researchers={researchers} projects={projects}"
        all_of = repeat(replicates, seed + place, one)
        found += [
            all_of["both"].coverage(Case(LEVELS, name, "two-way", OTHER_INTERVAL), RATE),
            all_of["researcher"].coverage(Case(LEVELS, name, "by researcher alone"), RATE),
            all_of["project"].coverage(Case(LEVELS, name, "by project alone"), RATE),
        ]
    return found


def draw_levels(
    researchers: int, projects: int, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, list[int]]]:
    """Draws items of researchers who each work on several projects."""
    by_researcher = draw_sessions(researchers, ITEMS, rng)
    by_project = rng.integers(0, projects, ITEMS)
    latent = (
        np.sqrt(RESEARCHER) * rng.normal(size=researchers)[by_researcher]
        + np.sqrt(PROJECT) * rng.normal(size=projects)[by_project]
        + np.sqrt(1 - RESEARCHER - PROJECT) * rng.normal(size=ITEMS)
    )
    labels = {"researcher": by_researcher, "project": by_project.tolist()}
    return (latent < ndtri(RATE)).astype(np.float64), labels


def level_outcome(level: LevelRate) -> Outcome:
    """Returns the outcome of a level; NaN where it has no estimate."""
    return Outcome() if level.estimate is None else outcome(level.estimate)


def study_own_family(replicates: int, seed: int) -> list[Finding]:
    """Measures self-preference of two judges, each of the family of two of four models."""
    found: list[Finding] = []
    for place, sessions in enumerate((8, 25)):

        def one(rng: np.random.Generator, sessions: int = sessions) -> dict[str, Outcome]:
            scores, models, judges, same, clusters = draw_verdicts(sessions, rng)
            own, other = np.mean(scores[same]), np.mean(scores[~same])
            try:
                estimate = self_preference(scores, models, judges, same, clusters)
            except EstimateError:
                return {"crossed": Outcome(), "raw": Outcome(float(own - other))}
            return {"crossed": attempt(lambda: estimate), "raw": Outcome(float(own - other))}

        all_of = repeat(replicates, seed + place, one)
        name = f"n=60 G={sessions} M=4 judges=2"
        found += [
            Case(FAMILY, name, "model + judge + own family, CR2", SMALL_BIAS).bias(
                all_of["crossed"].value - BONUS
            ),
            all_of["crossed"].coverage(
                Case(FAMILY, name, "model + judge + own family, CR2", CONTRAST), BONUS
            ),
            Case(FAMILY, name, "own less other, raw", BIASED).bias(all_of["raw"].value - BONUS),
        ]
    return found


Verdicts = tuple[np.ndarray, list[int], list[int], np.ndarray, list[int]]


def draw_verdicts(sessions: int, rng: np.random.Generator) -> Verdicts:
    """Draws judges on models and items; the lenient one sees the other family's less often.

    So what is not adjusted for leniency takes it for self-preference.
    """
    per_item = draw_sessions(sessions, 60, rng)
    shift = rng.uniform(-0.1, 0.1, sessions)
    item, model, judge = (axis.ravel() for axis in np.indices((60, MODELS, JUDGES)))
    same = (model < MODELS // JUDGES) == (judge == 0)
    kept = same | (judge == 1) | (rng.random(len(item)) < 1 / 4)
    item, model, judge, same = item[kept], model[kept], judge[kept], same[kept]
    clusters = np.array(per_item)[item]
    quality, leniency = np.array([0.55, 0.45, 0.5, 0.4]), np.array([0.2, 0.0])
    chance = quality[model] + leniency[judge] + BONUS * same + shift[clusters]
    luck = rng.random((60, MODELS))[item, model]
    # both judges see the same proposal, so their verdicts are alike for half of the items
    own = rng.random(len(item))
    luck = np.where((rng.random(60) < 1 / 2)[item], luck, own)
    scores = (luck < chance).astype(np.float64)
    return scores, model.tolist(), judge.tolist(), same, clusters.tolist()
