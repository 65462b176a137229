"""Two arms on the items that both have a score on: the difference, its companions, its bounds.

And the plain rate and difference, for figures that are told beside the main ones.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from analysis.clusters import FEWEST_CLUSTERS, FloatArray
from analysis.contrasts import mean_effect, paired_difference
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import Extra, Finding, attempt
from analysis.figures.missing import tell_missing, with_missing
from analysis.models.equivalence import equivalence
from analysis.permutation.sign_flips import sign_flip_test
from analysis.permutation.wild_bootstrap import wild_cluster_test
from analysis.rates import win_rate

MOST_CLUSTERS = 2_000
"""Above this the exact companions are left out: they take long and say what the t test says."""
NOTHING_SHARED = "not estimated: no item was scored for both"
NO_SCORE = "not estimated: no item has a score"


def compare_arms(board: Board, found: SetBoard, finding: Finding) -> Finding:
    """Fills in how much the finding's arm scores above the arm that it is held against.

    Beside the t test stand a sign flip of whole clusters and a wild cluster bootstrap, the
    difference with everything that is missing against the arm and for it, and, where the plan
    names a margin, whether the two count as equivalent.
    """
    a, b = found.scores[finding.arm], found.scores[finding.against]
    kept = found.scored(finding.arm, finding.against)
    if not kept.any():
        return finding.told(NOTHING_SHARED)
    alone = int(np.sum(~np.isnan(a) ^ ~np.isnan(b)))
    clusters = found.clusters[kept].tolist()
    plan = board.outline.plan
    filled = attempt(
        finding,
        lambda: paired_difference(a[kept], b[kept], clusters, plan.level).with_exclusions(
            {"without a score for one of the two": alone} if alone else {}
        ),
        float((a[kept] - b[kept]).mean()),
    )
    bounded = with_missing(filled, _missing(board, found, finding))
    return bounded.with_extra(
        **companions(board, a[kept] - b[kept], clusters), **_equivalent(board, filled)
    )


def plain_rate(board: Board, found: SetBoard, bare: Finding) -> Finding:
    """Fills in the rate of the finding's arm, with its items, where it has a score."""
    kept = found.scored(bare.arm)
    if not kept.any():
        return bare.told(NO_SCORE)
    scores, clusters = found.scores[bare.arm][kept], found.clusters[kept].tolist()
    estimate = partial(win_rate, scores, clusters, board.outline.plan.level)
    return attempt(bare, estimate, float(scores.mean())).with_extra(items=len(scores))


def plain_difference(board: Board, found: SetBoard, bare: Finding) -> Finding:
    """Fills in how much the finding's arm scores above the other, without companions or bounds."""
    kept = found.scored(bare.arm, bare.against)
    if not kept.any():
        return bare.told(NOTHING_SHARED)
    a, b = found.scores[bare.arm][kept], found.scores[bare.against][kept]
    clusters = found.clusters[kept].tolist()
    estimate = partial(paired_difference, a, b, clusters, board.outline.plan.level)
    return attempt(bare, estimate, float((a - b).mean())).with_extra(items=len(a))


def companions(
    board: Board, differences: FloatArray, clusters: list[object], null: float = 0.0
) -> dict[str, Extra]:
    """Returns the p values of the sign flip and of the wild cluster bootstrap."""
    if not FEWEST_CLUSTERS <= len(set(clusters)) <= MOST_CLUSTERS:
        return {}
    draws = board.outline.plan.draws
    flip = sign_flip_test(differences, clusters, null=null, draws=draws)
    wild = wild_cluster_test(differences, clusters, null=null, draws=draws)
    return {
        "sign_flip_p": flip.p_value,
        "sign_flip_exact": flip.exact,
        "wild_p": wild.p_value,
        "wild_exact": wild.exact,
    }


def with_exact_p(
    board: Board, finding: Finding, differences: FloatArray, clusters: list[object]
) -> Finding:
    """Adds the exact companions to an effect that is the same everywhere.

    It shows no variance, so no t test can be made of it, and yet there is none clearer.
    """
    if finding.p_value is not None or not finding.value:
        return finding
    return finding.with_extra(**companions(board, differences, clusters))


def _missing(board: Board, found: SetBoard, finding: Finding) -> dict[str, Extra]:
    """The difference if all that is missing spoke against the arm, and if it spoke for it."""
    run = found.run_on(finding.arm) & found.run_on(finding.against)
    worst, best = (
        found.parts[mine][finding.arm][run] - found.parts[theirs][finding.against][run]
        for mine, theirs in (("worst", "best"), ("best", "worst"))
    )
    clusters = found.clusters[run].tolist()
    return tell_missing(worst, best, lambda v: mean_effect(v, clusters, board.outline.plan.level))


def _equivalent(board: Board, finding: Finding) -> Mapping[str, Extra]:
    margin = board.outline.plan.margin
    if margin is None or finding.estimate is None or finding.low is None:
        return {}
    found = equivalence(finding.estimate, margin, alpha=1 - board.outline.plan.level)
    return {
        "margin": margin,
        "equivalence_p": found.p_value,
        "equivalence_low": found.low,
        "equivalence_high": found.high,
        "conclusion": found.conclusion,
    }
