"""Several models on the same items: family-wise error of max-T and Holm, equivalence."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from analysis.contrasts import paired_difference
from analysis.errors import EstimateError
from analysis.models.equivalence import equivalence
from analysis.permutation.max_t import max_t
from benchmarks.statistics.closed_forms import holm_adjusted
from benchmarks.statistics.findings import OVERSIZED, SIZE, Case, Finding
from benchmarks.statistics.loops import Outcome, repeat
from benchmarks.statistics.panels import Answers, Panel, draw_answers

MODELS = 6
DRAWS = 999
MARGIN = 0.10
FAMILY_WISE = "family-wise error"
CELLS = tuple(
    (sessions, rates)
    for sessions in (8, 25)
    for rates in ((0.5,) * MODELS, (0.4,) * (MODELS // 2) + (0.6,) * (MODELS // 2))
)


def study_families(replicates: int, seed: int) -> list[Finding]:
    """Measures how often any true null of a family is rejected: all null, and half of them."""
    found: list[Finding] = []
    for place, (sessions, rates) in enumerate(CELLS):
        found += measure_families(sessions, rates, replicates, seed + place)
    return found


def measure_families(
    sessions: int, rates: tuple[float, ...], replicates: int, seed: int
) -> list[Finding]:
    """Measures the family of all pairs, and Holm on each model against the first."""
    panel = Panel(sessions, 129, rates)
    pairs = list(combinations(range(len(rates)), 2))
    null = [rates[a] == rates[b] for a, b in pairs]
    against_first = [rates[0] == rate for rate in rates[1:]]

    def one(rng: np.random.Generator) -> dict[str, Outcome]:
        answers = draw_answers(panel, rng)
        together = max_t(differences(answers, pairs), answers.sessions, draws=DRAWS, seed=1)
        tests = np.array([paired_p(answers, model) for model in range(1, len(rates))])
        return {
            "max-T, all pairs": Outcome(p=smallest(together.adjusted, null)),
            "no adjustment, all pairs": Outcome(p=smallest(together.p_values, null)),
            "Holm of CR2 tests against one": Outcome(
                p=smallest(holm_adjusted(tests).tolist(), against_first)
            ),
        }

    name = f"n=129 G={sessions} M={len(rates)} rates={'/'.join(map(str, sorted(set(rates))))}"
    rules = {"no adjustment, all pairs": OVERSIZED}
    return [
        Case(FAMILY_WISE, name, method, rules.get(method, SIZE)).size(all_of.p, FAMILY_WISE)
        for method, all_of in repeat(replicates, seed, one).items()
    ]


def differences(answers: Answers, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Returns the difference of each pair of models on each item."""
    return np.stack([answers.scores[:, a] - answers.scores[:, b] for a, b in pairs], axis=1)


def paired_p(answers: Answers, model: int) -> float:
    """Returns the p value of a model against the first one, 1 where they answer alike."""
    found = paired_difference(answers.scores[:, model], answers.scores[:, 0], answers.sessions)
    return 1.0 if found.p_value is None else found.p_value


def smallest(p_values: Sequence[float | None], null: Sequence[bool]) -> float:
    """Returns the smallest p value of a true null."""
    pairs = zip(p_values, null, strict=True)
    return min((p for p, true in pairs if true and p is not None), default=1.0)


def study_equivalence(replicates: int, seed: int) -> list[Finding]:
    """Measures how often arms that differ by the margin are called equivalent."""
    found: list[Finding] = []
    for place, sessions in enumerate((8, 15, 25, 40)):
        panel = Panel(sessions, 129, (0.5, 0.5 + MARGIN))

        def one(rng: np.random.Generator, panel: Panel = panel) -> dict[str, Outcome]:
            answers = draw_answers(panel, rng)
            scores = answers.scores.T
            return {
                "TOST at the margin": equivalence_p(scores[0], scores[1], answers.sessions),
            }

        name = f"n=129 G={sessions} difference={MARGIN:g}"
        outcomes = repeat(replicates, seed + place, one)
        found.append(
            Case("equivalence", name, "TOST at the margin", SIZE).size(
                outcomes["TOST at the margin"].p
            )
        )
    return found


def equivalence_p(a: np.ndarray, b: np.ndarray, sessions: list[int]) -> Outcome:
    """Returns the p value of the equivalence of two arms; NaN where there is no interval."""
    try:
        return Outcome(p=equivalence(paired_difference(a, b, sessions), MARGIN).p_value)
    except EstimateError:
        return Outcome()
