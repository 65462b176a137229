"""Judges that lean to a position and judges that err: bias of the rate, coverage of agreement."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.contrasts import mean_effect
from analysis.errors import EstimateError
from analysis.labels.agreement import agreement
from analysis.labels.krippendorff import krippendorff_alpha
from analysis.scores import score_items
from benchmarks.statistics.findings import (
    BIASED,
    CONTRAST,
    OTHER_INTERVAL,
    POSITION_BIAS,
    Case,
    Finding,
)
from benchmarks.statistics.loops import Outcome, attempt, outcome, repeat
from benchmarks.statistics.panels import draw_sessions
from benchmarks.statistics.worlds import Floats, World, draw_chances

POSITION, AGREEMENT = "position effect", "agreement"
SHIFTS = (0.0, 0.1, 0.2)
ITEMS = 129
WITHIN = (0.1, 0.9)
"""Chances of a win lie between these, so that a shift of .2 stays additive."""
CLASSES = ("win", "tie", "loss")
SHARES = np.array([0.5, 0.15, 0.35])
GUESSES = np.array([0.6, 0.1, 0.3])


@dataclass(frozen=True)
class Judge:
    """How a judge leans to the first position."""

    shift: float
    close: bool = False
    """Whether the shift is largest for items of even chance and vanishes for sure ones."""

    def shifts(self, chances: Floats) -> Floats:
        """Returns the shift of each item."""
        return self.shift * (4 * chances * (1 - chances) if self.close else np.ones(1))


def study_position(replicates: int, seed: int) -> list[Finding]:
    """Measures the bias that a position shift leaves in the rate, and the effect's coverage."""
    judges = [Judge(shift, close) for shift in SHIFTS for close in (False, True)]
    found: list[Finding] = []
    for place, judge in enumerate(judges):
        if judge.close and not judge.shift:
            continue
        found += measure_position(judge, replicates, seed + place)
    return found


def measure_position(judge: Judge, replicates: int, seed: int) -> list[Finding]:
    """Measures one judge, who sees the first order one to three times and the second once."""
    rng = np.random.default_rng(seed)
    items = replicates * ITEMS
    chances = WITHIN[0] + (WITHIN[1] - WITHIN[0]) * rng.beta(1.5, 1.5, size=items)
    samples = rng.integers(1, 4, size=items)
    item = np.concatenate([np.repeat(np.arange(items), samples), np.arange(items)])
    order = np.concatenate([np.zeros(samples.sum(), int), np.ones(items, int)])
    lean = judge.shifts(chances)[item % len(judge.shifts(chances))] / 2
    points = rng.random(len(item)) < chances[item] + np.where(order == 0, lean, -lean)
    scored = score_items(np.arange(items), item, order, points * 1.0, items=items)
    errors = (scored.score - chances).reshape(replicates, ITEMS).mean(axis=1)
    firsts = (points - chances[item])[order == 0][: items // 2]
    name = f"n=129 shift={judge.shift:g}{' on close items' if judge.close else ''}"
    case = Case(POSITION, name, "")
    planted = float(np.mean(judge.shifts(chances)))
    found = [
        replace(case, method="win rate, both orders", rule=POSITION_BIAS).bias(errors),
        replace(case, method="position effect", rule=POSITION_BIAS).bias(
            (scored.position - planted).reshape(replicates, ITEMS).mean(axis=1)
        ),
    ]
    if judge.shift:
        control = BIASED if not judge.close else None
        found.append(replace(case, method="win rate, first order only", rule=control).bias(firsts))
    effects = scored.position.reshape(replicates, ITEMS)
    return [*found, position_coverage(replace(case, rule=CONTRAST), effects, planted, seed)]


def position_coverage(case: Case, effects: Floats, planted: float, seed: int) -> Finding:
    """Measures the interval of the position effect; items of one session by the draw's sizes."""
    rows = iter(effects)

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        clusters = draw_sessions(25, ITEMS, rng)
        return {"effect": attempt(lambda: mean_effect(next(rows), clusters))}

    case = replace(case, method="position effect, CR2")
    return repeat(len(effects), seed, one)["effect"].coverage(case, planted)


def study_agreement(replicates: int, seed: int) -> list[Finding]:
    """Measures kappa, AC1, alpha and raw agreement of two rows of labels."""
    cells = [
        (sessions, hit, icc)
        for sessions in (8, 15, 25, 40)
        for hit in (0.85, 0.6)
        for icc in (0.0, 0.1)
    ]
    found: list[Finding] = []
    for place, (sessions, hit, icc) in enumerate(cells):
        found += measure_agreement(World(sessions, ITEMS, hit, icc), replicates, seed + place)
    return found


def measure_agreement(world: World, replicates: int, seed: int) -> list[Finding]:
    """Measures one world, in which a session's rate is the share of items that are not guessed."""

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        sessions = draw_sessions(world.sessions, world.items, rng)
        sure = draw_chances((world,), 0, 1, rng)[0][0, :, 0][sessions]
        truth = rng.choice(3, size=world.items, p=SHARES)
        guess = rng.choice(3, size=world.items, p=GUESSES)
        judged = np.where(rng.random(world.items) < sure, truth, guess)
        rows = [[CLASSES[code] for code in codes.tolist()] for codes in (truth, judged)]
        return agreement_outcomes(rows, sessions)

    true = true_agreement(world.rate)
    name = f"n={world.items} G={world.sessions} hit={world.rate:g} ICC={world.icc:g}"
    return [
        outcomes.coverage(Case(AGREEMENT, name, method, OTHER_INTERVAL), true[method])
        for method, outcomes in repeat(replicates, seed, one).items()
    ]


def agreement_outcomes(rows: list[list[str]], sessions: list[int]) -> dict[str, Outcome]:
    """Returns every coefficient of one replicate."""
    alpha = attempt(lambda: krippendorff_alpha(rows, sessions))
    try:
        found = agreement(rows[0], rows[1], sessions, CLASSES)
    except EstimateError:
        return {"raw": Outcome(), "kappa": Outcome(), "AC1": Outcome(), "alpha": alpha}
    return {
        "raw": outcome(found.raw),
        "kappa": Outcome() if found.kappa is None else outcome(found.kappa),
        "AC1": outcome(found.ac1),
        "alpha": alpha,
    }


def true_agreement(hit: float) -> dict[str, float]:
    """Returns the coefficients of the expected confusion matrix."""
    confusion = hit * np.diag(SHARES) + (1 - hit) * np.outer(SHARES, GUESSES)
    rows, columns = confusion.sum(axis=1), confusion.sum(axis=0)
    raw, both = float(np.trace(confusion)), (rows + columns) / 2
    chance = float(both @ (1 - both)) / (len(CLASSES) - 1)
    return {
        "raw": raw,
        "kappa": float((raw - rows @ columns) / (1 - rows @ columns)),
        "AC1": (raw - chance) / (1 - chance),
        "alpha": float(1 - (1 - raw) / (1 - both @ both)),
    }
