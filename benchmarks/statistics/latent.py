"""Two figures whose truth is a latent law: the redraw null and the length-controlled rate."""

import numpy as np
from scipy.special import expit

from analysis.judges.length_control import length_control
from analysis.population.selection import redraw_null
from benchmarks.statistics.findings import BIASED, OTHER_INTERVAL, POSITION_BIAS, Case, Finding
from benchmarks.statistics.loops import Outcome, attempt, repeat
from benchmarks.statistics.panels import draw_sessions

REDRAW, LENGTH = "redraw null", "length control"
SELECTIONS = ((0.2, 0.2), (0.1, 0.3))
RELIABILITIES = (1.0, 0.8, 0.5)
POINTS = 500
"""Human moves in a replicate, from which both sets are selected."""
LEVEL, PULL, LONGER = -0.4, 1.0, 0.5
"""Logit at equal length, effect of tanh(length difference), mean length difference in sd."""
SAME_LUCK = 0.3
"""Chance of an item to share the luck of its session."""


def study_redraw(replicates: int, seed: int) -> list[Finding]:
    """Measures how far a redraw of the human move is from what `redraw_null` says it wins."""
    found: list[Finding] = []
    cells = [(q, r) for q in SELECTIONS for r in RELIABILITIES]
    for place, (shares, reliability) in enumerate(cells):
        rng = np.random.default_rng((seed, place))
        sub, strong = redraw_rates(shares, reliability, replicates, rng)
        null = redraw_null(*shares, reliability)
        name = f"shares={shares[0]:g}/{shares[1]:g} reliability={reliability:g}"
        found += [
            Case(REDRAW, name, "suboptimal", POSITION_BIAS).bias(sub - null.suboptimal),
            Case(REDRAW, name, "strong", POSITION_BIAS).bias(strong - null.strong),
            Case(REDRAW, name, "suboptimal against one half", BIASED).bias(sub - 1 / 2),
        ]
    return found


def redraw_rates(
    shares: tuple[float, float], reliability: float, replicates: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the win rates of a redraw on both sets, chosen by a label of known reliability."""
    shape = (replicates, POINTS)
    human, redraw, error = (rng.normal(size=shape) for _ in range(3))
    label = np.sqrt(reliability) * human + np.sqrt(1 - reliability) * error
    won = np.take_along_axis(1.0 * (redraw > human), label.argsort(axis=1), axis=1)
    low, high = (round(share * POINTS) for share in shares)
    return won[:, :low].mean(axis=1), won[:, POINTS - high :].mean(axis=1)


def study_length(replicates: int, seed: int) -> list[Finding]:
    """Measures the rate at equal length, where longer proposals win more."""
    found: list[Finding] = []
    truth = float(expit(LEVEL))
    for place, sessions in enumerate((8, 15, 25, 40)):

        def one(rng: np.random.Generator, sessions: int = sessions) -> dict[str, Outcome]:
            scores, clusters, longer = draw_lengths(sessions, rng)
            found = length_control(scores, clusters, {"length": longer})
            return {
                "controlled": attempt(lambda: found.controlled),
                "raw": attempt(lambda: found.raw),
            }

        name = f"n=129 G={sessions}"
        all_of = repeat(replicates, seed + place, one)
        case = Case(LENGTH, name, "controlled, jackknife", OTHER_INTERVAL)
        found += [
            all_of["controlled"].coverage(case, truth),
            Case(LENGTH, name, "raw rate", BIASED).bias(all_of["raw"].value - truth),
        ]
    return found


def draw_lengths(
    sessions: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[int], np.ndarray]:
    """Draws scores, sessions and length differences."""
    clusters = draw_sessions(sessions, 129, rng)
    longer = LONGER + rng.normal(size=len(clusters))
    own, shared = rng.random(len(clusters)), rng.random(sessions)[clusters]
    luck = np.where(rng.random(len(clusters)) < SAME_LUCK, shared, own)
    won = luck < expit(LEVEL + PULL * np.tanh(longer))
    return won.astype(np.float64), clusters, longer
